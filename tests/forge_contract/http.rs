//! The HTTP client between a forge and us, when things go wrong: each test says what happens on
//! the way and then what the adapter gets to see.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use towline::clock::{Clock, ManualClock};
use towline::http::{Authorization, Client, Fault, Fixed, Kind, Paging, Settings};

use crate::fakes::faults::What;
use crate::fakes::message::page;
use crate::fakes::{self, Reply, Request, Server, Service};

const START: &str = "2026-03-01T12:00:00Z";

/// Counts what it is asked to do, and has a list of seven.
#[derive(Default)]
struct Counter(AtomicU64);

impl Service for Counter {
    fn answer(&self, request: &Request) -> Reply {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/count") => Reply::json(200, json!({"count": self.0.load(Ordering::SeqCst)})),
            (_, "/count") => Reply::json(201, json!({"count": self.0.fetch_add(1, Ordering::SeqCst) + 1})),
            ("GET", "/list") => {
                page(request, "per_page", 3, (1..=7).map(Value::from).collect(), Value::Array)
            }
            ("GET", "/skip") => {
                let skip = request.number("$skip").unwrap_or(0);
                let items: Vec<usize> = (1..=7).skip(skip).take(3).collect();
                Reply::json(200, json!({"count": items.len(), "value": items}))
            }
            ("GET", "/who") => Reply::json(200, json!(request.header("authorization"))),
            _ => Reply::refused(404, "no such thing"),
        }
    }
}

struct World {
    server: Server,
    clock: Arc<ManualClock>,
    told: Arc<Mutex<Vec<String>>>,
    client: Client,
}

impl World {
    fn new() -> Self {
        Self::with(Duration::from_secs(10))
    }

    fn with(timeout: Duration) -> Self {
        let server = Server::start(Arc::new(Counter::default()), None);
        let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let lines = told.clone();
        let settings = Settings {
            random: Arc::new(|| 1.0),
            notify: Arc::new(move |line| lines.lock().unwrap().push(line.to_owned())),
            timeout,
            ..Settings::new(clock.clone())
        };
        let client = client(server.url(), settings);
        Self { server, clock, told, client }
    }

    fn fail(&self, fault: fakes::Fault) {
        self.server.fail(fault);
    }

    fn count(&self) -> Result<u64, Fault> {
        Ok(self.client.get("count").send()?.body()["count"].as_u64().unwrap())
    }

    fn slept(&self) -> u64 {
        self.clock.now().duration_since(START.parse::<Timestamp>().unwrap()).as_secs().try_into().unwrap()
    }
}

fn client(url: &str, settings: Settings) -> Client {
    let credentials =
        Fixed { authorization: Authorization::bearer(&"t0ps3cret".into()), origin: "GITHUB_TOKEN".into() };
    let server = towline::http::Server {
        name: "Forge",
        base: url.parse().unwrap(),
        headers: vec![("accept", "application/json")],
        credentials: Box::new(credentials),
        between_writes: Duration::ZERO,
        moved: |_, _| None,
    };
    Client::new(server, settings).unwrap()
}

/// The error with its causes, as people see it, without the port.
fn told(world: &World, fault: Fault) -> String {
    let kind = fault.kind;
    let error = anyhow::Error::from(fault);
    format!("{kind:?}: {error:#}").replace(world.server.url(), "URL").replace(&host(world), "HOST")
}

fn host(world: &World) -> String {
    world.server.url().trim_start_matches("http://").to_owned()
}

#[test]
fn what_the_server_cannot_do_now_is_asked_again() {
    let world = World::new();
    for fault in [
        fakes::Fault::status("GET /count", 500),
        fakes::Fault::bad_gateway("GET /count"),
        fakes::Fault::new("GET /count", What::Reset),
        fakes::Fault::new("GET /count", What::Truncated),
    ] {
        world.fail(fault);
    }
    assert_eq!(world.count().unwrap(), 0);
    // Half a second, one, two, four.
    assert_eq!(world.slept(), 7);
    assert_eq!(world.client.budget().to_string(), "Forge: 5 requests, 4 repeated, 7 s waited");
}

#[test]
fn a_server_that_stays_down_is_told_on() {
    let world = World::new();
    (0..5).for_each(|_| world.fail(fakes::Fault::bad_gateway("GET /count")));
    insta::assert_snapshot!(told(&world, world.count().unwrap_err()), @"ServerError: GET URL/count returned 502 Bad Gateway, 5 times: a page titled `502 Bad Gateway`");
    assert_eq!(world.count().unwrap(), 0);
}

