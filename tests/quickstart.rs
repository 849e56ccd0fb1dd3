//! The README's first command, as it stands, in a copy of the project.

use std::path::Path;
use std::process::Command;

#[test]
fn a_release_goes_from_dev_to_prod() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = tempfile::tempdir().unwrap();
    let home = copy.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let copied = Command::new("cp")
        .arg("-R")
        .args([project.join("templates-examples"), copy.path().to_owned()])
        .status()
        .unwrap();
    assert!(copied.success());

    let script = copy.path().join("templates-examples/quickstart/run.sh");
    for (arguments, version) in [(&[][..], "1.0.0"), (&["1.1.0"][..], "1.1.0")] {
        let output = Command::new(&script)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("TOWLINE", env!("CARGO_BIN_EXE_towline"))
            .env("HOME", &home)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let operator = std::fs::read_to_string(copy.path().join("target/quickstart/operator.log"));
        assert!(output.status.success(), "{stdout}\n{stderr}\nThe operator said: {operator:?}");
        for environment in ["dev", "staging", "prod"] {
            let line = stdout.lines().rfind(|line| line.starts_with(environment));
            let line = line.unwrap_or_else(|| panic!("no line for {environment}:\n{stdout}"));
            assert!(line.contains(&format!("{version} verified")), "{line}");
        }
    }

    let gitops = copy.path().join("target/quickstart/gitops.git");
    let log = Command::new("git")
        .current_dir(&gitops)
        .args(["log", "--first-parent", "--format=%s", "main"])
        .output()
        .unwrap();
    let log = String::from_utf8(log.stdout).unwrap();
    assert_eq!(
        log.lines().count(),
        7,
        "a first commit, and a merge for each release and environment:\n{log}"
    );
}

#[test]
fn the_script_fits_a_screen() {
    let script = include_str!("../templates-examples/quickstart/run.sh");
    assert!(script.lines().count() <= 40);
    assert!(script.lines().all(|line| line.chars().count() <= 110));
}
