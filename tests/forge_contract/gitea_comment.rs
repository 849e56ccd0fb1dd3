//! The comment that is kept on a pull request at Gitea.

use std::time::Duration;

use towline::forge::NewPullRequest;

use super::Bench as _;
use super::gitea::Bench;
use super::github_when_ready::faults;
use crate::fakes::Fault;
use crate::fakes::gitea::TOKEN;

fn opened() -> (Bench, u64) {
    let bench = Bench::pushed();
    let number = bench.opened(&[], &[]);
    (bench, number)
}

#[test]
fn it_stands_among_those_of_others() {
    let (bench, number) = opened();
    let words = ["First", "Copied\n\n<!-- towline:comment -->"];
    for text in words {
        bench.fake.comment_as(number, "bob", text);
    }
    bench.forge().sticky_comment(number, "Deployed").unwrap();
    bench.fake.comment_as(number, "bob", "Well done");
    bench.forge().sticky_comment(number, "Rolled back").unwrap();
    let ours = "Rolled back\n\n<!-- towline:comment -->";
    assert_eq!(bench.comments(number), [words[0], words[1], ours, "Well done"]);
}

#[test]
fn a_token_that_may_not_know_its_user_keeps_one_too() {
    let (bench, number) = opened();
    for text in ["Proposed", "Deployed"] {
        bench.server.fail(Fault::status("GET /api/v1/user", 403));
        bench.forge().sticky_comment(number, text).unwrap();
    }
    assert_eq!(bench.comments(number), ["Deployed\n\n<!-- towline:comment -->"]);
}

#[test]
fn faults_leave_one_comment() {
    let (bench, _) = opened();
    let places = ["GET", "POST", "PATCH"].map(|method| format!("{method} /api/v1/repos/acme/gitops/issues/"));
    let runs = places.iter().flat_map(|place| faults().map(|what| Fault::new(place, what)));
    for (n, fault) in runs.enumerate() {
        let name = format!("towline/dev/app{n}");
        let head_commit = bench.push(&name, &[("dev/greeting.yaml", "a: 1\n")]);
        let new = NewPullRequest { head: name, head_commit, ..bench.new_pull(&[], &[]) };
        let number = bench.forge().open_pull(&new).unwrap().number;
        bench.server.fail(fault);
        let forge = bench.connect(TOKEN, Duration::from_millis(500));
        for text in ["Proposed", "Deployed"] {
            forge
                .sticky_comment(number, text)
                .or_else(|_| bench.forge().sticky_comment(number, text))
                .unwrap();
        }
        assert_eq!(bench.comments(number), ["Deployed\n\n<!-- towline:comment -->"]);
        assert_eq!(bench.server.log().iter().filter(|line| line.ends_with('!')).count(), n + 1);
    }
}
