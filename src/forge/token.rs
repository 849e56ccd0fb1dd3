//! The token for a forge: from `TOWLINE_TOKEN`, the forge's usual variables, or git's credential
//! helper, whichever has one first.
//!
//! A token goes only to the host it is for. `TOWLINE_TOKEN` is for the GitOps repository, wherever
//! that is, and for the application's own repository only on the same server; that has
//! `TOWLINE_SOURCE_TOKEN`, wherever it is. The others belong to a server that is known by itself or by another variable, and are
//! used only when the repository is there: otherwise a changed pipeline file would be enough to
//! have a CI system's token sent anywhere.

use std::fmt;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use secrecy::SecretString;
use url::Url;

use super::remote::{Purpose, Remote, is_azure};
use crate::http::{Authorization, Fixed};
use crate::process::{End, Watch, run_watched};
use crate::secrets::{self, Kind};
use crate::vocabulary::Diagnostic;

/// Where the token of the GitOps repository may be, and that of the application's own.
pub(super) const GITOPS_TOKEN: &str = "TOWLINE_TOKEN";
pub(super) const SOURCE_TOKEN: &str = "TOWLINE_SOURCE_TOKEN";
/// Where the token of a job of GitLab CI is.
pub const JOB_TOKEN: &str = "CI_JOB_TOKEN";

/// The variables of the process.
pub type Variables = [(String, String)];

/// A token and where it was found.
#[derive(Debug, Clone)]
pub struct Token {
    pub secret: SecretString,
    pub source: Source,
}

impl Token {
    /// The user that git gives beside the token.
    pub fn user(&self) -> &str {
        match &self.source {
            Source::CredentialHelper { user } if !user.is_empty() => user,
            Source::Variable(JOB_TOKEN) => "gitlab-ci-token",
            _ => "oauth2",
        }
    }

    /// The token as a forge wants it sent.
    pub fn into_credentials(self, authorization: Authorization) -> Fixed {
        Fixed { authorization, origin: self.source.to_string() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A variable of the process. Some tell how the token is to be sent (`SYSTEM_ACCESSTOKEN`,
    /// `CI_JOB_TOKEN`).
    Variable(&'static str),
    /// git's credential helper, for this user.
    CredentialHelper { user: String },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Variable(name) => f.write_str(name),
            Source::CredentialHelper { user } if user.is_empty() => f.write_str("git's credential helper"),
            Source::CredentialHelper { user } => write!(f, "git's credential helper, user {user}"),
        }
    }
}

/// A variable that can hold a token.
pub struct TokenVariable {
    name: &'static str,
    /// The variables that name the server it is for, the first that is set.
    servers: &'static [&'static str],
    /// The server when none is; anywhere when that is `None`.
    default: Option<&'static str>,
}

impl TokenVariable {
    pub const fn new(
        name: &'static str,
        servers: &'static [&'static str],
        default: Option<&'static str>,
    ) -> Self {
        Self { name, servers, default }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    fn server(&self, variables: &Variables) -> Option<String> {
        let named = self.servers.iter().find_map(|name| variable(variables, name));
        named.or(self.default).map(str::to_owned)
    }
}

/// Finds the token for `remote`, in the usual variables of its forge after our own. The error names
/// every place that was looked at, `elsewhere` among them.
pub fn find_token(
    usual: &[TokenVariable],
    remote: &Remote,
    variables: &Variables,
    elsewhere: Option<String>,
) -> Result<Token> {
    find_with(usual, remote, variables, elsewhere, &fill)
}

/// The token for `remote` that a variable holds, if one does.
pub fn in_variables(usual: &[TokenVariable], remote: &Remote, variables: &Variables) -> Option<Token> {
    look(usual, remote, variables, &mut Vec::new())
}

/// A variable, if it is set to something.
pub fn variable<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    let (_, value) = variables.iter().find(|(known, _)| known == name)?;
    Some(value.trim()).filter(|value| !value.is_empty())
}

