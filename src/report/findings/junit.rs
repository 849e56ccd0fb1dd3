//! JUnit, as CI systems read it: a suite for each application, a case for each environment.

use super::problem::{Problem, problems};
use crate::report::clean::Clean;
use crate::report::output::{ValidateOutput, ValidatedEnvironment};
use crate::secrets;

pub fn text(found: &[&ValidateOutput]) -> Clean {
    let suites: String = found.iter().map(|output| suite(output)).collect();
    Clean::document(&format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n{suites}</testsuites>\n"
    ))
}

fn suite(output: &ValidateOutput) -> String {
    let own = problems(output);
    let environments = output.environments.iter().map(|environment| match environment {
        ValidatedEnvironment::Valid(valid) => valid.name.as_str(),
        ValidatedEnvironment::Invalid(invalid) => invalid.name.as_str(),
    });
    let mut cases: Vec<(&str, Vec<&Problem>)> = environments
        .map(|name| (name, own.iter().filter(|it| it.environments.contains(&name)).collect()))
        .collect();
    let of_pipeline: Vec<&Problem> = own.iter().filter(|it| it.environments.is_empty()).collect();
    if !of_pipeline.is_empty() {
        cases.push(("pipeline file", of_pipeline));
    }
    let failed = cases.iter().filter(|(_, of)| of.iter().any(|it| it.is_error)).count();
    let texts: String = cases.iter().map(|(name, of)| case(&output.application, name, of)).collect();
    let (name, count) = (escaped(&output.application), cases.len());
    format!("  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{failed}\">\n{texts}  </testsuite>\n")
}

fn case(application: &str, name: &str, problems: &[&Problem]) -> String {
    let (class, name) = (escaped(application), escaped(name));
    let line = |problem: &&&Problem| {
        let (file, line) = problem.line();
        format!("{file}:{line}: {} ({})\n", problem.message, problem.id)
    };
    let errors: Vec<String> = problems.iter().filter(|it| it.is_error).map(|it| line(&it)).collect();
    let warnings: String = problems.iter().filter(|it| !it.is_error).map(|it| line(&it)).collect();
    let mut inside = String::new();
    if let Some(first) = errors.first() {
        let (first, all) = (escaped(first.trim_end()), escaped(&errors.concat()));
        inside += &format!("      <failure message=\"{first}\">{all}</failure>\n");
    }
    if !warnings.is_empty() {
        inside += &format!("      <system-out>{}</system-out>\n", escaped(&warnings));
    }
    format!("    <testcase classname=\"{class}\" name=\"{name}\">\n{inside}    </testcase>\n")
}

/// Without secrets, and without characters that XML has no place for.
fn escaped(text: &str) -> String {
    let text = secrets::redact(text);
    let allowed: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    quick_xml::escape::escape(allowed).into_owned()
}
