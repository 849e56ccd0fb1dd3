//! Somebody pushes to the base branch at the very moment between Towline's fetch and its push.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::forge::{RealBench, Server};
use super::world::{DEV, Operator, application, promote};
use crate::given::Sandbox;

/// Stands between Towline and the server, and has somebody push when Towline does.
struct Relay {
    address: SocketAddr,
    /// Whether somebody moves `main` at the next push.
    moves: Arc<AtomicBool>,
}

impl Relay {
    fn start(bench: &RealBench) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (server, anns) = (authority(&bench.location()).to_owned(), bench.location_for_ann());
        let moves = Arc::new(AtomicBool::new(false));
        let relay = Self { address, moves: moves.clone() };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, anns, moves) = (server.clone(), anns.clone(), moves.clone());
                thread::spawn(move || pass_on(client, &server, &anns, &moves).ok());
            }
        });
        relay
    }

    fn move_main_at_the_next_push(&self) {
        self.moves.store(true, Ordering::SeqCst);
    }

    fn has_moved(&self) -> bool {
        !self.moves.load(Ordering::SeqCst)
    }
}

fn authority(url: &str) -> &str {
    url.split('/').nth(2).unwrap()
}

fn pass_on(mut client: TcpStream, server: &str, anns: &str, moves: &AtomicBool) -> io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    let (mut answers, mut back) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        io::copy(&mut answers, &mut back).ok();
        back.shutdown(Shutdown::Both).ok();
    });
    let mut buffer = vec![0; 1 << 16];
    while let length @ 1.. = client.read(&mut buffer)? {
        // A request begins with what is read, because the client waits for the answer to the one before.
        let line = buffer[..length].split(|byte| *byte == b'\r').next().unwrap_or_default();
        let is_push = line.starts_with(b"POST") && line.windows(16).any(|part| part == b"git-receive-pack");
        if is_push && moves.swap(false, Ordering::SeqCst) {
            push_to_main(anns);
        }
        server.write_all(&buffer[..length])?;
    }
    server.shutdown(Shutdown::Write)
}

fn push_to_main(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str], at: &Path| {
        let people = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
        let done = Command::new("git").args(people).args(arguments).current_dir(at).status().unwrap();
        assert!(done.success(), "git {arguments:?}");
    };
    git(&["clone", "--quiet", url, "clone"], folder.path());
    let clone = folder.path().join("clone");
    std::fs::write(clone.join("moved"), jiff::Timestamp::now().to_string()).unwrap();
    git(&["add", "."], &clone);
    git(&["commit", "--quiet", "--message=Moved"], &clone);
    git(&["push", "--quiet", "origin", "HEAD:main"], &clone);
}

/// An application whose GitOps repository is reached through the relay.
fn world(server: &Server, bench: &RealBench, relay: &Relay, rest: &str) -> Sandbox {
    let sandbox = application(server, bench, "greeting", rest);
    let pipeline = std::fs::read_to_string(sandbox.path("app/towline.yaml")).unwrap();
    let through = bench.location().replacen(authority(&bench.location()), &relay.address.to_string(), 1);
    sandbox.write("app/towline.yaml", &pipeline.replace(&bench.location(), &through));
    sandbox
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn the_base_moves_between_fetch_and_push() {
    let server = Server::named_by_the_environment();
    let bench = server.bench("race");
    let _operator = Operator::start(&server, &bench);
    let relay = Relay::start(&bench);
    let sandbox = world(&server, &bench, &relay, DEV);
    for (release, run) in [("1.0.0", "with a cold cache"), ("1.1.0", "with a warm cache")] {
        relay.move_main_at_the_next_push();
        let image = format!("web={release}");
        let proposed = sandbox.towline(&["propose", "dev", "--release", release, "--image", &image]);
        assert!(relay.has_moved(), "{run}: nothing was pushed");
        assert_eq!(proposed.code, Some(0), "{run}: {proposed}");
    }
    relay.move_main_at_the_next_push();
    let promoted = promote(&sandbox, "1.2.0");
    assert!(relay.has_moved());
    assert_eq!(promoted.code, Some(0), "{promoted}");
    bench.delete();
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn the_base_moves_twice_before_a_fast_forward() {
    let server = Server::named_by_the_environment();
    let bench = server.bench("race-fast-forward");
    let _operator = Operator::start(&server, &bench);
    let relay = Relay::start(&bench);
    let sandbox = world(&server, &bench, &relay, &format!("  mergeMethod: fastForward\n{DEV}"));
    let proposed = sandbox.towline(&["propose", "dev", "--release", "1.0.0", "--image", "web=1.0.0"]);
    assert_eq!(proposed.code, Some(0), "{proposed}");
    crate::forge_contract::Bench::push(&bench, "main", &[("moved", "before")]);
    relay.move_main_at_the_next_push();
    let promoted = promote(&sandbox, "1.0.0");
    assert!(relay.has_moved());
    assert_eq!(promoted.code, Some(0), "{promoted}");
    bench.delete();
}
