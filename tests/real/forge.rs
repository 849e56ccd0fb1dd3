//! A Gitea or Forgejo that somebody runs, and benches on it: each has a repository of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use git2::Oid;
use secrecy::SecretString;
use serde_json::{Value, json};
use towline::clock::SystemClock;
use towline::forge::{self, Forge};
use towline::http::{self, Authorization, Client, Fixed, Settings};
use towline::vocabulary::ForgeKind;

use crate::forge_contract::Bench;
use crate::given::Gitops;

/// Where the repositories of the tests are.
pub const OWNER: &str = "towline-tests";
/// The account that Towline runs as, and people who may write.
pub const BOT: &str = "towline-bot";
const PEOPLE: [&str; 3] = [BOT, "ann", "bob"];
const SCOPES: [&str; 4] = ["write:repository", "write:issue", "read:organization", "read:user"];

pub struct Server {
    pub kind: ForgeKind,
    pub url: String,
    administrator: Client,
    tokens: BTreeMap<&'static str, String>,
    run: String,
}

fn variable(name: &str, example: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("set {name}, such as {example}: see tests/real/README.md"))
}

fn client(url: &str, authorization: Authorization) -> Client {
    let server = http::Server {
        name: "the server of the tests",
        base: format!("{url}/api/v1").parse().unwrap(),
        headers: vec![("Accept", "application/json")],
        credentials: Box::new(Fixed { authorization, origin: "the tests".into() }),
        between_writes: Duration::ZERO,
        moved: |_, _| None,
    };
    Client::new(server, Settings::new(Arc::new(SystemClock))).unwrap()
}

impl Server {
    /// The server that `TOWLINE_TEST_FORGE` names, with its people.
    pub fn named_by_the_environment() -> Self {
        let named = variable("TOWLINE_TEST_FORGE", "gitea:http://127.0.0.1:3000");
        let (kind, url) = named.split_once(':').expect("KIND:URL");
        let kind = match kind {
            "gitea" | "forgejo" => ForgeKind::Gitea,
            other => panic!("TOWLINE_TEST_FORGE: `{other}` is not supported: use gitea or forgejo"),
        };
        let token = variable("TOWLINE_TEST_TOKEN", "the token of an administrator");
        let administrator = client(url, Authorization::scheme("token", &token.into()));
        let run = jiff::Timestamp::now().as_microsecond().to_string();
        let url = url.trim_end_matches('/').to_owned();
        let mut server = Self { kind, url, administrator, tokens: BTreeMap::new(), run };
        server.create("orgs", json!({"username": OWNER, "visibility": "public"}));
        for name in PEOPLE {
            let token = server.token_of(name);
            server.tokens.insert(name, token);
        }
        server
    }

    /// Makes what may be there already.
    fn create(&self, path: &str, body: Value) {
        let made = self.administrator.post(path).body(body).send();
        let there = made.as_ref().is_err_and(|fault| matches!(fault.status, Some(409 | 422)));
        assert!(made.is_ok() || there, "POST {path}: {:?}", made.err());
    }

    fn token_of(&self, name: &str) -> String {
        let password = format!("towline-{}", self.run);
        let email = format!("{name}@example.com");
        let account =
            json!({"username": name, "email": email, "password": password, "must_change_password": false});
        self.create("admin/users", account);
        let change =
            json!({"login_name": name, "source_id": 0, "password": password, "must_change_password": false});
        self.administrator.patch(&format!("admin/users/{name}")).body(change).send().unwrap();
        let own = client(&self.url, Authorization::basic(name, &SecretString::from(password)));
        let token = json!({"name": format!("tests-{}", self.run), "scopes": SCOPES});
        let made = own.post(&format!("users/{name}/tokens")).body(token).send().unwrap();
        made.body()["sha1"].as_str().unwrap().to_owned()
    }

    pub fn token(&self, name: &str) -> &str {
        &self.tokens[name]
    }

    /// Asks as somebody.
    pub fn as_user(&self, name: &str) -> Client {
        client(&self.url, Authorization::scheme("token", &self.token(name).into()))
    }

    /// A repository of its own for a test.
    pub fn bench(&self, test: &str) -> RealBench<'_> {
        let short: String = test.chars().take(60).collect();
        let name = format!("{short}-{}", self.run);
        let repository = json!({"name": name, "private": true, "default_branch": "main"});
        self.administrator.post(&format!("orgs/{OWNER}/repos")).body(repository).send().unwrap();
        let bench = RealBench { server: self, name, gitops: Gitops::new(), writer: Mutex::new(BOT) };
        for person in PEOPLE {
            let path = bench.path(&format!("collaborators/{person}"));
            self.administrator.put(&path).body(json!({"permission": "write"})).send().unwrap();
        }
        bench.send("main");
        // The server notices a first push a moment later, and has no pull requests until then.
        let is_empty = || self.administrator.get(&bench.path("")).send().unwrap().body()["empty"] == true;
        while is_empty() {
            std::thread::sleep(Duration::from_millis(100));
        }
        let methods = json!({"allow_merge_commits": true, "allow_squash_merge": true, "allow_rebase": true, "allow_fast_forward_only_merge": true});
        self.administrator.patch(&bench.path("")).body(methods).send().unwrap();
        let label = json!({"name": "deploy", "color": "#00aabb"});
        self.administrator.post(&bench.path("labels")).body(label).send().unwrap();
        bench
    }
}

