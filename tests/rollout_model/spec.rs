//! The specification: what a look has to find, in the words of the design (`await:`) and of the
//! list of how waiting goes wrong. It reads what happened, as the world tells it; it knows no
//! forge and calls nothing of the product, and it is written to be believed, not to be fast.

use git2::Oid;
use towline::forge::StatusState;

use super::model::{Commit, Event, Setting, Told, View};

/// What a look finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    pub end: End,
    /// The commit of ours that is on the base branch.
    pub merged: Option<Oid>,
    /// What took its place.
    pub superseded_by: Option<Oid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// Not an end: look again.
    Waiting,
    /// Nothing is proposed or deployed.
    Nothing,
    Closed,
    /// The base branch no longer has the merge.
    Lost,
    Superseded,
    Failed,
    NotMerged,
    NotAppeared,
    NotFinished,
    Done,
}

impl Finding {
    fn of(end: End) -> Self {
        Self { end, merged: None, superseded_by: None }
    }
}

/// What a look at `now` has to find after these events.
pub fn finding(told: &Told, events: &[Event], setting: &Setting, now: i64) -> Finding {
    let spec = Spec { told, events, setting };
    match spec.subject() {
        Subject::Nothing => Finding::of(End::Nothing),
        // The time to merge begins with what is proposed now.
        Subject::Open { since } if now >= since + setting.times.seconds().merge => {
            Finding::of(End::NotMerged)
        }
        Subject::Open { .. } => Finding::of(End::Waiting),
        Subject::Closed => Finding::of(End::Closed),
        Subject::Replaced { by } => Finding { superseded_by: Some(by), ..Finding::of(End::Superseded) },
        Subject::Merged { commit, at } => spec.rollout(commit, at, now),
    }
}

struct Spec<'a> {
    told: &'a Told,
    events: &'a [Event],
    setting: &'a Setting,
}

/// A pull request after all events.
struct Pull {
    number: u64,
    head: Oid,
    since: i64,
    merged: Option<(Oid, i64)>,
    closed: bool,
}

enum Subject {
    Nothing,
    Open { since: i64 },
    Closed,
    Replaced { by: Oid },
    Merged { commit: Oid, at: i64 },
}

