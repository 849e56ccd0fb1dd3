//! Decide: somebody approves a release for a `manual` gate, or says that a gate does not count for it.

use anyhow::Result;

use super::open::open;
use crate::forge::{Ability, ask_permissions};
use crate::git::Marker;
use crate::gitops::decision::{self, Decision};
use crate::gitops::{Destination, Destinations};
use crate::release::{self, Release};
use crate::vocabulary::{Diagnostic, nearest};

/// What is decided, about which release.
#[derive(Debug, Clone)]
pub struct DecideRequest<'a> {
    pub environment: &'a str,
    pub decision: Decision,
    /// The name of the gate; `None`: the only one that the environment has for it.
    pub gate: Option<&'a str>,
    pub version: &'a str,
    /// The source commit of the release, where it is not to be looked up.
    pub commit: Option<&'a str>,
    pub reason: &'a str,
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    pub gate: String,
    pub version: String,
    /// The source commit of the release, where it has one.
    pub commit: Option<String>,
}

impl Decided {
    /// `1.4.0 from commit c0ffee…`
    pub fn describe(&self) -> String {
        match &self.commit {
            Some(commit) => format!("{} from commit {commit}", self.version),
            None => self.version.clone(),
        }
    }
}

/// Records a decision in the GitOps repository, for somebody who may merge there.
pub fn decide(destinations: &Destinations, request: &DecideRequest) -> Result<Decided> {
    let environment = destinations.pipeline.environment(request.environment)?;
    let destination = open(destinations, environment)?;
    let gate = gate(&destination, request)?;
    refuse_who_may_not_merge(&destination)?;
    let release = release(destinations, &destination, request)?;
    decision::record(&destination, &release, request.decision, &gate, request.reason)?;
    Ok(Decided { gate, version: release.version, commit: release.commit })
}

/// The name of a gate that the environment has.
fn gate(destination: &Destination, request: &DecideRequest) -> Result<String> {
    let environment = destination.environment;
    let candidates = environment.gates.iter().filter(|gate| match request.decision {
        Decision::Approve => gate.is_manual(),
        Decision::Override => true,
    });
    let mut names: Vec<&str> = candidates.map(|gate| gate.name.as_str()).collect();
    names.dedup();
    let what = match request.decision {
        Decision::Approve => "manual gate",
        Decision::Override => "gate",
    };
    let of = &environment.name;
    match (request.gate, names.as_slice()) {
        (Some(wanted), names) if names.contains(&wanted) => Ok(wanted.to_owned()),
        (Some(wanted), names) => {
            let message = format!("environment `{of}` has no {what} `{}`", wanted.escape_debug());
            let hint = match (nearest(wanted, names.iter().copied()), names) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, []) => format!("it has no {what} at all: add one to `gates`"),
                (None, names) => format!("it has: {}", names.join(", ")),
            };
            Err(Diagnostic::new(message).at(environment.place.clone()).hint(hint).into())
        }
        (None, [only]) => Ok((*only).to_owned()),
        (None, []) => Err(Diagnostic::new(format!("environment `{of}` has no {what}"))
            .at(environment.place.clone())
            .hint("add `- manual: {}` to its `gates`, or promote the release without an approval")
            .into()),
        (None, names) => Err(Diagnostic::new(format!("environment `{of}` has several gates of this kind"))
            .at(environment.place.clone())
            .hint(format!("name one with `--gate`: {}", names.join(", ")))
            .into()),
    }
}

fn refuse_who_may_not_merge(destination: &Destination) -> Result<()> {
    let base = destination.base_branch();
    let permissions = ask_permissions(&*destination.forge)?;
    let lacking = permissions.iter().find(|it| {
        matches!(it.ability, Ability::Merge | Ability::WriteStatuses) && it.granted == Some(false)
    });
    let why = match lacking {
        Some(permission) => Some(permission.detail.clone()),
        None => destination.forge.kept_out_of(base)?,
    };
    match why {
        Some(why) => Err(Diagnostic::refused(format!("this account may not merge into {base}: {why}"))
            .hint("ask somebody who may merge there to run the command")
            .into()),
        None => Ok(()),
    }
}

/// The release of this version: as it was proposed or deployed here or in an environment that is needed, else as
/// it is checked out.
fn release(
    destinations: &Destinations,
    destination: &Destination,
    request: &DecideRequest,
) -> Result<Release> {
    let named = |commit| Release::known_as(request.version.to_owned(), commit);
    if let Some(commit) = request.commit {
        return match release::is_full_id(commit) {
            true => Ok(named(Some(commit.to_ascii_lowercase()))),
            false => {
                Err(Diagnostic::usage(format!("`{}` is not the whole id of a commit", commit.escape_debug()))
                    .hint(format!("`git rev-parse {commit}` prints it, in the repository of the application"))
                    .into())
            }
        };
    }
    if let Some(found) = proposed_as(destination, request.version)? {
        return Ok(named(found));
    }
    for need in &destination.environment.needs {
        let needed = open(destinations, destinations.pipeline.environment(need)?)?;
        if let Some(found) = proposed_as(&needed, request.version)? {
            return Ok(named(found));
        }
    }
    Ok(named(release::source_commit(&destinations.pipeline.root)))
}

/// The source commit of the newest proposal of this version, if there is one.
fn proposed_as(destination: &Destination, version: &str) -> Result<Option<Option<String>>> {
    let pulls = destination.pulls()?;
    let mut markers = pulls.iter().filter_map(|pull| Marker::parse(&pull.body));
    let found = markers.find(|marker| marker.trailers.release == version);
    Ok(found.map(|marker| marker.trailers.source_commit))
}
