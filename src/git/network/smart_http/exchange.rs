//! One request to the server, and what its answer says before git's own part of it begins.
//!
//! The token goes with every request, to the server of the repository and nowhere else: a redirect is left
//! to git, which knows what it may send where. What a status means is said in the words that git has for it,
//! because those are what people look for.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use url::Url;

use super::paced::Paced;
use super::packets::Packets;
use crate::git::network::fault::{Failure, Fault};
use crate::git::network::server::Server;
use crate::git::network::transport::Answer;
use crate::http::{Authorization, Kind, Limited, connections, why_lost};
use crate::vocabulary::text::length;

const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may say nothing. While it works on a pack, it says so every few seconds.
const SILENCE: Duration = Duration::from_secs(60);
/// As much of an error as is worth reading.
const TOLD: u64 = 4096;

/// The two programs that a server of git runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Upload,
    Receive,
}

pub struct Connection {
    server: Arc<Server>,
    client: Client,
    /// Without a slash at its end.
    base: String,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::Upload => "git-upload-pack",
            Self::Receive => "git-receive-pack",
        }
    }
}

impl Connection {
    pub fn open(server: Arc<Server>) -> Result<Self> {
        let base = server.url.without_user().trim_end_matches('/').to_owned();
        let url = Url::parse(&base).with_context(|| format!("{base} is not a URL"))?;
        Ok(Self { client: connections(&url, CONNECT)?, base, server })
    }

    /// Over the same connections, for another thread.
    pub fn again(&self, server: Arc<Server>) -> Self {
        Self { server, client: self.client.clone(), base: self.base.clone() }
    }

    /// What the service says of itself before it is asked anything.
    pub fn advertisement(&self, service: Service) -> Result<Answer<Packets>> {
        let name = service.name();
        let request = self.client.get(format!("{}/info/refs?service={name}", self.base));
        self.send(service, request, &format!("application/x-{name}-advertisement"))
    }

    pub fn post(&self, service: Service, body: Vec<u8>) -> Result<Answer<Packets>> {
        let name = service.name();
        let request = self.client.post(format!("{}/{name}", self.base)).body(body);
        let request = request.header(CONTENT_TYPE, format!("application/x-{name}-request"));
        self.send(service, request, &format!("application/x-{name}-result"))
    }

    /// Sends it. `kind` is the content type of git's own answer.
    fn send(&self, service: Service, request: RequestBuilder, kind: &str) -> Result<Answer<Packets>> {
        let authorization = self.server.login()?.map(|login| login.authorization());
        let silence = match service {
            Service::Upload => SILENCE.min(self.server.stall),
            // Hooks of the server may think for a while.
            Service::Receive => self.server.stall,
        };
        let mut request = request.header(ACCEPT, kind).timeout(silence);
        if service == Service::Upload {
            request = request.header("git-protocol", "version=2");
        }
        if let Some(authorization) = &authorization {
            request = authorization.put_on(request);
        }
        let response = match request.send() {
            Ok(response) => response,
            Err(error) => return Ok(Err(self.lost(&error, silence))),
        };
        let is_git = response.headers().get(CONTENT_TYPE).is_some_and(|found| found == kind);
        match response.status().as_u16() {
            200 if is_git => Ok(Ok(Packets::new(Paced::new(response, self.server.stall)))),
            200 => Ok(Err(Failure::new(Fault::NotGit, not_git(&response)))),
            status => Ok(Err(self.refused(status, response, authorization.as_ref()))),
        }
    }

    fn refused(&self, status: u16, response: Response, authorization: Option<&Authorization>) -> Failure {
        let url = format!("'{}/'", self.base);
        let said = match status {
            // git's helpers may know a password, and its proxy settings another.
            401 | 407 if authorization.is_none() || status == 407 => {
                return Failure::new(Fault::NeedsGit, format!("could not read Username for {url}"));
            }
            300..=399 => {
                return Failure::new(Fault::NeedsGit, format!("{url} redirects with status {status}"));
            }
            401 => format!("Authentication failed for {url}"),
            404 => format!("repository {url} not found"),
            _ => format!("unable to access {url}: The requested URL returned error: {status}"),
        };
        let text = plain_text(response);
        let failure = Failure::told(text + &said);
        // Servers that only hand out files know no POST.
        if matches!(status, 400 | 405 | 415 | 501) {
            return Failure { fault: Fault::NotGit, ..failure };
        }
        failure
    }

    fn lost(&self, error: &reqwest::Error, silence: Duration) -> Failure {
        let (kind, cause) = why_lost(error);
        let (fault, why) = match kind {
            Kind::TimedOut => (Fault::Stalled, format!("nothing came for {}", length(silence))),
            Kind::Untrusted => (Fault::Untrusted, format!("cannot connect: {cause}")),
            Kind::Unreachable => (Fault::Unreachable, format!("cannot connect: {cause}")),
            Kind::Refused => (Fault::Refused, cause),
            _ => (Fault::Unreachable, format!("the connection broke: {cause}")),
        };
        Failure::new(fault, format!("unable to access '{}/': {why}", self.base))
    }
}

/// What the server says beside a status, if that is for people, as lines in front of git's own.
fn plain_text(response: Response) -> String {
    let is_plain = content_type(&response).starts_with("text/plain");
    let mut text = Vec::new();
    let mut told = Limited::new(response.take(TOLD), Instant::now() + SILENCE, TOLD);
    if !is_plain || told.read_to_end(&mut text).is_err() {
        return String::new();
    }
    String::from_utf8_lossy(&text).lines().map(|line| format!("remote: {line}\n")).collect()
}

fn not_git(response: &Response) -> String {
    match content_type(response) {
        "" => "the answer is not that of a git server".to_owned(),
        kind => format!("the answer is not that of a git server, but {kind}"),
    }
}

fn content_type(response: &Response) -> &str {
    response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}
