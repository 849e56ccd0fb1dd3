//! What the tests see of the machine: programs on PATH, a home, a language and a time zone. Git's
//! configuration of the user and the system, and the variables of the shell or the CI system that
//! runs the tests, change nothing.

use git2::ConfigLevel;

/// What may be in the environment of the tests: what programs need to run at all, and what is said
/// to the tests themselves and to what they are made with.
const NAMES: [&str; 10] =
    ["DISK", "HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ", "UPDATE", "USER", "XDG_DATA_HOME"];
const PREFIXES: [&str; 8] =
    ["CARGO", "INSTA_", "LC_", "LLVM_", "PROPTEST_", "RUST", "TOWLINE_MODEL_", "TOWLINE_TEST_"];

ctor::declarative::ctor! {
    #[ctor(unsafe)]
    fn before_the_first_test() {
        forget_the_machine();
    }
}

/// There is one thread, and libgit2 has read nothing yet.
#[expect(unsafe_code, reason = "the environment and libgit2's settings belong to the whole process")]
fn forget_the_machine() {
    for (name, _) in std::env::vars_os() {
        let is_kept = name.to_str().is_some_and(|name| {
            NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        });
        if !is_kept {
            // SAFETY: there is one thread.
            unsafe { std::env::remove_var(name) };
        }
    }
    for (name, value) in [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")] {
        // SAFETY: there is one thread.
        unsafe { std::env::set_var(name, value) };
    }
    for level in [ConfigLevel::ProgramData, ConfigLevel::System, ConfigLevel::XDG, ConfigLevel::Global] {
        // SAFETY: there is one thread.
        unsafe { git2::opts::set_search_path(level, "").unwrap() };
    }
}

#[test]
fn nothing_of_the_machine_is_seen() {
    assert_eq!(std::env::var("GIT_CONFIG_GLOBAL").as_deref(), Ok("/dev/null"));
    assert_eq!(std::env::var_os("CI"), None);
    let settings = git2::Config::open_default().unwrap();
    assert!(settings.entries(None).unwrap().next().is_none());
}

/// The arguments with which this program runs one test of the module that asks, alone.
macro_rules! only {
    ($test:ident) => {{
        let _: fn() = $test;
        let module = module_path!().split_once("::").unwrap().1;
        [
            format!("{module}::{}", stringify!($test)),
            "--exact".into(),
            "--nocapture".into(),
            "--ignored".into(),
        ]
    }};
}
pub(crate) use only;
