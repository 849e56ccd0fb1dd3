//! Colours, and whether to use them: what `--color` says; else `NO_COLOR`, `CLICOLOR_FORCE` and
//! `TERM=dumb`; else whether a terminal is on the other side.

use anstyle::{AnsiColor, Style as Ansi};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// The style for a stream. `variable` looks a name up in the process environment.
    pub fn style<'a>(self, is_terminal: bool, variable: impl Fn(&str) -> Option<&'a str>) -> Style {
        let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
        let enabled = match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if is_set("NO_COLOR") => false,
            Color::Auto
                if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0" && !value.is_empty()) =>
            {
                true
            }
            Color::Auto => {
                is_terminal && variable("TERM") != Some("dumb") && variable("CLICOLOR") != Some("0")
            }
        };
        Style { enabled }
    }
}

/// Colours text, or leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    enabled: bool,
}

impl Style {
    pub fn plain() -> Self {
        Self { enabled: false }
    }

    pub fn is_colored(self) -> bool {
        self.enabled
    }

    pub fn color(self, color: AnsiColor, text: &str) -> String {
        self.paint(color.on_default(), text)
    }

    pub fn bold(self, color: AnsiColor, text: &str) -> String {
        self.paint(color.on_default().bold(), text)
    }

    pub fn dim(self, text: &str) -> String {
        self.paint(Ansi::new().dimmed(), text)
    }

    fn paint(self, style: Ansi, text: &str) -> String {
        if self.enabled { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A unified diff, its lines coloured as `git diff` does.
    pub fn diff(self, text: &str) -> String {
        text.split_inclusive('\n').map(|line| self.diff_line(line)).collect()
    }

    fn diff_line(self, line: &str) -> String {
        let body = line.strip_suffix('\n').unwrap_or(line);
        let painted = match body.get(..1) {
            _ if body.starts_with("---") || body.starts_with("+++") => self.paint(Ansi::new().bold(), body),
            Some("+") => self.color(AnsiColor::Green, body),
            Some("-") => self.color(AnsiColor::Red, body),
            Some("@") => self.color(AnsiColor::Cyan, body),
            _ => body.to_owned(),
        };
        painted + &line[body.len()..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colored(color: Color, is_terminal: bool, set: &[(&str, &'static str)]) -> bool {
        color.style(is_terminal, |name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)).enabled
    }

    #[test]
    fn the_flag_wins_over_the_environment_and_that_over_the_terminal() {
        assert!(colored(Color::Auto, true, &[]));
        assert!(!colored(Color::Auto, false, &[]));
        assert!(!colored(Color::Auto, true, &[("NO_COLOR", "1")]));
        assert!(!colored(Color::Auto, true, &[("TERM", "dumb")]));
        assert!(colored(Color::Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!colored(Color::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
        assert!(colored(Color::Always, false, &[("NO_COLOR", "1")]));
        assert!(!colored(Color::Never, true, &[("CLICOLOR_FORCE", "1")]));
    }

    #[test]
    fn a_diff_is_coloured_line_by_line() {
        let text = "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z";
        let colored = Style { enabled: true }.diff(text);
        assert_eq!(Style::plain().diff(text), text);
        insta::assert_debug_snapshot!(colored, @r#""\u{1b}[1m--- a\u{1b}[0m\n\u{1b}[1m+++ b\u{1b}[0m\n\u{1b}[36m@@ -1 +1 @@\u{1b}[0m\n\u{1b}[31m-x\u{1b}[0m\n\u{1b}[32m+y\u{1b}[0m\n z""#);
    }
}
