//! What CI systems want to know in their own way.
//!
//! Every text, number and boolean of the JSON answer becomes an output of the step, fields of
//! objects joined with `_`: `outcome`, `pull_number`, `release_version`. The summary becomes part
//! of the run's summary page, and a problem an annotation.
//!
//! Values come from people and repositories, so none of them may be able to write another output
//! or command: GitHub gets the heredoc form with a delimiter that the value does not contain,
//! Azure Pipelines percent-escapes. Both read commands from stderr too, which keeps stdout for
//! the result alone.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use super::clean::{self, Clean};
use super::stream::write_stderr;
use super::{Answer, Problem, Style, text};
use crate::vocabulary::text::code_block;

/// The CI system that runs this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ci {
    /// The files that `GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY` name.
    GitHub { output: Option<PathBuf>, summary: Option<PathBuf> },
    /// A folder for files that the agent reads after the process has ended.
    AzurePipelines { folder: Option<PathBuf> },
}

impl Ci {
    /// `variable` looks a name up in the process environment.
    pub fn detect<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Option<Ci> {
        let path = |name| variable(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let is_true = |name| variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if is_true("GITHUB_ACTIONS") {
            Some(Ci::GitHub { output: path("GITHUB_OUTPUT"), summary: path("GITHUB_STEP_SUMMARY") })
        } else if is_true("TF_BUILD") {
            Some(Ci::AzurePipelines { folder: path("AGENT_TEMPDIRECTORY") })
        } else {
            None
        }
    }

    /// Hands over the outputs and the summary.
    pub(super) fn tell(&self, command: &str, answer: &Answer) -> Result<()> {
        let outputs = outputs(command, answer)?;
        let summary = Clean::text(&summary(command, answer));
        match self {
            Ci::GitHub { output, summary: page } => {
                let text: String = outputs.iter().map(|(name, value)| heredoc(name, value)).collect();
                append(output, &Clean::document(&text))?;
                append(page, &summary)
            }
            Ci::AzurePipelines { folder } => {
                let mut text: String =
                    outputs.iter().map(|(name, value)| set_variable(name, value)).collect();
                if let Some(folder) = folder {
                    let file = folder.join(format!("towline-{}.md", std::process::id()));
                    append(&Some(file.clone()), &summary)?;
                    let file = escape_data(&file.to_string_lossy());
                    text += &format!("##vso[task.uploadsummary]{file}\n");
                }
                write_stderr(&Clean::document(&text));
                Ok(())
            }
        }
    }

    /// The problem as an annotation of the run, which the log shows too; nothing for mere
    /// information.
    pub(super) fn annotation(&self, level: &str, problem: &Problem) -> Option<Clean> {
        if !matches!(level, "error" | "warning") {
            return None;
        }
        let text = Clean::text(&text::problem(level, problem, Style::plain()));
        let text = text.as_str();
        // The label is the system's own.
        let text = text.trim_start_matches(level).trim_start_matches(": ").trim_end();
        let place = problem.place().cloned().unwrap_or_default();
        let file = place.file.to_string_lossy();
        let known = |properties: [(&str, String); 3], separator, escape: fn(&str) -> String| {
            let known = properties.into_iter().filter(|(_, value)| !value.is_empty() && value != "0");
            known.map(|(name, value)| format!("{separator}{name}={}", escape(&value))).collect::<String>()
        };
        let (line, column) = (place.line.to_string(), place.column.to_string());
        let line = match self {
            Ci::GitHub { .. } => {
                let properties = [("file", file.into_owned()), ("line", line), ("col", column)];
                let properties = known(properties, ",", escape_github_property);
                let properties =
                    properties.strip_prefix(',').map(|rest| format!(" {rest}")).unwrap_or_default();
                format!("::{level}{properties}::{}\n", escape_github_data(text))
            }
            Ci::AzurePipelines { .. } => {
                let properties =
                    [("sourcepath", file.into_owned()), ("linenumber", line), ("columnnumber", column)];
                let properties = known(properties, ";", escape_property);
                format!("##vso[task.logissue type={level}{properties}]{}\n", escape_data(text))
            }
        };
        Some(Clean::document(&line))
    }

    /// Text for the log in which nothing reads as a command to the CI system.
    pub(super) fn defuse(&self, text: &str) -> String {
        match self {
            Ci::GitHub { .. } => {
                let text = text.replace("##[", "# #[");
                // To the runner, a carriage return ends a line as well.
                let lines = text.split_inclusive(['\n', '\r']);
                let safe = lines.map(|line| match line.trim_start().starts_with("::") {
                    true => line.replacen("::", ": :", 1),
                    false => line.to_owned(),
                });
                safe.collect()
            }
            // Twice, because the second of a pair may be the first of the next one.
            Ci::AzurePipelines { .. } => text.replace("##", "# #").replace("##", "# #"),
        }
    }

    /// The same for JSON, which stays the same to whoever reads it: two of these signs stand side by
    /// side in strings only. Commands of other forms begin a line, and JSON does not.
    pub(super) fn defuse_json(text: &str) -> String {
        text.replace("##", "#\\u0023")
    }
}

/// The scalars of the answer, by name, without secrets.
fn outputs(command: &str, answer: &Answer) -> Result<Vec<(String, String)>> {
    let mut outputs = Vec::new();
    let object = clean::json(&answer.envelope(command, []))?;
    let fields = object.as_object().into_iter().flatten().filter(|(name, _)| *name != "error");
    fields.for_each(|(name, value)| flatten(name, value, &mut outputs));
    Ok(outputs)
}

fn flatten(name: &str, value: &Value, outputs: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => outputs.push((name.to_owned(), text.clone())),
        Value::Number(_) | Value::Bool(_) => outputs.push((name.to_owned(), value.to_string())),
        Value::Object(fields) => {
            for (field, value) in fields {
                // A key can be any text; what is not a name in every shell is left to the JSON.
                if field.chars().all(|c| c.is_ascii_alphanumeric()) {
                    flatten(&format!("{name}_{field}"), value, outputs);
                }
            }
        }
        Value::Array(_) | Value::Null => {}
    }
}

