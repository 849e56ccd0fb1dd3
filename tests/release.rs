//! What a release is made of: what was typed, what CI says, what git knows.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use tempfile::TempDir;
use towline::config;
use towline::release::{self, Arguments, Release};
use towline::vocabulary::{Diagnostic, Outcome};

use crate::given;

const DIGEST: &str = "sha256:0123456789012345678901234567890123456789012345678901234567890123";

/// A folder with a pipeline file that declares `images`.
fn folder(images: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "version: 1\napplication: greeting\nimages: {images}\ntemplates: [{{path: deploy}}]\n\
         gitops: {{repository: ../gitops.git}}\nenvironments: [{{name: dev}}]\n"
    );
    fs::write(folder.path().join("towline.yaml"), text).unwrap();
    folder
}

fn resolve(folder: &Path, arguments: &Arguments) -> anyhow::Result<Release> {
    release::resolve(arguments, &config::load(&folder.join("towline.yaml"))?)
}

fn message(folder: &Path, arguments: &Arguments) -> String {
    let error = resolve(folder, arguments).unwrap_err();
    given::shown(&error).replace(&format!("{}/", folder.display()), "")
}

fn images(images: &[&str]) -> Arguments {
    let images = images.iter().map(|image| (*image).to_owned()).collect();
    Arguments { version: Some("1".into()), images, ..Arguments::default() }
}

fn images_from(path: PathBuf) -> Arguments {
    Arguments { version: Some("1".into()), images_from: vec![path], ..Arguments::default() }
}

fn references(release: &Release) -> String {
    let reference = |image: &release::Image| format!("{} = {}\n", image.name, image.reference());
    release.images.iter().map(reference).collect()
}

/// A repository with one commit and a remote whose URL holds a token.
fn repository(folder: &Path) -> git2::Repository {
    let mut options = git2::RepositoryInitOptions::new();
    let repository = git2::Repository::init_opts(folder, options.initial_head("main")).unwrap();
    {
        let who = git2::Signature::new("a", "a@example.org", &git2::Time::new(0, 0)).unwrap();
        let tree = repository.find_tree(repository.treebuilder(None).unwrap().write().unwrap()).unwrap();
        repository.commit(Some("HEAD"), &who, &who, "first", &tree, &[]).unwrap();
        repository.remote("origin", "https://me:pw-0f-me@git.example.org/acme/web.git").unwrap();
    }
    repository
}

