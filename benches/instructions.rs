//! How many instructions rendering takes, beside stored figures: `cargo bench --bench instructions`.
//!
//! Time tells little on a machine that does other things; instructions are the same in every run, but for a
//! fraction of a percent. Valgrind counts them; where it is not installed, nothing is compared. After a change
//! that is meant to change them: `UPDATE=1 cargo bench --bench instructions`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[expect(dead_code, reason = "other benchmarks render the applications")]
mod apps;

/// How far from its figure a count may be.
const TOLERANCE: f64 = 0.05;
const DOCUMENTS: usize = 1000;
const FOLDERS: usize = 100;
/// Of the program itself: parses and writes a file with the YAML library alone.
const FLOOR: &str = "parse-and-write";

/// One thing that is counted.
struct Work {
    name: &'static str,
    folder: PathBuf,
    arguments: Vec<&'static str>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, command, file] = &arguments[..]
        && command == FLOOR
    {
        parse_and_write(Path::new(file));
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("Instructions are not compared: valgrind is not on PATH");
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let works = prepare(folder.path());
    let counts = works.iter().map(|work| (work.name, count(Path::new(env!("CARGO_BIN_EXE_towline")), work)));
    let counts: Vec<(&str, u64)> = counts.collect();
    let floor = floor(&works[0]);
    println!("{:<24} {floor:>15}", "parse and write alone");
    for (name, count) in &counts {
        println!("{name:<24} {count:>15}   {:.2} times that", *count as f64 / floor as f64);
    }
    compare(&counts)
}

/// The inputs: documents in a few files, the same as a template each, and applications of one template.
fn prepare(folder: &Path) -> Vec<Work> {
    let pipeline = |application: &str| {
        format!(
            "version: 1\napplication: {application}\ntemplates: [{{path: deploy}}]\ngitops: {{repository: ../gitops.git}}\n\
             variables: [{{values: {}}}]\nenvironments: [{{name: dev}}]\n",
            apps::values(1)
        )
    };
    let write = |path: PathBuf, text: &str| {
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    };
    for index in 0..DOCUMENTS {
        let (name, text) = apps::MANIFESTS[index % apps::MANIFESTS.len()];
        let template = text.replace("<<application>>", &format!("app-{index}"));
        let manifest =
            [("environment", "dev"), ("replicas", "3"), ("port", "80"), ("level", "info"), ("tier", "web")];
        let manifest = manifest
            .iter()
            .fold(template.clone(), |text, (name, value)| text.replace(&format!("<<{name}>>"), value));
        let template = template.replace("<<", "{{ ").replace(">>", " }}");
        let file = folder.join(format!("manifests/deploy/{}.yaml", index / 10));
        let before = fs::read_to_string(&file).unwrap_or_default();
        write(file, &format!("{before}---\n{manifest}"));
        write(folder.join(format!("templates/deploy/{index}-{name}")), &template);
        if index < FOLDERS {
            let app = folder.join(format!("folders/app-{index}"));
            write(app.join("towline.yaml"), &pipeline(&format!("app-{index}")));
            write(app.join(format!("deploy/{name}")), &template);
        }
    }
    for name in ["manifests", "templates"] {
        write(folder.join(name).join("towline.yaml"), &pipeline(name));
    }
    let work = |name, arguments| Work { name, folder: folder.join(name), arguments };
    vec![
        work("manifests", vec!["render", "dev", "--release", "1"]),
        work("templates", vec!["render", "dev", "--release", "1"]),
        work("folders", vec!["render", "dev", "--release", "1", "--all", "*"]),
    ]
}

/// The instructions that a program takes, on one thread.
fn count(program: &Path, work: &Work) -> u64 {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args(&work.arguments);
    let output = command.current_dir(&work.folder).env("RAYON_NUM_THREADS", "1").output();
    let output = output.expect("valgrind can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", work.name);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.unwrap_or_else(|| panic!("valgrind does not say how many: {said}"));
    count.trim().parse().expect("it is a number")
}

/// What parsing and writing the manifests takes that `work` renders.
fn floor(work: &Work) -> u64 {
    let towline = env!("CARGO_BIN_EXE_towline");
    let rendered = Command::new(towline).args(&work.arguments).current_dir(&work.folder).output();
    let file = work.folder.join("stream.yaml");
    fs::write(&file, rendered.expect("it can be started").stdout).expect("a file can be written");
    let own = std::env::current_exe().expect("the program knows its name");
    count(&own, &Work { name: FLOOR, folder: work.folder.clone(), arguments: vec![FLOOR, "stream.yaml"] })
}

fn parse_and_write(file: &Path) {
    let text = fs::read_to_string(file).expect("it is there");
    let options = serde_saphyr::options! { budget: None };
    let documents: Vec<serde_json::Value> =
        serde_saphyr::from_multiple_with_options(&text, options).expect("it is YAML");
    let written = documents.iter().map(|it| serde_saphyr::to_string(it).expect("it can be written").len());
    assert!(written.sum::<usize>() > 0);
}

/// Compares with the stored figures, or stores these.
fn compare(counts: &[(&str, u64)]) -> ExitCode {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt");
    let compiler =
        Command::new("rustc").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let compiler = String::from_utf8_lossy(&compiler).trim().to_owned();
    if std::env::var_os("UPDATE").is_some() {
        let mut text = format!("{compiler}\n");
        counts.iter().for_each(|(name, count)| _ = writeln!(text, "{name} {count}"));
        fs::write(file, text).expect("the figures can be written");
        return ExitCode::SUCCESS;
    }
    let stored = fs::read_to_string(file).unwrap_or_default();
    if stored.lines().next() != Some(compiler.as_str()) {
        println!("Instructions are not compared: the figures are of another compiler than {compiler}");
        return ExitCode::SUCCESS;
    }
    let mut code = ExitCode::SUCCESS;
    for (name, count) in counts {
        let known = stored.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let change = *count as f64 / known.unwrap_or(1) as f64 - 1.0;
        if change.abs() > TOLERANCE {
            println!(
                "{name}: {:+.1}% instructions; if that is right: UPDATE=1 cargo bench --bench instructions",
                100.0 * change
            );
            code = ExitCode::FAILURE;
        }
    }
    code
}
