//! The object database: what it writes, and what it says when it cannot.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use git2::Oid;
use insta::assert_snapshot;
use towline::git::{Edits, NewCommit, Repository, Update};

use crate::given::{self, Gitops};
use crate::isolation::only;

/// The error as a person sees it, with its hint; `[folder]` stands for the test's own.
fn say(error: &anyhow::Error, folder: &Path) -> String {
    given::shown(error).replace(folder.to_str().unwrap(), "[folder]")
}

fn open_error(location: &str, folder: &Path) -> String {
    say(&Repository::open(location, folder).unwrap_err(), folder)
}

fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .envs([
            ("HOME", folder.to_str().unwrap()),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
        ])
        .status();
    assert!(status.unwrap().success());
}

fn edits(list: &[(&str, Option<&str>)]) -> Edits {
    list.iter()
        .map(|(path, content)| ((*path).to_owned(), content.map(|text| text.as_bytes().to_vec())))
        .collect()
}

/// The paths of `main` after the edits.
fn edited(gitops: &Gitops, list: &[(&str, Option<&str>)]) -> anyhow::Result<String> {
    let repository = gitops.repository();
    let base = repository.tree_id(repository.branch_tip("main")?)?;
    let tree = repository.edit_tree(Some(base), &edits(list))?;
    let listing = gitops.git(&["ls-tree", "-r", &tree.to_string()]);
    let entries = listing.lines().map(|line| line.split_once('\t').expect("MODE KIND ID, a tab, the path"));
    let short = entries.map(|(entry, path)| format!("{} {path}", &entry[..entry.find(' ').unwrap()]));
    Ok(short.collect::<Vec<_>>().join("\n"))
}

#[test]
fn an_absent_repository() {
    let folder = tempfile::tempdir().unwrap();
    assert_snapshot!(open_error("gitops.git", folder.path()), @r#"
    the GitOps repository gitops.git does not exist
    hint: create it with `git init --bare gitops.git`, or correct `gitops.repository`
    "#);
}

#[test]
fn a_folder_that_is_no_repository() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("gitops.git")).unwrap();
    assert_snapshot!(open_error("gitops.git", folder.path()), @r#"
    gitops.git is not a git repository
    hint: create one with `git init --bare gitops.git`, or correct `gitops.repository`
    "#);
}

#[test]
fn a_checkout() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "gitops"]);
    assert_snapshot!(open_error("gitops", folder.path()), @r#"
    the GitOps repository gitops is not bare
    hint: pushes do not update a checkout: use a bare copy, made with `git clone --bare gitops gitops.git`
    "#);
}

#[test]
fn an_empty_repository() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--bare", "gitops.git"]);
    assert_snapshot!(open_error("gitops.git", folder.path()), @r#"
    the GitOps repository gitops.git is empty: it has no branch yet
    hint: start it with `git clone gitops.git gitops && cd gitops && git switch --create main && git commit --allow-empty --message Start && git push origin main`
    "#);
}

