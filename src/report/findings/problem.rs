//! What is in a report: findings, and environments that cannot be rendered.

use sha2::{Digest, Sha256};

use crate::report::output::{PlaceOutput, ValidateOutput, ValidatedEnvironment};
use crate::vocabulary::text::hex;

/// The id of an environment that cannot be rendered.
pub const NOT_RENDERED: &str = "not-rendered";

/// A finding, or an environment that cannot be rendered.
pub struct Problem<'a> {
    pub application: &'a str,
    pub id: &'static str,
    pub is_error: bool,
    /// With the hint behind it.
    pub message: String,
    pub place: Option<&'a PlaceOutput>,
    /// What it is about: the same in every run, also if lines move.
    pub subject: String,
    pub environments: Vec<&'a str>,
}

pub fn problems(output: &ValidateOutput) -> Vec<Problem<'_>> {
    let with_hint = |message: &str, hint: &Option<String>| match hint {
        Some(hint) => format!("{message}; {hint}"),
        None => message.to_owned(),
    };
    let failed = output.environments.iter().filter_map(|environment| match environment {
        ValidatedEnvironment::Invalid(invalid) => Some(Problem {
            application: &output.application,
            id: NOT_RENDERED,
            is_error: true,
            message: with_hint(&invalid.error.message, &invalid.error.hint),
            place: invalid.error.place.as_ref(),
            subject: invalid.name.clone(),
            environments: vec![&invalid.name],
        }),
        ValidatedEnvironment::Valid(_) => None,
    });
    let found = output.findings.iter().map(|finding| {
        let resource = finding.resource.as_ref().map(|it| format!("{}/{}", it.kind, it.name));
        let subject = [resource, finding.path.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        Problem {
            application: &output.application,
            id: finding.id,
            is_error: finding.level == "error",
            message: with_hint(&finding.message, &finding.hint),
            place: Some(&finding.place),
            subject,
            environments: finding.environments.iter().map(String::as_str).collect(),
        }
    });
    failed.chain(found).collect()
}

impl Problem<'_> {
    /// The same in every run for the same problem.
    pub fn fingerprint(&self) -> String {
        let file = self.place.map(|place| place.file.as_str()).unwrap_or_default();
        let text = [self.application, self.id, &self.subject, file].join("\n");
        hex(&Sha256::digest(text))
    }

    /// The file, and the line or the first one.
    pub fn line(&self) -> (&str, usize) {
        let place = self.place.map(|place| (place.file.as_str(), place.line.unwrap_or(1)));
        place.unwrap_or(("towline.yaml", 1))
    }
}
