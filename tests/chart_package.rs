//! Packaging a chart, and the index of a chart repository, beside what Helm itself does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use towline::boundary::Boundary;
use towline::chart::{Folder, Package, add_to_index, package};
use towline::yaml;

const CHART: &str = "\
apiVersion: v2
name: greeting   # as the application
description: Says hello
type: application
version: 0.1.0
appVersion: \"1.16.0\"
keywords: [b, a]
";

/// A chart with files that `.helmignore` keeps out, a subchart and a CRD.
fn chart() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("Chart.yaml", CHART),
        (".helmignore", "# comment\n.git/\n*.orig\n/secret.txt\ndocs/*.md\n  build/  \nfile[0-9].txt\n"),
        ("values.yaml", "image: {tag: latest}\n"),
        (
            "templates/deployment.yaml",
            "image: {{ .Values.image.tag }}\nversion: {{ .Chart.AppVersion | quote }}\n",
        ),
        ("templates/_helpers.tpl", "{{- define \"x\" }}{{ end }}\n"),
        ("templates/.hidden", "x"),
        ("templates/tests/test.yaml", "kind: Pod\n"),
        ("crds/bucket.yaml", "kind: CustomResourceDefinition\n"),
        ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
        ("charts/sub/templates/a.yaml", "a: b\n"),
        ("docs/a.md", "x"),
        ("docs/a.txt", "x"),
        ("docs/deep/b.md", "x"),
        ("secret.txt", "x"),
        ("files/secret.txt", "x"),
        ("files/a.orig", "x"),
        ("files/build/x", "x"),
        ("build", "a file, not a folder"),
        (".git/config", "x"),
        ("file1.txt", "x"),
        (
            "files/a-very-long-folder-name-that-goes-on/and-another-one-that-goes-on-and-on/and-a-file-name-that-is-long.txt",
            "x",
        ),
    ];
    for (path, content) in files {
        let path = folder.path().join("greeting").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn packaged(folder: &TempDir, version: &str, app_version: &str) -> Package {
    package_folder(folder, "greeting", version, Some(app_version)).unwrap()
}

fn package_folder(
    folder: &TempDir,
    name: &str,
    version: &str,
    app_version: Option<&str>,
) -> anyhow::Result<Package> {
    let boundary = Boundary::around(folder.path());
    package(Folder { boundary: &boundary, path: name.as_ref() }, version, app_version, &unchanged)
}

fn helm(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("helm").args(arguments).env("HOME", folder).current_dir(folder).output();
    let output = output.expect("this test compares with Helm, which must be on the PATH");
    assert!(output.status.success(), "helm {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn list(archive: &Path) -> BTreeSet<String> {
    let output = Command::new("tar").arg("-tzf").arg(archive).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn unchanged(_: &Path, content: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    Ok(content)
}

#[test]
fn helm_reads_the_package_and_would_put_the_same_files_in_it() {
    let folder = chart();
    let package = packaged(&folder, "1.2.3", "v9");
    fs::write(folder.path().join(package.file_name()), &package.bytes).unwrap();

    let shown = helm(folder.path(), &["show", "chart", "greeting-1.2.3.tgz"]);
    assert!(shown.contains("version: 1.2.3\n") && shown.contains("appVersion: v9\n"), "{shown}");
    let manifests = helm(folder.path(), &["template", "greeting-1.2.3.tgz"]);
    assert!(manifests.contains("version: \"v9\""), "{manifests}");

    helm(folder.path(), &["package", "greeting", "--version", "7.0.0", "--app-version", "v9"]);
    assert_eq!(
        list(&folder.path().join("greeting-1.2.3.tgz")),
        list(&folder.path().join("greeting-7.0.0.tgz"))
    );
}

#[test]
fn only_the_versions_change_in_chart_yaml_and_the_folder_stays() {
    let folder = chart();
    let package = packaged(&folder, "1.2.3", "v9");
    fs::write(folder.path().join("x.tgz"), &package.bytes).unwrap();
    let arguments = ["-xzOf", "x.tgz", "greeting/Chart.yaml"];
    let output = Command::new("tar").args(arguments).current_dir(folder.path()).output().unwrap();
    let expected = CHART.replace("0.1.0", "1.2.3").replace("1.16.0", "v9");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(fs::read_to_string(folder.path().join("greeting/Chart.yaml")).unwrap(), CHART);
}

#[test]
fn the_same_chart_gives_the_same_bytes() {
    let (one, other) = (chart(), chart());
    fs::rename(one.path().join("greeting"), one.path().join("moved")).unwrap();
    let moved = package_folder(&one, "moved", "1.2.3", Some("v9")).unwrap();
    assert!(moved == packaged(&other, "1.2.3", "v9"));
}

#[test]
fn the_index_is_what_helm_would_write() {
    let folder = chart();
    let mut index = None;
    for version in ["1.9.0", "1.10.0", "1.10.0-rc.2", "1.10.0-rc.10"] {
        let package = packaged(&folder, version, "v9");
        fs::create_dir_all(folder.path().join("repo")).unwrap();
        fs::write(folder.path().join("repo").join(package.file_name()), &package.bytes).unwrap();
        index = Some(add_to_index(index.as_deref(), &package, Path::new("index.yaml")).unwrap());
    }
    helm(folder.path(), &["repo", "index", "repo"]);
    let helms = fs::read_to_string(folder.path().join("repo/index.yaml")).unwrap();
    assert_eq!(entries(index.as_deref().unwrap()), entries(&helms));
}

/// The entries of an index without their times.
fn entries(index: &str) -> Value {
    let mut index = yaml::parse(index, Path::new("index.yaml")).unwrap()[0].to_value();
    for entry in index["entries"]["greeting"].as_array_mut().unwrap() {
        entry.as_object_mut().unwrap().shift_remove("created");
    }
    index["entries"].take()
}

#[test]
fn a_version_is_released_once() {
    let folder = chart();
    let file = Path::new("charts/index.yaml");
    let index = add_to_index(None, &packaged(&folder, "1.2.3", "v9"), file).unwrap();
    let again = add_to_index(Some(&index), &packaged(&folder, "1.2.3", "v9"), file).unwrap();
    assert_eq!(again, index);
    let other = add_to_index(Some(&index), &packaged(&folder, "1.2.3", "v10"), file);
    insta::assert_snapshot!(other.unwrap_err(), @"charts/index.yaml: greeting 1.2.3 is already in this repository with different content");
    let version = package_folder(&folder, "greeting", "main", None);
    insta::assert_snapshot!(version.unwrap_err(), @"`main` is not a valid chart version");
}

#[test]
fn an_app_version_is_added_when_the_chart_has_none() {
    let folder = chart();
    fs::write(folder.path().join("greeting/Chart.yaml"), "apiVersion: v2\nname: greeting\nversion: 1.0.0")
        .unwrap();
    assert_eq!(packaged(&folder, "1.2.3", "1.10").metadata["appVersion"], "1.10");
}
