//! The comment that is kept on a pull request at GitHub.

use std::time::Duration;

use crate::Bench as _;
use crate::fakes::Fault;
use crate::fakes::faults::What;
use crate::fakes::github::{TOKEN, app};
use crate::github::Bench;
use crate::github_when_ready::opened;

#[test]
fn it_stands_among_those_of_others() {
    let bench = Bench::new();
    let number = opened(&bench).number;
    let words =
        ["First", "Look:\n\n> Deployed\n>\n> <!-- towline:comment -->", "Copied\n\n<!-- towline:comment -->"];
    for text in words {
        bench.github.comment_as(number, "bob", text);
    }
    bench.forge().comment(number, "Deployed").unwrap();
    bench.github.comment_as(number, "bob", "Well done");
    bench.forge().comment(number, "Rolled back").unwrap();
    let ours = "Rolled back\n\n<!-- towline:comment -->";
    assert_eq!(bench.comments(number), [words[0], words[1], words[2], ours, "Well done"]);
}

#[test]
fn an_app_finds_its_own() {
    let bench = Bench::new();
    let number = opened(&bench).number;
    let variables = [("TOWLINE_GITHUB_APP_ID", app::ID), ("TOWLINE_GITHUB_APP_KEY", app::KEY)];
    for text in ["Deployed", "Rolled back"] {
        bench.connect_with(&variables, Duration::from_secs(20)).comment(number, text).unwrap();
    }
    assert_eq!(bench.comments(number), ["Rolled back\n\n<!-- towline:comment -->"]);
}

#[test]
fn what_is_too_long_is_cut() {
    let bench = Bench::new();
    let number = opened(&bench).number;
    bench.forge().comment(number, &"é".repeat(70_000)).unwrap();
    bench.forge().comment(number, &"é".repeat(70_000)).unwrap();
    let [comment] = &bench.comments(number)[..] else { panic!() };
    assert!(
        comment.ends_with("é\n\n*The rest is longer than this forge takes.*\n\n<!-- towline:comment -->")
    );
}

#[test]
fn faults_leave_one_comment() {
    let faults = || {
        let page = Fault::new("", What::Type("text/html")).what;
        [
            What::Reset,
            What::Truncated,
            page,
            What::Stall,
            Fault::status("", 500).what,
            Fault::status("", 429).what,
        ]
    };
    let places = [
        "GET /repos/acme/gitops/issues/",
        "POST /repos/acme/gitops/issues/",
        "PATCH /repos/acme/gitops/issues/",
    ];
    for (place, what) in places.into_iter().flat_map(|place| faults().map(|what| (place, what))) {
        let bench = Bench::new();
        let number = opened(&bench).number;
        bench.server.fail(Fault::new(place, what));
        let forge = bench.connect(TOKEN, Duration::from_millis(500));
        for text in ["Proposed", "Deployed"] {
            forge.comment(number, text).or_else(|_| bench.forge().comment(number, text)).unwrap();
        }
        assert_eq!(bench.comments(number), ["Deployed\n\n<!-- towline:comment -->"]);
        assert_eq!(bench.server.log().iter().filter(|line| line.ends_with('!')).count(), 1);
    }
}
