//! A command line of the pipeline file: run by `sh`, ended with all that it started when it takes too
//! long. It may write as much as it likes, of which the end is kept.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::{self, End, Limits, Output};
use crate::secrets;

/// How much of the output is shown: the end of it.
const TAIL: usize = 64 * 1024;
/// How much is kept, so that a secret is hidden that begins before the end that is shown.
const KEPT: usize = TAIL + 64 * 1024;

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// `None`: it took too long.
    pub status: Option<ExitStatus>,
    /// The end of what it wrote to stdout and stderr, in the order in which it arrived, without secrets.
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
    let ended = run(command, Limits { time: limit, output: Output::Tail(KEPT) })
        .with_context(|| format!("cannot run `sh` in {}", folder.display()))?;
    let status = match ended.how {
        End::Exited(status) => Some(status),
        End::TimedOut | End::TooMuchOutput => None,
    };
    Ok(Ended { status, output: shown(&ended.stdout) })
}

/// The end of an output, in whole lines. Secrets are hidden before it is cut, because half of one is not found.
fn shown(kept: &[u8]) -> String {
    let text = String::from_utf8_lossy(kept);
    let text = if kept.len() < KEPT { &*text } else { whole_lines(&text) };
    let hidden = secrets::redact(text);
    match hidden.len().checked_sub(TAIL) {
        None => hidden.into_owned(),
        Some(start) => whole_lines(&hidden[hidden.ceil_char_boundary(start)..]).to_owned(),
    }
}

/// What stands behind the first line, if anything does.
fn whole_lines(text: &str) -> &str {
    text.split_once('\n').map_or(text, |(_, rest)| if rest.is_empty() { text } else { rest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::{Kind, remember};

    #[test]
    fn a_secret_is_hidden_that_begins_before_the_end_of_the_output() {
        remember(Kind::Variable, "APP_PW", "c0mmand-tail-secret");
        let end = "x".repeat(TAIL - 10);
        assert_eq!(shown(format!("c0mmand-tail-secret{end}").as_bytes()), format!("(secret){end}"));
        let lines = "line\n".repeat(KEPT / 5 + 1);
        let shown = shown(lines.as_bytes());
        assert!(shown.starts_with("line\n") && (TAIL - 5..=TAIL).contains(&shown.len()), "{}", shown.len());
    }

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
