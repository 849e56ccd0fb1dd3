//! `towline status --check-access`: what the token and git may do, before a run needs it.

use anyhow::Result;

use crate::forge::Ability;
use crate::gitops::Destinations;
use crate::promote::access::{self, RepositoryAccess, Via};
use crate::report::Answer;
use crate::report::output::{AccessOutput, Output, StatusOutput};
use crate::report::table::aligned;
use crate::source_status;
use crate::vocabulary::text::one_line;
use crate::vocabulary::{Diagnostic, Outcome};

/// A table a repository; the outcome is an error where the pipeline needs more.
pub fn check(destinations: &Destinations) -> Result<Answer> {
    let mut found = access::check(destinations)?;
    found.extend(source_status::access(destinations)?);
    let missing: Vec<String> = found.iter().flat_map(missing).collect();
    let outcome = if missing.is_empty() { Outcome::Done } else { Outcome::Error };
    let why = Diagnostic::new(format!("missing permissions: {}", missing.join("; ")));
    let text = found.iter().map(table).collect::<Vec<_>>().join("\n");
    let output = AccessOutput { application: destinations.pipeline.application.clone(), access: found };
    Ok(Answer::new(outcome)
        .text(text)
        .output(Output::Status(StatusOutput::Access(output)))
        .because(why.hint("grant them to the token or its user, or change what the reasons name")))
}

fn missing(found: &RepositoryAccess) -> Vec<String> {
    let refused = found.findings.iter().filter(|finding| finding.is_missing());
    let mut names: Vec<_> = refused.map(|finding| name(finding.ability)).collect();
    names.dedup();
    let list = format!("{} in {}", names.join(", "), found.repository);
    if names.is_empty() { Vec::new() } else { vec![list] }
}

fn table(found: &RepositoryAccess) -> String {
    let header = ["ABILITY", "VIA", "ALLOWED", "REASON"].map(str::to_owned);
    let rows = found.findings.iter().map(|finding| {
        let via = match finding.via {
            Via::Git => "git",
            Via::Forge => "forge",
        };
        let may = match (finding.granted, finding.needed) {
            (Some(true), _) => "yes",
            (Some(false), true) => "no",
            (Some(false), false) => "no, not needed",
            (None, _) => "unknown",
        };
        [name(finding.ability).to_owned(), via.to_owned(), may.to_owned(), one_line(&finding.detail)]
    });
    let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
    format!("{} for {}\n{}", found.repository, found.environments.join(", "), aligned(&rows))
}

fn name(ability: Ability) -> &'static str {
    match ability {
        Ability::Read => "read",
        Ability::Push => "push",
        Ability::PullRequests => "pull requests",
        Ability::Merge => "merge",
        Ability::ReadStatuses => "read statuses",
        Ability::WriteStatuses => "write statuses",
    }
}
