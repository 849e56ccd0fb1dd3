//! The environment and terminal of the process, read once at startup and passed on.

use std::io::IsTerminal;

/// The process environment and the terminal.
#[derive(Debug, Clone)]
pub struct Process {
    /// Sorted by name. Variables that are not UTF-8 are omitted, because YAML cannot contain them.
    pub variables: Vec<(String, String)>,
    pub stdin_is_terminal: bool,
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
}

impl Process {
    pub fn current() -> Self {
        let variables = std::env::vars_os();
        let text =
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut variables: Vec<_> = text.collect();
        variables.sort();
        Self {
            variables,
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
        }
    }

    pub fn variable(&self, name: &str) -> Option<&str> {
        let found = self.variables.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(&self.variables[found].1)
    }
}
