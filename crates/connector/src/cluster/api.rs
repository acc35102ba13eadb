//! Requests to an API server, tried again where that helps.

#[cfg(test)]
mod tests;

use std::{
    error::Error as _,
    io,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use assay_snapshot::ServerTime;
use http::{HeaderMap, Request, header, response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use jiff::Timestamp;
use kube::client::{AuthError, Body, Client};
use serde_json::Value;
use tokio::task::JoinSet;

use super::{
    login::{Login, NoLogin, Session},
    protobuf,
    retry::{Tries, Waited},
};
use crate::progress::Progress;

/// The longest answer. A page of the largest objects that etcd takes is shorter.
const LONGEST: usize = 1 << 30;

/// How many times the server's patience an answer may take that comes bit by bit.
const SLOWEST: u32 = 10;

/// An API server.
pub(super) struct Api<'a> {
    login: &'a Login,
    progress: &'a dyn Progress,
    /// How long a server that was there may be away.
    patience: Duration,
    server_time: Mutex<Option<ServerTime>>,
    /// Whether it has ever answered.
    is_known: AtomicBool,
    /// Whether it tells us that it is ready.
    tells_ready: AtomicBool,
    /// Whether it ever refused our credentials.
    has_refused: AtomicBool,
    waited: Waited,
}

/// A request.
#[derive(Clone, Copy)]
struct Ask<'a> {
    method: &'static str,
    path: &'a str,
    accept: &'a str,
    body: &'a [u8],
    /// How many bytes the answer may have.
    longest: usize,
}

impl<'a> Ask<'a> {
    fn get(path: &'a str) -> Self {
        Self { method: "GET", path, accept: "application/json", body: &[], longest: LONGEST }
    }
}

/// What the API server answered.
pub(super) struct Reply {
    /// The HTTP status.
    pub(super) code: u16,
    /// The body.
    pub(super) body: Vec<u8>,
    /// By what the server's audit log calls the request.
    pub(super) audit_id: Option<String>,
    retry_after: Option<Duration>,
}

impl Reply {
    /// The body as JSON; null if it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether this is a success.
    pub(super) fn is_ok(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Whether the server says that it has not come to the revision that was asked for.
    pub(super) fn is_too_large_revision(&self) -> bool {
        if self.code != 504 {
            return false;
        }
        let status = self.json();
        let causes = status.pointer("/details/causes").and_then(Value::as_array);
        let by_cause =
            causes.is_some_and(|all| all.iter().any(|cause| cause["reason"] == "ResourceVersionTooLarge"));
        by_cause || status["message"].as_str().is_some_and(|text| text.contains("Too large resource version"))
    }

    /// `HTTP 500 (InternalError)`. The server's own message may quote an object.
    pub(super) fn describe(&self) -> String {
        let status = self.json();
        let reason = status["reason"].as_str().filter(|reason| {
            !reason.is_empty() && reason.len() < 60 && reason.bytes().all(|b| b.is_ascii_alphabetic())
        });
        match reason {
            Some(reason) => format!("HTTP {} ({reason})", self.code),
            None => format!("HTTP {}", self.code),
        }
    }

    /// Whether the server had more to do than it could, which a smaller request may be spared.
    pub(super) fn is_too_much(&self) -> bool {
        self.code == 413 || self.code == 504 && !self.is_too_large_revision()
    }

    fn is_transient(&self) -> bool {
        matches!(self.code, 429 | 500 | 502 | 503) || self.code == 504 && !self.is_too_large_revision()
    }
}

/// Why there was no answer.
#[derive(Debug)]
pub(super) struct NoAnswer {
    /// Why.
    pub(super) reason: String,
    /// Whether our credentials are why.
    pub(super) is_ours: bool,
    /// Whether the answer took too long, or broke off: a smaller one may come.
    pub(super) is_late: bool,
    /// Whether the server's certificate is why.
    pub(super) is_untrusted: bool,
    /// Whether it would be the same the next time.
    is_final: bool,
}

impl From<NoLogin> for NoAnswer {
    fn from(NoLogin(reason): NoLogin) -> Self {
        Self { reason, is_ours: true, is_late: false, is_untrusted: false, is_final: true }
    }
}

impl NoAnswer {
    fn late(reason: String) -> Self {
        Self { reason, is_ours: false, is_late: true, is_untrusted: false, is_final: false }
    }
}

impl<'a> Api<'a> {
    pub(super) fn new(login: &'a Login, progress: &'a dyn Progress, patience: Duration) -> Self {
        Self {
            login,
            progress,
            patience,
            server_time: Mutex::default(),
            is_known: AtomicBool::default(),
            tells_ready: AtomicBool::default(),
            has_refused: AtomicBool::default(),
            waited: Waited::default(),
        }
    }

