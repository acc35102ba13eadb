use std::io::{Read as _, Write as _};
use std::{net::TcpListener, thread};

use super::*;

fn reply(code: u16, body: &str) -> Reply {
    Reply { code, body: body.into(), audit_id: None, retry_after: None }
}

#[test]
fn a_revision_too_large_is_not_tried_again() {
    let body = r#"{"reason":"Timeout","message":"Timeout: Too large resource version: 9, current: 5"}"#;
    assert!(reply(504, body).is_too_large_revision());
    assert!(!reply(504, body).is_transient());
    let body = r#"{"details":{"causes":[{"reason":"ResourceVersionTooLarge"}]}}"#;
    assert!(!reply(504, body).is_transient());
    assert!(reply(504, "").is_transient() && reply(429, "").is_transient());
    assert!(!reply(403, "").is_transient());
}

/// A server that answers with these bytes again and again.
fn endless(bytes: &'static [u8], pause: Duration) -> Login {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            _ = stream.read(&mut [0; 4096]);
            _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            while stream.write_all(bytes).is_ok() {
                thread::sleep(pause);
            }
        }
    });
    Login::new(kube::Config::new(url.parse().unwrap()), Duration::from_secs(1))
}

#[tokio::test]
async fn an_answer_has_an_end() {
    let why = async |login: Login, patience: u64| {
        let api = Api::new(&login, &(), Duration::from_millis(patience));
        let failure = api.get_once("/", 1 << 20).await.err().unwrap();
        assert!(failure.is_late, "{failure:?}");
        failure.reason
    };
    let long = endless(&[b' '; 1 << 16], Duration::ZERO);
    assert_eq!(why(long, 10_000).await, "the answer is longer than 1 MiB");
    let slow = endless(b" ", Duration::from_millis(20));
    assert_eq!(why(slow, 100).await, "the answer did not end within 1 s");
}

#[test]
fn descriptions_quote_no_message() {
    let body = r#"{"reason":"InternalError","message":"password=hunter2"}"#;
    assert_eq!(reply(500, body).describe(), "HTTP 500 (InternalError)");
    assert_eq!(reply(500, r#"{"reason":"password=hunter2"}"#).describe(), "HTTP 500");
}

#[test]
fn dates_and_queries() {
    let date = http_date("Tue, 15 Nov 1994 08:12:31 GMT").unwrap();
    assert_eq!(date.to_string(), "1994-11-15T08:12:31Z");
    assert_eq!(encoded("aZ-_.~+/= ä"), "aZ-_.~%2B%2F%3D%20%C3%A4");
}