/// Half a second, one, two, four, eight, sixteen, and then half a minute each time.
#[test]
fn a_server_that_has_answered_is_asked_again_for_minutes_and_people_are_told_once() {
    let world = World::new();
    world.count().unwrap();
    (0..9).for_each(|_| world.fail(fakes::Fault::status("GET /count", 503)));
    world.count().unwrap();
    assert_eq!(world.slept(), 121);
    insta::assert_snapshot!(world.told.lock().unwrap().join("\n"), @r"
    Forge does not answer (503 Service Unavailable): trying again for up to 5 minutes
    Forge answers again after 2m 1s
    ");
    // A write that was lost on the way may have been done.
    world.fail(fakes::Fault::bad_gateway("POST /count"));
    assert_eq!(world.client.post("count").body(json!({})).send().unwrap_err().kind, Kind::ServerError);
}

#[test]
fn a_server_that_does_not_come_back_is_given_up_and_then_asked_as_at_first() {
    let world = World::new();
    world.count().unwrap();
    world.server.away_when(|| true);
    insta::assert_snapshot!(told(&world, world.count().unwrap_err()), @"ServerError: GET URL/count returned 502 Bad Gateway, 15 times: a page titled `502 Bad Gateway`");
    assert!((270..=300).contains(&world.slept()), "{}", world.slept());
    let before = world.slept();
    insta::assert_snapshot!(told(&world, world.count().unwrap_err()), @"ServerError: GET URL/count returned 502 Bad Gateway, 6 times: a page titled `502 Bad Gateway`");
    assert!(world.slept() - before < 60, "{}", world.slept() - before);
    assert_eq!(world.told.lock().unwrap().len(), 1);
}

/// A byte at a time, without end.
#[test]
fn an_answer_that_drips_ends_with_the_time_limit() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let head =
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n";
            let mut open = stream.read(&mut [0; 4096]).is_ok() && stream.write_all(head).is_ok();
            while open {
                std::thread::sleep(Duration::from_millis(20));
                open = stream.write_all(b" ").is_ok();
            }
        }
    });
    let world = World::new();
    let timeout = Duration::from_millis(200);
    let settings = Settings { timeout, attempts: 1, ..Settings::new(world.clock.clone()) };
    let fault = client(&url, settings).get("count").send().unwrap_err();
    assert_eq!((fault.kind, fault.said()), (Kind::TimedOut, "the response was not complete within 0.2 s"));
}

#[test]
fn a_write_that_may_have_been_done_is_not_done_again() {
    let world = World::new();
    world.fail(fakes::Fault::new("POST /count", What::Reset));
    let fault = world.client.post("count").body(json!({})).send().unwrap_err();
    assert_eq!((fault.kind, fault.is_in_doubt()), (Kind::Broken, true));
    assert_eq!(world.count().unwrap(), 1);
}

#[test]
fn a_write_that_does_no_harm_twice_is_done_again() {
    let world = World::new();
    world.fail(fakes::Fault::new("POST /count", What::Reset));
    world.client.post("count").body(json!({})).repeatable().send().unwrap();
    world.fail(fakes::Fault::new("PUT /count", What::Truncated));
    world.client.put("count").body(json!({})).send().unwrap();
    assert_eq!(world.count().unwrap(), 4);
}

#[test]
fn a_stall_ends_with_the_time_limit() {
    let world = World::with(Duration::from_millis(200));
    world.fail(fakes::Fault::new("POST /count", What::Stall));
    let fault = world.client.post("count").body(json!({})).send().unwrap_err();
    insta::assert_snapshot!(told(&world, fault), @"TimedOut: POST URL/count failed: no response within 0.2 s");
}

#[test]
fn limits_are_waited_for_as_long_as_the_server_says() {
    let world = World::new();
    world.fail(fakes::Fault::status("POST /count", 429).with_header("retry-after", "30"));
    world.client.post("count").body(json!({})).send().unwrap();
    assert_eq!(world.slept(), 30);
    assert_eq!(*world.told.lock().unwrap(), ["waiting 30 s for Forge"]);

    // GitHub, when the hour's budget is spent; the reset is a minute after the server's time.
    let spent = fakes::Fault::status("POST /count", 403)
        .with_header("date", "Sun, 01 Mar 2026 13:00:00 GMT")
        .with_header("x-ratelimit-remaining", "0")
        .with_header("x-ratelimit-reset", "1772370060");
    world.fail(spent);
    world.client.post("count").body(json!({})).send().unwrap();
    assert_eq!(world.slept(), 91);
    assert_eq!(world.count().unwrap(), 2, "each was done once");
}

