//! `notify:`: webhooks that are told what happens to releases.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::secrets;
use crate::vocabulary::Diagnostic;
use crate::yaml::{At, Line, written_as};

/// A webhook that is told what happens to releases
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Notification {
    /// Its URL, or `${NAME}`: the variable of the process environment that holds it
    pub webhook: At<Webhook>,
    /// What it is told of; everything when absent
    #[serde(default)]
    pub on: Occasions,
    /// How it is told; `json` when absent
    #[serde(default)]
    pub format: NotificationFormat,
    /// What signs the body: an HMAC with SHA-256 in the header `X-Signature`
    pub secret: Option<SigningSecret>,
}

/// What happens to a release
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Occasion {
    /// A pull request was opened for it
    Proposed,
    /// It waits for people or for a gate
    Waiting,
    /// It failed or timed out
    Failed,
    /// It was verified
    Verified,
    /// It was taken out, and the last verified release is back
    RolledBack,
}

/// How a webhook is told
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotificationFormat {
    /// Everything, for programs
    #[default]
    Json,
    /// An incoming webhook of Slack, and what understands the same
    Slack,
    /// A webhook of Workflows in Microsoft Teams
    Teams,
}

/// Where the secret comes from
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SigningSecret {
    /// The variable of the process environment that holds it
    pub env: At<Line>,
}

/// What a webhook is told of: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasions(pub Vec<Occasion>);

written_as!(Occasions = Vec<Occasion>);

impl Default for Occasions {
    fn default() -> Self {
        use Occasion::{Failed, Proposed, RolledBack, Verified, Waiting};
        Self(vec![Proposed, Waiting, Failed, Verified, RolledBack])
    }
}

impl TryFrom<Vec<Occasion>> for Occasions {
    type Error = Diagnostic;

    fn try_from(occasions: Vec<Occasion>) -> Result<Self, Diagnostic> {
        match occasions.is_empty() {
            true => Err(Diagnostic::new("`on` is empty: the webhook would be told of nothing")
                .hint("leave `on` out to tell it of everything")),
            false => Ok(Self(occasions)),
        }
    }
}

/// Where a webhook is. Who knows its URL can write to it, so the URL is a secret.
#[derive(Debug, Clone)]
pub enum Webhook {
    Url(Url),
    /// In the variable of the process environment with this name.
    Variable(String),
}

written_as!(Webhook = String);

impl TryFrom<String> for Webhook {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if is_name(name) => Ok(Self::Variable(name.to_owned())),
            Some(_) => Err(Diagnostic::new("this is not the name of a variable")
                .hint("write `${NAME}`, with letters, digits and underscores")),
            None => webhook_url(&text).map(Self::Url),
        }
    }
}

/// The URL of a webhook, which is a secret from now on.
pub fn webhook_url(text: &str) -> Result<Url, Diagnostic> {
    secrets::remember(secrets::Kind::Url, "a webhook of `notify`", text);
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        Diagnostic::new("the webhook is not an HTTP URL")
            .hint("write `https://…`, or `${NAME}` for a variable")
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
