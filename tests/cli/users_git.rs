//! Towline commits, signs and writes as the user's git does, whatever told git so.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

const PROMOTE: [&str; 7] = ["promote", "--only", "dev", "--release", "1.0.0", "--image", "web=1.0.0"];

fn people(sandbox: &Sandbox) -> String {
    sandbox.git("gitops.git", &["log", "-1", "--format=%an <%ae>, %cn <%ce>", "main"])
}

fn executable(sandbox: &Sandbox, path: &str, content: &str) {
    sandbox.write(path, content);
    std::fs::set_permissions(sandbox.path(path), PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn the_author_and_the_committer_are_gits() {
    let mut sandbox = greeting();
    sandbox.set("GIT_COMMITTER_NAME", "Release Bot");
    sandbox.set("GIT_COMMITTER_EMAIL", "bot@example.com");
    assert_eq!(sandbox.towline(&PROMOTE).code, Some(0));
    assert_snapshot!(people(&sandbox), @"Ada <ada@example.com>, Release Bot <bot@example.com>");
}

#[test]
fn an_identity_may_stand_in_any_configuration_of_git() {
    for source in ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "includeIf"] {
        let mut sandbox = greeting();
        for role in ["AUTHOR", "COMMITTER"] {
            sandbox.unset(&format!("GIT_{role}_NAME"));
            sandbox.unset(&format!("GIT_{role}_EMAIL"));
        }
        sandbox.write("home/bot", "[user]\nname = Bot\nemail = bot@example.com\n");
        match source {
            "GIT_CONFIG_GLOBAL" => sandbox.set(source, sandbox.path("home/bot").display().to_string()),
            "GIT_CONFIG_PARAMETERS" => sandbox.set(source, "'user.name=Bot' 'user.email=bot@example.com'"),
            "GIT_CONFIG_COUNT" => {
                sandbox.set(source, "2");
                for (index, (key, value)) in
                    [("user.name", "Bot"), ("user.email", "bot@example.com")].into_iter().enumerate()
                {
                    sandbox.set(&format!("GIT_CONFIG_KEY_{index}"), key);
                    sandbox.set(&format!("GIT_CONFIG_VALUE_{index}"), value);
                }
            }
            _ => {
                let bot = sandbox.path("home/bot").display().to_string();
                let only = format!("[includeIf \"gitdir:**/gitops.git\"]\npath = {bot}\n");
                sandbox.write("home/global", &only);
                sandbox.set("GIT_CONFIG_GLOBAL", sandbox.path("home/global").display().to_string());
            }
        }
        assert_eq!(sandbox.towline(&PROMOTE).code, Some(0), "{source}");
        assert_eq!(people(&sandbox), "Bot <bot@example.com>, Bot <bot@example.com>", "{source}");
    }
}

#[test]
fn nobody_in_particular_is_towline() {
    let mut sandbox = greeting();
    for role in ["AUTHOR", "COMMITTER"] {
        sandbox.unset(&format!("GIT_{role}_NAME"));
        sandbox.unset(&format!("GIT_{role}_EMAIL"));
    }
    assert_eq!(sandbox.towline(&PROMOTE).code, Some(0));
    let who = people(&sandbox);
    assert_eq!(who, "Towline <towline@localhost>, Towline <towline@localhost>");
}

/// A wanted signature is made, or nothing is.
#[test]
fn a_signature_that_cannot_be_made_is_an_error() {
    let mut sandbox = greeting();
    sandbox.write("home/signed", "[commit]\ngpgsign\n[gpg]\nprogram = false\n");
    sandbox.set("GIT_CONFIG_GLOBAL", sandbox.path("home/signed").display().to_string());
    let run = sandbox.towline(&PROMOTE);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stderr.contains("cannot sign the commit"), "{run}");
    assert_eq!(sandbox.git("gitops.git", &["for-each-ref", "refs/heads/towline"]), "");
}

/// What hooks of the repository were told, a line each.
fn told(sandbox: &Sandbox) -> String {
    let text = std::fs::read_to_string(sandbox.path("told")).unwrap_or_default();
    let zeros = "0".repeat(40);
    let words = text.replace(&zeros, "NONE");
    let id = regex::Regex::new("[0-9a-f]{40}").unwrap();
    id.replace_all(&words, "[ID]").into_owned()
}