/// What git's credential helper says: the token, or why there is none.
type Helper<'a> = &'a dyn Fn(&Remote, &Variables) -> std::result::Result<Token, String>;

fn find_with(
    usual: &[TokenVariable],
    remote: &Remote,
    variables: &Variables,
    elsewhere: Option<String>,
    helper: Helper,
) -> Result<Token> {
    let mut looked: Vec<String> = Vec::new();
    if let Some(token) = look(usual, remote, variables, &mut looked) {
        return Ok(token);
    }
    looked.extend(elsewhere);
    helper(remote, variables).map_err(|why| {
        looked.push(why);
        let hint = match remote.purpose {
            Purpose::Gitops => {
                "set TOWLINE_TOKEN to a token that may read and write pull requests and statuses there"
            }
            Purpose::Source { .. } => {
                "set TOWLINE_SOURCE_TOKEN to a token that may read and write commit statuses there"
            }
        };
        Diagnostic::new(format!("there is no token for {}: {}", remote.authority(), looked.join("; ")))
            .hint(hint)
            .into()
    })
}

/// Looks at the variables in their order, and writes down what was wrong with each.
fn look(
    usual: &[TokenVariable],
    remote: &Remote,
    variables: &Variables,
    looked: &mut Vec<String>,
) -> Option<Token> {
    for place in places(usual, remote.purpose) {
        let name = place.name;
        match (variable(variables, name), place.server(variables)) {
            (None, _) => looked.push(format!("{name} is not set")),
            (Some(_), Some(server)) if !is_at(remote, &server) => {
                looked.push(format!("{name} is for {server}"));
            }
            (Some(value), _) => {
                secrets::remember(Kind::Token, name, value);
                return Some(Token { secret: value.into(), source: Source::Variable(name) });
            }
        }
    }
    None
}

/// Where a token may be, in order of preference. The token of a GitLab job cannot write to the
/// application's repository, so it is not in the way of one that can.
fn places(usual: &[TokenVariable], purpose: Purpose) -> Vec<&TokenVariable> {
    const GITOPS: TokenVariable = TokenVariable::new(GITOPS_TOKEN, &[], None);
    const SOURCE: TokenVariable = TokenVariable::new(SOURCE_TOKEN, &[], None);
    let Purpose::Source { beside_gitops } = purpose else {
        return [&GITOPS].into_iter().chain(usual).collect();
    };
    let usual = usual.iter().filter(|place| place.name != JOB_TOKEN);
    [&SOURCE].into_iter().chain(usual).chain(beside_gitops.then_some(&GITOPS)).collect()
}

/// The variable of Towline's own for the token of a repository.
pub fn own_variable(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Gitops => GITOPS_TOKEN,
        Purpose::Source { .. } => SOURCE_TOKEN,
    }
}

/// The URL of a server, which may be named by its host alone.
pub fn server_url(named: &str) -> Option<Url> {
    let named = if named.contains("://") { named.to_owned() } else { format!("https://{named}") };
    Url::parse(&named).ok()
}

/// Whether the repository is at a server, which is a URL or just a host.
fn is_at(remote: &Remote, server: &str) -> bool {
    let is_azure = |url: &Url| is_azure(&remote.host) && url.host_str().is_some_and(is_azure);
    server_url(server)
        .is_some_and(|url| remote.is_at(&url) || remote.scheme == url.scheme() && is_azure(&url))
}

/// A helper that asks nobody needs no longer.
const HELPER: Duration = Duration::from_secs(30);

