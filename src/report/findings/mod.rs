//! Findings in files, in the forms that other programs read: SARIF, JUnit, and GitLab's code quality.
//!
//! An environment that cannot be rendered is an error there too: [`problem`] is what both are.

mod code_quality;
mod junit;
mod problem;
mod sarif;

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::clean::Clean;
use super::output::ValidateOutput;
use problem::{Problem, problems};

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// GitHub code scanning, Azure DevOps, editors
    Sarif,
    /// Test reports of CI systems
    Junit,
    /// Code quality reports of GitLab
    CodeQuality,
}

/// `sarif=findings.sarif`
#[derive(Debug, Clone)]
pub struct ReportFile {
    form: Form,
    file: PathBuf,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let forms = Form::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let forms: Vec<String> = forms.map(|form| form.get_name().to_owned()).collect();
        let expected = || format!("expected FORMAT=FILE, with one of the formats {}", forms.join(", "));
        let (form, file) = text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or_else(expected)?;
        let form = Form::from_str(form, false).map_err(|_| expected())?;
        Ok(Self { form, file: file.into() })
    }
}

impl ReportFile {
    /// Writes what was found, in one application or in several.
    pub fn write(&self, found: &[&ValidateOutput]) -> Result<()> {
        let problems: Vec<Problem> = found.iter().flat_map(|output| problems(output)).collect();
        let text = match self.form {
            Form::Sarif => sarif::text(&problems)?,
            Form::Junit => junit::text(found),
            Form::CodeQuality => code_quality::text(&problems)?,
        };
        let written = self.file.parent().filter(|folder| !folder.exists()).map_or(Ok(()), fs::create_dir_all);
        written
            .and_then(|()| fs::write(&self.file, Clean::as_str(&text)))
            .with_context(|| format!("cannot write the report {}", self.file.display()))
    }
}
