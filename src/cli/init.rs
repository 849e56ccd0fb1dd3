//! `towline init`: writes a first pipeline file.

use anyhow::Result;

use super::context::Context;
use crate::init::{self, InitRequest, Written};
use crate::report::Answer;
use crate::report::output::Output;
use crate::vocabulary::Outcome;

const EXAMPLES: &str = "\
Examples:
  towline init
  towline init --application greeting --repository https://github.com/acme/gitops.git";

/// Write a first pipeline file for the current folder
///
/// Finds charts, kustomizations, Jsonnet files and manifests, the images in plain manifests, and
/// config/ENVIRONMENT.yaml. Never overwrites a file.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the application [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    application: Option<String>,
    /// GitOps repository: a URL, or the path of a bare repository
    #[arg(long, value_name = "REPOSITORY", default_value = "../gitops.git")]
    repository: String,
}

impl Args {
    pub fn run(&self, context: &Context) -> Result<Answer> {
        let file = context.global.file.clone();
        let (application, repository) = (self.application.clone(), self.repository.clone());
        let written = init::init(&InitRequest { file, application, repository })?;
        let output = Output::Init((&written).into());
        Ok(Answer::new(Outcome::Done).text(text(&written)).output(output))
    }
}

fn text(written: &Written) -> String {
    let found = &written.found;
    let mut text = format!("wrote {} for {}\n", written.file.display(), written.application);
    for template in &found.templates {
        text += &format!("found {} ({})\n", template.path, template.engine_name());
    }
    if found.templates.is_empty() {
        text += "found no manifests: the file says where to put them\n";
    }
    for (name, repository) in &found.images {
        text += &format!("found the image {name}: {repository}\n");
    }
    for path in found.common.iter().chain(found.variables.values()) {
        text += &format!("found {path} (variables)\n");
    }
    text + &format!("next: {}\n", written.next())
}
