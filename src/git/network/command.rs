//! The server reached by the `git` command, one run a question.

use std::cell::Cell;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use git2::Oid;

use super::credential::Login;
use super::fault::{Failure, Fault, NO_BRANCHES, STALLED};
use super::server::Server;
use super::transport::{Answer, Push, Pushed, Standing, Transport, Wanted};
use crate::git::process::git;
use crate::process::{End, Watch, run_watched};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::length;

/// `git` over whatever it can reach servers with.
pub struct GitCommand {
    server: Arc<Server>,
    /// Whether the server has shown a branch.
    has_branches: Cell<bool>,
}

/// What git printed.
#[derive(Debug)]
struct Printed {
    success: bool,
    output: String,
    errors: String,
}

/// Objects are asked for by name, so there is nothing to negotiate; what is missing is no error.
const FETCH: [&str; 13] = [
    "-c",
    "fetch.negotiationAlgorithm=noop",
    "-c",
    "remote.origin.promisor=true",
    "-c",
    "remote.origin.partialCloneFilter=tree:0",
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--recurse-submodules=no",
    "--no-show-forced-updates",
];

/// What has to come in the time after which nothing is said to move: less is a server that drips.
const LEAST: u64 = 64 << 10;
/// No run takes longer, unless a whole repository is fetched over a connection that nobody has.
const LONGEST: Duration = Duration::from_secs(4 * 60 * 60);

const PUSH: [&str; 3] = ["push", "--no-verify", "--recurse-submodules=no"];

impl Transport for GitCommand {
    /// Asks for `HEAD` too, which every repository that is not empty has.
    fn list(&self, names: &[&str]) -> Result<Answer<Vec<Standing>>> {
        let patterns: Vec<String> = names.iter().map(|name| pattern(name)).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let ask = || self.run(&[&["ls-remote", "--quiet", "origin", "HEAD"], &patterns[..]].concat(), "");
        let mut printed = ask()?;
        // An answer that was cut off after its first line is to git one of an empty repository.
        if printed.success && printed.output.is_empty() {
            printed = ask()?;
        }
        if !printed.success {
            return Ok(Err(printed.failure()));
        }
        if printed.output.is_empty() && self.has_branches.get() && self.shows_nothing()? {
            return Ok(Err(Failure::told(NO_BRANCHES)));
        }
        self.has_branches.set(self.has_branches.get() || !printed.output.is_empty());
        printed.output.lines().map(|line| self.reference(line)).collect::<Result<_>>().map(Ok)
    }

    /// Folders are fetched as they are needed: git cannot say which it has in a cache that has some.
    fn fetch(&self, wanted: Wanted<'_>) -> Result<Answer<()>> {
        let filter = wanted.filter.map(|filter| format!("--filter={}", filter.spec()));
        let depth = wanted.depth.map(|depth| format!("--depth={depth}"));
        let mut arguments = FETCH.to_vec();
        arguments.push(filter.as_deref().unwrap_or("--no-filter"));
        arguments.extend(depth.as_deref());
        arguments.extend(["--stdin", "origin"]);
        let input: String = wanted.ids.iter().map(|id| format!("{id}\n")).collect();
        Ok(self.run(&arguments, &input)?.done())
    }

    fn fetch_everything(&self) -> Result<Answer<()>> {
        // What is here is taken for complete otherwise.
        let shallow = self.server.cache.path().join("shallow");
        if shallow.exists() {
            std::fs::remove_file(&shallow).with_context(|| format!("cannot remove {}", shallow.display()))?;
        }
        let all = ["--no-filter", "--refetch", "origin", "+refs/heads/*:refs/towline/fetched/*"];
        let printed = self.run(&[&FETCH[..], &all].concat(), "")?;
        if printed.errors.contains("unknown option `refetch'") {
            let url = self.server.url.shown();
            let message = format!("cannot fetch from {url}: it gives out whole branches only");
            return Err(Diagnostic::new(message).hint("install git 2.36 or later: it can fetch them").into());
        }
        Ok(printed.done())
    }

    /// git leaves out what the tips of the server's branches contain. When the base branch moved since it
    /// was fetched, no tip tells that the server has the commit that `new` builds on, and most of that is
    /// not in the cache. git then has to ask the server which commits it has.
    fn push(&self, push: Push<'_>) -> Result<Answer<Pushed>> {
        let pushed = self.push_once(push, &[])?;
        match pushed {
            Ok(Pushed::Unsent) => self.push_once(push, &["-c", "push.negotiate=true"]),
            pushed => Ok(pushed),
        }
    }

    fn again(&self, server: Arc<Server>) -> Box<dyn Transport> {
        Box::new(Self { server, has_branches: self.has_branches.clone() })
    }

    /// Rules of single branches do not show in it.
    fn try_push(&self, push: Push<'_>) -> Result<Answer<()>> {
        let refspec = format!("{}:{}", push.new, push.reference);
        let printed = self.run(&[&PUSH[..], &["--dry-run", "--quiet", "origin", &refspec]].concat(), "")?;
        // It went on in this moment; the server was ready to take a push.
        let is_ready = printed.errors.contains("[rejected]");
        Ok(if is_ready { Ok(()) } else { printed.done() })
    }
}