#[test]
fn tags_digests_and_references() {
    let folder = folder("{web: ghcr.io/acme/web, worker: ghcr.io/acme/worker, db: localhost:5000/db}");
    let digest = format!("db=@{DIGEST}");
    let mirror = format!("worker=mirror.example.org/worker:2@{DIGEST}");
    let arguments = images(&["web=1.0", &digest, &mirror, "web=1.10"]);
    let pinned = format!("worker=2.0@{DIGEST}");
    let both = images(&["web=nginx:1", &pinned, &format!("db={DIGEST}")]);
    assert_snapshot!(references(&resolve(folder.path(), &both).unwrap()), @"
    web = nginx:1
    worker = ghcr.io/acme/worker:2.0@sha256:0123456789012345678901234567890123456789012345678901234567890123
    db = localhost:5000/db@sha256:0123456789012345678901234567890123456789012345678901234567890123
    ");
    assert_snapshot!(references(&resolve(folder.path(), &arguments).unwrap()), @"
    web = ghcr.io/acme/web:1.10
    worker = mirror.example.org/worker:2@sha256:0123456789012345678901234567890123456789012345678901234567890123
    db = localhost:5000/db@sha256:0123456789012345678901234567890123456789012345678901234567890123
    ");
}

#[test]
fn images_that_cannot_be_used() {
    let folder = folder("{web: ghcr.io/acme/web, worker: ghcr.io/acme/worker}");
    let message = |given: &[&str]| message(folder.path(), &images(given));
    assert_snapshot!(message(&["web=1"]), @"
    towline.yaml:3:41: the release has no tag or digest for the image `worker`
    hint: pass `--image worker=TAG`, or all of them with `--images FILE`
    ");
    assert_snapshot!(message(&[]), @"
    towline.yaml:3:15: the release has no tag or digest for the images `web`, `worker`
    hint: pass `--image web=TAG`, or all of them with `--images FILE`
    ");
    assert_snapshot!(message(&["web=1", "wroker=1"]), @"
    `--image wroker=1`: the pipeline file has no image of this name
    hint: did you mean `worker`?
    ");
    assert_snapshot!(message(&["web"]), @"
    `--image web` has no name and `=`
    hint: write `--image NAME=TAG`, `NAME=REFERENCE` or `NAME=@DIGEST`
    ");
    assert_snapshot!(message(&["worker=1", "web=a b"]), @"`--image web=a b`: invalid tag: use letters, digits, `_`, `.` and `-`, at most 128");
    assert_snapshot!(message(&["worker=1", "web="]), @"`--image web=`: invalid tag: use letters, digits, `_`, `.` and `-`, at most 128");
    assert_snapshot!(message(&["worker=1", "web=ghcr.io/acme/web"]), @"`--image web=ghcr.io/acme/web`: the reference has neither tag nor digest");
    assert_snapshot!(message(&["worker=1", "web=@sha256:12"]), @"`--image web=@sha256:12`: invalid digest: use `sha256:` and 64 hexadecimal digits");
    assert_snapshot!(message(&["worker=1", "web=Ghcr.io/Acme/web:1"]), @"`--image web=Ghcr.io/Acme/web:1`: a repository has lower-case letters only");
}

#[test]
fn images_from_a_file_or_a_folder() {
    let folder = folder("{web: ghcr.io/acme/web, worker: ghcr.io/acme/worker}");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("images.json"), r#"{"web": "1.2", "worker": "ghcr.io/acme/worker:3"}"#).unwrap();
    let from_file = resolve(folder.path(), &images_from(path("images.json"))).unwrap();
    assert_snapshot!(references(&from_file), @"
    web = ghcr.io/acme/web:1.2
    worker = ghcr.io/acme/worker:3
    ");

    fs::create_dir(path("tags")).unwrap();
    fs::write(path("tags/web"), "1.10\n").unwrap();
    fs::write(path("tags/worker.txt"), "706798e8").unwrap();
    fs::write(path("tags/.gitkeep"), "").unwrap();
    let from_folder = resolve(folder.path(), &images_from(path("tags"))).unwrap();
    assert_snapshot!(references(&from_folder), @"
    web = ghcr.io/acme/web:1.10
    worker = ghcr.io/acme/worker:706798e8
    ");

    let typed = Arguments { images: vec!["web=2".into()], ..images_from(path("tags")) };
    assert_snapshot!(references(&resolve(folder.path(), &typed).unwrap()), @"
    web = ghcr.io/acme/web:2
    worker = ghcr.io/acme/worker:706798e8
    ");
}

#[test]
fn files_with_images_that_cannot_be_used() {
    let folder = folder("{web: ghcr.io/acme/web}");
    let file = folder.path().join("images.yaml");
    let message = |content: &str| {
        fs::write(&file, content).unwrap();
        message(folder.path(), &images_from(file.clone()))
    };
    assert_snapshot!(message("web: 1.10\n"), @r#"
    reading `--images images.yaml`: images.yaml:1:6: image `web`: the tag is not text
    hint: put it in quotes: `"1.10"`
    "#);
    assert_snapshot!(message("wep: '1'\n"), @"
    images.yaml:1:6: image `wep`: the pipeline file has no image of this name
    hint: did you mean `web`?
    ");
    assert_snapshot!(message("[web]\n"), @"reading `--images images.yaml`: images.yaml: the file must be a map from image names to tags, digests or references");
    assert_snapshot!(message("web: ''\n"), @"images.yaml:1:6: image `web`: invalid tag: use letters, digits, `_`, `.` and `-`, at most 128");
    fs::remove_file(&file).unwrap();
    assert_snapshot!(self::message(folder.path(), &images_from(file.clone())), @"reading `--images images.yaml`: images.yaml: cannot be read: No such file or directory (os error 2)");
}

#[test]
fn git_tells_what_was_not_typed() {
    let folder = folder("{}");
    let repository = repository(folder.path());
    let head = repository.head().unwrap().target().unwrap();
    let release = resolve(folder.path(), &Arguments::default()).unwrap();
    assert_eq!(release.version, head.to_string()[..12]);
    assert_eq!(release.commit, Some(head.to_string()));
    assert_eq!(release.build, None);
    assert_eq!(release.branch.as_deref(), Some("main"));
    assert_eq!(release.repository.as_deref(), Some("https://git.example.org/acme/web.git"));

    let commit = repository.find_object(head, None).unwrap();
    let who = git2::Signature::new("a", "a@example.org", &git2::Time::new(0, 0)).unwrap();
    repository.tag_lightweight("v1.9.0", &commit, false).unwrap();
    repository.tag("v1.10.0", &commit, &who, "annotated", false).unwrap();
    assert_eq!(resolve(folder.path(), &Arguments::default()).unwrap().version, "v1.10.0");

    let typed = Arguments { commit: Some("v1.9.0".into()), ..Arguments::default() };
    assert_eq!(resolve(folder.path(), &typed).unwrap().commit, Some(head.to_string()));
}

/// What Azure Pipelines says of a run for `commit`.
fn azure_pipelines(commit: &str) -> Arguments {
    let environment = [
        ("TF_BUILD", "True"),
        ("BUILD_BUILDID", "42"),
        ("BUILD_SOURCEVERSION", commit),
        ("BUILD_REPOSITORY_URI", "https://acme@dev.azure.com/acme/shop/_git/web"),
        ("BUILD_SOURCEBRANCH", "refs/tags/v7"),
    ];
    let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Arguments { environment, ..Arguments::default() }
}

#[test]
fn ci_wins_over_git_and_what_was_typed_over_both() {
    let folder = folder("{}");
    let head = repository(folder.path()).head().unwrap().target().unwrap().to_string();
    let arguments = azure_pipelines(&head);
    let release = resolve(folder.path(), &arguments).unwrap();
    assert_eq!((release.version.as_str(), release.commit.as_ref()), ("v7", Some(&head)));
    assert_eq!((release.build.as_deref(), release.branch.as_deref()), (Some("42"), Some("v7")));
    assert_eq!(release.repository.as_deref(), Some("https://dev.azure.com/acme/shop/_git/web"));
    assert!(release::other_commit_in_ci(&arguments, &release).is_none());

    let typed = Arguments { version: Some("8".into()), build: Some("43".into()), ..arguments };
    let release = resolve(folder.path(), &typed).unwrap();
    assert_eq!((release.version.as_str(), release.build.as_deref()), ("8", Some("43")));
}

/// A workflow that was started by hand for `main` and checks out a tag; a pipeline with its file in
/// another repository.
#[test]
fn the_commit_is_the_one_that_is_checked_out() {
    let folder = folder("{}");
    let head = repository(folder.path()).head().unwrap().target().unwrap().to_string();
    let other = "1234567890123456789012345678901234567890";
    let arguments = azure_pipelines(other);
    let release = resolve(folder.path(), &arguments).unwrap();
    assert_eq!((&release.version[..], release.commit.as_ref()), (&head[..12], Some(&head)));
    assert_eq!(release.repository.as_deref(), Some("https://git.example.org/acme/web.git"));
    assert_eq!(release.build.as_deref(), Some("42"));
    let warning = release::other_commit_in_ci(&arguments, &release).unwrap();
    assert_eq!(warning.to_string(), format!("the CI run is for commit {other}, but {head} is checked out"));

    let typed = Arguments { commit: Some(other.into()), ..arguments };
    let refused = resolve(folder.path(), &typed).unwrap_err();
    assert_eq!(Diagnostic::outcome_of(&refused), Outcome::Refused);
    assert_eq!(
        given::shown(&refused),
        format!(
            "`--commit {other}` is not what is checked out, which is {head}\nhint: run `git checkout {other}` \
             first, or omit `--commit`"
        )
    );
}

#[test]
fn where_nothing_is_checked_out_ci_and_the_command_line_are_believed() {
    let folder = folder("{}");
    let other = "1234567890123456789012345678901234567890";
    let arguments = azure_pipelines(other);
    assert_eq!(resolve(folder.path(), &arguments).unwrap().commit.as_deref(), Some(other));
    let typed = "abcdef7890123456789012345678901234567890";
    let typed = Arguments { commit: Some(typed.into()), ..arguments };
    assert_eq!(resolve(folder.path(), &typed).unwrap().version, "abcdef789012");
}

#[test]
fn releases_that_cannot_be_named() {
    let folder = folder("{}");
    let message = |arguments: Arguments| message(folder.path(), &arguments);
    assert_snapshot!(message(Arguments::default()), @"
    the release has no version, and there is no git commit to name it after
    hint: pass `--release VERSION`
    ");
    let version = |text: &str| Arguments { version: Some(text.into()), ..Arguments::default() };
    assert_snapshot!(message(version("1\nTowline-Release: 2")), @r#"`--release` has a line break or another control character: "1\nTowline-Release: 2""#);
    assert_snapshot!(message(version("")), @"`--release` is empty");
    assert_snapshot!(message(version(" 1.0.0")), @r#"
    `--release` begins or ends with a blank: " 1.0.0"
    hint: pass `--release 1.0.0`
    "#);
    for wrong in [version(""), version(" 1"), Arguments { commit: Some("main".into()), ..version("1") }] {
        let error = resolve(folder.path(), &wrong).unwrap_err();
        assert_eq!(Diagnostic::outcome_of(&error), Outcome::Usage, "{error:#}");
    }
    assert_snapshot!(message(Arguments { build: Some("a\u{1b}[31m".into()), ..version("1") }), @r#"`--build` has a line break or another control character: "a\u{1b}[31m""#);
    assert_snapshot!(message(Arguments { commit: Some("main".into()), ..version("1") }), @"
    `--commit main` is not a commit in this repository
    hint: pass the full id of a commit
    ");
}
