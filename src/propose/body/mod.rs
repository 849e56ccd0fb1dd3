//! The pull request's text: what, from where, what is dangerous, what changes.
//!
//! A forge takes only so much. What must be there comes first; the diff gets what is left. What
//! has no room goes on in a comment, and what has none there either is counted.

use std::fmt::Write;

use anyhow::Result;

use super::changes::{Change, Changes, ResourceChange};
use crate::git::{Marker, Trailers};
use crate::release::Release;
use crate::render::RingRecord;
use crate::render::ownership::Drift;
use crate::render::taken_out::Rollback;
use crate::vocabulary::text::{code_block, code_span as code};

/// What people read of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The pull request's body.
    pub body: String,
    /// The rest, for the one comment that Towline keeps on a pull request.
    pub comment: Option<String>,
}

/// A comment may be so long on every forge, in bytes.
const COMMENT: usize = 65_536;

/// The last sentence of a body that is not whole. A later run knows by it that there is a comment,
/// without asking the forge.
const CONTINUED: &str = "Truncated. Continued in the comment below.";

/// The subject of the commit and the title of the pull request.
pub fn title(trailers: &Trailers, changes: &Changes, ring: Option<&RingRecord>) -> String {
    let Trailers { application, environment, release, .. } = trailers;
    if trailers.is_removal() {
        return format!("Remove {application} from {environment}");
    }
    if let Some(Rollback { from, .. }) = changes.rollback.as_deref() {
        return format!("Roll back {application} from {} to {release} in {environment}", from.version);
    }
    let ring = ring.map_or_else(String::new, |ring| format!(", {ring}"));
    format!("Deploy {application} {release} to {environment}{ring}")
}

/// The text of the pull request, whose body has at most `limit` bytes.
pub fn text(marker: &Marker, release: &Release, changes: &Changes, limit: usize) -> Result<Text> {
    let trailers = &marker.trailers;
    let mut text = head(trailers, release, changes);
    if let Some(replaced) = &marker.replaces {
        _ = writeln!(text, "\nReplaces {}.", replaced.url);
    }
    let marker = format!("\n{}\n", marker.format()?);
    let mut body = Page { text, limit: limit.saturating_sub(marker.len()) };
    let rest = body.fill(sections(changes));
    if rest.is_empty() {
        return Ok(Text { body: body.text + &marker, comment: None });
    }
    _ = write!(body.text, "\n{CONTINUED}\n{marker}");
    let mut comment =
        Page { text: format!("The rest of the description of {}:\n", what(trailers)), limit: COMMENT };
    let left = comment.fill(rest);
    comment.count(&left, changes.resources.len());
    Ok(Text { body: body.text, comment: Some(comment.text) })
}

/// Whether a body that [`text`] wrote has a comment. People may have written behind it.
pub fn is_continued(body: &str) -> bool {
    let above = Marker::before(body).unwrap_or(body);
    above.trim_end().ends_with(CONTINUED)
}

/// What the comment of an older proposal becomes when the newer one has room for everything.
pub fn obsolete_comment(trailers: &Trailers) -> String {
    format!(
        "This was the rest of an older description. The description above is complete for {}.\n",
        what(trailers)
    )
}

fn what(trailers: &Trailers) -> String {
    let Trailers { application, environment, release, .. } = trailers;
    format!("{} {} for {}", code(application), code(release), code(environment))
}

fn head(trailers: &Trailers, release: &Release, changes: &Changes) -> String {
    if trailers.is_removal() {
        return format!(
            "Removes {} from {}, where {} is deployed. Operators that prune delete its resources.\n",
            code(&trailers.application),
            code(&trailers.environment),
            code(&release.version)
        );
    }
    if let Some(rollback) = &changes.rollback {
        return rollback_head(trailers, rollback, changes);
    }
    let mut text = format!(
        "Deploys {} {} to {}",
        code(&trailers.application),
        code(&release.version),
        code(&trailers.environment)
    );
    match &changes.from {
        Some(from) if *from != release.version => _ = writeln!(text, ", replacing {}.\n", code(from)),
        Some(_) => text.push_str(", which already has this version.\n\n"),
        None => text.push_str(" for the first time.\n\n"),
    }
    if changes.from.is_some() && changes.resources.is_empty() {
        text.push_str("No manifest changes: merging this only records the release.\n\n");
    }
    let origin = [
        ("build", &release.build),
        ("commit", &release.commit),
        ("branch", &release.branch),
        ("repository", &release.repository),
    ];
    for (name, value) in origin.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        _ = writeln!(text, "- {name}: {}", code(value));
    }
    text
}

/// From where to where, why, and that it stays so.
fn rollback_head(trailers: &Trailers, rollback: &Rollback, changes: &Changes) -> String {
    let Rollback { from, restored } = rollback;
    let (before, after) = (code(&from.version), code(&trailers.release));
    let mut text = format!(
        "Rolls back {} in {} from {before} to {after}.\n",
        code(&trailers.application),
        code(&trailers.environment)
    );
    if let Some(reason) = &from.reason {
        _ = writeln!(text, "\nWhy: {}", code(reason));
    }
    if changes.resources.is_empty() {
        text.push_str("\nNo manifest changes: merging this only records the rollback.\n");
    }
    _ = writeln!(text, "\n- files: as of commit {}, where {after} was verified", code(&restored.to_string()));
    _ = writeln!(text, "- hold: {before} is not deployed again without `--release-hold`");
    text
}

