//! A release through GitLab with faults on the way, see [`super::strike`].

use std::time::Duration;

use super::gitlab::Bench;
use super::strike;
use crate::fakes::Fault;
use crate::fakes::faults::What;

/// Where a fault strikes; `N` is the number of the merge request.
const REQUESTS: [&str; 9] = [
    "GET users?",
    "GET merge_requests?",
    "GET repository/branches/",
    "GET repository/commits?",
    "POST merge_requests",
    "GET merge_requests/N",
    "PUT merge_requests/N",
    "PUT merge_requests/N/merge",
    "POST statuses/",
];

fn strike(what: impl Fn(&str) -> Fault) -> String {
    let at = |request: &str, number: usize| match request {
        "GET users?" => "GET /api/v4/users?".to_owned(),
        _ => {
            let of_project = request.replace(' ', " /api/v4/projects/acme%2Fplatform%2Fgitops/");
            of_project.replace('N', &number.to_string())
        }
    };
    strike::strike(&Bench::new(), &REQUESTS, at, what)
}

#[test]
fn the_connection_breaks_in_the_middle() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Reset)), @"GET users?, GET merge_requests?, GET repository/branches/, GET repository/commits?, POST merge_requests, GET merge_requests/N, PUT merge_requests/N, PUT merge_requests/N/merge, POST statuses/: right at once");
}

#[test]
fn half_an_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Truncated)), @"GET users?, GET merge_requests?, GET repository/branches/, GET repository/commits?, POST merge_requests, GET merge_requests/N, PUT merge_requests/N, PUT merge_requests/N/merge, POST statuses/: right at once");
}

#[test]
fn a_page_instead_of_an_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Type("text/html"))), @"
    GET users?, GET merge_requests?, GET repository/branches/, GET repository/commits?, POST merge_requests, GET merge_requests/N, PUT merge_requests/N, POST statuses/: right again after: the server returned a page instead of JSON
    PUT merge_requests/N/merge: right at once
    ");
}

#[test]
fn no_answer() {
    insta::assert_snapshot!(strike(|at| Fault::new(at, What::Stall)), @"GET users?, GET merge_requests?, GET repository/branches/, GET repository/commits?, POST merge_requests, GET merge_requests/N, PUT merge_requests/N, PUT merge_requests/N/merge, POST statuses/: right at once");
}

#[test]
fn the_server_breaks_down() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, 500)), @"GET users?, GET merge_requests?, GET repository/branches/, GET repository/commits?, POST merge_requests, GET merge_requests/N, PUT merge_requests/N, PUT merge_requests/N/merge, POST statuses/: right at once");
    insta::assert_snapshot!(strike(Fault::bad_gateway), @"GET users?, GET merge_requests?, GET repository/branches/, GET repository/commits?, POST merge_requests, GET merge_requests/N, PUT merge_requests/N, PUT merge_requests/N/merge, POST statuses/: right at once");
}

#[test]
fn too_many_requests() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, 429)), @"GET users?, GET merge_requests?, GET repository/branches/, GET repository/commits?, POST merge_requests, GET merge_requests/N, PUT merge_requests/N, PUT merge_requests/N/merge, POST statuses/: right at once");
    insta::assert_snapshot!(strike(|at| Fault::status(at, 429).with_header("retry-after", "7")), @"GET users?, GET merge_requests?, GET repository/branches/, GET repository/commits?, POST merge_requests, GET merge_requests/N, PUT merge_requests/N, PUT merge_requests/N/merge, POST statuses/: right at once");
}

#[test]
fn the_base_branch_moves_during_the_merge() {
    insta::assert_snapshot!(strike(|at| Fault::status(at, if at.ends_with("/merge") { 422 } else { 503 })), @"GET users?, GET merge_requests?, GET repository/branches/, GET repository/commits?, POST merge_requests, GET merge_requests/N, PUT merge_requests/N, PUT merge_requests/N/merge, POST statuses/: right at once");
}

#[test]
fn a_token_that_has_ended() {
    let bench = Bench::new();
    let forge = bench.connect("expired", Duration::from_secs(10));
    let error = forge.find_pull("x", "main").unwrap_err();
    insta::assert_snapshot!(bench.shown(&error), @"
    cannot look for a merge request from x into main: GET URL/api/v4/projects/acme%2Fplatform%2Fgitops/merge_requests?state=opened&order_by=created_at&sort=desc&per_page=100&source_branch=x&target_branch=main returned 401 Unauthorized: 401 Unauthorized
    the token is missing, wrong or expired (GITLAB_TOKEN)
    ");
}