/// A repository on the server, and a bare copy of it here.
pub struct RealBench<'s> {
    server: &'s Server,
    name: String,
    gitops: Gitops,
    writer: Mutex<&'static str>,
}

impl RealBench<'_> {
    /// A path of the API below the repository's.
    pub fn path(&self, rest: &str) -> String {
        format!("repos/{OWNER}/{}/{rest}", self.name).trim_end_matches('/').to_owned()
    }

    pub fn location(&self) -> String {
        format!("{}/{OWNER}/{}.git", self.server.url, self.name)
    }

    pub fn delete(self) {
        self.server.administrator.delete(&self.path("")).send().unwrap();
    }

    /// The URL with which `ann` pushes.
    pub fn location_for_ann(&self) -> String {
        self.location().replacen("://", &format!("://ann:{}@", self.server.token("ann")), 1)
    }

    /// A person reverts what was merged last, as the button of a forge does.
    pub fn revert_the_last_merge(&self) {
        let tip = self.tip("main");
        let before = self.gitops.git(&["rev-parse", &format!("{tip}^1^{{tree}}")]);
        let message = format!("Revert the last merge\n\nThis reverts commit {tip}.");
        let revert = self.gitops.git(&["commit-tree", &before, "-p", &tip.to_string(), "-m", &message]);
        self.force("main", Oid::from_str(&revert).unwrap());
    }

    /// A person sets a branch to a commit.
    pub fn force(&self, branch: &str, commit: Oid) {
        self.gitops.git(&["update-ref", &format!("refs/heads/{branch}"), &commit.to_string()]);
        self.send(branch);
    }

    pub fn send(&self, branch: &str) {
        let refspec = format!("+refs/heads/{branch}:refs/heads/{branch}");
        self.gitops.git(&["push", "--quiet", &self.location_for_ann(), &refspec]);
    }

    fn receive(&self) {
        let every = "+refs/heads/*:refs/heads/*";
        self.gitops.git(&[
            "fetch",
            "--quiet",
            "--prune",
            "--update-head-ok",
            &self.location_for_ann(),
            every,
        ]);
    }
}

impl Bench for RealBench<'_> {
    fn forge(&self) -> Box<dyn Forge> {
        let writer = *self.writer.lock().unwrap();
        let variables = [
            ("GITEA_TOKEN".to_owned(), self.server.token(writer).to_owned()),
            ("GITEA_SERVER_URL".to_owned(), self.server.url.clone()),
        ];
        let settings = Settings::new(Arc::new(SystemClock));
        forge::connect(self.server.kind, &self.location(), &variables, settings).unwrap()
    }

    fn gitops(&self) -> &Gitops {
        self.receive();
        &self.gitops
    }

    fn comments(&self, number: u64) -> Vec<String> {
        let client = self.server.as_user("ann");
        let comments = client.get(&self.path(&format!("issues/{number}/comments"))).send().unwrap();
        comments.items().iter().map(|it| it["body"].as_str().unwrap().to_owned()).collect()
    }

    fn approve(&self, number: u64) -> bool {
        let review = json!({"event": "APPROVED", "body": ""});
        let path = self.path(&format!("pulls/{number}/reviews"));
        self.server.as_user("ann").post(&path).body(review).send().unwrap();
        true
    }

    fn draft(&self, number: u64, is_draft: bool) -> bool {
        let title = if is_draft { "WIP: Deploy" } else { "Deploy" };
        let path = self.path(&format!("pulls/{number}"));
        self.server.as_user("ann").patch(&path).body(json!({"title": title})).send().unwrap();
        true
    }

    fn write_statuses_as(&self, account: &str) -> bool {
        let name = PEOPLE.into_iter().find(|name| *name == account).unwrap();
        *self.writer.lock().unwrap() = name;
        true
    }

    /// The server tells times by the second.
    fn advance(&self, time: Duration) {
        std::thread::sleep(time.min(Duration::from_millis(1100)));
    }

    fn push(&self, branch: &str, files: &[(&str, &str)]) -> Oid {
        self.receive();
        let commit = self.gitops.push(branch, files);
        self.send(branch);
        commit
    }
}
