//! A release through Azure DevOps with faults on the way, see [`super::strike`].

use std::collections::BTreeMap;
use std::time::Duration;

use towline::forge::{MergeRequest, MergeResult};
use towline::vocabulary::MergeMethod;

use super::Bench as _;
use super::azure_devops::Bench;
use super::bench::HEAD;
use super::strike;
use crate::fakes::Fault;
use crate::fakes::azure_devops::{Policy, TOKEN};
use crate::fakes::faults::What;
use crate::given;

const REPOSITORY: &str = "/acme/shop/_apis/git/repositories/gitops/";

/// Where a fault strikes.
const REQUESTS: [&str; 8] = [
    "GET pullrequests?",
    "GET diffs/commits?",
    "GET identities?",
    "POST pullrequests?",
    "GET pullrequests/",
    "GET refs?",
    "PATCH pullrequests/",
    "POST commits/",
];

fn strike(what: impl Fn(&str) -> Fault) -> String {
    let at = |request: &str, _| match request {
        "GET identities?" => "GET /acme/_apis/identities?".to_owned(),
        _ => request.replace(' ', &format!(" {REPOSITORY}")),
    };
    strike::strike(&Bench::new(), &REQUESTS, at, what)
}

#[test]
fn the_connection_breaks_in_the_middle() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Reset)), @"GET pullrequests?, GET diffs/commits?, GET identities?, POST pullrequests?, GET pullrequests/, GET refs?, PATCH pullrequests/, POST commits/: right at once");
}

#[test]
fn half_an_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Truncated)), @"GET pullrequests?, GET diffs/commits?, GET identities?, POST pullrequests?, GET pullrequests/, GET refs?, PATCH pullrequests/, POST commits/: right at once");
}

#[test]
fn a_page_instead_of_an_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Type("text/html"))), @"GET pullrequests?, GET diffs/commits?, GET identities?, POST pullrequests?, GET pullrequests/, GET refs?, PATCH pullrequests/, POST commits/: right again after: the server returned a page instead of JSON");
}

#[test]
fn no_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Stall)), @"GET pullrequests?, GET diffs/commits?, GET identities?, POST pullrequests?, GET pullrequests/, GET refs?, PATCH pullrequests/, POST commits/: right at once");
}

#[test]
fn the_server_breaks_down() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, 500)), @"GET pullrequests?, GET diffs/commits?, GET identities?, POST pullrequests?, GET pullrequests/, GET refs?, PATCH pullrequests/, POST commits/: right at once");
    insta::assert_snapshot!(strike(Fault::bad_gateway), @"GET pullrequests?, GET diffs/commits?, GET identities?, POST pullrequests?, GET pullrequests/, GET refs?, PATCH pullrequests/, POST commits/: right at once");
}

#[test]
fn too_many_requests() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, 429)), @"GET pullrequests?, GET diffs/commits?, GET identities?, POST pullrequests?, GET pullrequests/, GET refs?, PATCH pullrequests/, POST commits/: right at once");
    insta::assert_snapshot!(strike(|at| Fault::status(at, 429).with_header("retry-after", "7")), @"GET pullrequests?, GET diffs/commits?, GET identities?, POST pullrequests?, GET pullrequests/, GET refs?, PATCH pullrequests/, POST commits/: right at once");
}

