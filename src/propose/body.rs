//! The pull request's text: what, from where, what is dangerous, what changes.
//!
//! A forge takes only so much. What must be there comes first; the diff gets what is left, and
//! says what it leaves out.

use std::fmt::Write;

use anyhow::Result;

use super::changes::{Change, Changes, ResourceChange};
use super::markdown::{code, code_block};
use crate::git::Trailers;
use crate::release::Release;

/// The subject of the commit and the title of the pull request.
pub fn title(trailers: &Trailers) -> String {
    let Trailers { application, environment, release, .. } = trailers;
    format!("Deploy {application} {release} to {environment}")
}

/// The text of the pull request, at most `limit` bytes.
pub fn body(trailers: &Trailers, release: &Release, changes: &Changes, limit: usize) -> Result<String> {
    let marker = format!("\n{}\n", trailers.marker()?);
    let mut body =
        Limited { text: head(trailers, release, changes), limit: limit.saturating_sub(marker.len()) };
    body.list("\n### Look twice\n\n", &dangers(changes), "warnings");
    body.list("\n| image | before | after |\n|---|---|---|\n", &images(changes), "images");
    body.list("\n| | resource | file |\n|---|---|---|\n", &resources(changes), "resources");
    body.diff(&changes.resources);
    body.text.push_str(&marker);
    Ok(body.text)
}

fn head(trailers: &Trailers, release: &Release, changes: &Changes) -> String {
    let mut text = format!(
        "Deploys {} {} to {}",
        code(&trailers.application),
        code(&release.version),
        code(&trailers.environment)
    );
    match &changes.from {
        Some(from) if *from != release.version => _ = writeln!(text, ", where {} is now.\n", code(from)),
        Some(_) => text.push_str(", which has that version now.\n\n"),
        None => text.push_str(" for the first time.\n\n"),
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

fn dangers(changes: &Changes) -> Vec<String> {
    changes.dangers().map(|(resource, danger)| format!("- ⚠️ {}: {danger}\n", code(&resource.name))).collect()
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

/// A text that never grows over its limit.
struct Limited {
    text: String,
    limit: usize,
}

/// Kept free for the sentences that say what was left out.
const RESERVE: usize = 400;

impl Limited {
    fn fits(&self, more: usize) -> bool {
        self.text.len() + more + RESERVE <= self.limit
    }

    /// As many of the lines as fit.
    fn list(&mut self, heading: &str, lines: &[String], what: &str) {
        if lines.is_empty() || !self.fits(heading.len()) {
            return;
        }
        self.text.push_str(heading);
        let fitting = lines.iter().take_while(|line| {
            let fits = self.fits(line.len());
            if fits {
                self.text.push_str(line);
            }
            fits
        });
        let left = lines.len() - fitting.count();
        if left > 0 {
            _ = writeln!(self.text, "\n… and {left} more {what}.");
        }
    }

    /// The diffs that fit, the removed and changed ones before the added.
    fn diff(&mut self, resources: &[ResourceChange]) {
        let open = "\n<details><summary>Diff</summary>\n\n";
        let close = "\n</details>\n";
        let mut order: Vec<_> = resources.iter().collect();
        order.sort_by_key(|resource| resource.change == Change::Added);
        let mut diff = String::new();
        let mut left = 0;
        for resource in order {
            let longer = code_block("diff", &format!("{diff}{}", resource.diff));
            match self.fits(open.len() + longer.len() + close.len()) {
                true => diff.push_str(&resource.diff),
                false => left += 1,
            }
        }
        if !diff.is_empty() {
            _ = write!(self.text, "{open}{}{close}", code_block("diff", &diff));
        }
        if left > 0 {
            _ = writeln!(
                self.text,
                "\nThe diff of {left} of {} files is too long for this place; `towline render --diff` shows it.",
                resources.len()
            );
        }
    }
}
