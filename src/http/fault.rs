//! What can go wrong with a request, as data to branch on and as text to read.

use std::fmt;

use serde_json::Value;

use crate::vocabulary::Diagnostic;

pub type Result<T> = std::result::Result<T, Fault>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The token is missing, wrong or has ended: 401, or a page to sign in.
    SignIn,
    /// 403: known, but not allowed to.
    Forbidden,
    /// 404: not there, or not to be seen with this token.
    NotFound,
    /// Another 4xx: the server understood and will not. The status and the body say why.
    Refused,
    /// Too many requests, and no time left to wait for more.
    RateLimited,
    /// 5xx
    ServerError,
    /// No connection: nothing was sent.
    Unreachable,
    /// The server's certificate is not to be trusted: nothing was sent.
    Untrusted,
    /// Sent, and no answer in time: it may have been done.
    TimedOut,
    /// Sent, and the connection broke: it may have been done.
    Broken,
    /// An answer that is not understood.
    BadAnswer,
    /// An answer that is larger than any that is meant for us: the next one would be so, too.
    TooLarge,
}

impl Kind {
    /// Whether it may pass without anybody doing anything about the token, the request or this machine.
    /// What the server decided does not.
    fn passes(self) -> bool {
        match self {
            Self::RateLimited
            | Self::ServerError
            | Self::Unreachable
            | Self::Untrusted
            | Self::TimedOut
            | Self::Broken
            | Self::BadAnswer => true,
            Self::SignIn | Self::Forbidden | Self::NotFound | Self::Refused | Self::TooLarge => false,
        }
    }
}

/// A request that failed. Its source is a [`Diagnostic`] with what the server said.
#[derive(Debug)]
pub struct Fault {
    pub kind: Kind,
    /// Of the answer, if there was one.
    pub status: Option<u16>,
    details: Box<Details>,
}

#[derive(Debug)]
struct Details {
    asked: String,
    tries: u32,
    cause: Diagnostic,
    body: Value,
}

impl Fault {
    pub(super) fn new(kind: Kind, asked: &str, cause: impl Into<String>) -> Self {
        let cause = Diagnostic { passes: kind.passes(), ..Diagnostic::new(cause) };
        let details = Details { asked: asked.to_owned(), tries: 1, cause, body: Value::Null };
        Self { kind, status: None, details: Box::new(details) }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.details.cause.hint = Some(hint.into());
        self
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(super) fn with_body(mut self, body: Value) -> Self {
        self.details.body = body;
        self
    }

    pub(super) fn with_tries(mut self, tries: u32) -> Self {
        self.details.tries = tries;
        self
    }

    /// What the server answered, null if that was no JSON. Codes in it are for branching; its
    /// prose is not.
    pub fn body(&self) -> &Value {
        &self.details.body
    }

    /// What the server said, for people, in one line.
    pub fn said(&self) -> &str {
        &self.details.cause.message
    }

    /// What the person can do next, if that is known.
    pub fn hint(&self) -> Option<&str> {
        self.details.cause.hint.as_deref()
    }

    /// Whether the server, or what stands before it, is away: restarted, updated, or not to be reached.
    pub(super) fn is_away(&self) -> bool {
        match self.kind {
            Kind::Unreachable | Kind::Broken => true,
            Kind::ServerError => matches!(self.status, Some(502..=504)),
            _ => false,
        }
    }

    /// Why it is away, for people.
    pub(super) fn why_away(&self) -> String {
        let status = self.status.and_then(|status| reqwest::StatusCode::from_u16(status).ok());
        status.map_or_else(|| self.said().to_owned(), |status| status.to_string())
    }

    /// Whether the server may have done what was asked, though it did not say so.
    pub fn is_in_doubt(&self) -> bool {
        matches!(
            self.kind,
            Kind::TimedOut | Kind::Broken | Kind::ServerError | Kind::BadAnswer | Kind::TooLarge
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { asked, tries, .. } = &*self.details;
        match self.status {
            Some(status) => {
                let status = reqwest::StatusCode::from_u16(status).map(|status| status.to_string());
                write!(f, "{asked} returned {}", status.unwrap_or_default())?;
            }
            None => write!(f, "{asked} failed")?,
        }
        if *tries > 1 {
            write!(f, ", {tries} times")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.details.cause)
    }
}
