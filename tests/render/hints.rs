//! Every hint of the render half, followed: a person sees the hint, does what it says, and the same
//! command then gives what was wanted.
//!
//! The cases are in `hints/`, a file for each area. One begins with a folder: `files`, a pipeline file of
//! the smallest size with the lines of `pipeline` in it, and `deploy/web.yaml`, a ConfigMap with `data`.
//! `before` is a shell script, `environment` is the process environment. The command is
//! `towline render dev --release 1.2.0` and the arguments in `with`, or `run`. It prints `hint`, word for
//! word. Each entry of `follow` is one way to do what the hint says, from the start: files written or
//! replaced in part, a shell script, another environment, other arguments. `<1>` in it is the first text
//! that the hint has between backticks. Then the command succeeds, no longer prints the hint, and prints
//! what `sees` says.

mod sources;

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use serde::Deserialize;

use crate::given::{Run, Sandbox};

/// The smallest pipeline file, by key.
const PIPELINE: [(&str, &str); 5] = [
    ("version", "1"),
    ("application", "greeting"),
    ("templates", "[{path: deploy}]"),
    ("gitops", "{repository: ../gitops.git}"),
    ("environments", "[{name: dev}]"),
];
const MANIFEST: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n";
const COMMAND: &str = "towline render dev --release 1.2.0";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    case: String,
    #[serde(default)]
    pipeline: String,
    #[serde(default = "red")]
    data: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    before: String,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    run: Words,
    #[serde(default)]
    with: Words,
    hint: String,
    follow: Vec<Follow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Follow {
    #[serde(default)]
    files: BTreeMap<String, String>,
    data: Option<String>,
    /// What of a file is replaced, and by what.
    #[serde(default)]
    replace: BTreeMap<String, (String, String)>,
    #[serde(default)]
    sh: String,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    run: Option<Words>,
    with: Option<Words>,
    sees: String,
}