impl Spec<'_> {
    fn subject(&self) -> Subject {
        let pulls = self.pulls();
        let pull = match self.setting.view {
            // There is never more than one open, and it is always the newest.
            View::Newest => pulls.last(),
            View::First => pulls.first(),
            View::Release => return self.release(&pulls),
        };
        match pull {
            None => self.deployed(&pulls),
            Some(pull) => pull.subject(),
        }
    }

    /// The first release, for a run that promotes it: it may stand there already, whoever brought
    /// it; else it is in the first pull request, unless a newer one has taken that over.
    fn release(&self, pulls: &[Pull]) -> Subject {
        let first = self.events.iter().find_map(|event| match event {
            Event::Proposed { head, .. } => Some(*head),
            _ => None,
        });
        let (Some(head), [pull, ..]) = (first, pulls) else { return self.deployed(pulls) };
        if self.told.ours(self.tip()) == self.told.ours(head) {
            return self.deployed(pulls);
        }
        match pull.head == head {
            true => pull.subject(),
            false => Subject::Replaced { by: pull.merged.map_or(pull.head, |(commit, _)| commit) },
        }
    }

    /// What stands on the base branch, brought by a pull request or by hand.
    fn deployed(&self, pulls: &[Pull]) -> Subject {
        let told = self.told;
        let ours = told.ours(self.tip());
        if ours.is_none() {
            return Subject::Nothing;
        }
        let line = told.line(self.tip());
        let since: Vec<Oid> = line.into_iter().take_while(|id| told.ours(*id) == ours).collect();
        let oldest = since[since.len() - 1];
        // Whoever merges the branch into their own brings nothing new.
        let stands_from = |commit: Oid| {
            let later = told.line(self.tip()).into_iter();
            let mut later = later.take_while(|id| *id != commit && told.contains(*id, commit));
            told.contains(self.tip(), commit)
                && told.ours(commit) == ours
                && later.all(|id| told.ours(id) == ours)
        };
        let merged = pulls.iter().rev().filter_map(|pull| pull.merged);
        let by = merged.into_iter().find(|(commit, _)| stands_from(*commit));
        let (commit, at) = by.unwrap_or((oldest, self.commit(oldest).at));
        Subject::Merged { commit, at }
    }

    fn rollout(&self, merged: Oid, at: i64, now: i64) -> Finding {
        let told = self.told;
        // The forge's word is verified in git.
        if !told.contains(self.tip(), merged) {
            return Finding::of(End::Lost);
        }
        // Operators report on the head of the branch, so a later commit may carry the report.
        let line = told.line(self.tip());
        let later = line.into_iter().take_while(|id| *id != merged && told.contains(*id, merged));
        let mut later: Vec<Oid> = later.collect();
        later.reverse();
        // It counts as long as what is ours is the same there.
        let is_same = |id: &&Oid| told.ours(**id) == told.ours(merged);
        let same = later.iter().take_while(is_same).count();
        let mut candidates = vec![merged];
        candidates.extend(&later[..same]);

        let reports = self.reports(&candidates, at);
        let Some(next) = later.get(same).copied() else {
            return Finding { end: self.judge(&reports, at, now), merged: Some(merged), superseded_by: None };
        };
        // What was done before the next one came stays done.
        let landed = self.landed(next);
        let before = self.judge(&reports, at, landed);
        let superseded = Finding { end: before, merged: Some(merged), superseded_by: Some(next) };
        if before == End::Done {
            return superseded;
        }
        if self.setting.follow && told.ours(next).is_some() {
            let followed = self.rollout(next, landed, now);
            return Finding { end: followed.end, ..superseded };
        }
        Finding { end: End::Superseded, ..superseded }
    }

    /// The reports of these commits since the merge: by time, then by the commit's place, then in
    /// the order in which they were written.
    fn reports(&self, candidates: &[Oid], since: i64) -> Vec<Report> {
        let mut reports: Vec<(usize, Report)> = Vec::new();
        for event in self.events {
            let Event::Reported { commit, context, state, at } = event else { continue };
            // Towline's own are verdicts, not reports.
            let own = context.starts_with("towline/");
            let place = candidates.iter().position(|candidate| candidate == commit);
            if let Some(place) = place.filter(|_| !own && *at >= since) {
                reports.push((place, Report { context, state: *state, at: *at }));
            }
        }
        reports.sort_by_key(|(place, report)| (report.at, *place));
        reports.into_iter().map(|(_, report)| report).collect()
    }

    /// Done if it was done at any time, that is, right before any of the reports; whatever else
    /// there is to say is said of now.
    fn judge(&self, reports: &[Report], merged: i64, now: i64) -> End {
        let reports: Vec<Report> = reports.iter().filter(|report| report.at <= now).copied().collect();
        let was_done = reports
            .iter()
            .enumerate()
            .any(|(before, report)| self.judge_at(&reports[..before], merged, report.at) == End::Done);
        if was_done { End::Done } else { self.judge_at(&reports, merged, now) }
    }

    fn judge_at(&self, reports: &[Report], merged: i64, now: i64) -> End {
        let times = self.setting.times.seconds();
        let declared = self.setting.reporters.declared();
        let mut missing = false;
        let mut said = Vec::new();
        let mut open = Vec::new();
        for (pattern, count) in declared {
            let mut contexts: Vec<&str> = reports.iter().map(|report| report.context).collect();
            contexts.sort_unstable();
            contexts.dedup();
            contexts.retain(|context| matches(pattern, context));
            missing |= contexts.len() < *count;
            open.extend(contexts.iter().filter(|it| matches!(says(reports, it), Says::Pending)));
            said.extend(contexts.into_iter().map(|context| says(reports, context)));
        }
        let all_succeed = said.iter().all(|says| matches!(says, Says::Success { .. }));
        let settled = |says: &Says| matches!(says, Says::Success { since } if now >= since + times.settle);
        let given_up = |says: &Says| matches!(says, Says::Failure { heard } if now >= heard + times.grace);
        let failing = said.iter().any(|says| matches!(says, Says::Failure { .. }));

        if !missing && said.iter().all(settled) {
            return End::Done;
        }
        if said.iter().any(given_up) {
            return End::Failed;
        }
        // The deadline that came first is the reason.
        let (appear, finish) = (merged + times.appear, merged + times.finish);
        // What is reported on after the end, and is not decided, began anew.
        let anew = reports.iter().find(|report| report.at > finish && open.contains(&report.context));
        let finish = anew.map_or(finish, |report| report.at + times.finish);
        if missing && now >= appear && appear <= finish {
            return End::NotAppeared;
        }
        // A success that comes in time may settle after the end; a failure has no grace after it.
        let only_settles = !missing && all_succeed;
        if now >= finish && !only_settles {
            return if failing { End::Failed } else { End::NotFinished };
        }
        End::Waiting
    }

    /// When a commit came onto the base branch.
    fn landed(&self, commit: Oid) -> i64 {
        let merged = self.pulls().into_iter().filter_map(|pull| pull.merged);
        let mut brought = merged.filter(|(merged, _)| *merged == commit);
        brought.next().map_or(self.commit(commit).at, |(_, at)| at)
    }

    fn pulls(&self) -> Vec<Pull> {
        let mut pulls: Vec<Pull> = Vec::new();
        for event in self.events {
            let at_number = |number: u64| pulls.iter().position(|pull| pull.number == number);
            match event {
                Event::Proposed { number, head, at } => match at_number(*number) {
                    Some(known) => (pulls[known].head, pulls[known].since) = (*head, *at),
                    None => pulls.push(Pull {
                        number: *number,
                        head: *head,
                        since: *at,
                        merged: None,
                        closed: false,
                    }),
                },
                Event::Merged { number, commit, at } => {
                    let known = at_number(*number).unwrap();
                    pulls[known].merged = Some((*commit, *at));
                }
                Event::Closed { number } => {
                    let known = at_number(*number).unwrap();
                    pulls[known].closed = true;
                }
                Event::Base { .. } | Event::Reported { .. } => {}
            }
        }
        pulls
    }

    /// The tip of the base branch.
    fn tip(&self) -> Oid {
        let bases = self.events.iter().rev();
        let mut tips = bases.filter_map(|event| match event {
            Event::Base { tip } => Some(*tip),
            _ => None,
        });
        tips.next().unwrap()
    }

    fn commit(&self, id: Oid) -> &Commit {
        &self.told.commits[&id]
    }
}

