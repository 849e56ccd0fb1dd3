//! What can go wrong on the way to a server. git has no error codes, and servers speak to git in plain text,
//! so English messages are often all there is. Unknown messages are passed on unchanged.

use crate::secrets;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server wants another credential, or any.
    Unauthenticated,
    /// The server wants another SSH key, or any.
    Key,
    /// The server knows who asks, and refuses.
    Forbidden,
    /// Nobody may push to it.
    Archived,
    /// The repository is not there, or not shown to whom asks.
    NotFound,
    /// git does not trust the server's certificate.
    Certificate,
    /// Towline does not trust the server's certificate.
    Untrusted,
    /// The server was asked too often.
    RateLimited,
    /// The connection failed, or the server.
    Unreachable,
    /// Nothing came for a long time.
    Stalled,
    /// Another git was at work in the cache at the same time.
    Raced,
    /// The server refuses the filter.
    Filter,
    /// The server cannot cut off history.
    Depth,
    /// The server does not have the object, or does not give out single objects.
    Object,
    /// The cache lacks an object that git wants to send.
    Unsent,
    /// The answer is not that of a git server: a page about maintenance, a sign-in.
    NotGit,
    /// What came is not what was sent.
    Damaged,
    /// Only the `git` command may know how to reach it.
    NeedsGit,
    /// The server said what is not known here, and it is no fault of the cache.
    Refused,
    Other,
}

/// What did not work, and what the server, git or the connection said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub fault: Fault,
    pub said: String,
}

/// What an answer says whose git was ended.
pub(super) const STALLED: &str = "git made no progress";

/// What an answer without branches says of a repository that had some a moment ago.
pub(super) const NO_BRANCHES: &str = "the server shows no branches, and did before";

const WORDS: [(Fault, &[&str]); 15] = [
    (Fault::Stalled, &[STALLED]),
    (Fault::NotGit, &[NO_BRANCHES]),
    (Fault::Raced, &["shallow file has changed", "shallow.lock"]),
    (Fault::Object, &["not our ref", "unadvertised object"]),
    (Fault::Filter, &["filter '", "tree filter allows", "filter-spec"]),
    (Fault::Depth, &["shallow clients", "shallow capabilities"]),
    (
        Fault::Unauthenticated,
        &[
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "returned error: 401",
        ],
    ),
    (Fault::Key, &["Permission denied (publickey", "Too many authentication failures"]),
    (Fault::Archived, &["is archived", "archived so it is read-only"]),
    (
        Fault::Forbidden,
        &[
            "returned error: 403",
            "Permission to ",
            "Permission denied",
            "access denied",
            "not allowed to push",
            "not authorized",
        ],
    ),
    (Fault::RateLimited, &["returned error: 429", "TF400733", "rate limit", "oo many requests"]),
    (
        Fault::NotFound,
        &[
            "epository not found",
            "/' not found",
            "could not be found",
            "returned error: 404",
            "does not exist",
            "not appear to be a git repository",
        ],
    ),
    (Fault::Certificate, &["certificate", "SSL peer", "Host key verification failed"]),
    // The server's end hangs up then, so this comes before what is said of a connection.
    (Fault::Unsent, &["bad tree object", "unable to read ", "pack-objects died", "pack-objects failed"]),
    (
        Fault::Unreachable,
        &[
            "Could not resolve",
            "Failed to connect",
            "onnection refused",
            "onnection reset",
            "onnection timed out",
            "onnection closed",
            "Empty reply",
            "Operation too slow",
            "RPC failed",
            "returned error: 5",
            "hung up",
            "early EOF",
            "unexpected disconnect",
            "unable to access",
        ],
    ),
];

impl Fault {
    pub fn of(errors: &str) -> Self {
        let said = |words: &&[&str]| words.iter().any(|word| errors.contains(word));
        WORDS.iter().find(|(_, words)| said(words)).map_or(Self::Other, |(fault, _)| *fault)
    }

    /// Whether it may pass by itself, as a server that is away does.
    pub(super) fn passes(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::RateLimited
                | Self::Certificate
                | Self::Untrusted
                | Self::Stalled
                | Self::NotGit
                | Self::Damaged
        )
    }

    pub(super) fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::Unauthenticated => {
                "set TOWLINE_TOKEN to a valid token, or set up git's credential helper or an SSH key"
            }
            Self::Key => {
                "give SSH a key with its agent or GIT_SSH_COMMAND, and register its public key on the server"
            }
            Self::Forbidden => {
                "the token or key works, but may not do this: give it write access to the repository"
            }
            Self::Archived => {
                "nothing can be pushed to an archived repository: correct `gitops.repository`, or have it unarchived"
            }
            Self::NotFound => {
                "correct `gitops.repository`, or use a token that may read it: \
                 servers hide private repositories from users without access"
            }
            Self::Certificate => {
                "git must trust the server: set `http.sslCAInfo` in git's configuration or GIT_SSL_CAINFO, \
                 or add the SSH host key"
            }
            Self::Untrusted => "if a private CA signed the certificate, set SSL_CERT_FILE to that of the CA",
            Self::RateLimited => "the server limits requests: retry later",
            Self::Stalled => "the server or the way to it is stuck: retry later",
            Self::Raced => "another run was killed and its git is still at work: retry later",
            Self::Unreachable => "the server cannot be reached or is down: retry later",
            Self::Damaged => "the server or a proxy before it damages what it sends: retry later",
            Self::NotGit => {
                "correct `gitops.repository`, or retry later if the server or a proxy is under maintenance"
            }
            Self::Filter
            | Self::Depth
            | Self::Object
            | Self::Unsent
            | Self::NeedsGit
            | Self::Refused
            | Self::Other => return None,
        })
    }
}

impl Failure {
    pub fn new(fault: Fault, said: impl Into<String>) -> Self {
        Self { fault, said: secrets::redact(&said.into()).into_owned() }
    }

    /// The failure that a text tells, because there is nothing but a text.
    pub fn told(said: impl Into<String>) -> Self {
        let said = said.into();
        // What is hidden has no part in it: a token may be a word of these.
        Self::new(Fault::of(&said), said)
    }
}

/// The lines that tell something, as one: what the server said, and why git gave up.
pub fn summary(errors: &str) -> String {
    let mut told: Vec<&str> = Vec::new();
    for line in errors.lines() {
        let line = line.trim().trim_start_matches("remote: ").trim_start_matches("fatal: ");
        let line = line.trim_start_matches("error: ").trim().trim_end_matches('.');
        let noise = line.is_empty()
            || line == "remote:"
            || ["To ", "hint: ", "warning: ", "Please make sure", "and the repository exists", "! ["]
                .iter()
                .any(|start| line.starts_with(start))
            || line.starts_with("failed to push some refs");
        if !noise && !told.contains(&line) {
            told.push(line);
        }
    }
    match told.is_empty() {
        true => "git gave no reason".to_owned(),
        false => told.join("; "),
    }
}
