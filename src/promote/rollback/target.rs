//! Target: the deployment to go back to. The history of the branch says what was deployed, and the forge whether it
//! was verified.

use std::cmp::Ordering;
use std::path::Path;

use anyhow::Result;
use git2::Oid;

use crate::forge::{CommitStatus, StatusState};
use crate::gitops::{Deployment, Destination};
use crate::release::{self, Release};
use crate::render::taken_out::TakenOut;
use crate::rollout::verdict;
use crate::vocabulary::{Diagnostic, text};

/// A deployment that was verified.
pub struct Target {
    pub deployment: Deployment,
    /// The commit that brought it.
    pub commit: Oid,
    pub verdict: CommitStatus,
    /// What was deployed since, the newest first.
    pub over: Vec<TakenOut>,
}

/// So many deployments are named that cannot be gone back to.
const NAMED: usize = 5;

/// A walk through what was deployed, the newest first.
struct Search<'a> {
    destination: &'a Destination<'a>,
    standing: &'a Deployment,
    /// The version that is asked for; without it, the newest that qualifies.
    version: Option<&'a str>,
    source: Option<&'a Path>,
    /// What came after the deployment that is looked at.
    later: Vec<TakenOut>,
    /// What was on hold meanwhile.
    held: Vec<TakenOut>,
    /// The descriptor that came next.
    next: Option<Oid>,
    /// Those of `later` whose last verdict is a failure.
    failed: Vec<Release>,
    /// What does not qualify, and why.
    passed_over: Vec<String>,
    /// Whether one of those was verified, and taken out.
    has_taken_out: bool,
}

/// Finds the newest deployment before `standing`, which is at `tip`, that was verified: of `version`, or else of
/// a release that nobody has gone back behind since. It is refused when there is none.
pub fn target(
    destination: &Destination,
    (standing, tip): (&Deployment, Oid),
    version: Option<&str>,
    source: Option<&Path>,
) -> Result<Target> {
    let mut search = Search {
        destination,
        standing,
        version,
        source,
        later: Vec::new(),
        held: Vec::new(),
        next: None,
        failed: Vec::new(),
        passed_over: Vec::new(),
        has_taken_out: false,
    };
    let path = destination.environment.gitops.descriptor.as_str();
    let (mut commit, mut found) = (tip, destination.descriptor_id(tip)?);
    let below = destination.repository.line_below(tip, vec![path]);
    for parent in below.map(|parent| parent.map(Some)).chain([Ok(None)]) {
        let parent = parent?;
        let before = parent.map_or(Ok(None), |parent| destination.descriptor_id(parent))?;
        if found != before {
            if let Some(target) = search.look(commit, before)? {
                return Ok(target);
            }
            search.next = found;
        }
        // Where it was taken out as a whole, what came before is not asked for any more.
        let (Some(parent), Some(_)) = (parent, before) else { break };
        (commit, found) = (parent, before);
    }
    Err(search.refusal().into())
}

impl Search<'_> {
    /// The deployment that `commit` brought, if it qualifies. `before` is the descriptor that it replaced.
    fn look(&mut self, commit: Oid, before: Option<Oid>) -> Result<Option<Target>> {
        // What people damaged is nothing to go back to.
        let Some(deployment) = self.destination.deployment(commit).ok().flatten() else { return Ok(None) };
        let release = deployment.release();
        let is_asked_for = self.version.is_none_or(|version| version == release.version);
        let is_standing = verdict::is_of(&self.standing.descriptor, &release)
            && self.standing.descriptor.release.configuration == release.configuration;
        if !is_asked_for || is_standing {
            self.pass(&deployment, None);
            return Ok(None);
        }
        let is_out = self.version.is_none() && self.is_out(&release, before);
        let (_, verdict) = verdict::of_deployed(self.destination, &deployment, commit)?;
        let mut reason = None;
        let why = match verdict {
            Some(verdict) if verdict::is_good(&verdict) => {
                if is_out {
                    self.has_taken_out = true;
                    "was taken out".to_owned()
                } else if self.failed.iter().any(|failed| verdict::is_of(&deployment.descriptor, failed)) {
                    "failed when it was deployed again".to_owned()
                } else if !deployment.drift(&self.destination.repository)?.is_empty() {
                    "has files that people changed".to_owned()
                } else {
                    let over = std::mem::take(&mut self.later);
                    return Ok(Some(Target { deployment, commit, verdict, over }));
                }
            }
            Some(verdict) if verdict.state == StatusState::Pending => "is not verified".to_owned(),
            Some(verdict) => {
                self.failed.push(release.clone());
                let said = reason.insert(verdict.description);
                said.strip_prefix(&release.version).map_or(said.as_str(), str::trim_start).to_owned()
            }
            None => "is not verified".to_owned(),
        };
        self.passed_over.push(format!("{} {why}", release.version));
        self.pass(&deployment, reason);
        Ok(None)
    }

    fn pass(&mut self, deployment: &Deployment, reason: Option<String>) {
        self.later.push(TakenOut { reason, ..TakenOut::new(&deployment.release()) });
        self.held.extend(deployment.descriptor.held().cloned());
    }

    /// Whether people have gone back behind a release: with a rollback, with an older release, or by a revert.
    fn is_out(&self, release: &Release, before: Option<Oid>) -> bool {
        let is_behind =
            |it: &TakenOut| release::order(&it.release(), release, self.source) == Some(Ordering::Less);
        let is_reverted = self.next.is_some() && self.next == before;
        is_reverted || self.later.iter().any(is_behind) || self.held.iter().any(|held| held.is(release))
    }

    fn refusal(&self) -> Diagnostic {
        let environment = &self.destination.environment.name;
        let mut there = self.passed_over.clone();
        there.dedup();
        let more = there.len().saturating_sub(NAMED);
        there.truncate(NAMED);
        there.extend((more > 0).then(|| format!("and {more} more")));
        let there =
            if there.is_empty() { "nothing else was deployed there".to_owned() } else { there.join(", ") };
        let history = format!("`towline status --history {environment}` lists what was deployed");
        let standing = &self.standing.descriptor.release.version;
        let (message, hint) = match self.version {
            Some(version) if self.passed_over.is_empty() => {
                (format!("{version} was not deployed in `{environment}` before {standing}"), history)
            }
            Some(_) => (format!("cannot go back in `{environment}`: {there}"), history),
            None => {
                let message =
                    format!("nothing verified to go back to in `{environment}` from {standing}: {there}");
                let hint = match self.has_taken_out {
                    true => format!(
                        "promote a newer release, or choose one of these with `--to VERSION`; {history}"
                    ),
                    false => "promote a newer release".to_owned(),
                };
                (message, hint)
            }
        };
        Diagnostic::refused(text::one_line(&message)).hint(hint)
    }
}
