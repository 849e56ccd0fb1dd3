//! The command line: one file a command.
//!
//! A command's `Args` are its arguments. `run` turns them into the request of a step, calls the
//! step, and turns the result into an [`Answer`]. The steps themselves are in other modules.

mod access;
mod all;
mod approve;
mod r#await;
mod completions;
mod context;
mod decision_args;
mod global;
mod init;
mod interrupt;
mod merge;
mod orphans;
mod override_gate;
mod process;
mod promote;
mod propose;
mod release_args;
mod remove;
mod render;
mod report;
mod resume;
mod rollback;
mod schema;
mod status;
mod usage;
mod validate;
mod verify;
mod watch;
mod which;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::forge;
use crate::report::{Answer, Printer};
use crate::scratch;
use crate::vocabulary::Outcome;
use context::Context;
use global::Global;
use process::Process;

/// Carry a release through its environments the GitOps way
///
/// Renders plain Kubernetes YAML for each environment, opens a pull request against the GitOps
/// repository, waits for the operators in the clusters to report the rollout, and continues with
/// the next environment.
#[derive(Debug, Parser)]
#[command(name = "towline", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  towline init
  towline render dev --release 1.4.0 --image web=1.4.0
  towline promote --release 1.4.0 --image web=1.4.0
  towline status

Exit codes: 0 done, or nothing to do; 1 error; 2 usage error; 3 refused; 4 proposal closed; \
5 deployment or checks failed; 6 timed out; 7 superseded; 75 not finished yet (--once); \
130 interrupted";

#[derive(Debug, Subcommand)]
enum Command {
    Render(render::Args),
    Propose(propose::Args),
    Await(r#await::Args),
    Promote(promote::Args),
    Rollback(rollback::Args),
    Merge(merge::Args),
    Approve(approve::Args),
    Override(override_gate::Args),
    Remove(remove::Args),
    Report(report::Args),
    Resume(resume::Args),
    Status(status::Args),
    Verify(verify::Args),
    Validate(validate::Args),
    Init(init::Args),
    Completions(completions::Args),
    Schema(schema::Args),
}

impl Command {
    fn run(&self, context: &Context) -> Result<Answer> {
        match self {
            Command::Render(args) => args.run(context),
            Command::Propose(args) => args.run(context),
            Command::Await(args) => args.run(context),
            Command::Promote(args) => args.run(context),
            Command::Rollback(args) => args.run(context),
            Command::Merge(args) => args.run(context),
            Command::Approve(args) => args.run(context),
            Command::Override(args) => args.run(context),
            Command::Remove(args) => args.run(context),
            Command::Report(args) => args.run(context),
            Command::Resume(args) => args.run(context),
            Command::Status(args) => args.run(context),
            Command::Verify(args) => args.run(context),
            Command::Validate(args) => args.run(context),
            Command::Init(args) => args.run(context),
            Command::Completions(args) => args.run(Cli::command()),
            Command::Schema(args) => args.run(),
        }
    }
}

/// Parses the command line, runs the command, and prints the result.
pub fn run() -> ExitCode {
    let process = Process::current();
    forge::remember_credentials(&process.variables);
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let command = Cli::command();
    let hints = usage::Hints::from_arguments(&arguments, &command);
    let code = match parse(command, arguments) {
        Ok((name, cli)) => execute(&cli, name, &process),
        Err(error) => usage::show(&error, &hints, &process),
    };
    ExitCode::from(code)
}

/// The name of the command, and the parsed arguments.
fn parse(command: clap::Command, arguments: Vec<OsString>) -> Result<(String, Cli), clap::Error> {
    let matches = command.try_get_matches_from(arguments)?;
    let name = matches.subcommand_name().unwrap_or_default().to_owned();
    Ok((name, Cli::from_arg_matches(&matches)?))
}

fn execute(cli: &Cli, name: String, process: &Process) -> u8 {
    let printer = Arc::new(cli.global.printer(name, process));
    let ending = match interrupt::install(&printer) {
        Ok(ending) => ending,
        Err(error) => return end(&printer, &Answer::failed(&error)),
    };
    let context = Context::new(&cli.global, process, printer.clone());
    let answer = cli.global.enter_folder().and_then(|()| {
        scratch::sweep();
        cli.command.run(&context)
    });
    let answer = answer.unwrap_or_else(|error| Answer::failed(&error));
    ending.reached();
    let code = end(&printer, &answer);
    context.tally.budgets().iter().for_each(|budget| printer.detail(budget.to_string()));
    code
}

fn end(printer: &Printer, answer: &Answer) -> u8 {
    match printer.answer(answer) {
        Ok(()) => answer.outcome.exit_code(),
        Err(error) => {
            printer.error(&error);
            Outcome::Error.exit_code()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_examples_that_parse() {
        check_examples(&Cli::command());
    }

    fn check_examples(command: &clap::Command) {
        let name = command.get_name();
        let help = command.get_after_help().unwrap_or_else(|| panic!("{name} has no examples")).to_string();
        let examples: Vec<&str> = help
            .lines()
            .skip_while(|line| *line != "Examples:")
            .skip(1)
            .take_while(|line| line.starts_with("  "))
            .collect();
        assert!(!examples.is_empty(), "{name} has no examples");
        for example in examples {
            let line = example.split('>').next().unwrap_or_default();
            let words = shlex::split(line).unwrap_or_else(|| panic!("{example}: a quote is not closed"));
            Cli::command().try_get_matches_from(words).unwrap_or_else(|error| panic!("{example}: {error}"));
        }
        command.get_subcommands().for_each(check_examples);
    }
}
