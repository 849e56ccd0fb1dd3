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

/// Runs a command line with `sh -c` in `folder`, for at most `limit`.
pub fn run(line: &str, folder: &Path, variables: &[(&str, String)], limit: Duration) -> Result<Ended> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).current_dir(folder).envs(variables.iter().map(|(name, value)| (name, value)));
    let ended = process::run(command, Limits { time: limit, output: Output::Tail(TAIL) })
        .with_context(|| format!("cannot run `sh` in {}", folder.display()))?;
    let status = match ended.how {
        End::Exited(status) => Some(status),
        End::TimedOut | End::TooMuchOutput => None,
    };
    Ok(Ended { status, output: String::from_utf8_lossy(&ended.stdout).into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_is_kept_in_its_order() {
        let variables = [("NAME", "it's me".to_owned())];
        let line = "echo one; echo \"$NAME\" >&2; exit 3";
        let ended = run(line, Path::new("."), &variables, Duration::from_secs(60)).unwrap();
        assert_eq!(ended.status.unwrap().code(), Some(3));
        assert!(ended.output.contains("one\n") && ended.output.contains("it's me\n"), "{}", ended.output);
    }
}
