//! `towline schema`: the JSON Schema of the pipeline file, for editors.

use anyhow::Result;

use crate::config::schema;
use crate::report::Answer;
use crate::vocabulary::Outcome;

/// Print the JSON Schema of the pipeline file
#[derive(Debug, clap::Args)]
pub struct Args {}

impl Args {
    /// JSON: `schema`.
    pub fn run(&self) -> Result<Answer> {
        let schema = schema::json_schema();
        let answer = Answer::new(Outcome::Done).document(format!("{schema:#}\n"));
        Ok(answer.field("schema", schema))
    }
}
