//! What must be true whatever happened, by what git says alone.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::crowd::rendered;
use crate::given::Sandbox;

pub struct Laws<'a> {
    pub sandbox: &'a Sandbox,
    /// In the sandbox.
    pub repository: &'a str,
}

/// A merge of a release on the base branch.
struct Merge {
    commit: String,
    application: String,
    release: String,
    environment: String,
}

impl Laws<'_> {
    /// How many merges there are. `folder` is where an application is, `pushed` are the files of people.
    pub fn check(&self, folder: &dyn Fn(&str) -> String, pushed: &[String]) -> usize {
        self.git(&["fsck", "--strict", "--no-dangling"]);
        let merges = self.merges();
        self.nothing_is_merged_twice(&merges);
        for merge in &merges {
            self.a_merge_is_its_base_and_a_rendering(merge, folder);
        }
        self.nothing_of_people_is_lost(pushed);
        self.verdicts_are_of_what_was_deployed(&merges);
        self.no_lock_is_left();
        merges.len()
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.sandbox.git(self.repository, arguments)
    }

    /// What stands on the base branch is a release or people's work, and nothing else.
    fn merges(&self) -> Vec<Merge> {
        let subject = Regex::new(r"^([0-9a-f]{40}) Deploy (\S+) (\S+) to (\S+) \(#\d+\)$").unwrap();
        let log = self.git(&["log", "--first-parent", "--format=%H %s", "main"]);
        let of_people = ["Begin", "Work of people", "Edit by hand"];
        let theirs = |line: &&str| !of_people.iter().any(|subject| line.ends_with(subject));
        let merge = |line: &str| {
            let told =
                subject.captures(line).unwrap_or_else(|| panic!("neither a release nor people's: {line}"));
            let told: [&str; 4] = told.extract().1;
            let [commit, application, release, environment] = told.map(str::to_owned);
            Merge { commit, application, release, environment }
        };
        log.lines().filter(theirs).map(merge).collect()
    }

    fn nothing_is_merged_twice(&self, merges: &[Merge]) {
        let mut seen = BTreeSet::new();
        for Merge { application, release, environment, .. } in merges {
            assert!(seen.insert((application, release, environment)), "{release} of {application} twice");
        }
    }

    fn a_merge_is_its_base_and_a_rendering(&self, merge: &Merge, folder: &dyn Fn(&str) -> String) {
        let Merge { commit, application, release, environment } = merge;
        let parent = format!("{commit}^1");
        let changed = self.git(&["diff-tree", "-r", "--name-only", &parent, commit]);
        let rendered = rendered(self.sandbox, &folder(application), environment, release);
        let paths: BTreeSet<&str> = rendered.iter().map(|(path, _)| path.as_str()).collect();
        for path in changed.lines() {
            assert!(
                paths.contains(path),
                "{commit} brought {path}, which {release} of {application} has not"
            );
        }
        for (path, content) in &rendered {
            let there = self.git(&["show", &format!("{commit}:{path}")]);
            let content = String::from_utf8_lossy(content);
            assert_eq!(there, content.trim_end(), "{path} in {commit} is not what {release} renders");
        }
    }

    fn nothing_of_people_is_lost(&self, pushed: &[String]) {
        let files = self.git(&["ls-tree", "-r", "--name-only", "main"]);
        let files: BTreeSet<&str> = files.lines().collect();
        let lost: Vec<_> = pushed.iter().filter(|file| !files.contains(file.as_str())).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
    }

    /// A verdict stands on a commit that brought the release that it names.
    fn verdicts_are_of_what_was_deployed(&self, merges: &[Merge]) {
        let merges: BTreeMap<&str, &Merge> =
            merges.iter().map(|merge| (merge.commit.as_str(), merge)).collect();
        let references = self.git(&["for-each-ref", "--format=%(refname)", "refs/notes/towline-statuses"]);
        if references.is_empty() {
            return;
        }
        for line in self.git(&["notes", "--ref=towline-statuses", "list"]).lines() {
            let (_, commit) = line.split_once(' ').unwrap();
            for status in self.git(&["notes", "--ref=towline-statuses", "show", commit]).lines() {
                let status: serde_json::Value = serde_json::from_str(status).unwrap();
                if status["state"] != "success" {
                    continue;
                }
                let Some(merge) = merges.get(commit) else {
                    panic!("a verdict on {commit}, which nobody merged")
                };
                let told = status["description"].as_str().unwrap();
                assert_eq!(told.split(' ').next(), Some(merge.release.as_str()), "{commit}: {told}");
                let context = format!("towline/{}/{}", merge.application, merge.environment);
                assert_eq!(status["context"], context, "{commit}");
            }
        }
    }

    fn no_lock_is_left(&self) {
        let locks = self.sandbox.lock_files(self.repository);
        assert!(locks.is_empty(), "{locks:?}");
    }
}