    /// Whether the server has come to refuse our credentials, to all appearance for good.
    pub(super) async fn is_logged_out(&self) -> Result<bool, NoAnswer> {
        Ok(self.has_refused.load(Ordering::Relaxed) && self.get("/version").await?.code == 401)
    }

    /// The server's clock at its first and its last answer.
    pub(super) fn server_time(&self) -> Option<ServerTime> {
        self.server_time.lock().ok().and_then(|time| *time)
    }

    /// Reads a path.
    pub(super) async fn get(&self, path: &str) -> Result<Reply, NoAnswer> {
        self.get_as(path, "application/json").await
    }

    /// Reads a path in some representation.
    pub(super) async fn get_as(&self, path: &str, accept: &str) -> Result<Reply, NoAnswer> {
        self.request(Ask { accept, ..Ask::get(path) }, true).await
    }

    /// Reads a path, and takes no for an answer, and none that is longer than this.
    pub(super) async fn get_once(&self, path: &str, longest: usize) -> Result<Reply, NoAnswer> {
        self.once(Ask { longest, ..Ask::get(path) }).await
    }

    /// Reads a page in some form. If a smaller one can be asked for, one that is too much is not asked for twice.
    pub(super) async fn get_page(
        &self,
        path: &str,
        accept: &str,
        may_shrink: bool,
    ) -> Result<Reply, NoAnswer> {
        self.request(Ask { accept, ..Ask::get(path) }, !may_shrink).await
    }

    /// Sends JSON to a path.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Reply, NoAnswer> {
        let body = body.to_string();
        self.request(Ask { method: "POST", body: body.as_bytes(), ..Ask::get(path) }, true).await
    }

    async fn request(&self, ask: Ask<'_>, if_late: bool) -> Result<Reply, NoAnswer> {
        let mut tries = Tries::new();
        loop {
            let outcome = self.once(ask).await;
            let (asked, why) = match &outcome {
                Ok(reply) if reply.is_transient() && (if_late || !reply.is_too_much()) => {
                    (reply.retry_after, reply.describe())
                }
                Err(failure) if !failure.is_final && (if_late || !failure.is_late) => {
                    (None, failure.reason.clone())
                }
                _ => return outcome,
            };
            let Some(wait) = tries.wait(asked, &self.waited) else { return outcome };
            let plain = ask.path.split('?').next().unwrap_or_default();
            self.progress.note(&format!("{plain}: {why}; again in {:.1} s", wait.as_secs_f64()));
            tokio::time::sleep(wait).await;
            if outcome.is_err() && !self.is_back().await {
                return outcome;
            }
        }
    }

    /// Finds out whether the server will tell when it is ready again.
    pub(super) async fn learn(&self) {
        let reply = self.once(Ask { accept: "*/*", ..Ask::get("/readyz") }).await;
        self.tells_ready.store(reply.is_ok_and(|reply| reply.is_ok()), Ordering::Relaxed);
    }

    /// Waits for a server that was there and does not answer: it may have been started anew. Until it is ready it
    /// refuses what it allows, and even to tell whether it is.
    async fn is_back(&self) -> bool {
        if !self.is_known.load(Ordering::Relaxed) {
            return true;
        }
        let ready = async {
            loop {
                match self.once(Ask { accept: "*/*", ..Ask::get("/readyz") }).await {
                    Ok(reply) if reply.is_ok() => return,
                    Ok(reply) if reply.code < 500 && !self.tells_ready.load(Ordering::Relaxed) => return,
                    _ => tokio::time::sleep(Duration::from_secs(1)).await,
                }
            }
        };
        tokio::time::timeout(self.patience, ready).await.is_ok()
    }

    /// Makes a request, and once more if the server refuses credentials that can be had anew.
    async fn once(&self, ask: Ask<'_>) -> Result<Reply, NoAnswer> {
        let session = self.login.session().await?;
        let reply = self.send(&session, ask).await?;
        if reply.code != 401 {
            return Ok(reply);
        }
        let reply = match self.login.instead_of(&session).await? {
            Some(session) => self.send(&session, ask).await?,
            None => reply,
        };
        self.has_refused.fetch_or(reply.code == 401, Ordering::Relaxed);
        Ok(reply)
    }

