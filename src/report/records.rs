//! The shapes that several JSON answers share. Names are in camel case, commits are full
//! hexadecimal ids, times are RFC 3339 in UTC; a field that has no value is `null`.

use git2::Oid;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::forge::PullRequest;
use crate::promote::checks::CheckResult;
use crate::promote::status::{EnvironmentStatus, HistoryEntry};
use crate::release::Release;
use crate::render::descriptor::ReleaseRecord;
use crate::rollout::{Next, Observation, ReporterState, State, Times};

/// `{"version", "build", "commit", "images": [{"name", "repository", "tag", "digest", "reference"}]}`
pub fn release(release: &Release) -> Value {
    let images = release.images.iter().map(|image| {
        json!({
            "name": image.name,
            "repository": image.repository,
            "tag": image.tag,
            "digest": image.digest,
            "reference": image.reference(),
        })
    });
    json!({
        "version": release.version,
        "build": release.build,
        "commit": release.commit,
        "images": images.collect::<Value>(),
    })
}

/// A release as a descriptor records it: `{"version", "build", "commit", "repository", "branch"}`
fn recorded(release: &ReleaseRecord) -> Value {
    json!({
        "version": release.version,
        "build": release.build,
        "commit": release.commit,
        "repository": release.repository,
        "branch": release.branch,
    })
}

/// `{"number", "url", "state": "open"|"merged"|"closed", "title", "head", "base", "headCommit",
/// "mergeCommit"}`
pub fn pull(pull: &PullRequest) -> Value {
    json!({
        "number": pull.number,
        "url": pull.url,
        "state": pull.state,
        "title": pull.title,
        "head": pull.head,
        "base": pull.base,
        "headCommit": pull.head_commit.to_string(),
        "mergeCommit": text(pull.merge_commit),
    })
}

/// `{"name", "passed", "reason", "attempts", "output", "junit": {"tests", "failures", …}}`
pub fn check(check: &CheckResult) -> Value {
    json!({
        "name": check.name,
        "passed": check.passed,
        "reason": Some(&check.reason).filter(|reason| !reason.is_empty()),
        "attempts": check.attempts,
        "output": check.output,
        "junit": check.junit,
    })
}

/// One environment of `towline status`.
pub fn environment_status(status: &EnvironmentStatus) -> Value {
    let deployed = status.deployed.as_ref().map(|deployed| {
        json!({
            "release": recorded(&deployed.release),
            "commit": deployed.commit.to_string(),
            "at": deployed.at,
            "ageSeconds": deployed.age_seconds,
            "verdict": deployed.verdict,
        })
    });
    let proposed = status.proposed.as_ref().map(|proposed| {
        json!({
            "release": proposed.release.as_ref().map(recorded),
            "number": proposed.number,
            "url": proposed.url,
            "at": proposed.at,
            "ageSeconds": proposed.age_seconds,
        })
    });
    json!({"environment": status.environment, "deployed": deployed, "proposed": proposed})
}

/// One line of `towline status --history`.
pub fn history_entry(entry: &HistoryEntry) -> Value {
    json!({
        "commit": entry.commit.to_string(),
        "at": entry.at,
        "author": entry.author,
        "release": entry.release.as_ref().map(recorded),
        "pull": entry.pull,
        "verdict": entry.verdict,
    })
}

/// `{"state", "reason", "commit", "mergedAt", "supersededBy", "pull", "reporters"}`, where `state`
/// is `done`, `failed`, `closed`, `timed-out`, `superseded` or `look-again`, `commit` is the
/// merged one, with the fields of [`times`] and [`next`], and a reporter is `{"status", "count", "contexts": [{"context", "progress",
/// "since", "description", "url"}]}`.
pub fn observation(seen: &Observation) -> Value {
    let record = json!({
        "state": state(&seen.state),
        "reason": Some(seen.state.reason()).filter(|reason| !reason.is_empty()),
        "commit": text(seen.merged),
        "mergedAt": seen.times.merged_at,
        "supersededBy": text(seen.superseded_by),
        "pull": seen.pull.as_ref().map(pull),
        "standing": seen.standing,
        "reporters": seen.reporters.iter().map(reporter).collect::<Value>(),
    });
    let again = match seen.state {
        State::LookAgain { next, .. } => Some(next),
        _ => None,
    };
    joined([record, times(&seen.times), next(again)])
}

/// `{"mergedAfterSeconds", "firstReportAfterSeconds", "healthyAfterSeconds"}`: the first from the
/// proposal, the others from the merge.
pub fn times(times: &Times) -> Value {
    let seconds = |time: Option<SignedDuration>| time.map(|time| time.as_secs());
    json!({
        "mergedAfterSeconds": seconds(times.merged_after()),
        "firstReportAfterSeconds": seconds(times.first_report_after()),
        "healthyAfterSeconds": seconds(times.healthy_after()),
    })
}

/// `{"lookAgainAt", "lookAgainSeconds", "changesAt"}`.
pub fn next(next: Option<Next>) -> Value {
    json!({
        "lookAgainAt": next.map(|next| next.at),
        "lookAgainSeconds": next.map(|next| next.after.as_millis().div_ceil(1000) as u64),
        "changesAt": next.map(|next| next.changes_at),
    })
}

/// One object with the fields of several.
pub fn joined<const N: usize>(objects: [Value; N]) -> Value {
    let fields = objects.into_iter().filter_map(|object| match object {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    Value::Object(fields.flatten().collect())
}

fn state(state: &State) -> &'static str {
    match state {
        State::Done => "done",
        State::Failed { .. } => "failed",
        State::Closed => "closed",
        State::TimedOut { .. } => "timed-out",
        State::Superseded { .. } => "superseded",
        State::LookAgain { .. } => "look-again",
    }
}

pub fn reporter(reporter: &ReporterState) -> Value {
    let contexts = reporter.contexts.iter().map(|context| {
        json!({
            "context": context.context,
            "progress": context.progress,
            "since": context.since,
            "description": context.description,
            "url": context.target_url,
        })
    });
    json!({"status": reporter.status, "count": reporter.count, "contexts": contexts.collect::<Value>()})
}

fn text(commit: Option<Oid>) -> Option<String> {
    commit.map(|commit| commit.to_string())
}
