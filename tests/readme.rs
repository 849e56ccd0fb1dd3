//! What the documents tell people to type is typed here, in order, by a shell, in a fresh copy of
//! the folder that the document speaks of; and what they say people will see is what is seen.
//!
//! Blocks marked `sh` must succeed. Blocks marked `console` hold commands behind `$ `, each with
//! its output. Commit ids and durations may differ. `UPDATE=1 cargo test readme::` writes
//! the output into the documents; read the difference.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Commands that are not run here, as they would run these tests or change the machine.
const NOT_HERE: [&str; 2] = [".ci/test", "cargo install --locked --path ."];

/// Stands in the session's output before the output of each command.
const MARK: char = '\u{1e}';

#[test]
fn readme() {
    follow("README.md", "");
}

#[test]
fn examples() {
    follow("templates-examples/shop/README.md", "templates-examples/shop");
    follow("templates-examples/canary/README.md", "templates-examples/canary");
    follow("templates-examples/rings/README.md", "templates-examples/rings");
    follow("templates-examples/rollback/README.md", "templates-examples/rollback");
}

#[test]
fn documents() {
    follow("docs/pipeline-file.md", "templates-examples/quickstart");
    follow("docs/local-forge.md", "templates-examples/quickstart");
    follow("docs/json.md", "templates-examples/quickstart");
    follow("docs/engines.md", "templates-examples/quickstart");
    follow("docs/overlays.md", "templates-examples/quickstart");
    follow("docs/status.md", "templates-examples/quickstart");
    follow("docs/values.md", "templates-examples/quickstart");
    follow("docs/many-applications.md", "templates-examples/quickstart");
    follow("docs/chart-releases.md", "templates-examples/chart-release");
}

#[test]
fn the_test_command_is_what_ci_runs() {
    assert!(include_str!("../.ci/run").contains("\nstep .ci/test\n"));
    assert!(include_str!("../README.md").contains("```sh\n.ci/test\n```"));
}

#[test]
fn the_pipeline_file_of_the_reference_loads() {
    let reference = include_str!("../docs/pipeline-file.md");
    let (_, file) = reference.split_once("```yaml\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("towline.yaml");
    fs::write(&path, file.split_once("```").unwrap().0).unwrap();
    let pipeline = towline::config::load(&path).unwrap();
    let names: Vec<_> = pipeline.environments.iter().map(|environment| &environment.name).collect();
    assert_eq!(names, ["dev", "prod"]);
}

/// A piece of a document.
enum Part {
    Text(String),
    /// Commands that must succeed.
    Script(String),
    /// A command, and the output that the document claims.
    Command(String, String),
}

fn follow(document: &str, folder: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let written = fs::read_to_string(&path).unwrap();
    let parts = parts(&written);
    let outputs = run(&parts, folder);
    let seen: String = parts
        .iter()
        .zip(outputs)
        .map(|(part, output)| match part {
            Part::Text(text) | Part::Script(text) => text.clone(),
            Part::Command(command, claimed) if same(claimed, &output) => format!("$ {command}\n{claimed}"),
            Part::Command(command, _) => format!("$ {command}\n{output}"),
        })
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &seen).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    let diff = similar::TextDiff::from_lines(&written, &seen);
    let diff = diff.unified_diff().header("written", "seen").to_string();
    assert!(written == seen, "{document} is not what people see (UPDATE=1 accepts):\n{diff}");
}

fn parts(markdown: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut language = "";
    for line in markdown.split_inclusive('\n') {
        let fence = line.trim_end().strip_prefix("```");
        match (fence, language, parts.last_mut()) {
            (Some(opened), ..) => {
                language = if language.is_empty() && !opened.is_empty() { opened } else { "" };
                parts.push(Part::Text(line.to_owned()));
            }
            (None, "console", _) if line.starts_with("$ ") => {
                parts.push(Part::Command(line[2..].trim_end().to_owned(), String::new()));
            }
            (None, "console", Some(Part::Command(_, output))) => output.push_str(line),
            (None, "sh", Some(Part::Script(text))) => text.push_str(line),
            (None, "sh", _) => parts.push(Part::Script(line.to_owned())),
            _ => parts.push(Part::Text(line.to_owned())),
        }
    }
    parts
}

/// The output of every part, from one shell session in a copy of `folder`.
fn run(parts: &[Part], folder: &str) -> Vec<String> {
    let copy = tempfile::tempdir().unwrap();
    let bin = copy.path().join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_towline"), bin.join("towline")).unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let start = copy.path().join("towline").join(folder);
    fs::create_dir(copy.path().join("towline")).unwrap();
    let copied = Command::new("cp")
        .arg("-R")
        .args([project.join("templates-examples"), copy.path().join("towline")])
        .status()
        .unwrap();
    assert!(copied.success());

    let mut session = String::from("set -euo pipefail\n");
    for part in parts {
        let commands = match part {
            Part::Text(_) => "",
            Part::Script(text) | Part::Command(text, _) => text,
        };
        let commands = if NOT_HERE.contains(&commands.trim()) { "" } else { commands };
        session.push_str(&format!("printf '{MARK}'\n{commands}\n"));
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1 </dev/null\n{session}")])
        .current_dir(start)
        .env_clear()
        .env("PATH", path)
        .env("HOME", copy.path())
        .env("TOWLINE", env!("CARGO_BIN_EXE_towline"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let seen = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "a command failed; until then:\n{}", seen.replace(MARK, ""));
    let seen = seen.replace(copy.path().to_str().unwrap(), "");
    seen.split(MARK).skip(1).map(str::to_owned).collect()
}

/// Whether two outputs differ in nothing but commit ids, times, durations, and whether an operator had
/// to be waited for.
fn same(claimed: &str, seen: &str) -> bool {
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let steady = |text: &str| -> Vec<String> {
        let text = time.replace_all(text, "…");
        let lines = text.split_inclusive('\n').filter(|line| !line.contains(": nothing yet from "));
        let words = lines.flat_map(|line| line.split_inclusive(|c: char| !c.is_ascii_alphanumeric()));
        words.map(without_chance).collect()
    };
    steady(claimed) == steady(seen)
}

fn without_chance(word: &str) -> String {
    let text = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_id = text.len() >= 7 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    let is_time = digits.len() < text.len() && matches!(digits, "ms" | "s" | "m");
    if is_id || is_time { word.replace(text, "…") } else { word.to_owned() }
}
