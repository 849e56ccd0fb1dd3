//! `towline promote --plan` as people read it: what the pipeline file says, or what would be done now.

use super::Answer;
use super::output::{Output, PlanOutput, PromoteOutput};
use super::table::aligned;
use crate::config::Pipeline;
use crate::promote::forecast::{Forecast, NextStep};
use crate::promote::plan::Step;
use crate::propose::Changes;
use crate::release::Release;
use crate::vocabulary::Outcome;
use crate::vocabulary::text::{code_block, listed, one_line};

/// What the pipeline file says.
pub fn declared(pipeline: &Pipeline, steps: &[Step]) -> Answer {
    let join = |names: &[String]| if names.is_empty() { "-".to_owned() } else { names.join(", ") };
    let rows = steps.iter().map(|step| {
        let reporters = step.reporters.iter().map(|(status, count)| match count {
            1 => status.clone(),
            _ => format!("{count} of {status}"),
        });
        let reporters: Vec<String> = reporters.collect();
        [
            step.environment.clone(),
            join(&step.needs),
            join(&step.gates),
            merge(step).to_owned(),
            join(&reporters),
            join(&step.checks),
        ]
    });
    let header = ["ENVIRONMENT", "NEEDS", "GATES", "MERGE", "AWAITS", "CHECKS"].map(str::to_owned);
    let output = PlanOutput {
        application: pipeline.application.clone(),
        plan: steps.iter().map(Into::into).collect(),
        mermaid: None,
    };
    Answer::new(Outcome::Done)
        .output(Output::Promote(PromoteOutput::Plan(output)))
        .text(aligned(&std::iter::once(header).chain(rows).collect::<Vec<_>>()))
}

fn merge(step: &Step) -> &'static str {
    if step.merges { "auto" } else { "manual" }
}

/// What would be done now.
pub fn forecast(pipeline: &Pipeline, release: &Release, steps: &[Step], forecasts: &[Forecast]) -> Answer {
    let rows = forecasts.iter().map(|it| {
        let now = it.from.clone().unwrap_or_else(|| "-".to_owned());
        [it.environment.clone(), one_line(&now), one_line(&next(it, steps))]
    });
    let header = ["ENVIRONMENT", "NOW", "NEXT"].map(str::to_owned);
    let mut text = aligned(&std::iter::once(header).chain(rows).collect::<Vec<_>>());
    forecasts.iter().for_each(|it| text += &below(it));
    let mermaid = mermaid(release, steps, forecasts);
    let plan = steps.iter().map(|step| {
        let found = forecasts.iter().find(|it| it.environment == step.environment);
        super::output::PlannedEnvironment { forecast: found.map(Into::into), ..step.into() }
    });
    let output = PlanOutput {
        application: pipeline.application.clone(),
        plan: plan.collect(),
        mermaid: Some(mermaid.clone()),
    };
    let summary = format!("{}\n{}", code_block("mermaid", &mermaid), code_block("text", &text));
    Answer::new(Outcome::Done)
        .output(Output::Promote(PromoteOutput::Plan(output)))
        .text(text)
        .summary(summary)
}

/// What comes next, in one line.
fn next(forecast: &Forecast, steps: &[Step]) -> String {
    let changes = forecast.changes.as_ref().map_or_else(String::new, |it| format!(": {}", it.summary()));
    let ring = forecast.ring.as_ref().map_or_else(String::new, |ring| format!(" {ring}"));
    let merges = steps.iter().any(|step| step.environment == forecast.environment && step.merges);
    let left = forecast.changes.as_ref().and_then(|changes| changes.left_to_people.as_ref());
    let by = match (merges, left) {
        (false, _) => "people merge".to_owned(),
        (true, Some(why)) => format!("people merge, because {why}"),
        (true, None) => "Towline merges".to_owned(),
    };
    match &forecast.next {
        NextStep::Unchanged => "unchanged".to_owned(),
        NextStep::Verify { failed: None } => {
            format!("wait for reports and checks{}", ring.replacen(' ', " of ", 1))
        }
        NextStep::Verify { failed: Some(why) } => format!("look again, because {why}"),
        NextStep::Merge { url, .. } => format!("merge {url}{changes}; {by}"),
        NextStep::Propose => format!("propose{ring}{changes}; {by}"),
        NextStep::After(names) => format!("after {}{changes}", listed(names)),
        NextStep::Wait { why, .. } => format!("wait: {why}"),
        NextStep::Refused(why) => format!("refused: {why}"),
        NextStep::Drifted(drift) => {
            let paths: Vec<&str> = drift.iter().map(|drift| drift.path.as_str()).collect();
            format!("refused: people changed {} by hand", listed(&paths))
        }
    }
}

