//! Every example is rendered as a person would, for all its environments, and compared byte for
//! byte with `tests/golden/<example>/`, which is what would stand in the GitOps repository.
//! `UPDATE=1 cargo test examples::` writes that folder anew; read the difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const COMMIT: &str = "5f0c6a1b2d3e4f5061728394a5b6c7d8e9f00112";

#[test]
fn quickstart() {
    let files = golden("quickstart", &["--release", "1.0.0", "--image", "web=1.0.0"]);
    assert_eq!(count(&files, "dev/greeting/"), 3);
    assert_eq!(count(&files, "staging/greeting/"), 3);
    assert_eq!(count(&files, "prod/greeting/"), 4, "prod has an ingress");
}

#[test]
fn shop() {
    let files = golden("shop", &["--release", "2026.11.1", "--images", "releases/2026.11.1.yaml"]);
    assert_eq!(count(&files, "clusters/dev/shop/"), 42);
    assert_eq!(count(&files, "clusters/staging/shop/"), 46);
    assert_eq!(count(&files, "clusters/prod-eu/shop/"), 50);
    assert_eq!(count(&files, "clusters/prod-us/shop/"), 50);
}

#[test]
fn canary() {
    let files = golden("canary", &["--release", "1.2.3", "--image", "web=1.2.3"]);
    assert_eq!(count(&files, "staging/greeting/"), 6);
    assert_eq!(count(&files, "prod/greeting/"), 6);
    let text: String = files.values().cloned().collect();
    for theirs in ["{{args.service}}", "{{ $labels.pod }}", "{{ $value | humanizePercentage }}", "{{pod}}"] {
        assert!(text.contains(theirs), "{theirs} is for others to fill in");
    }
}

#[test]
fn rings() {
    let files = golden("rings", &["--release", "1.0.0", "--image", "web=1.0.0"]);
    for target in ["canary", "eu", "us"] {
        assert_eq!(count(&files, &format!("prod/{target}/web/")), 1);
    }
}

#[test]
fn rollback() {
    let files = golden("rollback", &["--release", "1.0.0"]);
    assert_eq!(count(&files, "staging/shop/"), 1);
}

#[test]
fn chart_release() {
    let release = ["--release", "1.1.0", "--image", "web=1.1.0"];
    let (files, _out) = rendered("chart-release", Some("gitops"), &release);
    assert_eq!(count(&files, "charts/"), 2, "an index for each environment");
}

/// Renders an example of which every file is a manifest or a descriptor.
fn golden(example: &str, release: &[&str]) -> BTreeMap<String, String> {
    let (files, folder) = rendered(example, None, release);
    read_by_kubectl(&folder.path().join("out"), &files);
    files
}

/// Renders an example, compares it with its golden folder, and gives the files and where `out/` is.
/// `before` is a folder of the example: what the GitOps repository holds before.
fn rendered(example: &str, before: Option<&str>, release: &[&str]) -> (BTreeMap<String, String>, TempDir) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let (copy, out) = (folder.path().join("app"), folder.path().join("out"));
    write(&copy, &read(&project.join("templates-examples").join(example)));
    if let Some(before) = before {
        write(&out, &read(&copy.join(before)));
    }
    // Nothing of the machine, the CI system or the repository around the example is to be seen. Tokens are
    // words as people take them to try something; no manifest has them for that.
    let rendering = Command::new(env!("CARGO_BIN_EXE_towline"))
        .current_dir(&copy)
        .env_clear()
        .envs([("TOWLINE_TOKEN", "main"), ("GITHUB_TOKEN", "true"), ("GITLAB_TOKEN", "latest1")])
        .args(["render", "--commit", COMMIT, "--build", "42", "-o"])
        .arg(&out)
        .args(release)
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&rendering.stderr);
    assert!(rendering.status.success(), "{complaints}");
    assert!(!complaints.contains("warning"), "an example to follow has no warnings: {complaints}");

    let golden = project.join("tests/golden").join(example);
    if std::env::var_os("UPDATE").is_some() {
        write(&golden, &read(&out));
    }
    let (rendered, expected) = (read(&out), read(&golden));
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>().join("\n");
    same(&format!("the files of {example}"), &names(&expected), &names(&rendered));
    for (name, text) in &rendered {
        same(name, &expected[name], text);
    }
    (rendered, folder)
}

/// `kubectl`, offline, reads every manifest and finds one resource in each.
fn read_by_kubectl(folder: &Path, files: &BTreeMap<String, String>) {
    let manifests: Vec<_> = files.keys().filter(|name| !name.starts_with("descriptors/")).collect();
    let output = Command::new("kubectl")
        .current_dir(folder)
        .args(["label", "--local", "--output=name", "read=yes"])
        .args(manifests.iter().map(|name| format!("--filename={name}")))
        .output()
        .expect(".ci/tools installs kubectl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let resources = String::from_utf8(output.stdout).unwrap();
    assert_eq!(resources.lines().count(), manifests.len(), "{resources}");
}

fn count(files: &BTreeMap<String, String>, folder: &str) -> usize {
    files.keys().filter(|name| name.starts_with(folder)).count()
}

fn same(what: &str, expected: &str, found: &str) {
    let diff = similar::TextDiff::from_lines(expected, found);
    let diff = diff.unified_diff().header("golden", "rendered").to_string();
    assert!(expected == found, "{what} differ (UPDATE=1 accepts):\n{diff}");
}

/// All files below a folder, by their path in it. Packages are left out: an index has their digest.
fn read(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|end| end != "tgz") {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

fn write(folder: &Path, files: &BTreeMap<String, String>) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}
