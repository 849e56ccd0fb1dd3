//! git over HTTP, in this process: protocol version 2 for reading, and receive-pack for pushes.
//!
//! Every request stands for itself, so the server is asked what is wanted at once, without asking first
//! what it can do: nearly every server can do it. What it can do is looked at when an answer is not
//! understood ([`SmartHttp::explain`]). A server of another kind, and all that only git's own configuration
//! knows, is left to the `git` command ([`suits`]).
//!
//! - [`exchange`]: requests, and what the status of an answer means; [`packets`]: git's part of an answer;
//!   [`paced`]: one that has to keep coming
//! - [`incoming`]: objects into the cache; [`shallow`]: where its history is cut off
//! - [`outgoing`]: the objects that a push needs; [`report`]: what the server says of a push
//! - [`suits`]: whether git itself is needed

mod exchange;
mod incoming;
mod outgoing;
mod paced;
mod packets;
mod report;
mod shallow;
pub mod suits;

use std::cell::OnceCell;
use std::sync::Arc;

use anyhow::{Context, Result};
use git2::Oid;

use self::exchange::{Connection, Service};
use self::incoming::Incoming;
use self::packets::{Packets, Question};
use super::fault::{Failure, Fault};
use super::server::Server;
use super::transport::{Answer, Filter, Push, Pushed, Standing, Transport, Wanted};

pub struct SmartHttp {
    server: Arc<Server>,
    connection: Connection,
    features: OnceCell<Features>,
}

/// What a server can do that not every one can.
#[derive(Debug, Clone, Copy)]
struct Features {
    filter: bool,
    depth: bool,
}

impl SmartHttp {
    pub fn new(server: Arc<Server>) -> Result<Self> {
        Ok(Self { connection: Connection::open(server.clone())?, server, features: OnceCell::new() })
    }

    fn list_once(&self, names: &[&str]) -> Result<Answer<Vec<Standing>>> {
        let mut question = Question::default();
        question.line("command=ls-refs");
        question.delimiter();
        for name in names {
            question.line(&format!("ref-prefix {name}"));
        }
        let answer = self.connection.post(Service::Upload, question.end())?;
        Ok(answer.and_then(|packets| standings(packets, names)))
    }

    /// Fetches what is wanted. The server builds on what the cache is said to have, unless `from_scratch`.
    fn fetch_once(&self, wanted: Wanted<'_>, from_scratch: bool) -> Result<Answer<()>> {
        let opened = Incoming::open(self.server.cache.path());
        let opened = opened.and_then(|incoming| Ok((incoming.whole()?, incoming)));
        let (whole, incoming) = match opened {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(Failure::new(Fault::Other, format!("{error:#}")))),
        };
        let have = if wanted.with_folders && !from_scratch { whole } else { Vec::new() };
        let question = incoming.question(wanted, &have);
        match self.connection.post(Service::Upload, question)? {
            Ok(packets) => incoming.receive(packets, wanted),
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Looks for a better explanation of a failure, once: what the server says of itself.
    fn explain<T>(&self, answer: Answer<T>) -> Result<Answer<T>> {
        let failure = match answer {
            Err(failure) if matches!(failure.fault, Fault::NotGit | Fault::NotFound) => failure,
            answer => return Ok(answer),
        };
        if self.features.get().is_some() {
            return Ok(Err(failure));
        }
        let found = self.connection.advertisement(Service::Upload)?.and_then(Features::read);
        Ok(Err(match found {
            Ok(Some(features)) => {
                self.features.set(features).ok();
                failure
            }
            Ok(None) => Failure::new(
                Fault::NeedsGit,
                "the server does not speak version 2 of the protocol with SHA-1",
            ),
            Err(better) => better,
        }))
    }

    /// What is wanted and is known not to be there.
    fn lacks(&self, wanted: Wanted<'_>) -> Option<Failure> {
        let features = self.features.get()?;
        if wanted.filter.is_some() && !features.filter {
            return Some(Failure::new(Fault::Filter, "the server has no filters"));
        }
        let depth = wanted.depth.is_some() && !features.depth;
        depth.then(|| Failure::new(Fault::Depth, "the server cannot cut off history"))
    }
}

impl Transport for SmartHttp {
    fn list(&self, names: &[&str]) -> Result<Answer<Vec<Standing>>> {
        self.explain(self.list_once(names)?)
    }

