//! Post: a body for a URL that is no forge's, such as a webhook. Whatever the server answers, only its status is
//! read.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::transport;
use crate::secrets;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    Answered(u16),
    /// Why there is no answer.
    Lost(String),
}

impl Posted {
    /// Whether the server may take it another time.
    pub fn is_worth_repeating(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Answered(408 | 425 | 429 | 500..))
    }
}

/// Sends JSON once, in so much time. Redirects are not followed.
pub fn post(url: &Url, headers: &[(&'static str, String)], json: &[u8], time: Duration) -> Posted {
    match attempt(url, headers, json, time) {
        Ok(status) => Posted::Answered(status),
        Err(why) => Posted::Lost(secrets::redact(&why).into_owned()),
    }
}

fn attempt(
    url: &Url,
    headers: &[(&'static str, String)],
    json: &[u8],
    time: Duration,
) -> Result<u16, String> {
    let client = transport::connections(url, time).map_err(|error| format!("{error:#}"))?;
    let mut request = client.post(url.clone()).timeout(time).header(CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let answer = request.body(json.to_owned()).send().map_err(|error| transport::why_lost(&error).1)?;
    Ok(answer.status().as_u16())
}