#[test]
fn limits_without_a_time_are_waited_for_longer_each_time() {
    let world = World::new();
    let secondary = What::Instead {
        status: 403,
        headers: vec![],
        body: r#"{"message":"You have exceeded a secondary rate limit",
                  "documentation_url":"https://docs.github.com/rest/rate-limit#secondary"}"#,
    };
    world.fail(fakes::Fault::status("POST /count", 429));
    world.fail(fakes::Fault::new("POST /count", secondary));
    world.client.post("count").body(json!({})).send().unwrap();
    assert_eq!(world.slept(), 60 + 120 + 1);
}

#[test]
fn a_limit_that_lasts_too_long_is_an_error() {
    let world = World::new();
    world.fail(fakes::Fault::status("GET /count", 429).with_header("retry-after", "3600"));
    insta::assert_snapshot!(told(&world, world.count().unwrap_err()), @"RateLimited: GET URL/count returned 429 Too Many Requests: fault");
    assert_eq!(world.slept(), 0);
}

#[test]
fn a_success_can_ask_for_a_pause() {
    let world = World::new();
    let slow_down =
        What::Instead { status: 200, headers: vec![("retry-after", "20")], body: r#"{"count":9}"# };
    world.fail(fakes::Fault::new("GET /count", slow_down));
    assert_eq!((world.count().unwrap(), world.slept()), (9, 0));
    assert_eq!((world.count().unwrap(), world.slept()), (0, 20));
}

#[test]
fn what_did_not_change_is_answered_from_memory() {
    let world = World::new();
    for _ in 0..3 {
        assert_eq!(world.count().unwrap(), 0);
    }
    world.client.post("count").body(json!({})).send().unwrap();
    assert_eq!(world.count().unwrap(), 1);
    let log = world.server.log();
    let statuses: Vec<&str> = log.iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(statuses, ["200", "304", "304", "201", "200"]);
    assert_eq!(world.client.budget().to_string(), "Forge: 5 requests, 2 of them unchanged (304)");
}

#[test]
fn a_page_instead_of_json_asks_for_a_sign_in() {
    let world = World::new();
    let page = || What::Instead {
        status: 203,
        headers: vec![("content-type", "text/html; charset=utf-8")],
        body: "<html><title>Sign in</title></html>",
    };
    world.fail(fakes::Fault::new("GET /count", page()));
    insta::assert_snapshot!(told(&world, world.count().unwrap_err()), @"SignIn: GET URL/count returned 203 Non Authoritative Information: the server returned a page instead of JSON");
    world.fail(fakes::Fault::new("GET /count", What::Type("text/html")));
    assert_eq!(world.count().unwrap_err().kind, Kind::SignIn);
    world.fail(fakes::Fault::new("GET /count", What::Type("text/plain")));
    assert_eq!(world.count().unwrap(), 0);
}

#[test]
fn the_token_stays_with_its_server() {
    let world = World::new();
    let other = Server::start(Arc::new(Counter::default()), None);
    let target: &'static str = Box::leak(format!("{}/count", other.url()).into_boxed_str());
    world.fail(fakes::Fault::status("GET /count", 302).with_header("location", target));
    let fault = told(&world, world.count().unwrap_err()).replace("127.0.0.1", "elsewhere");
    insta::assert_snapshot!(fault, @"SignIn: GET URL/count returned 302 Found: the server redirects to elsewhere, where the token must not be sent");
    assert!(other.log().is_empty());

    // On its own server it goes along.
    world.fail(fakes::Fault::status("GET /old", 301).with_header("location", "/who"));
    assert_eq!(world.client.get("old").send().unwrap().body(), "Bearer t0ps3cret");
    let next = What::Instead {
        status: 200,
        headers: vec![("link", r#"<https://evil.example.com/list?page=2>; rel="next""#)],
        body: "[1]",
    };
    world.fail(fakes::Fault::new("GET /list", next));
    let fault = world.client.get("list").all::<u64>(Paging::Link).unwrap_err();
    insta::assert_snapshot!(told(&world, fault), @"BadAnswer: GET URL/list failed: the next page is on another server: https://evil.example.com/list?page=2");
}

#[test]
fn errors_repeat_the_servers_words_but_no_secret() {
    let world = World::new();
    let echo = What::Instead {
        status: 401,
        headers: vec![],
        body: r#"{"message":"Bad credentials: Bearer t0ps3cret"}"#,
    };
    world.fail(fakes::Fault::new("GET /count", echo));
    let fault = world.count().unwrap_err();
    assert!(!format!("{fault:?}").contains("t0ps3cret"));
    insta::assert_snapshot!(told(&world, fault), @"SignIn: GET URL/count returned 401 Unauthorized: Bad credentials: Bearer (secret)");
    insta::assert_snapshot!(told(&world, world.client.get("nothing").send().unwrap_err()), @"NotFound: GET URL/nothing returned 404 Not Found: no such thing");
    towline::secrets::remember(towline::secrets::Kind::Variable, "pin", "4081632640");
    let number = What::Instead {
        status: 422,
        headers: vec![],
        body: r#"{"message":"No pin: 4081632640","pin":4081632640}"#,
    };
    world.fail(fakes::Fault::new("GET /count", number));
    insta::assert_snapshot!(told(&world, world.count().unwrap_err()), @"Refused: GET URL/count returned 422 Unprocessable Entity: No pin: (secret)");
}

#[test]
fn every_refusal_says_what_it_is_and_what_to_do_next() {
    let mut seen = Vec::new();
    for status in [401, 403, 404, 409, 422, 429, 500, 503] {
        let world = World::new();
        // A write that must not be repeated; a limit is waited for, but not for ever.
        (0..5).for_each(|_| world.fail(fakes::Fault::status("POST /count", status)));
        let fault = world.client.post("count").send().unwrap_err();
        seen.push(format!("{status} {:?}: {}", fault.kind, fault.hint().unwrap_or("-")));
    }
    let world = World::with(Duration::from_secs(1));
    for what in [What::Reset, What::Stall] {
        world.fail(fakes::Fault::new("POST /count", what));
        let fault = world.client.post("count").send().unwrap_err();
        seen.push(format!("{:?}: {}", fault.kind, fault.hint().unwrap_or("-")));
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    401 SignIn: the token is missing, wrong or expired (GITHUB_TOKEN)
    403 Forbidden: grant the token the permission for this (GITHUB_TOKEN)
    404 NotFound: it does not exist, or the token may not see it (GITHUB_TOKEN)
    409 Refused: somebody else changed it at the same time: run this again
    422 Refused: -
    429 RateLimited: try again later, or use a token with its own rate limit
    500 ServerError: run this again when the server is available
    503 ServerError: run this again when the server is available
    Broken: run this again to continue
    TimedOut: run this again to continue
    ");
}

#[test]
fn nobody_listens() {
    let world = World::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = Settings { random: Arc::new(|| 1.0), ..Settings::new(world.clock.clone()) };
    let fault = client(&format!("http://{port}"), settings).post("count").send().unwrap_err();
    assert_eq!(fault.kind, Kind::Unreachable);
    let error = format!("{:#}", anyhow::Error::from(fault)).replace(&port.to_string(), "HOST");
    insta::assert_snapshot!(error, @"POST http://HOST/count failed, 5 times: cannot connect to 127.0.0.1: Connection refused (os error 111)");
}

#[test]
fn lists_are_read_to_their_end() {
    let world = World::new();
    let all: Vec<u64> = (1..=7).collect();
    for paging in [Paging::Link, Paging::NextPage, Paging::Counted, Paging::EveryPage] {
        let list = world.client.get("list").query("per_page", "100");
        assert_eq!(list.all::<u64>(paging).unwrap(), all, "{paging:?}");
    }
    assert_eq!(world.client.get("skip").all::<u64>(Paging::Skip("$skip")).unwrap(), all);
    // A count that is of the page is no reason to stop.
    for (body, count) in [("[1,2]", "2"), ("[3]", "1"), ("null", "0")] {
        let what = What::Instead { status: 200, headers: vec![("x-total-count", count)], body };
        world.fail(fakes::Fault::new("GET /list", what));
    }
    assert_eq!(world.client.get("list").all::<u64>(Paging::EveryPage).unwrap(), [1, 2, 3]);
    // The same page again and again, and two pages that lead to each other.
    for pages in [["[1]", "[1]", "[1]"], ["[1]", "[2]", "[1]"]] {
        let world = World::new();
        for body in pages {
            world.fail(fakes::Fault::new("GET /list", What::Instead { status: 200, headers: vec![], body }));
        }
        let endless = world.client.get("list").all::<u64>(Paging::EveryPage).unwrap_err();
        assert_eq!(
            (endless.kind, endless.said()),
            (Kind::BadAnswer, "the server repeats a page of the list")
        );
    }
    let two = world.client.get("list").pages(Paging::Link).take(2).count();
    assert_eq!(two, 2);
}
