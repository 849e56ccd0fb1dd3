//! Who Towline is to Azure DevOps: what a token may do, and applications of Entra.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use towline::clock::ManualClock;
use towline::forge::remote::Remote;
use towline::forge::{self, Ability, Permission};
use towline::http::{Credentials, Settings};
use towline::vocabulary::ForgeKind;

use super::Bench as _;
use super::azure_devops::Bench;
use super::bench::HEAD;
use crate::fakes::azure_devops::entra::{APPLICATION, Entra, SECRET, TENANT};
use crate::fakes::azure_devops::{BEARER, TOKEN};
use crate::fakes::faults::What;
use crate::fakes::{Fault, Server};
use crate::given;

fn lines(permissions: &[Permission]) -> String {
    let line = |Permission { ability, granted, detail }: &Permission| {
        let granted = match granted {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        };
        format!("{ability:?}: {granted}: {detail}")
    };
    permissions.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_a_token_may_do_is_told_as_far_as_azure_devops_tells() {
    let bench = Bench::pushed();
    let look = |token| lines(&bench.connect(token, Duration::from_secs(20)).permissions().unwrap());
    insta::assert_snapshot!(look(TOKEN), @"
    Read: yes: the repository can be read
    Push: unknown: its user has `Contribute` and `Create branch`; a personal access token also needs the scope Code (read & write)
    PullRequests: unknown: its user has `Contribute to pull requests`; a personal access token also needs the scope Code (read & write)
    Merge: unknown: its user has `Contribute` and `Contribute to pull requests`; a personal access token also needs the scope Code (read & write)
    ReadStatuses: yes: the repository, and with it the statuses of its commits, can be read
    WriteStatuses: unknown: its user has `Contribute`; a personal access token also needs the scope Code (status)
    ");
    insta::assert_snapshot!(look(BEARER), @"
    Read: yes: the repository can be read
    Push: yes: its identity has `Contribute` and `Create branch`
    PullRequests: yes: its identity has `Contribute to pull requests`
    Merge: yes: its identity has `Contribute` and `Contribute to pull requests`
    ReadStatuses: yes: the repository, and with it the statuses of its commits, can be read
    WriteStatuses: yes: its identity has `Contribute`
    ");
    bench.fake.permit(Some(2 | 4));
    insta::assert_snapshot!(look(BEARER), @"
    Read: yes: the repository can be read
    Push: no: grant `Create branch` on the repository
    PullRequests: no: grant `Contribute to pull requests` on the repository
    Merge: no: grant `Contribute to pull requests` on the repository
    ReadStatuses: yes: the repository, and with it the statuses of its commits, can be read
    WriteStatuses: yes: its identity has `Contribute`
    ");
    bench.fake.permit(None);
    insta::assert_snapshot!(look(TOKEN), @"
    Read: yes: the repository can be read
    Push: unknown: it needs `Contribute` and `Create branch`, and the scope Code (read & write); unknown: TF400813: The user is not authorized.
    PullRequests: unknown: it needs `Contribute to pull requests`, and the scope Code (read & write); unknown: TF400813: The user is not authorized.
    Merge: unknown: it needs `Contribute` and `Contribute to pull requests`, and the scope Code (read & write); unknown: TF400813: The user is not authorized.
    ReadStatuses: yes: the repository, and with it the statuses of its commits, can be read
    WriteStatuses: unknown: it needs `Contribute`, and the scope Code (status); unknown: TF400813: The user is not authorized.
    ");
}

#[test]
fn looking_at_what_a_token_may_do_changes_nothing() {
    let bench = Bench::pushed();
    let number = bench.opened(&["deploy"], &["ann"]);
    let state = || {
        let refs = bench.gitops().git(&["for-each-ref"]);
        let pull = bench.forge().get_pull(number).unwrap();
        (refs, bench.fake.seen(number), pull, bench.forge().commit_statuses(bench.tip(HEAD)).unwrap())
    };
    let (before, asked) = (state(), bench.server.log().len());
    bench.forge().permissions().unwrap();
    let writes: Vec<String> =
        bench.server.log()[asked..].iter().filter(|line| !line.starts_with("GET")).cloned().collect();
    insta::assert_snapshot!(writes.join("\n"), @"POST /acme/_apis/security/permissionevaluationbatch?api-version=7.0 → 200");
    assert_eq!(state(), before);
}

#[test]
fn who_may_not_see_the_repository_may_do_nothing_there() {
    let bench = Bench::pushed();
    let path = "GET /acme/shop/_apis/git/repositories/gitops?";
    let body = r#"{"message": "TF401019: The Git repository with name or identifier gitops does not exist or you do not have permissions for the operation you are attempting.", "typeKey": "GitRepositoryNotFoundException"}"#;
    bench.server.fail(Fault::new(path, What::Instead { status: 404, headers: vec![], body }));
    let permissions = bench.forge().permissions().unwrap();
    assert!(permissions.iter().all(|permission| permission.granted == Some(false)));
    assert_eq!(permissions.len(), Ability::ALL.len());
    insta::assert_snapshot!(permissions[0].detail, @"grant `Read` on the repository, and the scope Code (read & write): TF401019: The Git repository with name or identifier gitops does not exist or you do not have permissions for the operation you are attempting.");
}

/// An application of Entra and the server that gives it tokens.
struct World {
    entra: Arc<Entra>,
    authority: Server,
    clock: Arc<ManualClock>,
}

impl World {
    fn new() -> Self {
        let (entra, authority) = Entra::start();
        let clock = given::clock();
        Self { entra, authority, clock }
    }

    /// The variables of an application, and what else is set.
    fn variables(&self, others: &[(&str, &str)]) -> Vec<(String, String)> {
        let application = [
            ("AZURE_TENANT_ID", TENANT),
            ("AZURE_CLIENT_ID", APPLICATION),
            ("AZURE_AUTHORITY_HOST", self.authority.url()),
            ("GIT_CONFIG_NOSYSTEM", "1"),
        ];
        let all = others.iter().chain(&application);
        all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn settings(&self) -> Settings {
        let timeout = Duration::from_secs(2);
        Settings { timeout, random: Arc::new(|| 0.5), ..Settings::new(self.clock.clone()) }
    }

    fn sign_in(&self, others: &[(&str, &str)]) -> anyhow::Result<Arc<dyn Credentials>> {
        self.sign_in_to(REPOSITORY, others)
    }

    fn sign_in_to(&self, repository: &str, others: &[(&str, &str)]) -> anyhow::Result<Arc<dyn Credentials>> {
        let (variables, settings) = (self.variables(others), self.settings());
        let remote = Remote::parse(repository)?;
        forge::connection(ForgeKind::AzureDevOps, &remote, &variables, &settings).credentials()
    }

    /// What a person sees of an error.
    fn shown(&self, error: &anyhow::Error) -> String {
        let problem = towline::report::Problem::from(error);
        let causes = problem.causes.iter().map(|cause| match &cause.hint {
            Some(hint) => format!("{cause}\nhint: {hint}"),
            None => cause.to_string(),
        });
        causes.collect::<Vec<_>>().join("\n").replace(self.authority.url(), "URL")
    }
}

const REPOSITORY: &str = "https://dev.azure.com/acme/shop/_git/gitops";

fn token(credentials: &dyn Credentials) -> String {
    credentials.authorization().unwrap().unwrap().for_git().1.expose_secret().to_owned()
}

#[test]
fn an_application_of_entra_renews_its_token() {
    let world = World::new();
    let application = world.sign_in(&[("AZURE_CLIENT_SECRET", SECRET)]).unwrap();
    assert_eq!(application.origin(), "the application of AZURE_CLIENT_ID");
    for (minutes, expected) in
        [(0, "eyJ0.1.c2ln"), (54, "eyJ0.1.c2ln"), (2, "eyJ0.2.c2ln"), (600, "eyJ0.3.c2ln")]
    {
        world.clock.advance(Duration::from_secs(minutes * 60));
        assert_eq!(token(&*application), expected);
    }
}

#[test]
fn a_workload_identity_reads_its_token_each_time() {
    let world = World::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    let application =
        world.sign_in(&[("AZURE_FEDERATED_TOKEN_FILE", file.path().to_str().unwrap())]).unwrap();
    for (platform, expected) in [("eyJ.first.x", "eyJ0.1.c2ln"), ("eyJ.second.x", "eyJ0.2.c2ln")] {
        *world.entra.trusted.lock().unwrap() = platform.into();
        std::fs::write(file.path(), format!("{platform}\n")).unwrap();
        assert_eq!(token(&*application), expected);
        world.clock.advance(Duration::from_secs(3600));
    }
}

#[test]
fn a_token_in_a_variable_comes_first_and_gits_helper_last() {
    let world = World::new();
    let set = [("AZURE_CLIENT_SECRET", SECRET), ("AZURE_DEVOPS_EXT_PAT", "pat")];
    assert_eq!(token(&*world.sign_in(&set).unwrap()), "pat");
    assert_eq!(world.authority.log(), Vec::<String>::new());
    let error = world.sign_in(&[]).err().unwrap();
    insta::assert_snapshot!(world.shown(&error), @r#"
    there is no token for dev.azure.com: TOWLINE_TOKEN is not set; SYSTEM_ACCESSTOKEN is not set; AZURE_DEVOPS_EXT_PAT is not set; neither AZURE_CLIENT_SECRET nor AZURE_FEDERATED_TOKEN_FILE is set; git's credential helper has none
    hint: set TOWLINE_TOKEN to a token that may read and write pull requests and statuses there
    "#);
}

#[test]
fn a_server_of_ones_own_gets_no_token_of_entra() {
    let world = World::new();
    let repository = "https://git.acme.com/acme/shop/_git/gitops";
    let error = world.sign_in_to(repository, &[("AZURE_CLIENT_SECRET", SECRET)]).err().unwrap();
    insta::assert_snapshot!(world.shown(&error), @r#"
    there is no token for git.acme.com: TOWLINE_TOKEN is not set; SYSTEM_ACCESSTOKEN is not set; AZURE_DEVOPS_EXT_PAT is not set; git's credential helper has none
    hint: set TOWLINE_TOKEN to a token that may read and write pull requests and statuses there
    "#);
}

#[test]
fn what_entra_refuses_is_told_without_the_secret() {
    let world = World::new();
    let look = |others: &[(&str, &str)]| {
        let forge =
            forge::connect(ForgeKind::AzureDevOps, REPOSITORY, &world.variables(others), world.settings());
        world.shown(&forge.unwrap().get_pull(1).unwrap_err())
    };
    insta::assert_snapshot!(look(&[("AZURE_CLIENT_SECRET", "wr0ng+s3cret")]), @r#"
    cannot read pull request #1
    GET https://dev.azure.com/acme/shop/_apis/git/repositories/gitops/pullrequests/1?api-version=7.1 failed
    there is no token: Microsoft Entra refused a token for the application 88888888-aaaa-4aaa-8aaa-000000000001: POST URL/acme.onmicrosoft.com/oauth2/v2.0/token returned 401 Unauthorized: invalid_client; AADSTS7000215: Invalid client secret provided: (secret) ((secret)) Trace ID: 0-0 Timestamp: 2026-03-01 12:00:00Z
    hint: AZURE_CLIENT_SECRET is wrong or has expired: create a new secret for the application
    "#);
    insta::assert_snapshot!(look(&[("AZURE_CLIENT_SECRET", SECRET), ("AZURE_TENANT_ID", "other")]), @r#"
    cannot read pull request #1
    GET https://dev.azure.com/acme/shop/_apis/git/repositories/gitops/pullrequests/1?api-version=7.1 failed
    there is no token: Microsoft Entra refused a token for the application 88888888-aaaa-4aaa-8aaa-000000000001: POST URL/other/oauth2/v2.0/token returned 400 Bad Request: invalid_request; AADSTS90002: Tenant not found. Trace ID: 0-0 Timestamp: 2026-03-01 12:00:00Z
    hint: check AZURE_TENANT_ID and AZURE_CLIENT_ID
    "#);
    insta::assert_snapshot!(look(&[("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token")]), @r#"
    cannot read pull request #1
    GET https://dev.azure.com/acme/shop/_apis/git/repositories/gitops/pullrequests/1?api-version=7.1 failed
    there is no token: cannot read AZURE_FEDERATED_TOKEN_FILE (/nowhere/token): No such file or directory (os error 2)
    "#);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "eyJ.untrusted.x").unwrap();
    insta::assert_snapshot!(look(&[("AZURE_FEDERATED_TOKEN_FILE", file.path().to_str().unwrap())]), @r#"
    cannot read pull request #1
    GET https://dev.azure.com/acme/shop/_apis/git/repositories/gitops/pullrequests/1?api-version=7.1 failed
    there is no token: Microsoft Entra refused a token for the application 88888888-aaaa-4aaa-8aaa-000000000001: POST URL/acme.onmicrosoft.com/oauth2/v2.0/token returned 401 Unauthorized: invalid_client; AADSTS7000215: Invalid client secret provided: (secret) ((secret)) Trace ID: 0-0 Timestamp: 2026-03-01 12:00:00Z
    hint: add a federated credential to the application for the issuer of the token in AZURE_FEDERATED_TOKEN_FILE
    "#);
}

#[test]
fn faults_on_the_way_to_entra_are_gone_over() {
    let at = "POST /acme.onmicrosoft.com/oauth2/v2.0/token";
    for fault in [
        Fault::new(at, What::Reset),
        Fault::new(at, What::Truncated),
        Fault::status(at, 500),
        Fault::bad_gateway(at),
        Fault::status(at, 429).with_header("retry-after", "7"),
        Fault::new(at, What::Stall),
    ] {
        let world = World::new();
        world.authority.fail(fault);
        let application = world.sign_in(&[("AZURE_CLIENT_SECRET", SECRET)]).unwrap();
        assert!(token(&*application).starts_with("eyJ0."));
    }
}