fn dangers(changes: &Changes) -> Vec<String> {
    let dangers = changes.dangers().map(|(resource, danger)| format!("{}: {danger}", code(&resource.name)));
    let left = changes.left_to_people.iter().map(|why| format!("people merge this: {}", code(why)));
    let overridden = changes.overrides.iter().map(|told| format!("overridden gate {}", code(told)));
    let all = left.chain(overridden).chain(dangers).chain(changes.unjudged.clone());
    all.map(|danger| format!("- ⚠️ {danger}\n")).collect()
}

/// What people did by hand, before the diff that undoes it.
fn drift(changes: &Changes) -> Vec<String> {
    let undone = |drift: &Drift| format!("- {} was {}\n", code(&drift.path), drift.change);
    changes.drift.iter().map(undone).collect()
}

fn images(changes: &Changes) -> Vec<String> {
    let side = |image: &Option<String>| image.as_ref().map_or("—".to_owned(), |image| code(image));
    let rows = changes.images.iter();
    rows.map(|image| {
        format!("| {} | {} | {} |\n", code(&image.name), side(&image.before), side(&image.after))
    })
    .collect()
}

/// Removed ones first: they are what reviewers look for.
fn resources(changes: &Changes) -> Vec<String> {
    let mut resources: Vec<_> = changes.resources.iter().collect();
    resources.sort_by_key(|resource| resource.change);
    let mark = |resource: &ResourceChange| if resource.dangers.is_empty() { "" } else { " ⚠️" };
    resources
        .into_iter()
        .map(|it| format!("| {}{} | {} | {} |\n", it.change, mark(it), code(&it.name), code(&it.path)))
        .collect()
}

/// A part of the text that can go on elsewhere.
enum Section<'a> {
    Lines { heading: &'static str, lines: Vec<String>, what: &'static str },
    Diff(Vec<&'a ResourceChange>),
}

/// The diffs of removed and changed resources come before those of the added.
fn sections(changes: &Changes) -> Vec<Section<'_>> {
    let mut diff: Vec<_> = changes.resources.iter().collect();
    diff.sort_by_key(|resource| resource.change == Change::Added);
    let lists = [
        ("\n### Needs attention\n\n", dangers(changes), "warnings"),
        ("\n### Undoes changes made by hand\n\n", drift(changes), "files"),
        ("\n| image | before | after |\n|---|---|---|\n", images(changes), "images"),
        ("\n| | resource | file |\n|---|---|---|\n", resources(changes), "resources"),
    ];
    let lists = lists.into_iter().map(|(heading, lines, what)| Section::Lines { heading, lines, what });
    lists.chain([Section::Diff(diff)]).collect()
}

/// A text that never grows over its limit.
struct Page {
    text: String,
    limit: usize,
}

/// Kept free for the sentences that say what was left out.
const RESERVE: usize = 400;

impl Page {
    fn fits(&self, more: usize) -> bool {
        self.text.len() + more + RESERVE <= self.limit
    }

    /// As much of the sections as fits; what is left of them.
    fn fill<'a>(&mut self, sections: Vec<Section<'a>>) -> Vec<Section<'a>> {
        let mut left = Vec::new();
        for section in sections {
            match section {
                Section::Lines { heading, lines, what } => {
                    let lines = self.list(heading, lines, what);
                    left.extend((!lines.is_empty()).then_some(Section::Lines { heading, lines, what }));
                }
                Section::Diff(resources) => {
                    let resources = self.diff(resources);
                    left.extend((!resources.is_empty()).then_some(Section::Diff(resources)));
                }
            }
        }
        left
    }

    fn list(&mut self, heading: &str, mut lines: Vec<String>, what: &str) -> Vec<String> {
        if lines.is_empty() || !self.fits(heading.len() + lines[0].len()) {
            return lines;
        }
        self.text.push_str(heading);
        let mut fitting = 0;
        while let Some(line) = lines.get(fitting).filter(|line| self.fits(line.len())) {
            self.text.push_str(line);
            fitting += 1;
        }
        lines.drain(..fitting);
        if !lines.is_empty() {
            _ = writeln!(self.text, "\n… and {} more {what}.", lines.len());
        }
        lines
    }

    /// Every diff is whole, wherever it stands.
    fn diff<'a>(&mut self, resources: Vec<&'a ResourceChange>) -> Vec<&'a ResourceChange> {
        let open = "\n<details><summary>Diff</summary>\n\n";
        let close = "\n</details>\n";
        let mut diff = String::new();
        let mut left = Vec::new();
        for resource in resources {
            let longer = code_block("diff", &format!("{diff}{}", resource.diff));
            match self.fits(open.len() + longer.len() + close.len()) {
                true => diff.push_str(&resource.diff),
                false => left.push(resource),
            }
        }
        if !diff.is_empty() {
            _ = write!(self.text, "{open}{}{close}", code_block("diff", &diff));
        }
        left
    }

    /// Says what has no room anywhere. Of lists, the page itself has said it.
    fn count(&mut self, left: &[Section], of: usize) {
        for section in left {
            if let Section::Diff(resources) = section {
                _ = writeln!(
                    self.text,
                    "\nThe diff of {} of {of} files is too long to show here. Run `towline render --diff` to see it.",
                    resources.len()
                );
            }
        }
    }
}