/// A heading, what the command says for this page, and the problem.
fn summary(command: &str, answer: &Answer) -> String {
    let outcome = serde_json::json!(answer.outcome);
    let mut text = format!("### towline {command}: {}\n\n", outcome.as_str().unwrap_or_default());
    if let Some(summary) = &answer.summary {
        text += &format!("{}\n\n", summary.trim_end());
    }
    if let Some(problem) = &answer.problem {
        let causes = problem.causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        text += &format!("{}\n", code_block("text", &causes));
    }
    text
}

/// `name<<delimiter`, the value, the delimiter.
fn heredoc(name: &str, value: &str) -> String {
    let mut delimiter = "END".to_owned();
    while value.contains(&delimiter) {
        delimiter += "_END";
    }
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

fn set_variable(name: &str, value: &str) -> String {
    format!(
        "##vso[task.setvariable variable={};isOutput=true]{}\n",
        escape_property(name),
        escape_data(value)
    )
}

/// As azure-pipelines-task-lib does it.
fn escape_data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(']', "%5D").replace(';', "%3B")
}

/// As `@actions/core` does it.
fn escape_github_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_github_property(text: &str) -> String {
    escape_github_data(text).replace(':', "%3A").replace(',', "%2C")
}

fn append(file: &Option<PathBuf>, text: &Clean) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    let opened = OpenOptions::new().create(true).append(true).open(file);
    opened
        .and_then(|mut to| to.write_all(text.as_str().as_bytes()))
        .with_context(|| format!("cannot pass the results to the CI system: cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::output::{Output, SchemaOutput};
    use crate::vocabulary::{Diagnostic, Outcome, Place};

    fn github() -> Ci {
        Ci::GitHub { output: None, summary: None }
    }

    fn azure() -> Ci {
        Ci::AzurePipelines { folder: None }
    }

    #[test]
    fn scalars_become_outputs() {
        let output = SchemaOutput { schema: json!({"n": 7, "u": "u", "list": ["x"], "a\nb": 1, "b": true}) };
        let answer = Answer::new(Outcome::Error).because(Diagnostic::new("no"));
        let outputs = outputs("schema", &answer.output(Output::Schema(output))).unwrap();
        let lines: Vec<_> = outputs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(lines, ["command=schema", "outcome=error", "schema_n=7", "schema_u=u", "schema_b=true"]);
    }

    #[test]
    fn a_value_cannot_end_its_heredoc() {
        assert_eq!(heredoc("a", "x\nEND\nb=c"), "a<<END_END\nx\nEND\nb=c\nEND_END\n");
        assert_eq!(heredoc("a", "END_END"), "a<<END_END_END\nEND_END\nEND_END_END\n");
    }

    #[test]
    fn a_value_cannot_start_a_command_of_azure_pipelines() {
        let text = set_variable("a;b]", "x\n##vso[task.complete]%");
        let expected =
            "##vso[task.setvariable variable=a%3Bb%5D;isOutput=true]x%0A##vso[task.complete]%AZP25\n";
        assert_eq!(text, expected);
        assert_eq!(azure().defuse("dev: ##vso[task.complete]"), "dev: # #vso[task.complete]");
        assert_eq!(azure().defuse("###vso[a]####vso[b]"), "# # #vso[a]# # # #vso[b]");
        assert_eq!(github().defuse("a\n ::set-env name=x::y\nb::c\n"), "a\n : :set-env name=x::y\nb::c\n");
        assert_eq!(github().defuse("a\r::stop-commands::x"), "a\r: :stop-commands::x");
    }

    #[test]
    fn json_says_the_same_without_a_command() {
        let said = json!({"reason": "###vso[task.complete]##[error]"});
        let text = Ci::defuse_json(&said.to_string());
        assert_eq!(text, r##"{"reason":"#\u0023#vso[task.complete]#\u0023[error]"}"##);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), said);
    }

    #[test]
    fn problems_are_annotations() {
        let problem = Problem::from(Diagnostic::new("no\n100%").at(Place::new("a,b.yaml", 3, 0)));
        let annotation = |ci: Ci, level| {
            let annotation = ci.annotation(level, &problem);
            annotation.map(|text| text.as_str().to_owned()).unwrap_or_default()
        };
        insta::assert_snapshot!(annotation(github(), "error"), @"::error file=a%2Cb.yaml,line=3::a,b.yaml:3: no%0A    100%25");
        insta::assert_snapshot!(annotation(azure(), "warning"), @"##vso[task.logissue type=warning;sourcepath=a,b.yaml;linenumber=3]a,b.yaml:3: no%0A    100%AZP25");
        assert_eq!(annotation(github(), "info"), "");
        let problem = Problem::from(Diagnostic::new("no"));
        assert_eq!(github().annotation("error", &problem).unwrap().as_str(), "::error::no\n");
    }
}
