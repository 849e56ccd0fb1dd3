//! `-o DIR`: the files as they would stand in the GitOps repository, all of them or none.

use std::fs;
use std::process::Command;

use towline::vocabulary::{Diagnostic, Outcome};

use super::support::Project;
use crate::isolation::only;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {big: {{ big }}}\n";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";

fn project(big: &str) -> Project {
    let project = Project::new().file("deploy/a.yaml", CONFIG).file("deploy/p.yaml", POD);
    project.values(&format!("{{big: \"{big}\"}}"))
}

#[test]
fn what_is_rendered_no_more_is_deleted_and_the_rest_is_left_alone() {
    let out = tempfile::tempdir().unwrap();
    let first = project("x");
    first.render().unwrap().write_to(out.path()).unwrap();
    fs::write(out.path().join("dev/greeting/README.md"), "mine").unwrap();
    insta::assert_snapshot!(first.list(out.path()), @"
    descriptors/dev/greeting.yaml
    dev/greeting/README.md
    dev/greeting/configmap-a.yaml
    dev/greeting/pod-p.yaml
    ");

    fs::remove_file(first.path("deploy/p.yaml")).unwrap();
    first.render().unwrap().write_to(out.path()).unwrap();
    insta::assert_snapshot!(first.list(out.path()), @"
    descriptors/dev/greeting.yaml
    dev/greeting/README.md
    dev/greeting/configmap-a.yaml
    ");
}

#[test]
fn a_file_in_the_way_is_not_overwritten() {
    let project = project("x").file("out/dev/greeting/pod-p.yaml", "mine");
    let error = project.render().unwrap().write_to(&project.path("out")).unwrap_err();
    insta::assert_snapshot!(project.message(&error), @"
    out/dev/greeting/pod-p.yaml: a file that Towline does not own is in the way
    hint: move it away, or choose another folder
    ");
    insta::assert_snapshot!(project.list(&project.path("out")), @"dev/greeting/pod-p.yaml");

    fs::write(project.path("out/dev/greeting/pod-p.yaml"), project.file_of("dev/greeting/pod-p.yaml"))
        .unwrap();
    project.render().unwrap().write_to(&project.path("out")).unwrap();
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let project = project("x").file("elsewhere/pod-p.yaml", "mine").file("out/x", "");
    std::os::unix::fs::symlink("../elsewhere", project.path("out/dev")).unwrap();
    let error = project.render().unwrap().write_to(&project.path("out")).unwrap_err();
    insta::assert_snapshot!(project.message(&error), @"
    out/dev: is a link, and Towline does not write through links
    hint: remove it, or choose another folder
    ");
    insta::assert_snapshot!(project.list(&project.path("elsewhere")), @"pod-p.yaml");
}

/// Neither is waited for, as one would for the other end of a pipe.
#[cfg(unix)]
#[test]
fn what_is_no_folder_is_not_written_to() {
    let project = project("x").file("file", "mine").file("out/dev/x", "");
    std::os::unix::fs::symlink("nowhere", project.path("link")).unwrap();
    for pipe in ["pipe", "out/dev/greeting"] {
        let made = Command::new("mkfifo").arg(project.path(pipe)).status();
        assert!(made.unwrap().success());
    }
    let rendering = project.render().unwrap();
    let error = |folder: &str| {
        let error = rendering.write_to(&project.path(folder)).unwrap_err();
        assert_eq!(Diagnostic::outcome_of(&error), Outcome::Refused);
        project.message(&error)
    };
    let hint = "hint: move it away, or choose another folder";
    assert_eq!(error("file"), format!("file: is not a folder\n{hint}"));
    assert_eq!(error("file/below"), format!("file: is not a folder\n{hint}"));
    assert_eq!(error("pipe"), format!("pipe: is not a folder\n{hint}"));
    assert_eq!(error("link"), format!("link: is a link to nothing\n{hint}"));
    assert_eq!(error("out"), format!("out/dev/greeting: is neither a file nor a folder\n{hint}"));
    std::os::unix::fs::symlink("made", project.path("good")).unwrap();
    fs::create_dir(project.path("made")).unwrap();
    rendering.write_to(&project.path("good")).unwrap();
    assert!(project.path("made/dev/greeting/pod-p.yaml").is_file());
}

#[test]
fn a_descriptor_cannot_have_files_deleted_elsewhere() {
    let project = project("x");
    let out = project.path("out");
    project.render().unwrap().write_to(&out).unwrap();
    let descriptor = out.join("descriptors/dev/greeting.yaml");
    let text = fs::read_to_string(&descriptor).unwrap().replace("pod-p.yaml", "../../../deploy/a.yaml");
    fs::write(&descriptor, text).unwrap();
    let error = project.render().unwrap().write_to(&out).unwrap_err();
    insta::assert_snapshot!(project.message(&error), @"
    out/descriptors/dev/greeting.yaml: not a descriptor that Towline wrote: it lists dev/greeting/../../../deploy/a.yaml, outside the repository
    hint: let `gitops.descriptor` name another file, or restore this one from git
    ");
}

/// On a real disk that fills up: a tmpfs of its own, in a mount namespace of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_what_was_there() {
    let disk = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=128k tmpfs \"$DISK\" || exit 77; exec \"$@\"";
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(only!(on_a_small_disk))
        .env("DISK", disk.path())
        .output();
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) if output.status.code() == Some(101) => {
            panic!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        }
        Ok(output) => {
            eprintln!("skipped, no tmpfs may be mounted here: {}", String::from_utf8_lossy(&output.stderr))
        }
        Err(error) => eprintln!("skipped, there is no unshare: {error}"),
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by a_full_disk_leaves_what_was_there, on a small disk"]
fn on_a_small_disk() {
    let out = std::path::PathBuf::from(std::env::var_os("DISK").expect("set by the test that runs this one"))
        .join("out");
    let small = project("x");
    let error = project(&"x".repeat(200_000)).render().unwrap().write_to(&out).unwrap_err();
    assert!(!out.exists());
    assert!(format!("{error:#}").contains("No space left on device"), "{error:#}");

    small.render().unwrap().write_to(&out).unwrap();
    let before = snapshot(&small, &out);
    let error = project(&"x".repeat(200_000)).render().unwrap().write_to(&out).unwrap_err();
    assert!(format!("{error:#}").starts_with("nothing was changed in "), "{error:#}");
    assert_eq!(snapshot(&small, &out), before);
}

#[cfg(target_os = "linux")]
fn snapshot(project: &Project, out: &std::path::Path) -> Vec<(String, String)> {
    let names = project.list(out);
    names.lines().map(|name| (name.to_owned(), fs::read_to_string(out.join(name)).unwrap())).collect()
}

#[test]
fn a_new_folder_is_like_any_other_and_nothing_is_left_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let project = project("x");
    let out = project.path("a/b/out");
    project.render().unwrap().write_to(&out).unwrap();
    fs::create_dir(project.path("other")).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode();
    for folder in ["a", "a/b", "a/b/out", "a/b/out/dev"] {
        assert_eq!(mode(&project.path(folder)), mode(&project.path("other")), "{folder}");
    }
    insta::assert_snapshot!(project.list(&project.path("a")), @"
    b/out/descriptors/dev/greeting.yaml
    b/out/dev/greeting/configmap-a.yaml
    b/out/dev/greeting/pod-p.yaml
    ");

    // A folder that is missing in one that is there is moved there as one, too.
    fs::remove_dir_all(out.join("dev")).unwrap();
    fs::write(out.join("README.md"), "mine").unwrap();
    project.render().unwrap().write_to(&out).unwrap();
    insta::assert_snapshot!(project.list(&project.path("a")), @"
    b/out/README.md
    b/out/descriptors/dev/greeting.yaml
    b/out/dev/greeting/configmap-a.yaml
    b/out/dev/greeting/pod-p.yaml
    ");
}
