//! The global options.

use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context, Result};
use clap::{ArgAction, Args};

use super::process::Process;
use crate::report::ci::Ci;
use crate::report::progress::{Mode, Progress};
use crate::report::style::Color;
use crate::report::{Format, Printer, Verbosity};

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Path of the pipeline file
    #[arg(short, long, global = true, value_name = "FILE", default_value = "towline.yaml", value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// Run as if started in this folder
    #[arg(short = 'C', global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
    /// Format of the result on stdout
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub output: Format,
    /// When to use colors
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Print plain lines instead of a live display
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Print more about what is being done
    #[arg(short, long, global = true, action = ArgAction::SetTrue, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print only results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Format of progress, warnings and errors on stderr
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub log_format: Format,
}

impl Global {
    /// Changes to the folder of `-C`. Every other path is relative to it.
    pub fn enter_folder(&self) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        std::env::set_current_dir(folder)
            .with_context(|| format!("cannot change to folder {}", folder.display()))
    }

    pub fn printer(&self, command: String, process: &Process) -> Printer {
        let variable = |name: &str| process.variable(name);
        let stderr = self.color.style(process.stderr_is_terminal, variable);
        Printer {
            command,
            output: self.output,
            log: self.log_format,
            verbosity: self.verbosity(),
            stdout: self.color.style(process.stdout_is_terminal, variable),
            stderr,
            progress: Progress::new(self.progress(process), stderr),
            ci: Ci::detect(variable),
            warned: Mutex::default(),
            held: None,
        }
    }

    fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }

    fn progress(&self, process: &Process) -> Mode {
        let dumb = matches!(process.variable("TERM"), None | Some("dumb"));
        match self.log_format {
            _ if self.quiet => Mode::Hidden,
            Format::Json => Mode::JsonLines,
            Format::Text if process.stderr_is_terminal && !dumb && !self.no_progress => Mode::Live,
            Format::Text => Mode::Lines,
        }
    }
}
