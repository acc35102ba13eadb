//! A proxy on loopback that knows the way to one server, whatever that is called, and keeps what it was asked for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this, and a panic is how they fail"
)]

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tunnel {
    /// `connect` or `socks5`.
    pub protocol: &'static str,
    /// Where to: `api.example:6443`.
    pub to: String,
    /// What it authorised itself with, if with anything.
    pub authorization: Option<String>,
}

/// A proxy for `CONNECT` and for SOCKS5 that ends with the process.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    tunnels: Arc<Mutex<Vec<Tunnel>>>,
}

impl Proxy {
    /// Starts a proxy all of whose tunnels lead to this port of loopback.
    pub fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let tunnels = Arc::new(Mutex::new(Vec::new()));
        let log = tunnels.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let log = log.clone();
                // A client that hangs up is no failure.
                thread::spawn(move || drop(serve(client, port, &log)));
            }
        });
        Self { address, tunnels }
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The tunnels that were asked for since this was called last.
    pub fn take(&self) -> Vec<Tunnel> {
        std::mem::take(&mut *self.tunnels.lock().unwrap())
    }
}

fn serve(client: TcpStream, port: u16, log: &Mutex<Vec<Tunnel>>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let is_socks = reader.fill_buf()?.first() == Some(&5);
    let tunnel = if is_socks { socks(&mut reader, &client)? } else { connect(&mut reader)? };
    log.lock().unwrap().push(tunnel);
    let server = TcpStream::connect(("127.0.0.1", port))?;
    let done: &[u8] = if is_socks { &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0] } else { b"HTTP/1.1 200 OK\r\n\r\n" };
    (&client).write_all(done)?;
    let back = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || drop(copy(back.0, back.1)));
    copy(reader, server)
}

fn copy(mut from: impl io::Read, mut to: TcpStream) -> io::Result<()> {
    let copied = io::copy(&mut from, &mut to);
    to.shutdown(std::net::Shutdown::Write)?;
    copied.map(|_| ())
}

fn connect(reader: &mut BufReader<TcpStream>) -> io::Result<Tunnel> {
    let mut lines = Vec::new();
    for line in reader.by_ref().lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let to =
        lines.first().and_then(|line| line.strip_prefix("CONNECT ")).and_then(|rest| rest.split(' ').next());
    let to = to.ok_or_else(|| io::Error::other("no CONNECT"))?.to_owned();
    let authorization = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization").then(|| value.to_owned())
    });
    Ok(Tunnel { protocol: "connect", to, authorization })
}

/// RFC 1928, without authentication.
fn socks(reader: &mut BufReader<TcpStream>, mut client: &TcpStream) -> io::Result<Tunnel> {
    let mut bytes = |count: usize| {
        let mut read = vec![0; count];
        reader.read_exact(&mut read).map(|()| read)
    };
    let methods = bytes(2)?[1];
    bytes(methods.into())?;
    client.write_all(&[5, 0])?;
    let head = bytes(4)?;
    assert_eq!(head[3], 3, "the client leaves names to the proxy");
    let length = bytes(1)?[0];
    let host = String::from_utf8_lossy(&bytes(length.into())?).into_owned();
    let port = bytes(2)?;
    let to = format!("{host}:{}", u16::from_be_bytes([port[0], port[1]]));
    Ok(Tunnel { protocol: "socks5", to, authorization: None })
}