/// Words of a command line: a list, or a text with blanks between them.
#[derive(Deserialize, Default, Clone)]
#[serde(from = "WrittenWords")]
struct Words(Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenWords {
    Text(String),
    List(Vec<String>),
}

impl From<WrittenWords> for Words {
    fn from(written: WrittenWords) -> Self {
        match written {
            WrittenWords::Text(text) => Self(text.split_whitespace().map(str::to_owned).collect()),
            WrittenWords::List(words) => Self(words),
        }
    }
}

fn red() -> String {
    "color: red\n".to_owned()
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render/hints");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let tables = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    tables.flat_map(|path| cases_of(&path)).collect()
}

fn cases_of(table: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(table).unwrap();
    let documents = towline::yaml::parse(&text, table).unwrap_or_else(|error| panic!("{error:#}"));
    let cases = serde_json::from_value(documents[0].to_value());
    cases.unwrap_or_else(|error| panic!("{}: {error}", table.display()))
}

impl Case {
    fn sandbox(&self, pristine: &Sandbox) -> Sandbox {
        let sandbox = Sandbox::with_repository_of(pristine);
        let is_there = |key: &str| self.pipeline.lines().any(|line| line.starts_with(&format!("{key}:")));
        let missing = PIPELINE.iter().filter(|(key, _)| !is_there(key));
        let head: String = missing.map(|(key, value)| format!("{key}: {value}\n")).collect();
        sandbox.write("app/towline.yaml", &(head + &self.pipeline));
        sandbox.write("app/deploy/web.yaml", &manifest(&self.data));
        write(&sandbox, &self.files);
        sh(&sandbox, &self.before);
        sandbox
    }

    fn command(&self, run: &Words, with: &Words) -> Vec<String> {
        let run =
            if run.0.is_empty() { Words::from(WrittenWords::Text(COMMAND.to_owned())) } else { run.clone() };
        run.0.into_iter().chain(with.0.clone()).collect()
    }

    /// What is wrong, if anything is.
    fn check(&self, pristine: &Sandbox) -> Vec<String> {
        let mut sandbox = self.sandbox(pristine);
        set(&mut sandbox, &self.environment);
        let run = towline(&sandbox, &self.command(&self.run, &self.with));
        if !prints(&run, &self.hint) {
            return vec![format!("{}: the hint is not printed\n{run}", self.case)];
        }
        self.follow
            .iter()
            .enumerate()
            .filter_map(|(index, follow)| self.follow(pristine, index, follow))
            .collect()
    }

    fn follow(&self, pristine: &Sandbox, index: usize, follow: &Follow) -> Option<String> {
        let mut sandbox = self.sandbox(pristine);
        let filled = |text: &String| self.filled(text);
        write(&sandbox, &follow.files.iter().map(|(path, text)| (path.clone(), filled(text))).collect());
        if let Some(data) = &follow.data {
            sandbox.write("app/deploy/web.yaml", &manifest(&filled(data)));
        }
        for (path, (from, to)) in &follow.replace {
            let text = sandbox.read(&format!("app/{path}"));
            assert!(text.contains(from), "{}: {path} does not contain `{from}`", self.case);
            sandbox.write(&format!("app/{path}"), &text.replace(from, &filled(to)));
        }
        sh(&sandbox, &filled(&follow.sh));
        set(&mut sandbox, &self.environment);
        set(&mut sandbox, &follow.environment);
        let with = follow.with.as_ref().unwrap_or(&self.with);
        let command = self.command(follow.run.as_ref().unwrap_or(&self.run), with);
        let run = towline(&sandbox, &command.iter().map(filled).collect::<Vec<_>>());
        let is_good =
            run.code == Some(0) && !prints(&run, &self.hint) && run.to_string().contains(&follow.sees);
        (!is_good).then(|| {
            format!("{}: way {} of following it does not give {:?}\n{run}", self.case, index + 1, follow.sees)
        })
    }

    /// A text with what the hint has between backticks.
    fn filled(&self, text: &str) -> String {
        let quoted = self.hint.split('`').skip(1).step_by(2).enumerate();
        quoted.fold(text.to_owned(), |text, (index, it)| text.replace(&format!("<{}>", index + 1), it))
    }
}

fn manifest(data: &str) -> String {
    data.lines().fold(MANIFEST.to_owned(), |text, line| match line.is_empty() {
        true => text + "\n",
        false => text + "  " + line + "\n",
    })
}

fn write(sandbox: &Sandbox, files: &BTreeMap<String, String>) {
    files.iter().for_each(|(path, text)| sandbox.write(&format!("app/{path}"), text));
}

fn set(sandbox: &mut Sandbox, environment: &BTreeMap<String, String>) {
    environment.iter().for_each(|(name, value)| sandbox.set(name, value));
}

fn sh(sandbox: &Sandbox, script: &str) {
    if !script.is_empty() {
        let output = sandbox.shell(script).output().unwrap();
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn towline(sandbox: &Sandbox, command: &[String]) -> Run {
    let (program, arguments) = command.split_first().unwrap();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match (program.as_str(), arguments.as_slice()) {
        ("towline", arguments) => sandbox.towline(arguments),
        ("sh", ["-c", script]) => sandbox.run(sandbox.shell(script).output().unwrap()),
        _ => panic!("a case runs `towline` or `sh -c`, not `{program}`"),
    }
}

/// Whether a hint is printed, as whole lines.
fn prints(run: &Run, hint: &str) -> bool {
    let lines = |text: &str| text.lines().fold("\n".to_owned(), |all, line| all + line.trim() + "\n");
    lines(&run.stderr).contains(&lines(&format!("hint: {hint}")))
}

#[test]
fn whoever_follows_a_hint_gets_what_was_wanted() {
    let pristine = Sandbox::new();
    let wrong: Vec<String> = cases().par_iter().flat_map_iter(|case| case.check(&pristine)).collect();
    assert!(wrong.is_empty(), "{} of the hints:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Hints that no test can follow, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "write `--image NAME=TAG`, `NAME=REFERENCE` or `NAME=@DIGEST`",
        "the command line refuses such an argument itself; this is for callers of the library",
    ),
    ("correct `source.repository`", "`promote` says it in a note, and goes on"),
    ("retry when it has ended, or choose another folder", "it is said after a minute of waiting"),
];

#[test]
fn every_hint_is_followed() {
    let cases = cases();
    let hints = sources::hints();
    let is_said = |hint: &&sources::Hint| cases.iter().any(|case| hint.printed.is_match(&case.hint));
    let is_exception = |hint: &&sources::Hint| EXCEPTIONS.iter().any(|(text, _)| hint.text == *text);
    let left = hints.iter().filter(|hint| !is_said(hint) && !is_exception(hint));
    let left: Vec<String> = left.map(|hint| format!("{}: {}", hint.file.display(), hint.text)).collect();
    assert!(
        left.is_empty(),
        "{} hints are in no case of tests/render/hints/:\n{}",
        left.len(),
        left.join("\n")
    );
    for (text, _) in EXCEPTIONS {
        assert!(hints.iter().any(|hint| hint.text == *text), "no hint is: {text}");
    }
}
