//! How we log in, for as long as a collection takes: what ends is had anew.

use std::{path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use kube::{
    Client, Config,
    config::{AuthInfo, ExecConfig},
};
use tokio::sync::Mutex;

use super::plugin::{self, Credential};

/// How long the content of a token file is taken for what it holds.
const REREAD: SignedDuration = SignedDuration::from_secs(60);

/// Credentials that end this soon are had anew.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// How to log in to an API server.
pub(super) struct Login {
    config: Config,
    source: Source,
    session: Mutex<Option<Session>>,
    patience: Duration,
}

/// Where credentials come from.
enum Source {
    /// The configuration itself.
    Fixed,
    /// A file with a token, which others write anew before it ends.
    File(PathBuf),
    /// A program that prints them.
    Plugin(Box<ExecConfig>),
}

/// A client, and with what it is logged in.
#[derive(Clone)]
pub(super) struct Session {
    /// The client.
    pub(super) client: Client,
    /// What to send with each request, if the client does not know it.
    pub(super) authorization: Option<HeaderValue>,
    until: Option<Timestamp>,
    number: u64,
}

/// Why we cannot log in, or make a client.
#[derive(Debug)]
pub(super) struct NoLogin(pub(super) String);

impl Login {
    /// How a configuration says to log in. Nothing is read or run yet.
    pub(super) fn new(mut config: Config, patience: Duration) -> Self {
        let source = Source::take(&mut config.auth_info);
        Self { config, source, session: Mutex::default(), patience }
    }

    /// A session that has not ended.
    pub(super) async fn session(&self) -> Result<Session, NoLogin> {
        let mut held = self.session.lock().await;
        let now = Timestamp::now();
        match &*held {
            Some(session) if session.until.is_none_or(|until| now + MARGIN < until) => Ok(session.clone()),
            _ => self.renew(&mut held).await,
        }
    }

    /// Another session than the one that was refused; none if there can be no other.
    pub(super) async fn instead_of(&self, refused: &Session) -> Result<Option<Session>, NoLogin> {
        let mut held = self.session.lock().await;
        if let Some(session) = held.as_ref().filter(|session| session.number > refused.number) {
            return Ok(Some(session.clone()));
        }
        let session = match self.source {
            Source::Fixed => return Ok(None),
            Source::File(_) | Source::Plugin(_) => self.renew(&mut held).await?,
        };
        let is_same =
            matches!(self.source, Source::File(_)) && session.authorization == refused.authorization;
        Ok((!is_same).then_some(session))
    }

    async fn renew(&self, held: &mut Option<Session>) -> Result<Session, NoLogin> {
        let mut session = match (&self.source, &*held) {
            (Source::Fixed, _) => self.with_config(self.config.clone())?,
            (Source::File(path), last) => self.with_file(path, last.as_ref())?,
            (Source::Plugin(plugin), last) => {
                let credential = plugin::run(plugin, self.patience).await.map_err(NoLogin)?;
                self.with_credential(credential, last.as_ref())?
            }
        };
        session.number = held.as_ref().map_or(0, |last| last.number + 1);
        *held = Some(session.clone());
        Ok(session)
    }

    fn with_config(&self, config: Config) -> Result<Session, NoLogin> {
        let client =
            Client::try_from(config).map_err(|error| NoLogin(super::api::no_answer(&error).reason))?;
        Ok(Session { client, authorization: None, until: None, number: 0 })
    }

    /// The file may be gone once it was read, and its token still be good.
    fn with_file(&self, path: &PathBuf, last: Option<&Session>) -> Result<Session, NoLogin> {
        let until = Some(Timestamp::now() + REREAD + MARGIN);
        let token = std::fs::read_to_string(path)
            .map_err(|error| format!("the token file {} cannot be read: {error}", path.display()))
            .and_then(|token| {
                bearer(&token).ok_or_else(|| format!("the token file {} holds no token", path.display()))
            });
        match (token, last) {
            (Ok(token), Some(last)) => Ok(Session { authorization: Some(token), until, ..last.clone() }),
            (Ok(token), None) => {
                let session = self.with_config(self.config.clone())?;
                Ok(Session { authorization: Some(token), until, ..session })
            }
            (Err(_), Some(last)) => Ok(Session { until, ..last.clone() }),
            (Err(why), None) => Err(NoLogin(why)),
        }
    }

    fn with_credential(&self, credential: Credential, last: Option<&Session>) -> Result<Session, NoLogin> {
        let session = match (credential.client_certificate_data, credential.client_key_data, last) {
            (Some(certificate), Some(key), _) => {
                let mut config = self.config.clone();
                config.auth_info.client_certificate_data = Some(STANDARD.encode(certificate));
                config.auth_info.client_key_data = Some(STANDARD.encode(key).into());
                self.with_config(config)?
            }
            (_, _, Some(last)) => last.clone(),
            _ => self.with_config(self.config.clone())?,
        };
        let no_token = || NoLogin("the credential plugin printed a token that is none".to_owned());
        let authorization = credential.token.map(|token| bearer(&token).ok_or_else(no_token)).transpose()?;
        Ok(Session { authorization, until: credential.expiration_timestamp, ..session })
    }
}

impl Source {
    /// Takes out of a configuration what is had here. A password or a token that is written there comes first; a
    /// token file is newer than a token.
    fn take(auth: &mut AuthInfo) -> Self {
        let file = auth.token_file.take().map(PathBuf::from);
        let plugin = auth.exec.take();
        if auth.auth_provider.is_some() || auth.username.is_some() && auth.password.is_some() {
            return Self::Fixed;
        }
        match (file, plugin) {
            (Some(file), _) if auth.token.is_none() || file.is_file() => {
                auth.token = None;
                Self::File(file)
            }
            (None, Some(plugin)) if auth.token.is_none() => Self::Plugin(Box::new(plugin)),
            _ => Self::Fixed,
        }
    }
}

fn bearer(token: &str) -> Option<HeaderValue> {
    let token = token.trim();
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok().filter(|_| !token.is_empty())?;
    value.set_sensitive(true);
    Some(value)
}
