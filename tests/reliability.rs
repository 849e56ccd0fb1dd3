//! `docs/reliability.md`: what is promised has a test.

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn every_promise_names_a_test_that_is_there() {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/reliability.md")).unwrap();
    let table = page.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let lines: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    assert!(lines.len() > 10, "the table has {} lines", lines.len());
    for line in lines {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [_, _, tests] = cells[..] else { panic!("not three columns: {line}") };
        let names: Vec<&str> = tests.split('`').filter(|name| name.contains("::")).collect();
        assert!(!names.is_empty(), "no test: {line}");
        names.iter().for_each(|name| assert!(is_test(name), "there is no test {name}"));
    }
}

/// Whether a file of that module, in `tests` or in `src`, has a test of that name.
fn is_test(name: &str) -> bool {
    let (module, function) = name.rsplit_once("::").unwrap();
    let is_there = |text: &str| {
        text.match_indices(&format!("fn {function}()")).any(|(at, _)| {
            let before: Vec<&str> = text[..at].lines().rev().take(4).collect();
            before.iter().any(|line| line.trim() == "#[test]")
        })
    };
    files_of(module).iter().any(|file| fs::read_to_string(file).is_ok_and(|text| is_there(&text)))
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let path = module.replace("::", "/");
    let inside = path.strip_suffix("/tests").unwrap_or(&path);
    let file = |folder: &str, path: &str| Path::new(ROOT).join(folder).join(path);
    ["tests", "src"]
        .iter()
        .flat_map(|folder| {
            [
                file(folder, &format!("{path}.rs")),
                file(folder, &format!("{path}/mod.rs")),
                file(folder, &format!("{inside}.rs")),
                file(folder, &format!("{inside}/mod.rs")),
            ]
        })
        .collect()
}
