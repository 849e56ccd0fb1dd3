//! What the fuzzers in `fuzz/` run, here over the kept inputs and over changes of them. What a fuzzer finds is
//! kept in `fuzz/seeds/`, so that it is tried with every run of the tests.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use rayon::prelude::*;
use towline::fuzz::{TARGETS, Target};

/// Changed inputs for each target, unless `PROPTEST_CASES` says how many. The fuzzers try millions.
const CASES: u32 = 48;

/// A change of an input.
#[derive(Debug, Clone)]
enum Change {
    Cut { at: Index, length: usize },
    Put { at: Index, text: Vec<u8> },
    Repeat { at: Index, length: usize, times: usize },
    Copy { from: Index, to: Index, length: usize },
}

impl Change {
    fn of(self, input: &mut Vec<u8>) {
        let size = input.len() + 1;
        let piece = |at: usize, length: usize| at..(at + length).min(size - 1);
        match self {
            Self::Cut { at, length } => drop(input.drain(piece(at.index(size), length))),
            Self::Put { at, text } => {
                let at = at.index(size);
                input.splice(at..at, text);
            }
            Self::Repeat { at, length, times } => {
                let at = at.index(size);
                let repeated = input[piece(at, length)].repeat(times);
                input.splice(at..at, repeated);
            }
            Self::Copy { from, to, length } => {
                let (copied, to) = (input[piece(from.index(size), length)].to_vec(), to.index(size));
                input.splice(to..to, copied);
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    // What means something to one of the readers.
    let words = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "\\",
        "\n",
        ":",
        " ",
        "&a",
        "*a",
        "- ",
        "<<",
        "|",
        "$",
        "${",
        "#{",
        "}#",
        "<",
        ">",
        "&",
        "]]>",
        "@",
        "//",
        "..",
        "~",
        "null",
        "true",
        "-1",
        "1e400",
        "18446744073709551616",
        "\u{feff}",
        "\u{202e}",
        "%zz",
        "é",
    ];
    let word = proptest::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec());
    let text = prop_oneof![4 => word, 1 => proptest::collection::vec(any::<u8>(), 1..8)];
    prop_oneof![
        (at(), 0..40_usize).prop_map(|(at, length)| Change::Cut { at, length }),
        (at(), text).prop_map(|(at, text)| Change::Put { at, text }),
        (at(), 1..20_usize, 1..40_usize).prop_map(|(at, length, times)| Change::Repeat { at, length, times }),
        (at(), at(), 1..200_usize).prop_map(|(from, to, length)| Change::Copy { from, to, length }),
    ]
}

fn below(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder)
}

fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let folder = below("seeds").join(target.name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn kept_inputs_are_read_without_a_fault() {
    TARGETS.par_iter().for_each(|target| {
        let seeds = seeds(target);
        assert!(!seeds.is_empty(), "{} has no input", target.name);
        seeds.iter().for_each(|seed| (target.run)(seed));
    });
}

#[test]
fn changed_inputs_are_read_without_a_fault() {
    TARGETS.par_iter().for_each(|target| {
        let default = Config::default();
        let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { CASES };
        let config = Config { cases, failure_persistence: None, ..default };
        let changes = proptest::collection::vec(change(), 0..6);
        let inputs = (proptest::sample::select(seeds(target)), changes).prop_map(|(mut input, changes)| {
            changes.into_iter().for_each(|change| change.of(&mut input));
            input
        });
        let tried = TestRunner::new(config).run(&inputs, |input| {
            (target.run)(&input);
            Ok(())
        });
        tried.unwrap_or_else(|error| panic!("{}: {error}", target.name));
    });
}

#[test]
fn every_target_has_its_fuzzer() {
    let manifest = fs::read_to_string(below("Cargo.toml")).unwrap();
    let mut fuzzers: Vec<String> = fs::read_dir(below("fuzz_targets"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    fuzzers.sort();
    let mut names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    names.sort_unstable();
    assert_eq!(fuzzers, names);
    for name in names {
        let source = fs::read_to_string(below("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(source.contains(&format!("towline::fuzz::run(\"{name}\", data)")), "{name}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
}
