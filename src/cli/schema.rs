//! `towline schema`: JSON Schemas, of the pipeline file for editors and of what a command prints.

use anyhow::Result;
use clap::builder::PossibleValuesParser;

use crate::config;
use crate::report::Answer;
use crate::report::output::{self, COMMANDS, Output, SchemaOutput};
use crate::vocabulary::Outcome;

const EXAMPLES: &str = "\
Examples:
  towline schema > towline.schema.json";

/// Print the JSON Schema of the pipeline file, or of what a command prints
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Print the schema of what this command prints with `--output json`
    #[arg(long, value_name = "COMMAND", value_parser = PossibleValuesParser::new(COMMANDS.map(|(name, _)| name)))]
    output_of: Option<String>,
}

impl Args {
    pub fn run(&self) -> Result<Answer> {
        let command = self.output_of.as_deref();
        let schema = command.and_then(output::json_schema).unwrap_or_else(config::json_schema);
        let answer = Answer::new(Outcome::Done).document(format!("{schema:#}\n"));
        Ok(answer.output(Output::Schema(SchemaOutput { schema })))
    }
}