impl GitCommand {
    pub fn new(server: Arc<Server>) -> Self {
        Self { server, has_branches: Cell::new(false) }
    }

    /// Whether it has no branch at all. A page of a proxy, such as one about maintenance, is that to git.
    fn shows_nothing(&self) -> Result<bool> {
        let printed = self.run(&["ls-remote", "--quiet", "origin", "refs/heads/*"], "")?;
        Ok(printed.success && printed.output.is_empty())
    }

    fn reference(&self, line: &str) -> Result<Standing> {
        let parsed = line.split_once('\t').and_then(|(id, name)| Some((name, Oid::from_str(id).ok()?)));
        match parsed {
            Some((name, id)) => Ok((name.to_owned(), id)),
            None => bail!("{} returned an invalid git reference: {line}", self.server.url.shown()),
        }
    }

    fn push_once(&self, push: Push<'_>, settings: &[&str]) -> Result<Answer<Pushed>> {
        let expected = push.expected.map(|id| id.to_string()).unwrap_or_default();
        let lease = format!("--force-with-lease={}:{expected}", push.reference);
        let refspec = format!("{}:{}", push.new, push.reference);
        let how = ["--porcelain", "--no-follow-tags", &lease, "origin", &refspec];
        let printed = self.run(&[settings, &PUSH, &how].concat(), "")?;
        if printed.success {
            return Ok(Ok(Pushed::Done));
        }
        if let Some(reason) = rejection(&printed.output) {
            return Ok(Ok(Pushed::Refused { reason: reason.to_owned(), said: printed.errors }));
        }
        let failure = printed.failure();
        Ok(if failure.fault == Fault::Unsent { Ok(Pushed::Unsent) } else { Err(failure) })
    }

    /// Runs git in the cache folder. `input` are lines for its standard input.
    fn run(&self, arguments: &[&str], input: &str) -> Result<Printed> {
        let login = self.server.login()?;
        let mut command = git(self.server.cache.path());
        self.configure(&mut command, login.as_ref());
        command.args(arguments);
        let progress = &|| self.received() / LEAST;
        let watch = Watch { time: self.server.stall, progress, longest: LONGEST };
        let ended = run_watched(command, input, watch).map_err(|error| {
            Diagnostic::new(format!("cannot run git to reach {}: {error}", self.server.url.shown()))
                .hint("install git 2.34 or later, and put it on PATH")
        })?;
        let errors = match ended.how {
            End::TimedOut => format!("{STALLED} for {}", length(self.server.stall)),
            _ => String::from_utf8_lossy(&ended.stderr).into_owned(),
        };
        Ok(Printed {
            success: ended.is_success(),
            output: String::from_utf8_lossy(&ended.stdout).into_owned(),
            errors,
        })
    }

    /// The size of what was fetched so far, with what is still on its way. Lists of branches and pushes
    /// are small, and have to be done in the time in which nothing else moves.
    fn received(&self) -> u64 {
        let packs = std::fs::read_dir(self.server.cache.path().join("objects/pack"));
        let sizes = packs.into_iter().flatten().flatten().filter_map(|file| file.metadata().ok());
        sizes.map(|file| file.len()).sum()
    }

    fn configure(&self, command: &mut Command, login: Option<&Login>) {
        command
            // git itself is never to fetch what is missing: one object at a time would take hours.
            .env("GIT_NO_LAZY_FETCH", "1")
            // A server that stalls for a minute is down.
            .env("GIT_HTTP_LOW_SPEED_LIMIT", "1")
            .env("GIT_HTTP_LOW_SPEED_TIME", "60")
            .envs(self.server.variables.iter().map(|(name, value)| (name, value)));
        if let (Some(login), Some(site)) = (login, self.server.url.site()) {
            login.give(command, &site);
        }
    }
}

impl Printed {
    fn done(self) -> Answer<()> {
        if self.success { Ok(()) } else { Err(self.failure()) }
    }

    fn failure(self) -> Failure {
        Failure::told(self.errors)
    }
}

/// What `git ls-remote` matches names with.
fn pattern(name: &str) -> String {
    if name.ends_with('/') { format!("{name}*") } else { name.to_owned() }
}

/// Why the reference was not updated, from the lines of `git push --porcelain`: flag, references
/// and `[rejected] (reason)`, with tabs in between.
pub fn rejection(porcelain: &str) -> Option<&str> {
    let line = porcelain.lines().find(|line| line.starts_with("!\t"))?;
    let told = line.splitn(3, '\t').nth(2)?;
    Some(told.split_once('(').map_or(told, |(_, reason)| reason.trim_end_matches(')')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_stands_behind_the_reference() {
        let reason = |line: &str| {
            let porcelain = format!("To https://host/a/b.git\n{line}\nDone\n");
            rejection(&porcelain).map(str::to_owned)
        };
        assert_eq!(reason("!\tabc:refs/heads/main\t[rejected] (stale info)").unwrap(), "stale info");
        let lock = "cannot lock ref 'refs/heads/main': is at 1 (2)";
        assert_eq!(
            reason(&format!("!\ta:b\t[remote rejected] ({lock})")).unwrap(),
            lock.trim_end_matches(')')
        );
        assert_eq!(reason("*\tabc:refs/heads/main\t[new branch]"), None);
    }
}
