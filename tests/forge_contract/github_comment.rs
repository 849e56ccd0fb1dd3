//! The comment that is kept on a pull request at GitHub.

use std::time::Duration;

use super::Bench as _;
use super::github::Bench;
use super::github_when_ready::{faults, opened, opened_from};
use crate::fakes::Fault;
use crate::fakes::github::{TOKEN, app};

#[test]
fn it_stands_among_those_of_others() {
    let bench = Bench::new();
    let number = opened(&bench).number;
    let words =
        ["First", "Look:\n\n> Deployed\n>\n> <!-- towline:comment -->", "Copied\n\n<!-- towline:comment -->"];
    for text in words {
        bench.fake.comment_as(number, "bob", text);
    }
    bench.forge().sticky_comment(number, "Deployed").unwrap();
    bench.fake.comment_as(number, "bob", "Well done");
    bench.forge().sticky_comment(number, "Rolled back").unwrap();
    let ours = "Rolled back\n\n<!-- towline:comment -->";
    assert_eq!(bench.comments(number), [words[0], words[1], words[2], ours, "Well done"]);
}

#[test]
fn an_app_finds_its_own() {
    let bench = Bench::new();
    let number = opened(&bench).number;
    let variables = [("TOWLINE_GITHUB_APP_ID", app::ID), ("TOWLINE_GITHUB_APP_KEY", app::KEY)];
    for text in ["Deployed", "Rolled back"] {
        bench.connect_with(&variables, Duration::from_secs(20)).sticky_comment(number, text).unwrap();
    }
    assert_eq!(bench.comments(number), ["Rolled back\n\n<!-- towline:comment -->"]);
}

#[test]
fn what_is_too_long_is_cut() {
    let bench = Bench::new();
    let number = opened(&bench).number;
    bench.forge().sticky_comment(number, &"é".repeat(70_000)).unwrap();
    bench.forge().sticky_comment(number, &"é".repeat(70_000)).unwrap();
    let [comment] = &bench.comments(number)[..] else { panic!() };
    assert!(
        comment
            .ends_with("é\n\n*Truncated: the rest exceeds this forge's limit.*\n\n<!-- towline:comment -->")
    );
}

#[test]
fn faults_leave_one_comment() {
    let bench = Bench::new();
    let places = ["GET", "POST", "PATCH"].map(|method| format!("{method} /repos/acme/gitops/issues/"));
    let runs = places.iter().flat_map(|place| faults().map(|what| Fault::new(place, what)));
    for (n, fault) in runs.enumerate() {
        let number = opened_from(&bench, &format!("towline/dev/app{n}")).number;
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
