//! What can go wrong between a client and a server.

use super::{Reply, Request};

/// Goes wrong once, for the first request whose log line begins with `at` (`POST /repos/`), or a
/// later one.
#[derive(Debug, Clone)]
pub struct Fault {
    pub at: String,
    /// How many such requests go well before.
    pub passed: u32,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    /// Answers this, and the forge is not even asked.
    Instead { status: u16, headers: Vec<(&'static str, &'static str)>, body: &'static str },
    /// The forge does it; the connection ends in the middle of the answer.
    Reset,
    /// The forge does it; half of the answer's JSON is sent as if that were all.
    Truncated,
    /// The forge does it; the answer comes with this content type.
    Type(&'static str),
    /// The forge is not asked, and no answer ever comes.
    Stall,
}

impl Fault {
    pub fn new(at: &str, what: What) -> Self {
        Self { at: at.to_owned(), passed: 0, what }
    }

    pub fn status(at: &str, status: u16) -> Self {
        Self::new(at, What::Instead { status, headers: vec![], body: r#"{"message":"fault"}"# })
    }

    /// Not at once, but after so many requests that it would fit.
    pub fn after(self, passed: u32) -> Self {
        Self { passed, ..self }
    }

    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        if let What::Instead { headers, .. } = &mut self.what {
            headers.push((name, value));
        }
        self
    }

    /// A proxy's page about the server behind it.
    pub fn bad_gateway(at: &str) -> Self {
        let body = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
        let headers = vec![("content-type", "text/html")];
        Self::new(at, What::Instead { status: 502, headers, body })
    }

    pub fn fits(&self, request: &Request) -> bool {
        request.line().starts_with(&self.at)
    }
}

/// The bytes of a reply's body.
pub fn bytes(reply: &Reply) -> Vec<u8> {
    match &reply.body {
        serde_json::Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    }
}
