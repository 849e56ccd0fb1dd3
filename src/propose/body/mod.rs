//! The pull request's text: what, from where, what is risky, what changes.
//!
//! A forge takes only so much. What must be there comes first; the diff gets what is left. What
//! has no room goes on in a comment, and what has none there either is counted.
//!
//! - [`mod@head`]: how it begins
//! - [`lists`]: what needs attention, and what changes
//! - [`mod@groups`]: resources that change in the same way
//! - [`page`]: what fits, and what is left

mod groups;
mod head;
mod lists;
mod page;

use std::fmt::Write;

use anyhow::Result;

pub use self::head::Beside;
use self::page::Page;
use super::changes::Changes;
use crate::git::{Marker, Trailers};
use crate::release::Release;
use crate::render::RingRecord;
use crate::render::taken_out::Rollback;
use crate::vocabulary::text::code_span as code;

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
        return format!("Roll back {application} from {} to {release} in {environment}", from.describe());
    }
    let ring = ring.map_or_else(String::new, |ring| format!(", {ring}"));
    if changes.configuration.is_some() {
        return format!("Configure {application} {release} in {environment}{ring}");
    }
    format!("Deploy {application} {release} to {environment}{ring}")
}

/// The text of the pull request, whose body has at most `limit` bytes.
pub fn text(
    marker: &Marker,
    release: &Release,
    changes: &Changes,
    beside: Beside,
    limit: usize,
) -> Result<Text> {
    let trailers = &marker.trailers;
    let mut text = head::head(trailers, release, changes, beside);
    if let Some(replaced) = &marker.replaces {
        _ = writeln!(text, "\nReplaces {}.", replaced.url);
    }
    let marker = format!("\n{}\n", marker.format()?);
    let mut body = Page { text, limit: limit.saturating_sub(marker.len()) };
    let rest = body.fill(lists::sections(changes));
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
