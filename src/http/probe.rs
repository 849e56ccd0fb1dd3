//! A probe: one GET of a URL that is no forge's, whatever the status of its answer is. It is not repeated: who
//! asks looks again later.

use std::io::Read;
use std::time::{Duration, Instant};

use url::Url;

use super::body::{Limited, PROBE};
use super::credentials::Authorization;
use super::transport;
use crate::secrets;

const CONNECT: Duration = Duration::from_secs(10);
const TIME: Duration = Duration::from_secs(30);

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    Answered {
        status: u16,
        body: Vec<u8>,
    },
    /// Why there is no whole answer.
    Lost(String),
}

/// Asks once, with a token if there is one. Redirects are not followed.
pub fn probe(url: &str, token: Option<&str>) -> Probe {
    match attempt(url, token) {
        Ok((status, body)) => Probe::Answered { status, body },
        Err(why) => Probe::Lost(secrets::redact(&why).into_owned()),
    }
}

fn attempt(url: &str, token: Option<&str>) -> Result<(u16, Vec<u8>), String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let client = transport::connections(&url, CONNECT).map_err(|error| format!("{error:#}"))?;
    let ends = Instant::now() + TIME;
    let mut request = client.get(url).timeout(TIME);
    if let Some(token) = token {
        request = Authorization::bearer(&token.to_owned().into()).put_on(request);
    }
    let answer = request.send().map_err(|error| transport::why_lost(&error).1)?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    Limited::new(answer, ends, PROBE).read_to_end(&mut body).map_err(|error| match error.kind() {
        std::io::ErrorKind::FileTooLarge => format!("its answer is larger than {} KiB", PROBE >> 10),
        _ => transport::why_cut(&error).1,
    })?;
    Ok((status, body))
}