#[test]
fn hooks_of_the_repository_run_as_for_a_push() {
    let sandbox = greeting();
    let log = sandbox.path("told").display().to_string();
    let hook = |name: &str| format!("#!/bin/sh\nwhile read line; do echo \"{name} $line\" >> {log}; done\n");
    executable(&sandbox, "gitops.git/hooks/pre-receive", &hook("pre"));
    executable(&sandbox, "gitops.git/hooks/post-receive", &hook("post"));
    let run = sandbox.towline(&PROMOTE);
    assert_eq!(run.code, Some(0), "{run}");
    assert_snapshot!(told(&sandbox), @"
    pre NONE [ID] refs/heads/towline/dev/greeting
    post NONE [ID] refs/heads/towline/dev/greeting
    pre [ID] [ID] refs/heads/main
    post [ID] [ID] refs/heads/main
    ");
}

#[test]
fn a_hook_can_refuse_a_merge() {
    let sandbox = greeting();
    let refuse = "#!/bin/sh\nwhile read old new ref; do\n\
                  if [ $ref = refs/heads/main ]; then echo 'no deployments on Fridays'; exit 1; fi\ndone\n";
    executable(&sandbox, "gitops.git/hooks/pre-receive", refuse);
    let before = sandbox.git("gitops.git", &["rev-parse", "main"]);
    assert_snapshot!(sandbox.towline(&PROMOTE), @r"
    --- stderr
    dev: proposed greeting 1.0.0 for dev: ../gitops.git#1
    error: cannot promote to environment `dev`
      because: ../gitops.git refuses to update main: pre-receive hook declined: no deployments on Fridays
      hint: a hook or setting in [SANDBOX]/gitops.git/ refuses it: follow it, or change it
    --- exit code 3
    ");
    assert_eq!(sandbox.git("gitops.git", &["rev-parse", "main"]), before);
    // Nobody who looks tries again, and the merge goes through when the hook lets it.
    let status = sandbox.towline(&["status"]);
    assert!(status.stdout.contains("1.0.0 (#1"), "{status}");
    std::fs::remove_file(sandbox.path("gitops.git/hooks/pre-receive")).unwrap();
    assert_eq!(sandbox.towline(&PROMOTE).code, Some(0));
}

/// Everything below a folder that the group cannot use.
fn locked_out(folder: &Path) -> Vec<String> {
    let mut locked = Vec::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        let path = entry.path().strip_prefix(folder).unwrap().display().to_string();
        let wanted = match (entry.file_type().is_dir(), path.starts_with("objects/")) {
            (true, _) => 0o2770,
            (false, true) => 0o440,
            (false, false) => 0o660,
        };
        if mode & wanted != wanted {
            locked.push(format!("{mode:o} {path}"));
        }
    }
    locked
}

/// With a umask that keeps all others out.
fn privately(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let towline = sandbox.command(arguments);
    let mut command = Command::new("sh");
    command.args(["-c", "umask 077; exec \"$0\" \"$@\""]).arg(towline.get_program()).args(arguments);
    command.env_clear().current_dir(sandbox.path("app"));
    command.envs(towline.get_envs().filter_map(|(name, value)| Some((name, value?))));
    sandbox.run(command.output().unwrap())
}

#[test]
fn a_shared_repository_stays_shared() {
    let sandbox = greeting();
    std::fs::rename(sandbox.path("gitops.git"), sandbox.path("first.git")).unwrap();
    sandbox.git(".", &["init", "--quiet", "--bare", "--shared=group", "--template=", "gitops.git"]);
    sandbox.git("gitops.git", &["fetch", "--quiet", "../first.git", "main:main"]);
    let before = locked_out(&sandbox.path("gitops.git"));
    let run = privately(&sandbox, &PROMOTE);
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(locked_out(&sandbox.path("gitops.git")), before);
    assert!(sandbox.path("gitops.git/refs/towline/forge").exists());
}

#[test]
fn a_repository_in_another_format_is_refused() {
    let sandbox = greeting();
    std::fs::remove_dir_all(sandbox.path("gitops.git")).unwrap();
    sandbox.git(".", &["init", "--quiet", "--bare", "--object-format=sha256", "gitops.git"]);
    assert_snapshot!(sandbox.towline(&PROMOTE), @r"
    --- stderr
    error: cannot open environment `dev`
      because: the GitOps repository ../gitops.git has SHA-256 object ids, which Towline does not support
      hint: git cannot convert it: make another one with `git init --bare --object-format=sha1`, and commit the files there
    --- exit code 3
    ");
    // As a newer git writes it.
    let config = "[core]\nrepositoryformatversion = 1\nbare = true\n[extensions]\nrefStorage = reftable\n";
    sandbox.write("gitops.git/config", config);
    assert_snapshot!(sandbox.towline(&PROMOTE), @r"
    --- stderr
    error: cannot open environment `dev`
      because: the GitOps repository ../gitops.git has its references in a reftable, which Towline does not support
      hint: convert it: `git -C [SANDBOX]/gitops.git refs migrate --ref-format=files`
    --- exit code 3
    ");
}

#[test]
fn a_repository_of_another_user_is_trusted_as_git_trusts_it() {
    let mut sandbox = greeting();
    if std::os::unix::fs::chown(sandbox.path("gitops.git"), Some(12345), None).is_err() {
        eprintln!("skipped: only root can give a folder away");
        return;
    }
    let looked = Command::new("git").arg("-C").arg(sandbox.path("gitops.git")).arg("rev-parse").output();
    if looked.unwrap().status.success() {
        eprintln!("skipped: this git is older than `safe.directory`, and trusts everybody's repositories");
        return;
    }
    let run = sandbox.towline(&PROMOTE);
    assert_snapshot!(run, @r"
    --- stderr
    error: cannot open environment `dev`
      because: the GitOps repository ../gitops.git belongs to another user
      hint: if you trust it: `git config --global --add safe.directory [SANDBOX]/gitops.git`
    --- exit code 1
    ");
    // What the hint says, by the environment.
    sandbox.set("GIT_CONFIG_COUNT", "1");
    sandbox.set("GIT_CONFIG_KEY_0", "safe.directory");
    sandbox
        .set("GIT_CONFIG_VALUE_0", sandbox.path("gitops.git").canonicalize().unwrap().display().to_string());
    let run = sandbox.towline(&PROMOTE);
    assert_eq!(run.code, Some(0), "{run}");
}

/// `git init --shared` sets it. It protects what people share, not the branches of proposals.
#[test]
fn a_proposal_is_replaced_where_hooks_run_and_only_fast_forwards_are_taken() {
    let sandbox = greeting();
    sandbox.git("gitops.git", &["config", "receive.denyNonFastForwards", "true"]);
    sandbox.write("gitops.git/hooks/post-receive", "#!/bin/sh\nexit 0\n");
    let hook = sandbox.path("gitops.git/hooks/post-receive");
    std::fs::set_permissions(hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for version in ["1.4.0", "1.5.0"] {
        let image = format!("web={version}");
        let run = sandbox.towline(&["propose", "dev", "--release", version, "--image", &image]);
        assert_eq!(run.code, Some(0), "{run}");
    }
}
