//! `towline completions SHELL`: prints a shell completion script.

use anyhow::Result;
use clap_complete::Shell;

use crate::report::Answer;
use crate::report::output::{CompletionsOutput, Output};
use crate::vocabulary::Outcome;

const EXAMPLES: &str = "\
Examples:
  towline completions bash > /etc/bash_completion.d/towline
  towline completions zsh > \"${fpath[1]}/_towline\"";

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Shell to print the script for
    shell: Shell,
}

impl Args {
    pub fn run(&self, mut command: clap::Command) -> Result<Answer> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "towline", &mut script);
        let script = String::from_utf8(script)?;
        let answer = Answer::new(Outcome::Done).document(script.as_str());
        let output = CompletionsOutput { shell: self.shell.to_string(), script };
        Ok(answer.output(Output::Completions(output)))
    }
}
