//! What developers see on GitHub of a release whose GitOps repository is on Gitea, with two tokens.

use std::sync::Arc;

use insta::assert_snapshot;
use towline::clock::SystemClock;

use super::promote::{HOSTS, World};
use crate::fakes::Server;
use crate::fakes::github::{GitHub, READING_TOKEN, TOKEN};
use crate::given::Gitops;

/// An application on GitHub, deployed from Gitea.
struct Source {
    world: World,
    github: Arc<GitHub>,
    server: Server,
    repository: Gitops,
}

impl Source {
    fn new(lines: &str) -> Self {
        let gitea = HOSTS.iter().find(|host| host.kind == "gitea").unwrap();
        let (mut world, repository) = (World::on(gitea), Gitops::new());
        let (github, server) = GitHub::start(repository.path(), Arc::new(SystemClock));
        world.set("GITHUB_SERVER_URL", server.url());
        world.set("GITHUB_API_URL", server.url());
        let source = format!("source: {{repository: {}/acme/gitops.git, forge: github}}\n", server.url());
        world.write("towline.yaml", &format!("{}{source}{lines}\n", world.pipeline()));
        Self { world, github, server, repository }
    }

    fn promote(&self, variables: &[(&str, &str)]) -> String {
        let commit = self.repository.repository().branch_tip("main").unwrap().to_string();
        let arguments = ["promote", "--to", "dev", "--release", "1.4.0", "--commit", &commit];
        let output = self
            .world
            .command(&arguments, self.world.host().token)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let url = self.server.url();
        let told = super::promote::show(&output).replace(url, "GITHUB");
        let told = told.replace(&url["http://".len()..], "GITHUB").replace(&commit, "[ID]");
        assert!(!told.contains(TOKEN) && !told.contains(READING_TOKEN), "a token is in {told}");
        told
    }

    fn shown(&self) -> String {
        [self.github.statuses_seen(), self.github.deployments_seen()].concat().join("\n")
    }
}

const BOTH: &str = "sourceStatus: true\ndeployments: true";

#[test]
fn a_release_is_shown_on_another_forge_with_a_token_of_its_own() {
    let source = Source::new(BOTH);
    let told = source.promote(&[("TOWLINE_SOURCE_TOKEN", TOKEN)]);
    assert!(told.ends_with("exit code 0") && !told.contains("cannot write"), "{told}");
    assert_snapshot!(shortened(&source.shown()), @"
    towline/dev pending: Proposed 1.4.0 https://git.example.com/acme/gitops/pulls/1
    towline/dev pending: Deploying 1.4.0 as [ID] https://git.example.com/acme/gitops/pulls/1
    towline/dev success: Deployed 1.4.0 as [ID], not observed https://git.example.com/acme/gitops/pulls/1
    dev success: Deployed 1.4.0 as [ID], not observed
    ");
    // Run again, it says so already.
    let shown = source.shown();
    source.promote(&[("GITHUB_TOKEN", TOKEN)]);
    assert_eq!(source.shown(), shown);
}

#[test]
fn a_permission_that_is_missing_is_named_once_and_the_promotion_goes_on() {
    let source = Source::new(BOTH);
    let told = source.promote(&[("TOWLINE_SOURCE_TOKEN", READING_TOKEN)]);
    assert!(told.ends_with("exit code 0"), "{told}");
    let warnings: Vec<&str> = told.lines().filter(|line| line.contains("cannot write")).collect();
    assert_snapshot!(warnings.join("\n"), @"
    note: cannot write source statuses: cannot set the status towline/dev of [ID]: POST GITHUB/repos/acme/gitops/statuses/[ID] returned 403 Forbidden: Resource not accessible by personal access token; grant the token the permission statuses=write (TOWLINE_SOURCE_TOKEN); the promotion goes on
    note: cannot write deployments: cannot tell of the deployment of [ID] to dev: POST GITHUB/repos/acme/gitops/deployments returned 403 Forbidden: Resource not accessible by personal access token; grant the token the permission deployments=write (TOWLINE_SOURCE_TOKEN); the promotion goes on
    ");
}

/// The token of the GitOps repository is for another server.
#[test]
fn without_a_token_of_its_own_nothing_is_asked() {
    let source = Source::new(BOTH);
    let told = source.promote(&[("TOWLINE_TOKEN", source.world.host().token)]);
    assert!(told.ends_with("exit code 0"), "{told}");
    let warnings: Vec<&str> = told.lines().filter(|line| line.contains("cannot write")).collect();
    assert_snapshot!(warnings.join("\n"), @"note: cannot write source statuses: there is no token for GITHUB: TOWLINE_SOURCE_TOKEN is not set; GH_TOKEN is not set; GITHUB_TOKEN is not set; git's credential helper has none; set TOWLINE_SOURCE_TOKEN to a token that may read and write commit statuses there; the promotion goes on");
    assert_eq!(source.server.log(), Vec::<String>::new());
}

#[test]
fn the_check_of_access_looks_at_both_repositories() {
    let mut source = Source::new(BOTH);
    source.world.set("TOWLINE_SOURCE_TOKEN", READING_TOKEN);
    let told = source.world.towline(&["status", "--check-access"], source.world.host().token);
    let told = told.replace(source.server.url(), "GITHUB");
    let from = told.find("GITHUB").unwrap_or_default();
    assert_snapshot!(told[from..], @"
    GITHUB/acme/gitops.git for dev, prod
    ABILITY         VIA    ALLOWED  REASON
    read            forge  yes      the repository and its pull requests were read
    read statuses   forge  yes      commit statuses were read; of check runs: Resource not accessible by personal access token: grant the token the permission checks=read (TOWLINE_SOURCE_TOKEN)
    write statuses  forge  no       Resource not accessible by personal access token: grant the token the permission statuses=write (TOWLINE_SOURCE_TOKEN)
    error: missing permissions: write statuses in GITHUB/acme/gitops.git
      hint: grant them to the token or its user, or change what the reasons name
    exit code 1
    ");
}

#[test]
fn validate_refuses_deployments_where_the_forge_has_none() {
    let world = World::on(HOSTS.iter().find(|host| host.kind == "gitea").unwrap());
    let source = "source: {repository: https://codeberg.org/acme/greeting}\n";
    world.write("towline.yaml", &format!("{}{source}deployments: true\n", world.pipeline()));
    assert_snapshot!(world.towline(&["validate"], "unused token"), @"
    error: towline.yaml:14:14: `deployments`: Gitea has no deployments
      hint: remove `deployments`; `sourceStatus: true` shows the same as commit statuses
    exit code 1
    ");
    let source = "source: {forge: gitea}\n";
    let pipeline =
        world.pipeline().replace("source: {repository: https://codeberg.org/acme/greeting}\n", source);
    world.write("towline.yaml", &pipeline.replace("deployments: true", "sourceStatus: true"));
    assert_snapshot!(world.towline(&["validate"], "unused token"), @"
    towline.yaml: 2 environments
    dev: 1 resource
    prod: 1 resource
    warning[source-status]: towline.yaml: cannot write source statuses: the checkout has no remote `origin`
      hint: set `source: {repository: URL}`
    exit code 0
    ");
}

/// With short commit ids, as people see them.
fn shortened(text: &str) -> String {
    let id = regex::Regex::new("[0-9a-f]{10,40}").unwrap();
    id.replace_all(text, "[ID]").into_owned()
}
