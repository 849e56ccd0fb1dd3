//! Which of our environment a child gets: all but the tokens that Towline found for itself.
//!
//! A variable is withheld for what it holds, so a copy under another name is withheld too.
//! A token that nobody has looked for yet is not known; the command line therefore looks for all at its start.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::process::Command;

use crate::secrets;

/// The user and the token for the one server that git is to reach, which its credential helper reads.
pub const GIT_USERNAME: &str = "TOWLINE_GIT_USERNAME";
pub const GIT_PASSWORD: &str = "TOWLINE_GIT_PASSWORD";

/// Without these, a child does not work at all. What they hold is no token, whatever it looks like.
const NEEDED: [&str; 2] = ["PATH", "HOME"];

/// Who is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    /// git: it gets its own token, and the settings that people made for it. Those name the server that they
    /// are for.
    Git,
    Any,
}

/// Takes every token out of the environment that a command will have.
pub fn withhold(command: &mut Command, child: Child) {
    let inherited = std::env::vars_os().map(|(name, value)| (name, Some(value)));
    let mut variables: BTreeMap<OsString, Option<OsString>> = inherited.collect();
    variables.extend(command.get_envs().map(|(name, value)| (name.to_owned(), value.map(OsStr::to_owned))));
    let holds_token =
        |name: &OsString, value: &OsString| is_withheld(&name.to_string_lossy(), &value.to_string_lossy());
    let found =
        variables.iter().filter(|(name, value)| value.as_ref().is_some_and(|it| holds_token(name, it)));
    let mut withheld: Vec<OsString> = found.map(|(name, _)| name.clone()).collect();
    let is_setting = |name: &OsString| is_setting(&name.to_string_lossy());
    match child {
        Child::Git => {
            withheld.retain(|name| *name != GIT_USERNAME && *name != GIT_PASSWORD && !is_setting(name));
        }
        Child::Any if withheld.iter().any(is_setting) => {
            withheld.extend(variables.keys().filter(|name| is_setting(name)).cloned());
        }
        Child::Any => {}
    }
    withheld.iter().for_each(|name| _ = command.env_remove(name));
}

/// Variables without those that hold a token, but for those with one of the names in `kept`.
pub fn without_tokens<'v>(
    variables: &'v [(String, String)],
    kept: &'v [&str],
) -> impl Iterator<Item = (&'v String, &'v String)> {
    let may_pass =
        move |(name, value): &&(String, String)| kept.contains(&name.as_str()) || !is_withheld(name, value);
    variables.iter().filter(may_pass).map(|(name, value)| (name, value))
}

fn is_withheld(name: &str, value: &str) -> bool {
    !NEEDED.contains(&name) && secrets::is_token(name, value)
}

/// git's settings from the environment come in numbered pairs, which are there together or not at all.
fn is_setting(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("GIT_CONFIG_") else { return false };
    rest == "COUNT" || rest.starts_with("KEY_") || rest.starts_with("VALUE_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::{Kind, remember};

    fn environment(child: Child, variables: &[(&str, &str)]) -> Vec<String> {
        remember(Kind::Token, "TOWLINE_TOKEN", "passed-t0ken");
        let mut command = Command::new("true");
        command.envs(variables.iter().copied());
        withhold(&mut command, child);
        let given = command.get_envs().filter(|(_, value)| value.is_some());
        given.map(|(name, _)| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_copy_of_a_token_is_withheld_as_well() {
        let variables = [("A", "1"), ("B", "passed-t0ken"), ("C", "https://x:passed-t0ken@host")];
        assert_eq!(environment(Child::Any, &variables), ["A"]);
        assert_eq!(environment(Child::Git, &variables), ["A"]);
    }

    #[test]
    fn git_gets_its_own_token_and_its_settings() {
        let settings = [
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "http.https://host/.extraheader"),
            ("GIT_CONFIG_VALUE_0", "AUTHORIZATION: basic cGFzc2VkLXQwa2Vu"),
            ("TOWLINE_GIT_PASSWORD", "passed-t0ken"),
        ];
        assert_eq!(environment(Child::Git, &settings).len(), 4);
        assert!(environment(Child::Any, &settings).is_empty());
    }

    #[test]
    fn other_variables_of_git_are_no_settings() {
        let token = ("GIT_CONFIG_VALUE_0", "passed-t0ken");
        let file = ("GIT_CONFIG_GLOBAL", "/home/ada/.gitconfig");
        assert_eq!(environment(Child::Any, &[token, file]), ["GIT_CONFIG_GLOBAL"]);
        let parameters = ("GIT_CONFIG_PARAMETERS", "'http.extraHeader'='Bearer passed-t0ken'");
        assert!(environment(Child::Git, &[parameters]).is_empty());
    }

    #[test]
    fn no_child_goes_without_its_path_and_home() {
        let needed = [("HOME", "/home/passed-t0ken"), ("PATH", "/opt/passed-t0ken/bin")];
        assert_eq!(environment(Child::Any, &needed), ["HOME", "PATH"]);
        assert_eq!(environment(Child::Git, &needed), ["HOME", "PATH"]);
        let needed = needed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(without_tokens(&needed, &[]).count(), 2);
    }
}
