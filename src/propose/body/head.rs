//! How a pull request begins: what is deployed where, how much changes, what the merge does, and where
//! it comes from.

use std::fmt::Write;

use crate::forge::pages::{commit_page, compare_page};
use crate::git::Trailers;
use crate::propose::changes::Changes;
use crate::release::Release;
use crate::render::taken_out::Rollback;
use crate::vocabulary::text::{code_span as code, shorten};

/// What is told beside the changes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// What the environments before say of the release.
    pub verified: &'a [String],
    /// What comes next.
    pub next: Option<&'a str>,
}

pub fn head(trailers: &Trailers, release: &Release, changes: &Changes, beside: Beside) -> String {
    let [application, version, environment] =
        [&trailers.application, &release.version, &trailers.environment].map(|name| code(name));
    let counts = counts(changes);
    let effect = effect(changes).unwrap_or_default();
    let mut text = match (&changes.rollback, &changes.from) {
        _ if trailers.is_removal() => format!(
            "Removes {application} from {environment}, where {version} is deployed. Operators that prune delete its \
             resources. {counts}\n{effect}"
        ),
        (Some(rollback), _) => rolled_back(trailers, rollback, &counts, &effect),
        (None, from) => {
            let what = match changes.configuration {
                Some(_) => format!("Changes the configuration of {application} {version} in {environment}"),
                None => format!("Deploys {application} {version} to {environment}"),
            };
            let instead = match from {
                Some(_) if changes.configuration.is_some() => String::new(),
                Some(from) if *from != release.version => format!(", replacing {}", code(from)),
                Some(_) => ", which already has this version".to_owned(),
                None => " for the first time".to_owned(),
            };
            let origin = origin(release, changes);
            format!("{what}{instead}. {counts}\n{effect}{origin}")
        }
    };
    let verified = beside.verified.iter().map(|told| format!("- {told}\n"));
    let verified: String = verified.collect();
    if !verified.is_empty() {
        text += &format!("\nBefore:\n\n{verified}");
    }
    text.extend(beside.next.map(|next| format!("\n{next}\n")));
    text
}

/// `1 added, 2 changed. ⚠️ **2 risks: 1 high, 1 low**.`
fn counts(changes: &Changes) -> String {
    match changes.risk_count() {
        _ if changes.resources.is_empty() => {
            "No manifest changes: merging this changes nothing in the cluster, and records the release."
                .to_owned()
        }
        Some(risks) => format!("{}. ⚠️ **{risks}**.", changes.summary()),
        None => format!("{}. No known risk.", changes.summary()),
    }
}

/// What the merge does to the cluster, in a line.
fn effect(changes: &Changes) -> Option<String> {
    let line = changes.effect.as_ref().and_then(|effect| effect.line())?;
    Some(format!("\n**Effect**: {line}.\n"))
}

/// Where it comes from, in a line: `source: 1111111…2222222 · branch main · build 17`
fn origin(release: &Release, changes: &Changes) -> String {
    let linked = |text: String, page: Option<String>| match page {
        Some(page) => format!("[{text}]({page})"),
        None => text,
    };
    let repository = release.repository.as_deref();
    let named_commit = |name: &str, commit: Option<&str>| {
        let commit = commit?;
        let page = repository.and_then(|repository| commit_page(repository, commit));
        Some(format!("{name} {}", linked(code(short(commit)), page)))
    };
    let before = changes.replaced.as_ref().and_then(|replaced| replaced.commit.as_deref());
    let page = repository
        .zip(before)
        .zip(release.commit.as_deref())
        .and_then(|((repository, from), to)| (from != to).then(|| compare_page(repository, from, to))?);
    let compare =
        page.zip(before).map(|(page, before)| format!("[changes since {}]({page})", code(short(before))));
    let named =
        |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name} {}", code(value)));
    let parts = [
        named_commit("commit", release.commit.as_deref()),
        named_commit("configuration", changes.configuration.as_deref()),
        compare,
        named("branch", &release.branch),
        named("build", &release.build),
        named("repository", &release.repository),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("\nSource: {}\n", parts.join(" · ")) }
}

/// A commit as people name it.
fn short(commit: &str) -> &str {
    let is_id = commit.len() >= 40 && commit.is_ascii();
    if is_id && !commit.ends_with("-dirty") { &commit[..12] } else { commit }
}

/// From where to where, why, and that it stays so.
fn rolled_back(trailers: &Trailers, rollback: &Rollback, counts: &str, effect: &str) -> String {
    let Rollback { from, restored } = rollback;
    let (before, after) = (code(&from.describe()), code(&trailers.release));
    let mut text = format!(
        "Rolls back {} in {} from {before} to {after}. {counts}\n{effect}",
        code(&trailers.application),
        code(&trailers.environment)
    );
    if let Some(reason) = &from.reason {
        _ = writeln!(text, "\nWhy: {}", code(&shorten(reason, 2_000)));
    }
    _ = writeln!(text, "\n- files: as of commit {}, where {after} was verified", code(&restored.to_string()));
    _ = writeln!(text, "- hold: {before} is not deployed again without `--release-hold`");
    text
}
