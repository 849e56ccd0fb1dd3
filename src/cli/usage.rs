//! Usage errors: clap's message, or the same as JSON.
//!
//! When parsing fails, there are no parsed options that say how to print the error, so [`Hints`]
//! searches the raw arguments for them.

use std::ffi::OsString;

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::process::Process;
use crate::report::style::Color;
use crate::report::{Answer, Clean, Format, print_json, write_stderr, write_stdout};
use crate::vocabulary::{Diagnostic, Outcome};

/// What can be read from a command line without parsing it.
#[derive(Debug)]
pub struct Hints {
    command: String,
    output: Format,
    color: Color,
}

impl Hints {
    pub fn from_arguments(arguments: &[OsString], cli: &clap::Command) -> Self {
        let words: Vec<_> = arguments.iter().skip(1).map(|word| word.to_string_lossy()).collect();
        let words = words.split(|word| word == "--").next().unwrap_or_default();
        let option = |name: &str| {
            let inline = words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            let at = words.iter().position(|word| word == name);
            inline.or_else(|| Some(&**words.get(at? + 1)?)).unwrap_or_default().to_owned()
        };
        let is_command = |word: &str| cli.find_subcommand(word).is_some();
        Hints {
            command: words
                .iter()
                .find(|word| is_command(word))
                .map(|word| word.to_string())
                .unwrap_or_default(),
            output: if option("--output") == "json" { Format::Json } else { Format::Text },
            color: Color::from_str(&option("--color"), false).unwrap_or_default(),
        }
    }
}

/// Prints help, the version, or the error, and returns the exit code.
pub fn show(error: &clap::Error, hints: &Hints, process: &Process) -> u8 {
    let is_error = error.use_stderr();
    let is_terminal = if is_error { process.stderr_is_terminal } else { process.stdout_is_terminal };
    let style = hints.color.style(is_terminal, |name| process.variable(name));
    let text = error.render();
    let text = if style.is_colored() { text.ansi().to_string() } else { text.to_string() };
    if !is_error {
        // Where help cannot be written, there is nobody to tell.
        _ = write_stdout(&Clean::text(&text));
        return Outcome::Done.exit_code();
    }
    write_stderr(&Clean::text(&text));
    if hints.output == Format::Json {
        print_json(&hints.command, &Answer::new(Outcome::Usage).because(diagnostic(error)));
    }
    Outcome::Usage.exit_code()
}

/// clap's message without its label, and its tips as a hint.
fn diagnostic(error: &clap::Error) -> Diagnostic {
    use ErrorKind::{DisplayHelpOnMissingArgumentOrSubcommand, MissingSubcommand};
    if matches!(error.kind(), DisplayHelpOnMissingArgumentOrSubcommand | MissingSubcommand) {
        return Diagnostic::new("no command was given").hint("`towline --help` lists the commands");
    }
    let text = error.render().to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let message = paragraph.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
    let diagnostic = Diagnostic::new(message);
    let tips: Vec<_> = error.context().filter_map(tip).collect();
    if tips.is_empty() { diagnostic } else { diagnostic.hint(tips.join("; ")) }
}

fn tip((kind, value): (ContextKind, &ContextValue)) -> Option<String> {
    let names = match value {
        ContextValue::String(name) => name.clone(),
        ContextValue::Strings(names) => names.join(", "),
        _ => return None,
    };
    match kind {
        ContextKind::SuggestedArg | ContextKind::SuggestedSubcommand | ContextKind::SuggestedValue
            if !names.is_empty() =>
        {
            Some(format!("did you mean {names}?"))
        }
        _ => None,
    }
}