#[test]
fn a_repository_without_its_head() {
    let gitops = Gitops::new();
    fs::remove_file(gitops.path().join("HEAD")).unwrap();
    assert_snapshot!(open_error("gitops.git", gitops.path().parent().unwrap()), @r#"
    the GitOps repository gitops.git is damaged: could not find repository at '[folder]/gitops.git'
    hint: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
}

#[test]
fn a_remote_repository() {
    let folder = tempfile::tempdir().unwrap();
    assert_snapshot!(open_error("https://github.com/acme/gitops.git", folder.path()), @"not supported yet: a remote GitOps repository (https://github.com/acme/gitops.git)");
    assert_snapshot!(open_error("git@github.com:acme/gitops.git", folder.path()), @"not supported yet: a remote GitOps repository (git@github.com:acme/gitops.git)");
}

#[test]
fn a_file_url_is_a_path() {
    let gitops = Gitops::new();
    let url = format!("file://{}", gitops.path().display()).replace("gitops.git", "gitops%2Egit");
    assert!(Repository::open(&url, Path::new("/")).is_ok());
}

#[test]
fn a_branch_that_is_not_there() {
    let gitops = Gitops::new();
    gitops.push("environments/dev", &[]);
    gitops.push("towline/dev/greeting", &[]);
    let error = |branch| say(&gitops.repository().branch_tip(branch).unwrap_err(), &gitops.path());
    assert_snapshot!(error("mian"), @r#"
    the GitOps repository gitops.git has no branch mian
    hint: did you mean `main`?
    "#);
    assert_snapshot!(error("release"), @r#"
    the GitOps repository gitops.git has no branch release
    hint: its branches are: environments/dev, main
    "#);
}

/// Puts `damage` in the place of the file of an object that git names so.
fn damage(gitops: &Gitops, object: &str, damage: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
    let id = gitops.git(&["rev-parse", object]);
    let loose = gitops.path().join("objects").join(&id[..2]).join(&id[2..]);
    fs::set_permissions(&loose, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&loose, damage(fs::read(&loose).unwrap())).unwrap();
    id
}

/// What reading `dev/a.yaml` says when the object is damaged so.
fn damaged(object: &str, how: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
    let gitops = Gitops::new();
    let tip = gitops.push("main", &[("dev/a.yaml", "a: 1\n")]);
    let id = damage(&gitops, object, how);
    let error = gitops.repository().read_file(tip, "dev/a.yaml").unwrap_err();
    say(&error, &gitops.path()).replace(&id, "[id]").replace(&tip.to_string(), "[tip]")
}

#[test]
fn a_damaged_object() {
    assert_snapshot!(damaged("main:dev/a.yaml", |_| b"not what git writes".to_vec()), @r#"
    cannot read dev/a.yaml in commit [tip]: cannot read gitops.git: object [id] is corrupt: its file is not what git writes
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
    assert_snapshot!(damaged("main:dev/a.yaml", |whole| { let mut odd = whole; odd[9] ^= 0xff; odd }), @r#"
    cannot read dev/a.yaml in commit [tip]: cannot read gitops.git: object [id] is corrupt: its file is not what git writes
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
}

#[test]
fn an_object_that_was_half_written() {
    let cut = |mut whole: Vec<u8>| {
        whole.truncate(whole.len() / 2);
        whole
    };
    assert_snapshot!(damaged("main", cut), @r#"
    cannot read gitops.git: object [id] is corrupt: its file ends too early
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
    assert_snapshot!(damaged("main^{tree}", cut), @r#"
    cannot read gitops.git: object [id] is corrupt: its file ends too early
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
    assert_snapshot!(damaged("main:dev", cut), @r#"
    cannot read gitops.git: object [id] is corrupt: its file ends too early
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
    assert_snapshot!(damaged("main:dev/a.yaml", cut), @r#"
    cannot read dev/a.yaml in commit [tip]: cannot read gitops.git: object [id] is corrupt: its file ends too early
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
}

#[test]
fn an_object_that_lacks_any_of_its_bytes() {
    let gitops = Gitops::new();
    let tip = gitops.push("main", &[("a", "some content")]);
    let whole = gitops.path().join("whole");
    let id = gitops.git(&["rev-parse", "main:a"]);
    fs::copy(gitops.path().join("objects").join(&id[..2]).join(&id[2..]), &whole).unwrap();
    let whole = fs::read(whole).unwrap();
    for length in 0..whole.len() {
        damage(&gitops, "main:a", |_| whole[..length].to_vec());
        let error = say(&gitops.repository().read_file(tip, "a").unwrap_err(), &gitops.path());
        assert!(error.contains("is corrupt"), "{length} bytes: {error}");
    }
}

#[test]
fn an_empty_object() {
    assert_snapshot!(damaged("main", |_| Vec::new()), @r#"
    cannot read gitops.git: object [id] is corrupt: its file is empty
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
    assert_snapshot!(damaged("main^{tree}", |_| Vec::new()), @r#"
    cannot read gitops.git: object [id] is corrupt: its file is empty
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
    assert_snapshot!(damaged("main:dev/a.yaml", |_| Vec::new()), @r#"
    cannot read dev/a.yaml in commit [tip]: cannot read gitops.git: object [id] is corrupt: its file is empty
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
}

#[test]
fn a_half_written_commit_in_the_history() {
    let gitops = Gitops::new();
    let first = gitops.repository().branch_tip("main").unwrap();
    gitops.push("main", &[("a", "a")]);
    let tip = gitops.push("main", &[("b", "b")]);
    let side = gitops.push("side", &[("c", "c")]);
    damage(&gitops, "main^", |_| Vec::new());
    let repository = gitops.repository();
    let errors = [
        repository.is_ancestor(first, tip).unwrap_err(),
        repository.commits_since(first, side).unwrap_err(),
        repository.first_parent_descendants(first, tip).unwrap_err(),
        repository.history(tip).unwrap_err(),
    ];
    insta::allow_duplicates! { for error in errors {
        assert_snapshot!(say(&error, &gitops.path()), @r#"
        cannot read gitops.git: object a25520da2ebac8ac887cb10fd38ef6755a96bb7d is corrupt: its file is empty
        hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
        "#);
    }}
}

#[test]
fn a_half_written_object_where_a_new_one_goes() {
    let gitops = Gitops::new();
    gitops.push("other", &[("x", "a: 2\n")]);
    damage(&gitops, "other:x", |_| Vec::new());
    let error = edited(&gitops, &[("dev/a.yaml", Some("a: 2\n"))]).unwrap_err();
    assert_snapshot!(say(&error, &gitops.path()), @r#"
    cannot read gitops.git: object 9dfc208dffa85f841e9202337485b96367a625ee is corrupt: its file is empty
    hint: the repository is damaged: check it with `git -C gitops.git fsck`, then restore it from a clone
    "#);
}

/// Permissions do not stop root, so a writer without write access is a process of another user
/// when the tests run as root.
#[test]
fn a_repository_that_cannot_be_written() {
    let gitops = Gitops::new();
    let folder = gitops.path();
    let parent = folder.parent().unwrap();
    fs::set_permissions(parent, fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["objects", "refs", "refs/heads"] {
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o555)).unwrap();
    }
    // The test's own folder may be closed to other users.
    let program = parent.join("test");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = match rustix::process::geteuid().is_root() {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--clear-groups", "--"]).arg(&program);
            command
        }
        false => Command::new(&program),
    };
    let output =
        command.args(only!(says_what_it_may_not_write)).env("TOWLINE_TEST_READ_ONLY", &folder).output();
    let output = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
    let said: Vec<&str> =
        output.lines().filter_map(|line| line.split_once("said: ").map(|it| it.1)).collect();
    assert_snapshot!(said.join("\n"), @r#"
    cannot write to gitops.git: permission denied
    hint: this user has read-only access: grant it write access to [folder]/
    "#);
}

#[test]
#[ignore = "run by a_repository_that_cannot_be_written, as another user"]
#[expect(unsafe_code, reason = "libgit2's settings belong to the whole process")]
fn says_what_it_may_not_write() {
    let folder = std::env::var_os("TOWLINE_TEST_READ_ONLY").expect("set by the test that runs this one");
    // SAFETY: no other thread uses libgit2 in this process. The repository is another user's.
    unsafe { git2::opts::set_verify_owner_validation(false).unwrap() };
    let error = write_somewhere(Path::new(&folder)).unwrap_err();
    println!("said: {}", say(&error, Path::new(&folder)).replace('\n', "\nsaid: "));
}

fn write_somewhere(folder: &Path) -> anyhow::Result<Oid> {
    let repository = Repository::open("gitops.git", folder.parent().unwrap())?;
    repository.edit_tree(None, &edits(&[("a", Some("new content"))]))
}

#[test]
fn a_lock_that_a_killed_process_left() {
    let gitops = Gitops::new();
    fs::write(gitops.path().join("refs/heads/main.lock"), "").unwrap();
    let repository = gitops.repository();
    let tip = repository.branch_tip("main").unwrap();
    let error = repository.update_branch("main", tip, Some(tip)).unwrap_err();
    assert_snapshot!(say(&error, gitops.path().parent().unwrap()), @r#"
    cannot update refs/heads/main in gitops.git: it is still locked
    hint: git holds its lock for moments only: if no git is at work there, remove [folder]/gitops.git/refs/heads/main.lock
    "#);
}

#[test]
fn a_branch_moves_only_from_where_it_was_expected() {
    let gitops = Gitops::new();
    let repository = gitops.repository();
    let first = repository.branch_tip("main").unwrap();
    let second = gitops.push("main", &[("a", "a")]);
    let update = |new, expected| repository.update_branch("main", new, expected).unwrap();
    assert_eq!(update(first, Some(first)), Update::Moved(Some(second)));
    assert_eq!(update(first, None), Update::Moved(Some(second)));
    assert_eq!(update(first, Some(second)), Update::Done);
    assert_eq!(repository.update_branch("new", first, Some(first)).unwrap(), Update::Moved(None));
    assert_eq!(repository.update_branch("new", first, None).unwrap(), Update::Done);
}

#[test]
fn edits_add_change_and_remove_files() {
    let gitops = Gitops::new();
    gitops.push("main", &[("dev/a.yaml", "a"), ("dev/b/c.yaml", "c"), ("prod/a.yaml", "a")]);
    let tree = edited(
        &gitops,
        &[
            ("dev/a.yaml", Some("changed")),
            ("dev/b/c.yaml", None),
            ("dev/new/deep/d.yaml", Some("d")),
            ("never/there.yaml", None),
        ],
    );
    assert_snapshot!(tree.unwrap(), @r#"
    100644 README.md
    100644 dev/a.yaml
    100644 dev/new/deep/d.yaml
    100644 prod/a.yaml
    "#);
}

#[test]
fn edits_turn_files_into_folders_and_back_when_they_may() {
    let gitops = Gitops::new();
    gitops.push("main", &[("file", "f"), ("folder/a", "a"), ("folder/b", "b")]);
    let swap = [
        ("file", None),
        ("file/x", Some("x")),
        ("folder", Some("f")),
        ("folder/a", None),
        ("folder/b", None),
    ];
    assert_snapshot!(edited(&gitops, &swap).unwrap(), @r#"
    100644 README.md
    100644 file/x
    100644 folder
    "#);

    let error = |list: &[(&str, Option<&str>)]| say(&edited(&gitops, list).unwrap_err(), &gitops.path());
    assert_snapshot!(error(&[("file/x", Some("x"))]), @r#"
    file is a file in the GitOps repository, where a folder is needed
    hint: move it away in the GitOps repository, or choose another path in the pipeline file
    "#);
    assert_snapshot!(error(&[("folder", Some("x")), ("folder/a", None)]), @r#"
    folder is a folder with other files in the GitOps repository, where a file is needed
    hint: move it away in the GitOps repository, or choose another path in the pipeline file
    "#);
    assert_snapshot!(error(&[("../etc/passwd", Some("x"))]), @"`../etc/passwd` cannot be a path in git");
}

#[test]
fn links_and_submodules_are_left_alone() {
    let gitops = Gitops::new();
    let submodule = gitops.push("main", &[]).to_string();
    gitops.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{submodule},module")]);
    let target = gitops.git(&["rev-parse", "main:README.md"]);
    gitops.git(&["update-index", "--add", "--cacheinfo", &format!("120000,{target},link")]);
    let tree = gitops.git(&["write-tree"]);
    let commit = gitops.git(&["commit-tree", &tree, "-m", "Odd"]);
    gitops.git(&["update-ref", "refs/heads/main", &commit]);

    let tree = edited(&gitops, &[("module", None), ("link/x", None), ("dev/a", Some("a"))]);
    assert_snapshot!(tree.unwrap(), @r#"
    100644 dev/a
    120000 link
    160000 module
    "#);
    let error = |path| say(&edited(&gitops, &[(path, Some("x"))]).unwrap_err(), &gitops.path());
    assert_snapshot!(error("module/x"), @r#"
    module is a submodule in the GitOps repository, where a folder is needed
    hint: move it away in the GitOps repository, or choose another path in the pipeline file
    "#);
    assert_snapshot!(error("link"), @r#"
    link is a symbolic link in the GitOps repository, where a file is needed
    hint: move it away in the GitOps repository, or choose another path in the pipeline file
    "#);
    let repository = gitops.repository();
    let tip = repository.branch_tip("main").unwrap();
    assert_eq!(repository.read_file(tip, "link").unwrap(), None);
    assert_eq!(repository.read_file(tip, "module").unwrap(), None);
}

#[test]
fn the_cost_of_an_edit_follows_the_change() {
    let gitops = Gitops::new();
    let names: Vec<String> = (0..300).map(|n| format!("apps/app{n}/deployment.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "a: 1\n")).collect();
    gitops.push("main", &files);
    gitops.git(&["repack", "-adq"]);
    edited(&gitops, &[("apps/app7/deployment.yaml", Some("a: 2\n"))]).unwrap();
    // One file, and the three folders above it.
    assert_eq!(gitops.git(&["count-objects"]).split(' ').next(), Some("4"));
}

#[test]
fn ancestry_follows_the_base_branch() {
    let gitops = Gitops::new();
    let repository = gitops.repository();
    let first = repository.branch_tip("main").unwrap();
    let side = gitops.push("side", &[("side", "s")]);
    let second = gitops.push("main", &[("a", "a")]);
    let merge = repository
        .commit(NewCommit {
            tree: repository.tree_id(second).unwrap(),
            parents: &[second, side],
            message: "Merge\n",
            time: "2026-03-01T12:00:00Z".parse().unwrap(),
        })
        .unwrap();
    repository.update_branch("main", merge, Some(second)).unwrap();
    let last = gitops.push("main", &[("b", "b")]);

    assert_eq!(repository.first_parent_descendants(first, last).unwrap(), [second, merge, last]);
    assert_eq!(repository.first_parent_descendants(side, last).unwrap(), [merge, last]);
    assert_eq!(repository.first_parent_descendants(last, last).unwrap(), []);
    assert_eq!(repository.first_parent_descendants(last, first).unwrap(), []);
    assert!(repository.is_ancestor(side, last).unwrap());
    assert!(!repository.is_ancestor(side, second).unwrap());
    assert_eq!(repository.commits_since(second, last).unwrap(), [last, merge, side]);
}

#[test]
#[cfg(unix)]
fn a_commit_is_signed_with_a_gpg_key() {
    use std::os::unix::fs::PermissionsExt;

    let gitops = Gitops::new();
    let folder = gitops.path();
    // The agent's socket stands in it, and paths of sockets are short.
    let home = tempfile::Builder::new().prefix("gpg").tempdir_in("/tmp").unwrap();
    fs::set_permissions(home.path(), PermissionsExt::from_mode(0o700)).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let command = Command::new(program).args(arguments).env("GNUPGHOME", home.path()).output();
        command.is_ok_and(|output| output.status.success())
    };
    let key = [
        "--batch",
        "--passphrase",
        "",
        "--quick-gen-key",
        "Release Bot <bot@example.com>",
        "ed25519",
        "sign",
    ];
    if !run("gpg", &key) {
        eprintln!("skipped: there is no gpg");
        return;
    }
    let program = folder.join("gpg");
    fs::write(&program, format!("#!/bin/sh\nGNUPGHOME={} exec gpg \"$@\"\n", home.path().display())).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    gitops.git(&["config", "commit.gpgsign", "true"]);
    gitops.git(&["config", "user.signingkey", "bot@example.com"]);
    gitops.git(&["config", "gpg.program", program.to_str().unwrap()]);
    let repository = gitops.repository();
    let tip = repository.branch_tip("main").unwrap();
    let time = "2026-03-01T12:00:00Z".parse().unwrap();
    let tree = repository.tree_id(tip).unwrap();
    let signed = repository.commit(NewCommit { tree, parents: &[tip], message: "Release\n", time });
    let shown = gitops.git(&["show", "--format=%G? %GS", &signed.unwrap().to_string()]);
    run("gpgconf", &["--kill", "all"]);
    assert_snapshot!(shown, @"G Release Bot <bot@example.com>");
}

#[test]
fn a_commit_is_signed_when_git_says_so() {
    let gitops = Gitops::new();
    let folder = gitops.path();
    let key = folder.join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no ssh-keygen");
        return;
    }
    let public = fs::read_to_string(folder.join("key.pub")).unwrap();
    fs::write(folder.join("signers"), format!("bot@example.com {public}")).unwrap();
    gitops.git(&["config", "commit.gpgsign", "true"]);
    gitops.git(&["config", "gpg.format", "ssh"]);
    gitops.git(&["config", "user.signingkey", key.to_str().unwrap()]);
    gitops.git(&["config", "gpg.ssh.allowedSignersFile", folder.join("signers").to_str().unwrap()]);
    let repository = gitops.repository();
    let tip = repository.branch_tip("main").unwrap();
    let new = NewCommit {
        tree: repository.tree_id(tip).unwrap(),
        parents: &[tip],
        message: "Release\n\nTowline-Application: greeting\n",
        time: "2026-03-01T12:00:00Z".parse().unwrap(),
    };
    let signed = repository.commit(new).unwrap();
    let format = ["show", "--date=raw", "--format=%G? %GS%n%an <%ae> %ad%n%B"];
    assert_snapshot!(gitops.git(&[&format[..], &[&signed.to_string()]].concat()), @r#"
    G bot@example.com
    Release Bot <bot@example.com> 1772366400 +0000
    Release

    Towline-Application: greeting
    "#);

    fs::remove_file(&key).unwrap();
    fs::remove_file(folder.join("key.pub")).unwrap();
    let error = say(&repository.commit(new).unwrap_err(), folder.parent().unwrap());
    assert!(error.starts_with("cannot sign the commit: "), "{error}");
}
