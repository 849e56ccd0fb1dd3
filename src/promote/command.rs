//! A command line of the pipeline file: run by `sh`, ended with all that it started when it takes too
//! long. It may write as much as it likes, of which the end is kept.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::{self, End, Limits, Output};

/// How much of the output is kept: the end of it.
const TAIL: usize = 8 * 1024;

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// `None`: it took too long.
    pub status: Option<ExitStatus>,
    /// The end of what it wrote to stdout and stderr, in the order in which it arrived.
    pub output: String,
}

/// What a command line is run with.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub folder: &'a Path,
    /// Environment variables, added to those of the process.
    pub variables: &'a [(&'a str, String)],
    /// Whether it gets the tokens that are in the environment of the process.
    pub has_tokens: bool,
}

/// Runs a command line with `sh -c`, for at most `limit`.
pub fn run(line: &str, setting: Setting, limit: Duration) -> Result<Ended> {
    let Setting { folder, variables, has_tokens } = setting;
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).current_dir(folder).envs(variables.iter().map(|(name, value)| (name, value)));
    let run = if has_tokens { process::run_with_tokens } else { process::run };
    let ended = run(command, Limits { time: limit, output: Output::Tail(TAIL) })
        .with_context(|| format!("cannot run `sh` in {}", folder.display()))?;
    let status = match ended.how {
        End::Exited(status) => Some(status),
        End::TimedOut | End::TooMuchOutput => None,
    };
    Ok(Ended { status, output: whole_lines(&ended.stdout) })
}

/// The end of an output from the begin of a line: in a part of a line, a part of a secret would not be known.
fn whole_lines(tail: &[u8]) -> String {
    let is_cut = tail.len() >= TAIL;
    let first = tail.iter().position(|byte| *byte == b'\n').filter(|at| is_cut && at + 1 < tail.len());
    String::from_utf8_lossy(&tail[first.map_or(0, |at| at + 1)..]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_is_kept_in_its_order() {
        let variables = [("NAME", "it's me".to_owned())];
        let line = "echo one; echo \"$NAME\" >&2; exit 3";
        let setting = Setting { folder: Path::new("."), variables: &variables, has_tokens: false };
        let ended = run(line, setting, Duration::from_secs(60)).unwrap();
        assert_eq!(ended.status.unwrap().code(), Some(3));
        assert!(ended.output.contains("one\n") && ended.output.contains("it's me\n"), "{}", ended.output);
    }
}
