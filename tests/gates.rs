//! What each gate says, from its lines in the pipeline file and what it is told.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use towline::config;
use towline::forge::{CommitStatus, StatusState};
use towline::gates::{
    Asked, Command, Decision, End, Evidence, Moment, Opens, Ran, Recorded, TestCounts, Verified,
};

use crate::fakes::{Reply, Request, Server, Service};

/// What the gate is told.
#[derive(Default)]
struct Facts {
    /// Since when the release is verified in `dev`, or why it is not.
    dev: Option<Result<Timestamp, String>>,
    statuses: Option<Vec<CommitStatus>>,
    counts: Option<TestCounts>,
    approvals: Option<Vec<String>>,
    approved: Vec<Recorded>,
    variables: Vec<(String, String)>,
    ran: Option<Ran>,
    /// The command lines that were run.
    lines: RefCell<Vec<String>>,
    under_way: Option<String>,
}

impl Evidence for Facts {
    fn verified(&self) -> Result<Vec<Verified>> {
        let environment = "dev".to_owned();
        Ok(self
            .dev
            .iter()
            .map(|since| Verified { environment: environment.clone(), since: since.clone() })
            .collect())
    }

    fn source_statuses(&self) -> Result<Option<Vec<CommitStatus>>> {
        Ok(self.statuses.clone())
    }

    fn deployed_statuses(&self, environment: &str) -> Result<Option<Vec<CommitStatus>>> {
        assert_eq!(environment, "dev");
        Ok(self.statuses.clone())
    }

    fn test_counts(&self, environment: &str) -> Result<Option<TestCounts>> {
        assert_eq!(environment, "dev");
        Ok(self.counts)
    }

    fn approvals(&self) -> Result<Option<Vec<String>>> {
        Ok(self.approvals.clone())
    }

    fn approved(&self, gate: &str) -> Result<Vec<Recorded>> {
        assert!(!gate.is_empty());
        Ok(self.approved.clone())
    }

