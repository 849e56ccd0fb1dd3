//! The shipped completion scripts are those that the binary writes, and bash can load its own.
//!
//! After a change to the command line: `UPDATE=1 cargo test completions::`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::given::Sandbox;

const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "towline.bash"),
    ("elvish", "towline.elv"),
    ("fish", "towline.fish"),
    ("powershell", "_towline.ps1"),
    ("zsh", "_towline"),
];

fn shipped(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file)
}

#[test]
fn the_shipped_scripts_are_up_to_date() {
    let sandbox = Sandbox::new();
    for (shell, file) in SCRIPTS {
        let output = sandbox.command(&["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(shipped(file), &script).unwrap();
        }
        let shipped = std::fs::read_to_string(shipped(file)).unwrap_or_default();
        assert!(shipped == script, "completions/{file} is out of date: UPDATE=1 cargo test completions::");
    }
}

#[test]
fn bash_loads_its_script_and_completes_a_command() {
    let steps = r#"
        set -eu
        bash -n "$1"
        source "$1"
        complete -p towline
        COMP_WORDS=(towline rend) COMP_CWORD=1
        _towline towline rend towline
        echo "${COMPREPLY[@]}"
    "#;
    let mut bash = Command::new("bash");
    let output = bash.args(["-c", steps, "bash"]).arg(shipped("towline.bash")).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<_> = stdout.lines().collect();
    assert!(lines[0].ends_with("-F _towline towline"), "{stdout}");
    assert_eq!(lines[1], "render");
}
