//! A command line of the pipeline file: run by `sh`, ended with all that it started when it takes too
//! long. It may write as much as it likes, of which the end is kept.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
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
/// How much is kept for a file.
const KEPT_FOR_FILE: usize = 64 << 20;

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
    /// A file for all of its output.
    pub file: Option<&'a Path>,
}

/// Runs a command line with `sh -c`, for at most `limit`.
pub fn run(line: &str, setting: Setting, limit: Duration) -> Result<Ended> {
    let Setting { folder, variables, has_tokens, file } = setting;
    let kept = if file.is_some() { KEPT_FOR_FILE } else { KEPT };
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).current_dir(folder).envs(variables.iter().map(|(name, value)| (name, value)));
    let run = if has_tokens { process::run_with_tokens } else { process::run };
    let ended = run(command, Limits { time: limit, output: Output::Tail(kept) })
        .with_context(|| format!("cannot run `sh` in {}", folder.display()))?;
    let status = match ended.how {
        End::Exited(status) => Some(status),
        End::TimedOut | End::TooMuchOutput => None,
    };
    let output = without_secrets(&ended.stdout, kept);
    if let Some(file) = file {
        write(file, &output).with_context(|| format!("cannot write the output to {}", file.display()))?;
    }
    Ok(Ended { status, output: end_of(output) })
}

/// What was kept of an output, in whole lines. Secrets are hidden before it is cut further, because half of one is not
/// found.
fn without_secrets(kept: &[u8], limit: usize) -> String {
    let text = String::from_utf8_lossy(kept);
    let text = if kept.len() < limit { &*text } else { whole_lines(&text) };
    secrets::redact(text).into_owned()
}

fn end_of(output: String) -> String {
    match output.len().checked_sub(TAIL) {
        None => output,
        Some(start) => whole_lines(&output[output.ceil_char_boundary(start)..]).to_owned(),
    }
}

/// Writes a file in place of what is there. A link is replaced, and not followed.
fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut new = File::create_new(file)?;
    Ok(new.write_all(text.as_bytes())?)
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
        let shown = |kept: &[u8]| end_of(without_secrets(kept, KEPT));
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
        let setting =
            Setting { folder: Path::new("."), variables: &variables, has_tokens: false, file: None };
        let ended = run(line, setting, Duration::from_secs(60)).unwrap();
        assert_eq!(ended.status.unwrap().code(), Some(3));
        assert!(ended.output.contains("one\n") && ended.output.contains("it's me\n"), "{}", ended.output);
    }
}
