//! git's part of an answer: packets, some of which carry several channels.

use std::io::{ErrorKind, Read};

use gix_packetline::blocking_io::StreamingPeekableIter;
use gix_packetline::blocking_io::encode::{data_to_write, delim_to_write, flush_to_write};
use gix_packetline::{BandRef, PacketLineRef};
use reqwest::blocking::Response;

use super::paced::Paced;
use crate::git::network::fault::{Failure, Fault};
use crate::git::network::transport::Answer;
use crate::http::{Kind, why_cut};

/// Every packet that ends something.
const ENDS: &[PacketLineRef<'static>] =
    &[PacketLineRef::Flush, PacketLineRef::Delimiter, PacketLineRef::ResponseEnd];
/// More than the references of any repository that were asked for.
const MOST_TOLD: usize = 16 << 20;
/// As much is read behind the last packet, so that the connection can be used again.
const REST: u64 = 1 << 16;

/// The packets of an answer.
pub struct Packets {
    lines: StreamingPeekableIter<Paced<Response>>,
    /// The bytes that came of everything but packs.
    told: usize,
    has_begun: bool,
}

/// What a packet with a channel holds.
pub enum Band {
    Data(Vec<u8>),
    /// For people.
    Told(String),
}

impl Packets {
    pub fn new(response: Paced<Response>) -> Self {
        let lines = StreamingPeekableIter::new(response, ENDS, false);
        Self { lines, told: 0, has_begun: false }
    }

    /// The next packet, or nothing at the end of a section.
    pub fn next(&mut self) -> Answer<Option<Vec<u8>>> {
        let read = self.lines.read_line();
        let data = match read {
            None => {
                self.lines.reset();
                return Ok(None);
            }
            Some(Ok(Ok(packet))) => packet.as_slice().unwrap_or_default().to_vec(),
            Some(Ok(Err(_))) => return Err(self.odd()),
            Some(Err(error)) => return Err(self.cut(&error)),
        };
        self.has_begun = true;
        match data.strip_prefix(b"ERR ") {
            Some(said) => Err(self.refused(said)),
            None => Ok(Some(data)),
        }
    }

    /// The next packet as a line of text.
    pub fn next_line(&mut self) -> Answer<Option<String>> {
        let data = self.next()?;
        self.count(data.as_deref())?;
        Ok(data.map(|data| String::from_utf8_lossy(&data).trim_end_matches('\n').to_owned()))
    }

    /// The next packet of those that carry channels.
    pub fn next_band(&mut self) -> Answer<Option<Band>> {
        let Some(data) = self.next()? else { return Ok(None) };
        match PacketLineRef::Data(&data).decode_band() {
            Ok(BandRef::Data(data)) => Ok(Some(Band::Data(data.to_vec()))),
            Ok(BandRef::Progress(text)) => {
                self.count(Some(text))?;
                Ok(Some(Band::Told(String::from_utf8_lossy(text).into_owned())))
            }
            Ok(BandRef::Error(text)) => Err(self.refused(text)),
            Err(_) => Err(self.odd()),
        }
    }

    /// Refuses an answer that has no end.
    pub fn count(&mut self, data: Option<&[u8]>) -> Answer<()> {
        self.told += data.map_or(0, <[u8]>::len);
        match self.told > MOST_TOLD {
            true => Err(Failure::new(
                Fault::Refused,
                format!("the server says more than {} MiB", MOST_TOLD >> 20),
            )),
            false => Ok(()),
        }
    }

    /// What is no packet: damaged on the way, unless there never was one.
    fn odd(&self) -> Failure {
        let fault = if self.has_begun { Fault::Damaged } else { Fault::NotGit };
        Failure::new(fault, "the answer does not consist of git's packets")
    }

    /// Reads what is left, which is nothing but the end of the answer.
    pub fn finish(mut self) {
        let rest = self.lines.inner_mut();
        std::io::copy(&mut rest.take(REST), &mut std::io::sink()).ok();
    }

    /// What the server says in place of an answer.
    fn refused(&self, said: &[u8]) -> Failure {
        match Failure::told(String::from_utf8_lossy(said)) {
            // It is about the request, so the cache is not to blame.
            Failure { fault: Fault::Other, said } => Failure::new(Fault::Refused, said),
            failure => failure,
        }
    }

    fn cut(&self, error: &std::io::Error) -> Failure {
        if error.kind() == ErrorKind::UnexpectedEof && error.get_ref().is_none() {
            return match self.has_begun {
                true => Failure::new(Fault::Unreachable, "the server hung up in the middle of its answer"),
                // What the server's git prints when it gives up goes elsewhere.
                false => Failure::new(Fault::NotGit, "the answer is empty"),
            };
        }
        match why_cut(error) {
            (Kind::TimedOut, _) => {
                Failure::new(Fault::Stalled, "the answer stopped in the middle, or came too slowly")
            }
            (_, cause) => {
                Failure::new(Fault::Unreachable, format!("the connection broke during the answer: {cause}"))
            }
        }
    }
}

/// A request, packet by packet.
#[derive(Default)]
pub struct Question(Vec<u8>);

impl Question {
    pub fn line(&mut self, line: &str) {
        self.data(format!("{line}\n").as_bytes());
    }

    pub fn data(&mut self, data: &[u8]) {
        data_to_write(data, &mut self.0).expect("a line is shorter than a packet may be");
    }

    /// Between a command and its arguments.
    pub fn delimiter(&mut self) {
        delim_to_write(&mut self.0).expect("memory takes it");
    }

    pub fn end(mut self) -> Vec<u8> {
        flush_to_write(&mut self.0).expect("memory takes it");
        self.0
    }
}

/// The lines in a report that came over a channel.
pub fn lines_in(report: &[u8]) -> Vec<String> {
    let mut packets = StreamingPeekableIter::new(report, ENDS, false);
    let mut lines = Vec::new();
    while let Some(Ok(Ok(packet))) = packets.read_line() {
        let text = packet.as_slice().unwrap_or_default();
        lines.push(String::from_utf8_lossy(text).trim_end_matches('\n').to_owned());
    }
    lines
}
