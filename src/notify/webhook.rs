//! Webhook: one entry of `notify:`, with what the process environment says about it.

use std::time::Duration;

use url::Url;

use super::body::body;
use super::hmac::hmac_sha256;
use super::message::{Message, word};
use crate::clock::Clock;
use crate::config::{self, Notification, NotificationFormat, Occasion, webhook_url};
use crate::http::{Posted, post};
use crate::secrets::{self, Kind};
use crate::vocabulary::{Diagnostic, Place, Warning, WarningId};
use crate::yaml::At;

/// How long a webhook may take. It is asked twice at most.
const TIME: Duration = Duration::from_secs(10);
/// Between the two.
const PAUSE: Duration = Duration::from_secs(1);

/// The header of signatures, as Flux has it.
const SIGNATURE: &str = "X-Signature";

pub struct Webhook {
    url: Url,
    occasions: Vec<Occasion>,
    format: NotificationFormat,
    secret: Option<String>,
    place: Place,
}

impl Webhook {
    /// Nothing is sent to a webhook that has no URL, or no secret though it is to have one.
    pub fn new(declared: &At<Notification>, variables: &[(String, String)]) -> Result<Self, Warning> {
        let place = &declared.webhook.place;
        let url = match &declared.webhook.value {
            config::Webhook::Url(url) => url.clone(),
            config::Webhook::Variable(name) => {
                let value = variable(variables, name, place)?;
                secrets::remember(Kind::Token, name, &value);
                let wrong = |_| {
                    let message =
                        format!("the variable {name} of the process environment is not an HTTP URL");
                    warning(Diagnostic::new(message).at(place.clone()).hint(UNTOLD))
                };
                webhook_url(&value).map_err(wrong)?
            }
        };
        let secret = declared.secret.as_ref().map(|secret| {
            let value = variable(variables, &secret.env, &secret.env.place)?;
            secrets::remember(Kind::Token, &secret.env, &value);
            Ok(value)
        });
        Ok(Self {
            url,
            occasions: declared.on.0.clone(),
            format: declared.format,
            secret: secret.transpose()?,
            place: place.clone(),
        })
    }

    pub fn is_told_of(&self, occasion: Occasion) -> bool {
        self.occasions.contains(&occasion)
    }

    /// Sends a message. One that the server cannot take now is sent once more.
    pub fn send(&self, message: &Message, clock: &dyn Clock) -> Result<(), Warning> {
        let body = body(message, self.format).to_string().into_bytes();
        let signature = self
            .secret
            .as_ref()
            .map(|secret| (SIGNATURE, format!("sha256={}", hmac_sha256(secret.as_bytes(), &body))));
        let headers = Vec::from_iter(signature);
        let mut posted = post(&self.url, &headers, &body, TIME);
        if posted.is_worth_repeating() {
            clock.sleep(PAUSE);
            posted = post(&self.url, &headers, &body, TIME);
        }
        let why = match posted {
            Posted::Answered(200..300) => return Ok(()),
            Posted::Answered(status @ 300..400) => {
                format!("it answers {status}, and redirects are not followed")
            }
            Posted::Answered(status) => format!("it answers {status}"),
            Posted::Lost(why) => why,
        };
        let host = self.url.host_str().unwrap_or_default();
        let event = word(message.occasion);
        let message =
            format!("cannot tell the webhook at {host} of `{event}` in `{}`: {why}", message.environment);
        Err(warning(Diagnostic::new(message).at(self.place.clone()).hint("the release goes on all the same")))
    }
}

const UNTOLD: &str = "set it, or nothing is sent to this webhook";

fn variable(variables: &[(String, String)], name: &str, place: &Place) -> Result<String, Warning> {
    let found = variables.iter().find(|(known, value)| known == name && !value.trim().is_empty());
    found.map(|(_, value)| value.trim().to_owned()).ok_or_else(|| {
        let message = format!("the variable {name} of the process environment is not set");
        warning(Diagnostic::new(message).at(place.clone()).hint(UNTOLD))
    })
}

fn warning(diagnostic: Diagnostic) -> Warning {
    Warning::new(WarningId::Webhook, diagnostic)
}