    fn under_way(&self) -> Result<Option<String>> {
        Ok(self.under_way.clone())
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn run(&self, command: &Command) -> Result<Ran> {
        self.lines.borrow_mut().push(command.line.to_string());
        Ok(self.ran.clone().unwrap())
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The gates of `prod`, which needs `dev`.
fn pipeline(gates: &str) -> Result<config::Pipeline> {
    let text = format!(
        "version: 1\napplication: web\ntemplates: [{{path: deploy}}]\ngitops: {{repository: ../g.git}}\n{gates}\n"
    );
    config::parse(&text, "towline.yaml".as_ref())
}

fn with_gate(gate: &str) -> String {
    format!(
        "environments:\n  - {{name: dev, await: {{reporters: none}}}}\n  - name: prod\n    await: {{reporters: none}}\n    gates:\n      - {gate}"
    )
}

fn decide(gate: &str, now: &str, facts: &Facts) -> Decision {
    decided(&with_gate(gate), now, facts).unwrap()
}

fn decided(environments: &str, now: &str, facts: &Facts) -> Result<Decision> {
    let pipeline = pipeline(environments).unwrap();
    let gate = pipeline.environment("prod").unwrap().gates.last().unwrap();
    gate.decide(&Asked {
        application: "web",
        environment: "prod",
        release: "1.4.0",
        commit: None,
        gate: "",
        now: at(now),
        evidence: facts,
    })
}

/// What people read of it, and whether it may open by itself.
fn says(gate: &str, now: &str, facts: &Facts) -> String {
    told(decide(gate, now, facts))
}

fn told(decision: Decision) -> String {
    match decision {
        Decision::Open(None) => "open".to_owned(),
        Decision::Open(Some(until)) => format!("open until {until}"),
        Decision::Closed(closed) => match closed.opens {
            Opens::Never => format!("{} (for good)", closed.describe()),
            Opens::LookAgain(_) => format!("{} (for now)", closed.describe()),
            Opens::At(_) => closed.describe(),
        },
    }
}

/// The error of a pipeline file with this gate.
fn refused(gate: &str) -> String {
    format!("{:#}", pipeline(&with_gate(gate)).unwrap_err())
}

const NOW: &str = "2026-01-05T09:00:00Z";

#[test]
fn a_release_soaks_from_its_verdict_on() {
    let verified = |at: &str| Facts { dev: Some(Ok(self::at(at))), ..Facts::default() };
    assert_eq!(
        says("soak: 2h", NOW, &verified("2026-01-05T08:00:00Z")),
        "closed since 2026-01-05T08:00:00Z: 1.4.0 has been verified in environment `dev` for 1h of 2h; \
         it opens at 2026-01-05T10:00:00Z"
    );
    assert_eq!(says("soak: 2h", NOW, &verified("2026-01-05T07:00:00Z")), "open");
    let failed =
        Facts { dev: Some(Err("its last verdict there is \"failed\"".to_owned())), ..Facts::default() };
    assert_eq!(
        says("soak: 2h", NOW, &failed),
        "closed: 1.4.0 is not verified in environment `dev`: its last verdict there is \"failed\" (for good)"
    );
    let alone = "environments:\n  - name: prod\n    await: {reporters: none}\n    gates: [{soak: 1h}]";
    assert_eq!(
        format!("{:#}", pipeline(alone).unwrap_err()),
        "towline.yaml:8:13: `soak` in an environment that needs no other"
    );
}

const OFFICE: &str =
    "window: {days: [mon, tue, wed, thu], hours: \"09:00-16:00\", timezone: Europe/Amsterdam}";

#[test]
fn a_window_is_open_in_its_hours() {
    let facts = Facts::default();
    // A Monday; Amsterdam is one hour ahead.
    assert_eq!(says(OFFICE, "2026-01-05T08:00:00Z", &facts), "open until 2026-01-05T15:00:00Z");
    assert_eq!(
        says(OFFICE, "2026-01-05T15:00:00Z", &facts),
        "closed since 2026-01-05T15:00:00Z: releases enter on Monday, Tuesday, Wednesday, Thursday from 09:00 \
         to 16:00 (Europe/Amsterdam); it opens at 2026-01-06T08:00:00Z and closes again at 2026-01-06T15:00:00Z"
    );
    // From Thursday evening to Monday morning.
    assert!(says(OFFICE, "2026-01-09T12:00:00Z", &facts).contains("opens at 2026-01-12T08:00:00Z"));
}

#[test]
fn a_window_follows_the_clocks_of_its_zone() {
    let facts = Facts::default();
    // Summer time begins on the 29th of March 2026 at 01:00 UTC: 02:00 to 03:00 does not exist.
    assert!(says(OFFICE, "2026-03-26T16:00:00Z", &facts).contains("opens at 2026-03-30T07:00:00Z"));
    let night = "window: {hours: \"01:30-03:30\", timezone: Europe/Amsterdam}";
    assert_eq!(says(night, "2026-03-29T00:45:00Z", &facts), "open until 2026-03-29T01:30:00Z");
    let skipped = "window: {hours: \"02:00-03:00\", timezone: Europe/Amsterdam}";
    assert!(says(skipped, "2026-03-29T01:00:00Z", &facts).contains("opens at 2026-03-30T00:00:00Z"));
    // It ends on the 25th of October 2026 at 01:00 UTC: 02:00 to 03:00 exists twice.
    assert_eq!(says(night, "2026-10-25T00:30:00Z", &facts), "open until 2026-10-25T02:30:00Z");
    let in_it = "window: {hours: \"02:15-02:45\", timezone: Europe/Amsterdam}";
    assert_eq!(says(in_it, "2026-10-25T00:30:00Z", &facts), "open until 2026-10-25T00:45:00Z");
    assert!(says(in_it, "2026-10-25T01:30:00Z", &facts).contains("opens at 2026-10-26T01:15:00Z"));
    // The other half of the world changes its clocks the other way round.
    let sydney = "window: {hours: \"09:00-10:00\", timezone: Australia/Sydney}";
    assert_eq!(says(sydney, "2026-04-03T22:30:00Z", &facts), "open until 2026-04-03T23:00:00Z");
    assert_eq!(says(sydney, "2026-04-04T23:30:00Z", &facts), "open until 2026-04-05T00:00:00Z");
    // Where there is no midnight on one day of the year.
    let day = "window: {days: [sun], timezone: America/Asuncion}";
    assert!(says(day, "2023-10-01T12:00:00Z", &facts).starts_with("open until 2023-10-02T03:00:00Z"));
}

#[test]
fn a_window_may_last_over_midnight_and_over_leap_days() {
    let facts = Facts::default();
    let night = "window: {days: [fri], hours: \"22:00-04:00\"}";
    assert_eq!(says(night, "2026-01-10T03:00:00Z", &facts), "open until 2026-01-10T04:00:00Z");
    assert!(says(night, "2026-01-09T03:00:00Z", &facts).contains("opens at 2026-01-09T22:00:00Z"));
    let all = "window: {days: [sat, sun]}";
    assert_eq!(says(all, "2026-01-10T12:00:00Z", &facts), "open until 2026-01-12T00:00:00Z");
    let leap = "window: {days: [tue], hours: \"23:00-02:00\"}";
    assert_eq!(says(leap, "2028-02-29T23:30:00Z", &facts), "open until 2028-03-01T02:00:00Z");
    assert!(says(leap, "2028-02-28T12:00:00Z", &facts).contains("opens at 2028-02-29T23:00:00Z"));
    // Always open: it closes after the days that are looked at.
    assert!(says("window: {}", NOW, &facts).starts_with("open until 2026-01-2"));
}

#[test]
fn a_freeze_is_a_gate_of_the_environments_that_it_covers() {
    let environments = "freeze: [{from: 2026-12-20T00:00:00Z, to: 2027-01-02T00:00:00Z, environments: [prod*], reason: year end}]
environments:
  - {name: dev, await: {reporters: none}}
  - {name: prod, await: {reporters: none}}";
    let says = |now| told(decided(environments, now, &Facts::default()).unwrap());
    assert_eq!(says("2026-12-19T23:59:59Z"), "open until 2026-12-20T00:00:00Z");
    assert_eq!(
        says("2026-12-20T00:00:00Z"),
        "closed since 2026-12-20T00:00:00Z: year end; it opens at 2027-01-02T00:00:00Z"
    );
    assert_eq!(says("2027-01-02T00:00:00Z"), "open");
    assert!(pipeline(environments).unwrap().environment("dev").unwrap().gates.is_empty());
}

fn status(context: &str, state: StatusState) -> CommitStatus {
    CommitStatus {
        context: context.to_owned(),
        state,
        description: String::new(),
        target_url: None,
        created_at: at(NOW),
        creator: None,
        creator_id: None,
    }
}

#[test]
fn all_statuses_that_fit_must_be_successes() {
    use StatusState::{Error, Failure, Pending, Success};
    let gate = "status: {context: \"security/*\"}";
    let given = |list: &[(&str, StatusState)]| {
        let statuses = list.iter().map(|(context, state)| status(context, *state)).collect();
        says(gate, NOW, &Facts { statuses: Some(statuses), ..Facts::default() })
    };
    assert_eq!(given(&[("security/scan", Success), ("build", Failure)]), "open");
    assert_eq!(
        given(&[("build", Success)]),
        "closed: the source commit has no status `security/*` yet (for now)"
    );
    assert_eq!(
        given(&[("security/scan", Pending), ("security/sbom", Success)]),
        "closed: the status `security/scan` of the source commit is pending (for now)"
    );
    assert_eq!(
        given(&[("security/scan", Pending), ("security/sbom", Error)]),
        "closed: the status `security/sbom` of the source commit is a failure (for good)"
    );
    // The newest comes first.
    assert_eq!(given(&[("security/scan", Success), ("security/scan", Failure)]), "open");
    assert_eq!(
        says(gate, NOW, &Facts::default()),
        "closed: the source commit of the release is not known (for good)"
    );
    let deployed = "status: {context: \"load-test\", environment: dev}";
    assert_eq!(
        says(deployed, NOW, &Facts::default()),
        "closed: 1.4.0 is not verified in environment `dev` (for good)"
    );
    let statuses = Some(vec![status("load-test", Success)]);
    assert_eq!(says(deployed, NOW, &Facts { statuses, ..Facts::default() }), "open");
    assert_eq!(
        refused("status: {context: x, environment: deb}"),
        "towline.yaml:10:43: there is no environment `deb`"
    );
    // Nothing is known there before the release has entered here.
    assert_eq!(
        refused("status: {context: x, environment: prod}"),
        "towline.yaml:10:43: environment `prod` does not come before this one, so the gate would never open"
    );
}

#[test]
fn test_results_count_as_they_were_recorded() {
    let given = |gate: &str, tests, failed, skipped| {
        let counts = Some(TestCounts { tests, failed, skipped });
        says(gate, NOW, &Facts { counts, ..Facts::default() })
    };
    let gate = "tests: {environment: dev, minTests: 10, maxFailures: 1, minPassed: \"95%\"}";
    assert_eq!(given(gate, 100, 1, 20), "open");
    assert_eq!(
        given(gate, 12, 0, 3),
        "closed: in environment `dev`, only 9 tests ran, of 10 at least (for good)"
    );
    assert_eq!(
        given(gate, 100, 2, 0),
        "closed: in environment `dev`, 2 tests failed, of 1 at most (for good)"
    );
    assert_eq!(
        given(gate, 10, 1, 0),
        "closed: in environment `dev`, 9 of 10 tests passed, which is less than 95% (for good)"
    );
    let rate = "tests: {environment: dev, minPassed: \"0%\"}";
    assert_eq!(
        given(rate, 2, 0, 2),
        "closed: in environment `dev`, 0 of 0 tests passed, which is less than 0% (for good)"
    );
    assert_eq!(
        says(gate, NOW, &Facts::default()),
        "closed: no test results of 1.4.0 are recorded for environment `dev` (for good)"
    );
    assert!(refused("tests: {environment: dev, minPassed: \"101%\"}").contains("is not a percentage"));
}

#[test]
fn a_command_says_no_for_now_with_75() {
    let given = |end, last_line: &str| {
        let ran = Some(Ran { end, last_line: last_line.to_owned() });
        says("run: ./gate.sh", NOW, &Facts { ran, ..Facts::default() })
    };
    assert_eq!(given(End::Exited(0), "fine"), "open");
    assert_eq!(
        given(End::Exited(75), "canary is warm"),
        "closed: the command says not yet: canary is warm (for now)"
    );
    assert_eq!(given(End::Exited(1), ""), "closed: the command exited with 1 (for good)");
    assert_eq!(given(End::Killed(9), ""), "closed: signal 9 ended the command (for now)");
    assert_eq!(given(End::TimedOut, "…"), "closed: the command did not end in time: … (for now)");
    let ran = Some(Ran { end: End::Exited(0), last_line: String::new() });
    let facts = Facts { ran, ..Facts::default() };
    says("run: {command: ./gate.sh --strict, timeout: 5m}", NOW, &facts);
    assert_eq!(*facts.lines.borrow(), ["./gate.sh --strict"]);
    assert!(refused("run: {command: x, timeout: 0s}").contains("no time to run"));
}

#[test]
fn a_queue_is_closed_while_another_release_is_under_way() {
    let queue = "environments:\n  - {name: dev, await: {reporters: none}}\n  - {name: prod, await: {reporters: none}, releases: queue}";
    let given = |under_way: Option<&str>| {
        let facts = Facts { under_way: under_way.map(str::to_owned), ..Facts::default() };
        told(decided(queue, NOW, &facts).unwrap())
    };
    assert_eq!(given(None), "open");
    assert_eq!(given(Some("1.3.0 is proposed: #2")), "closed: 1.3.0 is proposed: #2 (for now)");
}

#[test]
fn approvals_are_of_the_pull_request_and_asked_before_the_merge() {
    let given = |gate: &str, names: &[&str]| {
        let approvals = Some(names.iter().map(|name| (*name).to_owned()).collect());
        says(gate, NOW, &Facts { approvals, ..Facts::default() })
    };
    let two = "approvals: {count: 2, from: [ann, ben, cleo]}";
    assert_eq!(given(two, &["ann", "cleo"]), "open");
    assert_eq!(
        given(two, &["ann", "mallory"]),
        "closed: the pull request needs 2 approvals by ann, ben, cleo; it has those of ann (for now)"
    );
    assert_eq!(
        given("approvals: {}", &[]),
        "closed: the pull request needs 1 approval; it has none (for now)"
    );
    assert_eq!(says(two, NOW, &Facts::default()), "closed: there is no pull request yet (for now)");
    let gates = pipeline(&with_gate(two)).unwrap();
    assert_eq!(gates.environment("prod").unwrap().gates[0].moment(), Moment::Merge);
    assert_eq!(
        refused("approvals: {count: 2, from: [ann]}"),
        "towline.yaml:10:9: `approvals` needs 2 approvals of 1 accounts"
    );
    assert!(refused("approvals: {count: 2, from: [ann, ann]}").ends_with("needs 2 approvals of 1 accounts"));
    assert!(refused("approvals: {count: 0}").ends_with("`count: 0` is always open"));
}

#[test]
fn a_manual_gate_waits_for_an_approval() {
    let given = |gate: &str, by: Option<&str>| {
        let approved = by.map(|by| Recorded {
            by: Some(by).filter(|by| !by.is_empty()).map(str::to_owned),
            at: at(NOW),
            reason: "looks good".to_owned(),
        });
        says(gate, NOW, &Facts { approved: approved.into_iter().collect(), ..Facts::default() })
    };
    assert_eq!(given("manual: {}", Some("ann")), "open");
    assert_eq!(given("manual: {}", Some("")), "open");
    assert_eq!(
        given("manual: {}", None),
        "closed: waits for `towline approve prod --release 1.4.0` (for now)"
    );
    let named = "manual: {by: [ann]}";
    assert_eq!(given(named, Some("ann")), "open");
    assert_eq!(
        given(named, Some("ben")),
        "closed: waits for `towline approve prod --release 1.4.0` by ann; the approval of ben at \
         2026-01-05T09:00:00Z: looks good does not count (for now)"
    );
    assert!(given(named, Some("")).starts_with("closed"));
}

/// Answers with the same each time, and keeps what was asked for.
struct Answers {
    status: u16,
    body: Value,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service for Answers {
    fn answer(&self, request: &Request) -> Reply {
        let token = request.header("authorization").unwrap_or("nobody").to_owned();
        self.asked.lock().unwrap().push(format!("{} as {token}", request.line()));
        Reply::json(self.status, self.body.clone())
    }
}

fn serve(status: u16, body: Value) -> (Server, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::default());
    (Server::start(Arc::new(Answers { status, body, asked: asked.clone() }), None), asked)
}

#[test]
fn an_http_request_must_be_answered_with_the_status() {
    let (server, asked) = serve(204, Value::Null);
    let url = format!("{}/healthz?deep=1", server.url());
    let gate = |rest: &str| format!("http: {{url: \"{url}\"{rest}}}");
    assert_eq!(
        says(&gate(""), NOW, &Facts::default()),
        format!("closed: {url} answers 204, not 200 (for now)")
    );
    let variables = vec![("GATE_TOKEN".to_owned(), "quiet-otter-7".to_owned())];
    let facts = Facts { variables, ..Facts::default() };
    assert_eq!(says(&gate(", status: 204, token: GATE_TOKEN"), NOW, &facts), "open");
    assert_eq!(
        *asked.lock().unwrap(),
        ["GET /healthz?deep=1 as nobody", "GET /healthz?deep=1 as Bearer quiet-otter-7"]
    );
    let error = decided(&with_gate(&gate(", token: GATE_TOKEN")), NOW, &Facts::default()).unwrap_err();
    assert!(format!("{error:#}").ends_with("the variable GATE_TOKEN of the process environment is not set"));
    drop(server);
    assert!(says(&gate(""), NOW, &Facts::default()).contains("does not answer"));
}

#[test]
fn a_value_of_prometheus_must_be_as_expected() {
    let vector = |value: &str| json!({"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1767603600.1, value]}]}});
    let given = |body: Value, expect: &str| {
        let (server, _) = serve(200, body);
        says(
            &format!(
                "prometheus: {{url: \"{}\", query: \"rate(x[5m])\", expect: \"{expect}\"}}",
                server.url()
            ),
            NOW,
            &Facts::default(),
        )
    };
    assert_eq!(given(vector("0.25"), "< 0.5"), "open");
    assert_eq!(given(vector("0.5"), "< 0.5"), "closed: the value is 0.5, not < 0.5 (for now)");
    for expect in ["< 1", "> 1", "== 1", "!= 1", "<= 1", ">= 1"] {
        assert!(given(vector("NaN"), expect).starts_with("closed: the value is NaN"), "{expect}");
    }
    assert_eq!(given(vector("+Inf"), "> 9"), "open");
    let scalar = json!({"status": "success", "data": {"resultType": "scalar", "result": [1767603600, "7"]}});
    assert_eq!(given(scalar, "== 7"), "open");
    let empty = json!({"status": "success", "data": {"resultType": "vector", "result": []}});
    assert_eq!(given(empty, "< 1"), "closed: the query has no value (for now)");
    let two = json!({"status": "success", "data": {"resultType": "vector", "result": [{"value": [1, "1"]}, {"value": [1, "2"]}]}});
    assert_eq!(given(two, "< 1"), "closed: the query has 2 values, not one (for now)");
    let error = json!({"status": "error", "errorType": "bad_data", "error": "parse error at char 3"});
    assert_eq!(given(error, "< 1"), "closed: Prometheus answers 200: parse error at char 3 (for now)");
    assert_eq!(given(json!("?"), "< 1"), "closed: Prometheus answers 200: without a result (for now)");
}

#[test]
fn prometheus_is_an_address_and_answers_with_what_was_asked_for() {
    let refused =
        refused("prometheus: {url: \"https://example.org/?tenant=a\", query: up, expect: \"== 1\"}");
    assert!(refused.ends_with("`url` has a query or a fragment: https://example.org/?tenant=a"), "{refused}");
    let vector = json!({"status": "success", "data": {"resultType": "vector", "result": [{"value": [1767603600, "1"]}]}});
    let (server, _) = serve(200, vector);
    let gate = format!("prometheus: {{url: \"{}\", query: up, expect: \"== 1\", for: 30m}}", server.url());
    assert_eq!(
        says(&gate, NOW, &Facts::default()),
        "closed: Prometheus answers with \"vector\" instead of a range of values (for now)"
    );
}

#[test]
fn a_value_of_prometheus_may_have_to_last() {
    let now = at(NOW).as_second();
    let given = |values: &[(i64, &str)]| {
        let values: Vec<Value> = values.iter().map(|(ago, value)| json!([now - ago, value])).collect();
        let body =
            json!({"status": "success", "data": {"resultType": "matrix", "result": [{"values": values}]}});
        let (server, asked) = serve(200, body);
        let gate =
            format!("prometheus: {{url: \"{}/prom/\", query: up, expect: \"== 1\", for: 30m}}", server.url());
        let says = says(&gate, NOW, &Facts::default());
        let asked = asked.lock().unwrap().join("\n");
        assert_eq!(
            asked,
            format!("GET /prom/api/v1/query_range?query=up&start={}&end={now}&step=30 as nobody", now - 1800)
        );
        says
    };
    let all = |wrong: i64| -> Vec<(i64, &str)> {
        (0..=30).rev().map(|minute| (minute * 60, if minute * 60 == wrong { "0" } else { "1" })).collect()
    };
    assert_eq!(given(&all(-1)), "open");
    // The series ended, or has a gap.
    assert_eq!(
        given(&all(-1)[..20]),
        "closed: there is no value from 2026-01-05T08:49:00Z to 2026-01-05T09:00:00Z, and 30m are asked for (for now)"
    );
    assert_eq!(
        given(&all(900)),
        "closed: the value was 0 at 2026-01-05T08:45:00Z; it must be == 1 for 30m (for now)"
    );
    assert_eq!(
        given(&[(900, "1"), (0, "1")]),
        "closed: there are values since 2026-01-05T08:45:00Z only, and 30m are asked for (for now)"
    );
}

#[test]
fn a_gate_has_the_name_that_it_is_given() {
    let names =
        |gate: &str| pipeline(&with_gate(gate)).unwrap().environment("prod").unwrap().gates[0].name.clone();
    assert_eq!(names("soak: 1h"), "soak");
    assert_eq!(names("{soak: 1h, name: warm up}"), "warm up");
    let same = "run: ./x.sh\n      - run: ./z.sh";
    assert_eq!(refused(same), "towline.yaml:11:9: there is another gate with the name `run`");
    assert!(pipeline(&with_gate("run: ./x.sh\n      - {run: ./z.sh, name: other}")).is_ok());
    assert!(refused("{soak: 1h, name: freeze}").ends_with("another gate with the name `freeze`"));
    assert!(refused("{soak: 1h, run: x}").contains("more than one gate"));
    assert!(refused("{name: nothing}").contains("without a gate"));
    assert!(refused("sook: 1h").contains("sook"));
}
