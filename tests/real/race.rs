//! Somebody pushes to the base branch at the very moment between Towline's fetch and its push.

use super::forge::{RealBench, Server};
use super::world::{DEV, Operator, application, promote};
use crate::given::Sandbox;

/// Has the next `git push` of Towline's find that `main` moved just before.
fn move_main_at_the_next_push(sandbox: &Sandbox, bench: &RealBench) {
    let git = "git -c user.name=Ann -c user.email=ann@example.com";
    let (clone, url) = (sandbox.path("anns"), bench.location_for_ann());
    let clone = clone.display();
    let script = format!(
        "#!/bin/sh\nPATH=${{PATH#*:}}\nfor word; do\n  if [ \"$word\" = push ] && mkdir '{clone}' 2>/dev/null; then\n    \
         git clone --quiet '{url}' '{clone}/c' && cd '{clone}/c' && date +%N >moved && git add . &&\n      \
         {git} commit --quiet --message=Moved && git push --quiet origin HEAD:main || exit 99\n    cd - >/dev/null\n  fi\n\
         done\nexec git \"$@\"\n"
    );
    std::fs::remove_dir_all(sandbox.path("anns")).ok();
    sandbox.write("bin/git", &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(sandbox.path("bin/git"), mode).unwrap();
}

fn moved(sandbox: &Sandbox) -> bool {
    sandbox.path("anns").is_dir()
}

fn world(server: &Server, bench: &RealBench, rest: &str) -> Sandbox {
    let mut sandbox = application(server, bench, "greeting", rest);
    let path = std::env::var("PATH").unwrap();
    let bin = sandbox.path("bin");
    sandbox.set("PATH", format!("{}:{path}", bin.display()));
    sandbox
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn the_base_moves_between_fetch_and_push() {
    let server = Server::named_by_the_environment();
    let bench = server.bench("race");
    let _operator = Operator::start(&server, &bench);
    let sandbox = world(&server, &bench, DEV);
    for (release, run) in [("1.0.0", "with a cold cache"), ("1.1.0", "with a warm cache")] {
        move_main_at_the_next_push(&sandbox, &bench);
        let image = format!("web={release}");
        let proposed = sandbox.towline(&["propose", "dev", "--release", release, "--image", &image]);
        assert!(moved(&sandbox), "{run}: nothing was pushed");
        assert_eq!(proposed.code, Some(0), "{run}: {proposed}");
    }
    move_main_at_the_next_push(&sandbox, &bench);
    let promoted = promote(&sandbox, "1.2.0");
    assert!(moved(&sandbox));
    assert_eq!(promoted.code, Some(0), "{promoted}");
    bench.delete();
}

#[test]
#[ignore = "needs a real server: TOWLINE_TEST_FORGE"]
fn the_base_moves_twice_before_a_fast_forward() {
    let server = Server::named_by_the_environment();
    let bench = server.bench("race-fast-forward");
    let _operator = Operator::start(&server, &bench);
    let sandbox = world(&server, &bench, &format!("  mergeMethod: fastForward\n{DEV}"));
    let proposed = sandbox.towline(&["propose", "dev", "--release", "1.0.0", "--image", "web=1.0.0"]);
    assert_eq!(proposed.code, Some(0), "{proposed}");
    crate::forge_contract::Bench::push(&bench, "main", &[("moved", "before")]);
    move_main_at_the_next_push(&sandbox, &bench);
    let promoted = promote(&sandbox, "1.0.0");
    assert!(moved(&sandbox));
    assert_eq!(promoted.code, Some(0), "{promoted}");
    bench.delete();
}