    async fn send(&self, session: &Session, ask: Ask<'_>) -> Result<Reply, NoAnswer> {
        let mut request = Request::builder()
            .method(ask.method)
            .uri(ask.path)
            .header(header::ACCEPT, ask.accept)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("assay/", env!("CARGO_PKG_VERSION")));
        if let Some(authorization) = &session.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let body = Body::from(ask.body.to_vec());
        let request = request.body(body).map_err(|error| NoLogin(error.to_string()))?;
        let exchanged = exchanged(session.client.clone(), request, ask.longest);
        let slowest = self.patience.saturating_mul(SLOWEST);
        let exchanged = tokio::time::timeout(slowest, exchanged).await;
        let (response, body) = exchanged.unwrap_or_else(|_| {
            Err(NoAnswer::late(format!("the answer did not end within {} s", slowest.as_secs())))
        })?;
        self.is_known.store(true, Ordering::Relaxed);
        let code = response.status.as_u16();
        let text = |name: &str| header_text(&response.headers, name);
        self.note_time(text("date"));
        let audit_id = text("audit-id").map(str::to_owned);
        let retry_after = text("retry-after").and_then(|seconds| seconds.parse().ok());
        let mut body = body?;
        if !response.status.is_success()
            && let Some(status) = protobuf::status(&body)
        {
            body = status.to_string().into();
        }
        Ok(Reply { code, body, audit_id, retry_after: retry_after.map(Duration::from_secs) })
    }

    fn note_time(&self, date: Option<&str>) {
        let Some(now) = date.and_then(http_date) else { return };
        if let Ok(mut time) = self.server_time.lock() {
            let started = time.map_or(now, |time| time.started);
            *time = Some(ServerTime { started, finished: now });
        }
    }
}

/// A request and its response, and the body if it came whole: in a task of its own, so that it goes on while whoever
/// waits for it has other things to do. It ends when nobody waits any more.
async fn exchanged(
    client: Client,
    request: Request<Body>,
    longest: usize,
) -> Result<(response::Parts, Result<Vec<u8>, NoAnswer>), NoAnswer> {
    let mut task = JoinSet::new();
    task.spawn(async move {
        let response = client.send(request).await.map_err(|error| no_answer(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, longest).collect().await;
        let body = body.map(|body| Vec::from(body.to_bytes())).map_err(|error| {
            if error.is::<LengthLimitError>() {
                return NoAnswer::late(format!("the answer is longer than {} MiB", longest >> 20));
            }
            let broken = error.downcast_ref().map(no_answer);
            NoAnswer { is_late: true, ..broken.unwrap_or_else(|| NoAnswer::late(error.to_string())) }
        });
        Ok((parts, body))
    });
    match task.join_next().await {
        Some(Ok(exchanged)) => exchanged,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        _ => Err(NoLogin("the request was given up".to_owned()).into()),
    }
}

fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp())
}

/// The innermost reason, which says most. That of credentials may quote what a plugin printed: a token.
pub(super) fn no_answer(error: &kube::Error) -> NoAnswer {
    let mut is_ours = matches!(error, kube::Error::Auth(_));
    let (mut is_late, mut is_final) = (false, false);
    let mut reasons = vec![error.to_string()];
    let mut source = error.source();
    while let Some(inner) = source {
        is_ours |= inner.is::<AuthError>();
        let failed = inner.downcast_ref::<io::Error>();
        is_late |= failed.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut);
        // A certificate that is not to be trusted, or no TLS at all.
        is_final |= failed.is_some_and(is_invalid);
        let text = inner.to_string();
        if !reasons.iter().any(|known| known.contains(&text)) {
            reasons.push(text);
        }
        source = inner.source();
    }
    if is_ours {
        return NoLogin("the kubeconfig's auth-provider could not be used".to_owned()).into();
    }
    let reason = reasons.pop().unwrap_or_default();
    let is_untrusted = is_final && reason.starts_with("invalid peer certificate");
    NoAnswer { reason, is_ours, is_late, is_untrusted, is_final }
}

/// Whether what came was no valid data. What TLS says is wrapped twice, and an error's source passes over what it
/// wraps.
fn is_invalid(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
        || error.get_ref().and_then(|inner| inner.downcast_ref::<io::Error>()).is_some_and(is_invalid)
}

/// Text as a value of a query.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
