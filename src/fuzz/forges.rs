//! What forges answer: a server on this machine that gives the lines of an input in turn, and a client that
//! asks it for everything.
//!
//! A line is a body of JSON; `404 {"message": "…"}` has a status in front. The clock stands still, so nothing
//! is waited for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;

use anyhow::Result;
use git2::Oid;
use jiff::Timestamp;

use crate::clock::ManualClock;
use crate::forge::{
    self, DeploymentState, Forge, MergeRequest, NewDeployment, NewPullRequest, NewStatus, StatusState,
};
use crate::http::Settings;
use crate::vocabulary::{ForgeKind, MergeMethod};

/// More than any client needs. What goes on after that would go on for ever.
const MOST: usize = 300;
const HEAD: &str = "towline/dev/web";

/// A server, which one input at a time has for itself.
struct Server {
    url: String,
    answers: Arc<Mutex<Answers>>,
}

#[derive(Default)]
struct Answers {
    lines: Vec<Vec<u8>>,
    given: usize,
}

impl Answers {
    /// Status and body of the next one.
    fn next(&mut self) -> (u16, Vec<u8>) {
        let line = match self.lines.len() {
            count if count == 0 || self.given >= MOST => return (404, b"{}".to_vec()),
            count => &self.lines[self.given % count],
        };
        self.given += 1;
        let status = line.get(..4).filter(|start| start[3] == b' ');
        let status = status.and_then(|start| std::str::from_utf8(&start[..3]).ok()?.parse().ok());
        match status.filter(|status| (200..600).contains(status)) {
            Some(status) => (status, line[4..].to_vec()),
            None => (200, line.clone()),
        }
    }
}

/// Asks a forge that gives these answers for everything that a forge is asked.
pub fn run(kind: ForgeKind, answers: &[u8]) {
    // One at a time: the answers are given in turn.
    static SERVER: LazyLock<Mutex<Server>> = LazyLock::new(|| Mutex::new(Server::start()));
    let server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = answers.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    *lock(&server.answers) = Answers { lines, given: 0 };
    ask(&*server.connect(kind).expect("the settings are right"));
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("the port is known"));
        let answers = Arc::new(Mutex::new(Answers::default()));
        let shared = answers.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let answers = shared.clone();
                // A client that hangs up ends it.
                thread::spawn(move || serve(connection, &answers).ok());
            }
        });
        Self { url, answers }
    }

    fn connect(&self, kind: ForgeKind) -> Result<Box<dyn Forge>> {
        let url = &self.url;
        let location = match kind {
            ForgeKind::AzureDevOps => format!("{url}/acme/shop/_git/gitops"),
            _ => format!("{url}/acme/gitops.git"),
        };
        let variables = [
            // No other text has it: whatever is read in this process is searched for it from now on.
            ("TOWLINE_TOKEN", "fuzzed-t0ken-7c1e".to_owned()),
            ("GITHUB_SERVER_URL", url.clone()),
            ("GITHUB_API_URL", url.clone()),
            ("CI_SERVER_URL", url.clone()),
            ("GITEA_SERVER_URL", url.clone()),
            ("SYSTEM_COLLECTIONURI", format!("{url}/acme/")),
        ];
        let variables: Vec<_> = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let clock = Arc::new(ManualClock::new(Timestamp::from_second(1_800_000_000)?));
        let settings = Settings { attempts: 2, random: Arc::new(|| 0.5), ..Settings::new(clock) };
        forge::connect(kind, &location, &variables, settings)
    }
}

/// Answers the requests of a connection.
fn serve(connection: TcpStream, answers: &Mutex<Answers>) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut writer = connection.try_clone()?;
    let mut reader = BufReader::new(connection);
    loop {
        let mut length = 0;
        let mut line = String::new();
        let mut first = true;
        while first || line.trim_end() != "" {
            first = false;
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().unwrap_or(0);
            }
        }
        std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink())?;
        let (status, body) = lock(answers).next();
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        writer.write_all(&[head.as_bytes(), &body].concat())?;
    }
}

/// Everything, whatever comes of it.
fn ask(forge: &dyn Forge) {
    let commit = Oid::from_bytes(&[0x11; 20]).expect("a commit's id has 20 bytes");
    drop(forge.permissions());
    drop(forge.account());
    drop(forge.kept_out_of("main"));
    drop(forge.list_pulls(None));
    drop(forge.list_pulls(Some(HEAD)));
    drop(forge.find_pull(HEAD, "main"));
    drop(forge.get_pull(7));
    drop(forge.merge_readiness(7));
    drop(forge.commit_statuses(commit));
    drop(forge.plain_statuses(commit));
    drop(forge.status_fingerprints(&[commit, commit]));
    let (title, body) = ("Deploy".to_owned(), "Deploy".to_owned());
    let new = NewPullRequest {
        head: HEAD.to_owned(),
        base: "main".to_owned(),
        head_commit: commit,
        title,
        body,
        labels: vec!["deploy".to_owned()],
        reviewers: vec!["ann".to_owned()],
        open: None,
    };
    drop(forge.open_pull(&new));
    drop(forge.update_pull(7, "Deploy it", "now"));
    drop(forge.sticky_comment(7, "deployed"));
    for when_ready in [false, true] {
        let method = MergeMethod::Merge;
        let request =
            MergeRequest { expected_head: commit, method, message: "Deploy".to_owned(), when_ready };
        drop(forge.merge_pull(7, &request));
    }
    drop(forge.cancel_merge(7));
    drop(forge.close_pull(7, "it is over"));
    let (context, description) = ("towline/web/dev".to_owned(), "done".to_owned());
    let status = NewStatus { context, state: StatusState::Success, description, target_url: None };
    drop(forge.set_commit_status(commit, &status));
    let deployment = NewDeployment {
        application: "web".to_owned(),
        environment: "dev".to_owned(),
        reference: Some("main".to_owned()),
        state: DeploymentState::Success,
        description: "done".to_owned(),
        log_url: None,
    };
    drop(forge.report_deployment(commit, &deployment));
}

fn lock(answers: &Mutex<Answers>) -> std::sync::MutexGuard<'_, Answers> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}