/// What needs attention before anybody says yes.
fn below(forecast: &Forecast) -> String {
    let name = &forecast.environment;
    let risks = forecast.changes.iter().flat_map(Changes::risks);
    let risks = risks.map(|risk| one_line(&format!("{name}: {risk}")) + "\n");
    let overridden =
        forecast.gates.iter().filter_map(|state| Some((&state.gate, state.overridden.as_ref()?)));
    let overridden = overridden.map(|(gate, by)| {
        one_line(&format!("{name}: the gate `{gate}` is overridden by {}", by.describe())) + "\n"
    });
    overridden.chain(risks).collect()
}

/// The journey as a graph, which forges draw: <https://mermaid.js.org/syntax/flowchart.html>.
fn mermaid(release: &Release, steps: &[Step], forecasts: &[Forecast]) -> String {
    let mut graph = "flowchart LR\n".to_owned();
    let id = |name: &str| steps.iter().position(|step| step.environment == name);
    for (index, step) in steps.iter().enumerate() {
        let Some(forecast) = forecasts.iter().find(|it| it.environment == step.environment) else { continue };
        let from = forecast.from.as_deref().unwrap_or("nothing");
        let versions = match forecast.next {
            NextStep::Unchanged | NextStep::Verify { .. } => release.version.clone(),
            _ => format!("{from} → {}", release.version),
        };
        let lines = [step.environment.as_str(), &versions, word(&forecast.next)].map(label);
        graph += &format!("  e{index}[\"{}\"]\n", lines.join("<br/>"));
        for need in step.needs.iter().filter_map(|need| id(need)) {
            graph += &format!("  e{need} --> e{index}\n");
        }
        graph += &format!("  class e{index} {}\n", class(&forecast.next));
    }
    graph
        + "  classDef done fill:#d9f2d9\n  classDef next fill:#fff3cd\n  classDef stopped fill:#f8d7da\n  classDef later fill:#eeeeee\n"
}

/// Text that no graph takes for anything else.
fn label(text: &str) -> String {
    let escape = |c: char| match c {
        c if c.is_alphanumeric() || " .-_→/:".contains(c) => c.to_string(),
        c => format!("#{};", u32::from(c)),
    };
    one_line(text).chars().map(escape).collect()
}

fn word(next: &NextStep) -> &'static str {
    match next {
        NextStep::Unchanged => "unchanged",
        NextStep::Verify { failed: None } => "verify",
        NextStep::Verify { failed: Some(_) } => "failed",
        NextStep::Merge { .. } => "merge",
        NextStep::Propose => "propose",
        NextStep::After(_) => "later",
        NextStep::Wait { .. } => "wait",
        NextStep::Refused(_) => "refused",
        NextStep::Drifted(_) => "changed by hand",
    }
}

fn class(next: &NextStep) -> &'static str {
    match next {
        NextStep::Unchanged => "done",
        NextStep::Verify { failed: None } | NextStep::Merge { .. } | NextStep::Propose => "next",
        NextStep::After(_) | NextStep::Wait { .. } => "later",
        NextStep::Verify { failed: Some(_) } | NextStep::Refused(_) | NextStep::Drifted(_) => "stopped",
    }
}