    fn fetch(&self, wanted: Wanted<'_>) -> Result<Answer<()>> {
        if let Some(failure) = self.lacks(wanted) {
            return Ok(Err(failure));
        }
        let all_folders = wanted.with_folders && wanted.filter.is_some();
        let wanted = if all_folders { Wanted { filter: Some(Filter::Blobs), ..wanted } } else { wanted };
        let mut answer = self.fetch_once(wanted, false)?;
        // The cache may lack some of what it is said to have.
        if wanted.with_folders && answer.as_ref().is_err_and(|failure| failure.fault == Fault::Damaged) {
            answer = self.fetch_once(wanted, true)?;
        }
        match self.explain(answer)? {
            Err(failure) => Ok(Err(self.lacks(wanted).unwrap_or(failure))),
            done => Ok(done),
        }
    }

    /// Who speaks version 2 gives out every object.
    fn fetch_everything(&self) -> Result<Answer<()>> {
        Ok(Err(Failure::new(Fault::NeedsGit, "the server gives out whole branches only")))
    }

    /// The server is not asked first where the reference stands: that it must not have moved is part of
    /// the push.
    fn push(&self, push: Push<'_>) -> Result<Answer<Pushed>> {
        let git = git2::Repository::open_bare(self.server.cache.path());
        let pack = git.and_then(|git| outgoing::pack(&git, push.new));
        let pack =
            pack.with_context(|| format!("cannot pack what to push to {}", self.server.url.shown()))?;
        let expected = push.expected.unwrap_or(Oid::ZERO_SHA1);
        let (new, name) = (push.new, push.reference);
        let mut question = Question::default();
        question
            .data(format!("{expected} {new} {name}\0 report-status side-band-64k agent={AGENT}").as_bytes());
        let mut body = question.end();
        body.extend_from_slice(&pack);
        let answer = self.connection.post(Service::Receive, body)?;
        Ok(answer.and_then(|packets| report::read(packets, push.reference)))
    }

    fn again(&self, server: Arc<Server>) -> Box<dyn Transport> {
        let connection = self.connection.again(server.clone());
        Box::new(Self { server, connection, features: self.features.clone() })
    }

    fn try_push(&self, _: Push<'_>) -> Result<Answer<()>> {
        let answer = self.connection.advertisement(Service::Receive)?;
        Ok(answer.map(Packets::finish))
    }
}

const AGENT: &str = concat!("towline/", env!("CARGO_PKG_VERSION"));

impl Features {
    /// From what a server says of itself. Nothing when it speaks another version, or of other objects.
    fn read(mut packets: Packets) -> Answer<Option<Self>> {
        let mut first = packets.next_line()?;
        if first.as_ref().is_some_and(|line| line.starts_with("# service=")) {
            packets.next_line()?;
            first = packets.next_line()?;
        }
        if first.as_deref() != Some("version 2") {
            return Ok(None);
        }
        let mut features = Self { filter: false, depth: false };
        while let Some(line) = packets.next_line()? {
            if line == "object-format=sha256" {
                return Ok(None);
            }
            if let Some(fetch) = line.strip_prefix("fetch=") {
                let has = |word| fetch.split(' ').any(|known| known == word);
                features = Self { filter: has("filter"), depth: has("shallow") };
            }
        }
        packets.finish();
        Ok(Some(features))
    }
}

/// The lines `ID NAME`, with more behind it in some.
fn standings(mut packets: Packets, names: &[&str]) -> Answer<Vec<Standing>> {
    let mut found = Vec::new();
    while let Some(line) = packets.next_line()? {
        let mut words = line.split(' ');
        let id = words.next().and_then(|id| Oid::from_str(id).ok());
        let (Some(id), Some(name)) = (id, words.next()) else {
            return Err(Failure::new(Fault::NotGit, format!("an invalid reference: {line}")));
        };
        // Prefixes are all that can be asked for, and a server may send more.
        if names.iter().any(|asked| name == *asked || asked.ends_with('/') && name.starts_with(asked)) {
            found.push((name.to_owned(), id));
        }
    }
    packets.finish();
    Ok(found)
}