/// The request that completes is one of two that look the same; here only it is struck.
#[test]
fn whatever_happens_to_the_completion_there_is_one_merge() {
    let at = "PATCH /acme/shop/_apis/git/repositories/gitops/pullrequests/";
    let stale = r#"{"message":"TF401192: The source branch has been modified.","typeKey":"GitPullRequestStaleException"}"#;
    let late = What::Instead { status: 409, headers: vec![], body: stale };
    let faults = [
        ("seen late", Fault::new(at, late)),
        ("reset", Fault::new(at, What::Reset)),
        ("half", Fault::new(at, What::Truncated)),
        ("a page", Fault::new(at, What::Type("text/html"))),
        ("nothing", Fault::new(at, What::Stall)),
        ("500", Fault::status(at, 500)),
        ("429", Fault::status(at, 429)),
    ];
    let mut ends = Vec::new();
    for (name, fault) in faults {
        let bench = Bench::pushed();
        let pull = bench.opened(&[], &[]);
        bench.server.fail(fault);
        let request = given::merge(bench.tip(HEAD), MergeMethod::Merge);
        let merge = || bench.connect(TOKEN, Duration::from_secs(2)).merge_pull(pull, &request);
        let end = match merge() {
            Ok(result) => {
                assert_eq!(result, MergeResult::Merged(bench.tip("main")));
                "right at once".to_owned()
            }
            Err(error) => {
                assert_eq!(merge().unwrap(), MergeResult::Merged(bench.tip("main")));
                format!("right again after: {}", error.root_cause())
            }
        };
        assert_eq!(bench.gitops().git(&["rev-list", "--merges", "--count", "main"]), "1");
        ends.push(format!("{name}: {end}"));
    }
    insta::assert_snapshot!(ends.join("\n"), @r#"
    seen late: right at once
    reset: right at once
    half: right at once
    a page: right again after: the server returned a page instead of JSON
    nothing: right at once
    500: right at once
    429: right at once
    "#);
}

/// Where a fault strikes while a pull request waits for a policy.
const WAITING: [&str; 7] = [
    "GET /acme/shop/_apis/git/repositories/gitops?",
    "POST /acme/_apis/security/permissionevaluationbatch?",
    "GET /acme/shop/_apis/git/repositories/gitops/pullRequests/1/threads?",
    "POST /acme/shop/_apis/git/repositories/gitops/pullRequests/1/threads?",
    "PATCH /acme/shop/_apis/git/repositories/gitops/pullRequests/1/threads/",
    "GET /acme/shop/_apis/policy/evaluations?",
    "PATCH /acme/shop/_apis/git/repositories/gitops/pullrequests/1?",
];

/// What a run does with a pull request that cannot be merged yet.
fn wait(bench: &Bench) -> anyhow::Result<()> {
    let forge = bench.connect(TOKEN, Duration::from_secs(2));
    forge.permissions()?;
    let number = match forge.find_pull(HEAD, "main")? {
        Some(pull) => pull.number,
        None => bench.open(&[], &[])?,
    };
    forge.sticky_comment(number, "The diff")?;
    forge.sticky_comment(number, "The diff, at greater length")?;
    let request = MergeRequest { when_ready: true, ..given::merge(bench.tip(HEAD), MergeMethod::Squash) };
    let result = forge.merge_pull(number, &request)?;
    assert_eq!(result, MergeResult::WhenReady("Minimum number of reviewers".into()));
    assert!(forge.merge_readiness(number)?.merges_itself);
    Ok(())
}

/// Waits with a fault on the way, again if it must, and tells how that ended.
fn wait_with(fault: Fault) -> String {
    let bench = Bench::pushed();
    let kind = "Minimum number of reviewers";
    bench.fake.policies(&[Policy { kind, name: None, blocking: true, status: "queued" }]);
    bench.server.fail(fault);
    let end = match wait(&bench) {
        Ok(()) => "right at once".to_owned(),
        Err(error) => {
            wait(&bench).unwrap();
            format!("right again after: {}", error.chain().last().unwrap())
        }
    };
    assert_eq!(bench.server.log().iter().filter(|line| line.ends_with('!')).count(), 1);
    let comments = bench.comments(1);
    assert!(comments.len() == 1 && comments[0].starts_with("The diff, at greater length"), "{comments:?}");
    assert!(bench.fake.auto_complete(1).unwrap().contains("squash"));
    end
}

#[test]
fn whatever_happens_while_it_waits_there_is_one_comment_and_auto_complete() {
    let mut ends: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for at in WAITING {
        for (name, fault) in [
            ("reset", Fault::new(at, What::Reset)),
            ("half", Fault::new(at, What::Truncated)),
            ("a page", Fault::new(at, What::Type("text/html"))),
            ("nothing", Fault::new(at, What::Stall)),
            ("500", Fault::status(at, 500)),
            ("429", Fault::status(at, 429)),
        ] {
            let end = wait_with(fault);
            let short = at.replace("/acme/shop/_apis/git/repositories/", "").replace("/acme/", "");
            ends.entry(format!("{name}: {end}")).or_default().push(short);
        }
    }
    let ends = ends.into_iter().map(|(end, at)| format!("{end}: {}\n", at.join(", ")));
    insta::assert_snapshot!(ends.collect::<String>(), @"
    429: right at once: GET gitops?, POST _apis/security/permissionevaluationbatch?, GET gitops/pullRequests/1/threads?, POST gitops/pullRequests/1/threads?, PATCH gitops/pullRequests/1/threads/, GET shop/_apis/policy/evaluations?, PATCH gitops/pullrequests/1?
    500: right at once: GET gitops?, POST _apis/security/permissionevaluationbatch?, GET gitops/pullRequests/1/threads?, POST gitops/pullRequests/1/threads?, PATCH gitops/pullRequests/1/threads/, GET shop/_apis/policy/evaluations?, PATCH gitops/pullrequests/1?
    a page: right again after: the server returned a page instead of JSON: GET gitops?, GET gitops/pullRequests/1/threads?, POST gitops/pullRequests/1/threads?, PATCH gitops/pullRequests/1/threads/, GET shop/_apis/policy/evaluations?, PATCH gitops/pullrequests/1?
    a page: right at once: POST _apis/security/permissionevaluationbatch?
    half: right at once: GET gitops?, POST _apis/security/permissionevaluationbatch?, GET gitops/pullRequests/1/threads?, POST gitops/pullRequests/1/threads?, PATCH gitops/pullRequests/1/threads/, GET shop/_apis/policy/evaluations?, PATCH gitops/pullrequests/1?
    nothing: right at once: GET gitops?, POST _apis/security/permissionevaluationbatch?, GET gitops/pullRequests/1/threads?, POST gitops/pullRequests/1/threads?, PATCH gitops/pullRequests/1/threads/, GET shop/_apis/policy/evaluations?, PATCH gitops/pullrequests/1?
    reset: right at once: GET gitops?, POST _apis/security/permissionevaluationbatch?, GET gitops/pullRequests/1/threads?, POST gitops/pullRequests/1/threads?, PATCH gitops/pullRequests/1/threads/, GET shop/_apis/policy/evaluations?, PATCH gitops/pullrequests/1?
    ");
}
