//! Git over SSH, by git's own settings: a program in the place of `ssh` runs on this machine what
//! would run on the server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use insta::assert_snapshot;
use towline::git::{Credential, Network, Repository};

use super::git_network::{World, change};

/// Writes down what it was asked for, and does it.
const SSH: &str = r#"#!/bin/sh
for last; do :; done
printf '%s\n' "$*" >> LOG
env | grep -c TOWLINE_GIT_ >> SECRETS
eval "git ${last#git-}"
"#;

/// The variables of a git whose `ssh` is this script, and the folder of what it writes down.
fn network(world: &World, script: &str) -> (Network, PathBuf) {
    let folder = world.gitops.path().with_file_name("ssh");
    fs::create_dir_all(&folder).unwrap();
    let (log, secrets) = (folder.join("log"), folder.join("secrets"));
    let script = script.replace("LOG", log.to_str().unwrap()).replace("SECRETS", secrets.to_str().unwrap());
    let ssh = folder.join("ssh");
    fs::write(&ssh, script).unwrap();
    fs::set_permissions(&ssh, PermissionsExt::from_mode(0o755)).unwrap();
    let credential = Some(Credential::new("me", "t0ken"));
    let mut network = Network { credential, ..world.network() };
    network.variables.push(("GIT_SSH_COMMAND".into(), format!("{} -i key", ssh.display())));
    (network, folder)
}

fn connect(world: &World, network: &Network, location: &str) -> Repository {
    let location = location.replace("PATH", world.gitops.path().to_str().unwrap());
    Repository::connect(&location, world.cache.path(), network).unwrap()
}

#[test]
fn reading_and_pushing_over_ssh() {
    let world = World::new();
    let (network, folder) = network(&world, SSH);
    for location in ["ssh://git@forge.example.com:2222PATH", "git@forge.example.com:PATH"] {
        let shown = change(&world, &connect(&world, &network, location));
        assert!(shown.contains("1 file changed"), "{shown}");
        world.gitops.git(&["update-ref", "-d", "refs/heads/towline/dev/app1"]);
    }
    let log = fs::read_to_string(folder.join("log")).unwrap();
    let path = world.gitops.path().to_str().unwrap().to_owned();
    let mut asked: Vec<String> = log.lines().map(|line| line.replace(&path, "PATH")).collect();
    asked.sort();
    asked.dedup();
    assert_snapshot!(asked.join("\n"), @"
    -i key -o SendEnv=GIT_PROTOCOL -p 2222 git@forge.example.com git-upload-pack 'PATH'
    -i key -o SendEnv=GIT_PROTOCOL git@forge.example.com git-upload-pack 'PATH'
    -i key -p 2222 git@forge.example.com git-receive-pack 'PATH'
    -i key git@forge.example.com git-receive-pack 'PATH'
    ");
    let secrets = fs::read_to_string(folder.join("secrets")).unwrap();
    assert!(secrets.lines().all(|count| count == "0"), "the token is for HTTP alone: {secrets}");
}

#[test]
fn an_ssh_server_that_says_nothing_is_left_after_a_while() {
    let world = World::new();
    let (network, _) = network(&world, "#!/bin/sh\nexec sleep 1000\n");
    let network = Network { stall: std::time::Duration::from_millis(300), ..network };
    let repository = connect(&world, &network, "git@forge.example.com:acme/x.git");
    assert_snapshot!(world.say(&repository.branch_tip("main").unwrap_err()), @"
    cannot read git@forge.example.com:acme/x.git: git made no progress for 300ms
    hint: the server or the way to it is stuck: retry later
    ");
}

#[test]
fn what_ssh_refuses() {
    let world = World::new();
    let says = |words: &str| {
        let (network, _) = network(&world, &format!("#!/bin/sh\necho '{words}' >&2\nexit 255\n"));
        world.say(
            &connect(&world, &network, "git@forge.example.com:acme/x.git").branch_tip("main").unwrap_err(),
        )
    };
    assert_snapshot!(says("git@forge.example.com: Permission denied (publickey)."), @"
    cannot read git@forge.example.com:acme/x.git: git@forge.example.com: Permission denied (publickey); Could not read from remote repository
    hint: give SSH a key with its agent or GIT_SSH_COMMAND, and register its public key on the server
    ");
    assert_snapshot!(says("Host key verification failed."), @"
    cannot read git@forge.example.com:acme/x.git: Host key verification failed; Could not read from remote repository
    hint: git must trust the server: set `http.sslCAInfo` in git's configuration or GIT_SSL_CAINFO, or add the SSH host key
    ");
    assert_snapshot!(says("ERROR: Repository not found."), @"
    cannot read git@forge.example.com:acme/x.git: ERROR: Repository not found; Could not read from remote repository
    hint: correct `gitops.repository`, or use a token that may read it: servers hide private repositories from users without access
    ");
    assert_snapshot!(says("ssh: Could not resolve hostname forge.example.com: Name or service not known"), @"
    cannot read git@forge.example.com:acme/x.git: ssh: Could not resolve hostname forge.example.com: Name or service not known; Could not read from remote repository
    hint: the server cannot be reached or is down: retry later
    ");
}
