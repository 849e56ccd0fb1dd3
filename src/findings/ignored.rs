//! `validate.ignore`: findings that the pipeline file accepts, and entries of it that accept nothing.

use super::document_path::DocumentPath;
use super::finding::Finding;
use crate::config::{Ignore, Validate};
use crate::vocabulary::FindingId;
use crate::yaml::At;

/// Takes out what is accepted. What is left over are findings about entries that match nothing.
pub fn take_out(settings: &Validate, found: &mut Vec<(&str, Finding)>) -> Vec<Finding> {
    let entries: Vec<_> = settings.ignore.iter().map(|entry| (entry, matcher(entry))).collect();
    let mut is_used = vec![false; entries.len()];
    found.retain(|(_, finding)| {
        let mut accepted = false;
        for (index, (_, matches)) in entries.iter().enumerate() {
            if matches(finding) {
                accepted = true;
                is_used[index] = true;
            }
        }
        !accepted
    });
    let unused = entries.iter().zip(is_used).filter(|(_, is_used)| !is_used);
    unused.map(|((entry, _), _)| unused_entry(entry)).collect()
}

fn matcher(entry: &Ignore) -> impl Fn(&Finding) -> bool {
    let id = entry.id.0;
    let resources = entry.resource.as_ref().map(|glob| glob.0.compile_matcher());
    move |finding| {
        let is_meant = |glob: &globset::GlobMatcher| {
            finding.resource.as_ref().is_some_and(|id| glob.is_match(format!("{}/{}", id.kind, id.name)))
        };
        finding.id == id && resources.as_ref().is_none_or(is_meant)
    }
}

fn unused_entry(entry: &At<Ignore>) -> Finding {
    Finding {
        id: FindingId::UnusedIgnore,
        file: None,
        resource: None,
        path: DocumentPath::default(),
        message: format!("nothing is found that this entry accepts: `{}`", entry.id.0),
        hint: Some("remove the entry from `validate.ignore`".to_owned()),
        place: entry.place.clone(),
    }
}
