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

/// git's settings from the environment come in numbered pairs, which are there together or not at all.
const SETTINGS: &str = "GIT_CONFIG_";

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
    let holds_token = |name: &OsString, value: &OsString| {
        secrets::is_token(&name.to_string_lossy(), &value.to_string_lossy())
    };
    let found =
        variables.iter().filter(|(name, value)| value.as_ref().is_some_and(|it| holds_token(name, it)));
    let mut withheld: Vec<OsString> = found.map(|(name, _)| name.clone()).collect();
    let is_setting = |name: &OsString| name.to_string_lossy().starts_with(SETTINGS);
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
    let may_pass = move |(name, value): &&(String, String)| {
        kept.contains(&name.as_str()) || !secrets::is_token(name, value)
    };
    variables.iter().filter(may_pass).map(|(name, value)| (name, value))
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
}