/// Asks git's credential helper, which must not ask anybody.
fn fill(remote: &Remote, variables: &Variables) -> std::result::Result<Token, String> {
    let question = format!(
        "protocol={}\nhost={}\npath={}.git\n\n",
        remote.scheme,
        remote.authority(),
        remote.path.join("/")
    );
    if question.chars().any(|c| c == '\0' || c == '\r') || question.lines().count() != 4 {
        return Err("git's credential helper cannot be asked for such a URL".into());
    }
    let mut git = Command::new("git");
    git.args(["-c", "credential.interactive=false", "credential", "fill"])
        // With the environment that was handed in, so that a test's git is the test's.
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .env("GIT_TERMINAL_PROMPT", "0");
    let watch = Watch { time: HELPER, progress: &|| 0, longest: HELPER };
    let ended = run_watched(git, &question, watch).map_err(|error| format!("git cannot be run: {error}"))?;
    if ended.how == End::TimedOut {
        return Err(format!("git's credential helper did not answer within {} s", HELPER.as_secs()));
    }
    let answer = String::from_utf8_lossy(&ended.stdout);
    let field = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    match field("password=") {
        "" => Err("git's credential helper has none".into()),
        password => {
            secrets::remember(Kind::Token, "git's credential helper", password);
            let source = Source::CredentialHelper { user: field("username=").to_owned() };
            Ok(Token { secret: password.into(), source })
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::forge::entra;
    use crate::vocabulary::ForgeKind;

    fn look(kind: ForgeKind, location: &str, variables: &[(&str, &str)]) -> String {
        let remote = Remote::parse(location).unwrap();
        let variables: Vec<_> = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let nothing = |_: &Remote, _: &Variables| Err("git's credential helper has none".to_owned());
        let row = crate::forge::row_of(kind);
        let elsewhere = (kind == ForgeKind::AzureDevOps).then(|| entra::missing(&variables));
        match find_with(row.token_variables, &remote, &variables, elsewhere, &nothing) {
            Ok(token) => format!("{} from {}", token.secret.expose_secret(), token.source),
            Err(error) => error.to_string(),
        }
    }

    const GITHUB: &str = "https://github.com/acme/gitops.git";

    #[test]
    fn the_first_place_that_has_one_wins() {
        let look = |variables| look(ForgeKind::GitHub, GITHUB, variables);
        let both = [("GITHUB_TOKEN", "b"), ("TOWLINE_TOKEN", "a")];
        assert_eq!(look(&both), "a from TOWLINE_TOKEN");
        assert_eq!(look(&both[..1]), "b from GITHUB_TOKEN");
        assert_eq!(look(&[("TOWLINE_TOKEN", " "), ("GH_TOKEN", "c\n")]), "c from GH_TOKEN");
    }

    #[test]
    fn the_error_names_every_place() {
        insta::assert_snapshot!(
            look(ForgeKind::GitHub, "https://evil.example.com/acme/gitops.git", &[("GITHUB_TOKEN", "b")]),
            @"there is no token for evil.example.com: TOWLINE_TOKEN is not set; GH_TOKEN is not set; GITHUB_TOKEN is for github.com; git's credential helper has none"
        );
    }

    #[test]
    fn azure_devops_has_applications_of_entra_too() {
        let look = |variables| look(ForgeKind::AzureDevOps, "https://dev.azure.com/a/b/_git/c", variables);
        let application = [("AZURE_CLIENT_ID", "app"), ("AZURE_TENANT_ID", "acme")];
        insta::assert_snapshot!(
            look(&application[..1]),
            @"there is no token for dev.azure.com: TOWLINE_TOKEN is not set; SYSTEM_ACCESSTOKEN is not set; AZURE_DEVOPS_EXT_PAT is not set; AZURE_TENANT_ID is not set; git's credential helper has none"
        );
        assert!(
            look(&application).contains("neither AZURE_CLIENT_SECRET nor AZURE_FEDERATED_TOKEN_FILE is set")
        );
    }

    #[test]
    fn a_token_of_the_ci_system_goes_to_its_own_server() {
        let actions = [("GITHUB_TOKEN", "b"), ("GITHUB_SERVER_URL", "https://git.acme.com")];
        assert_eq!(
            look(ForgeKind::GitHub, "git@git.acme.com:acme/gitops.git", &actions),
            "b from GITHUB_TOKEN"
        );
        assert!(
            look(ForgeKind::GitHub, GITHUB, &actions).contains("GITHUB_TOKEN is for https://git.acme.com")
        );
        let azure = [("SYSTEM_ACCESSTOKEN", "b"), ("SYSTEM_COLLECTIONURI", "https://acme.visualstudio.com/")];
        let repository = "https://dev.azure.com/acme/shop/_git/gitops";
        assert_eq!(look(ForgeKind::AzureDevOps, repository, &azure), "b from SYSTEM_ACCESSTOKEN");
        assert!(
            look(ForgeKind::GitLab, "https://gitlab.acme.com/a/b", &[("GITLAB_TOKEN", "b")])
                .contains("is for gitlab.com")
        );
    }

    #[test]
    fn the_token_of_the_gitops_repository_goes_to_no_other_server() {
        let look = |beside_gitops, variables: &[(&str, &str)]| {
            let purpose = Purpose::Source { beside_gitops };
            let remote = Remote { purpose, ..Remote::parse(GITHUB).unwrap() };
            let variables: Vec<_> =
                variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let usual = crate::forge::row_of(ForgeKind::GitHub).token_variables;
            in_variables(usual, &remote, &variables).map(|token| token.source.to_string())
        };
        let all = [("TOWLINE_TOKEN", "a"), ("GITHUB_TOKEN", "b"), ("TOWLINE_SOURCE_TOKEN", "c")];
        assert_eq!(look(true, &all).as_deref(), Some("TOWLINE_SOURCE_TOKEN"));
        assert_eq!(look(true, &all[..2]).as_deref(), Some("GITHUB_TOKEN"));
        assert_eq!(look(true, &all[..1]).as_deref(), Some("TOWLINE_TOKEN"));
        assert_eq!(look(false, &all[..1]), None);
        let gitops = Remote::parse(GITHUB).unwrap();
        let source = [("TOWLINE_SOURCE_TOKEN".to_owned(), "c".to_owned())];
        assert!(in_variables(&[], &gitops, &source).is_none(), "nor the other way round");
    }

    #[test]
    fn a_token_for_a_server_with_tls_does_not_go_there_without() {
        let look = |kind, location, name| look(kind, location, &[(name, "b")]);
        let github = look(ForgeKind::GitHub, "http://github.com/acme/gitops.git", "GITHUB_TOKEN");
        assert!(github.contains("GITHUB_TOKEN is for github.com"), "{github}");
        let azure = look(ForgeKind::AzureDevOps, "http://dev.azure.com/a/b/_git/c", "AZURE_DEVOPS_EXT_PAT");
        assert!(azure.contains("AZURE_DEVOPS_EXT_PAT is for dev.azure.com"), "{azure}");
    }

    #[test]
    fn gits_credential_helper_is_asked_last() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config");
        let helper = r#"!f() { test "$1" = get && echo username=ann && echo password=fromgit; }; f"#;
        std::fs::write(&config, format!("[credential \"https://github.com\"]\nhelper = {helper:?}\n"))
            .unwrap();
        let path = std::env::var("PATH").unwrap();
        let variables: Vec<_> = [
            ("PATH", path.as_str()),
            ("GIT_CONFIG_GLOBAL", config.to_str().unwrap()),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("HOME", folder.path().to_str().unwrap()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let usual = crate::forge::row_of(ForgeKind::GitHub).token_variables;
        let find = |location| find_token(usual, &Remote::parse(location).unwrap(), &variables, None);
        let token = find(GITHUB).unwrap();
        assert_eq!(token.secret.expose_secret(), "fromgit");
        assert_eq!(token.source.to_string(), "git's credential helper, user ann");
        find("https://other.example.com/acme/gitops.git").unwrap_err();
    }
}