impl Pull {
    fn subject(&self) -> Subject {
        match self.merged {
            Some((commit, at)) => Subject::Merged { commit, at },
            None if self.closed => Subject::Closed,
            None => Subject::Open { since: self.since },
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Report {
    context: &'static str,
    state: StatusState,
    at: i64,
}

enum Says {
    Pending,
    /// Since the first of the successes in a row: operators repeat theirs.
    Success {
        since: i64,
    },
    /// An operator that was stopped reports a failure, so what it says next counts.
    Failure {
        heard: i64,
    },
}

/// What a context says in the end.
fn says(reports: &[Report], context: &str) -> Says {
    let reports: Vec<&Report> = reports.iter().filter(|report| report.context == context).collect();
    let is_success = |report: &&&Report| report.state == StatusState::Success;
    // Operators repeat their successes, and try again after a failure.
    let successes = reports.iter().rev().take_while(is_success).count();
    let not_successes = reports.iter().rev().take_while(|report| !is_success(report)).count();
    match reports.last().map(|report| report.state) {
        None | Some(StatusState::Pending) => Says::Pending,
        Some(StatusState::Success) => Says::Success { since: reports[reports.len() - successes].at },
        Some(_) => {
            let run = &reports[reports.len() - not_successes..];
            let mut from_first = run.iter().skip_while(|report| report.state == StatusState::Pending);
            let first = from_first.next().unwrap();
            Says::Failure { heard: from_first.next().unwrap_or(first).at }
        }
    }
}

/// `*` stands for anything inside one segment.
fn matches(pattern: &str, context: &str) -> bool {
    let (patterns, segments): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), context.split('/').collect());
    patterns.len() == segments.len()
        && patterns.iter().zip(&segments).all(|(pattern, segment)| *pattern == "*" || pattern == segment)
}
