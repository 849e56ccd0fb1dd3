//! What people do to the repository and to proposals.

use std::collections::BTreeSet;

use git2::Oid;
use towline::clock::Clock;
use towline::gitops::Destinations;
use towline::gitops::decision::Decision;
use towline::promote::decide::{DecideRequest, decide};
use towline::vocabulary::ForgeKind;

use super::app::{Files, release};
use super::model::{Env, Method, Rel, Source, Step};
use super::repository::{Repository, To};
use super::world::{World, entrant};
use crate::rollout_model::git::BASE;
use crate::rollout_model::model::Method as StageMethod;
use crate::rollout_model::stage::Stage;

impl World<'_> {
    pub fn people(&self, step: Step) {
        let before = Env::ALL.map(|env| self.recorded_of_ours(env));
        match self.aim(step) {
            Step::Merge(env, method) => self.merge(env, method),
            Step::Close(env) => self.close(env),
            Step::Approve(env) => self.approve(env),
            Step::Amend(env, changed) => self.amend(env, changed),
            Step::CherryPick(env) => self.cherry_pick(env),
            Step::Commit(env) => self.commit_to_proposal(env),
            Step::UpdateBranch(env) => self.update_branch(env),
            Step::Revert(env) => self.revert(env),
            Step::RevertMerge(env, proposed) => self.revert_merge(env, proposed),
            Step::Force(back) => self.force(back),
            Step::Edit(env) => self.change(env, true),
            Step::Delete(env) => self.change(env, false),
            Step::Beside(env) => self.push(&format!("{}/greeting/notes.txt", env.name())),
            Step::Other => self.push("other/app.yaml"),
            Step::Foxtrot => self.foxtrot(),
            Step::Open(decision) => self.open_gate(decision),
            Step::Run(_) | Step::Report(..) | Step::Auto(..) | Step::Pass(_) | Step::Jump(_) => {}
        }
        let takes_out = matches!(step, Step::Revert(_) | Step::RevertMerge(..) | Step::Force(_));
        for (env, before) in Env::ALL.into_iter().zip(before) {
            for (was, is) in before.into_iter().zip(self.recorded_of_ours(env)) {
                if let Some(rel) = was.filter(|_| was != is && takes_out) {
                    self.log.borrow_mut().out.insert((rel, env));
                }
            }
            self.forget_what_is_back(env);
        }
    }

    /// The step in the other environment, where there is nothing to do in this one.
    fn aim(&self, step: Step) -> Step {
        let proposed = |env: Env| if self.open_pull(env).is_some() { env } else { env.other() };
        let deployed = |env: Env| {
            let there = self.deployed(env).is_some();
            if there { env } else { env.other() }
        };
        match step {
            Step::Merge(env, method) => Step::Merge(proposed(env), method),
            Step::Close(env) => Step::Close(proposed(env)),
            Step::Approve(env) => Step::Approve(proposed(env)),
            Step::Amend(env, changed) => Step::Amend(proposed(env), changed),
            Step::CherryPick(env) => Step::CherryPick(proposed(env)),
            Step::Commit(env) => Step::Commit(proposed(env)),
            Step::UpdateBranch(env) => Step::UpdateBranch(proposed(env)),
            Step::Revert(env) => Step::Revert(deployed(env)),
            Step::RevertMerge(env, proposed) => Step::RevertMerge(deployed(env), proposed),
            Step::Edit(env) => Step::Edit(deployed(env)),
            Step::Delete(env) => Step::Delete(deployed(env)),
            step => step,
        }
    }

    /// What is recorded at the tip, under both names.
    fn recorded_of_ours(&self, env: Env) -> [Option<Rel>; 2] {
        ["greeting", "hello"].map(|application| self.recorded(self.tip(), application, env))
    }

    /// A release that came back, or that another one replaced which is not older, is not out any more.
    pub fn forget_what_is_back(&self, env: Env) {
        for rel in self.recorded_of_ours(env).into_iter().flatten() {
            let back = |out: &Rel| out.application() == rel.application() && out.number <= rel.number;
            self.log.borrow_mut().out.retain(|(out, of)| *of != env || !back(out));
        }
    }

    pub fn land_first(stage: &dyn Stage, repository: &Repository) {
        let (git, now) = (stage.git(), stage.clock().now().as_second());
        let empty = git.git().treebuilder(None).unwrap().write().unwrap();
        let root = repository.commit(&[], empty, "Begin\n", now);
        let tree = repository.changed(root, &[("README.md".to_owned(), To::Text("What runs where.\n"))]);
        git.set(BASE, repository.commit(&[root], tree, "Say what this is\n", now));
    }

    pub fn merge(&self, env: Env, method: Method) {
        let Some(pull) = self.open_pull(env) else { return };
        let (head, tip) = (pull.head_commit, self.tip());
        if self.repository.contains(tip, head) {
            return;
        }
        let (forge, method) = (self.stage.place().0, self.possible(method));
        // The local forge makes its commits itself.
        let landing = if forge == ForgeKind::Local { Some(head) } else { self.landing(tip, head, method) };
        let Some(landing) = landing else { return };
        let method = match method {
            Method::Merge => StageMethod::Merge,
            Method::Squash => StageMethod::Squash,
            Method::FastForward => StageMethod::FastForward,
        };
        if let Some(merged) = self.stage.merge(pull.number, head, landing, method) {
            self.log.borrow_mut().peoples.insert(merged);
            self.forget_what_is_back(env);
        }
    }

    /// How a project of GitLab merges is its own setting.
    fn possible(&self, method: Method) -> Method {
        match (self.stage.place().0, self.setting.method, method) {
            (ForgeKind::GitLab, Method::FastForward, _) => Method::FastForward,
            (ForgeKind::GitLab, _, Method::FastForward) => Method::Merge,
            _ => method,
        }
    }

    /// What a merge puts onto the base branch; nothing when they conflict.
    fn landing(&self, tip: Oid, head: Oid, method: Method) -> Option<Oid> {
        if method == Method::FastForward {
            return self.repository.contains(head, tip).then_some(head);
        }
        let tree = self.repository.merged(tip, head)?;
        let parents = if method == Method::Merge { vec![tip, head] } else { vec![tip] };
        Some(self.make(&parents, tree, &format!("Merge {}\n", self.next())))
    }

    pub fn approve(&self, env: Env) {
        let has_reviews = self.stage.place().0 != ForgeKind::Local;
        let Some(pull) = self.open_pull(env).filter(|_| has_reviews) else { return };
        self.log.borrow_mut().approved.insert(pull.number, pull.head_commit);
        self.stage.approve(pull.number);
    }

    fn close(&self, env: Env) {
        let Some(pull) = self.open_pull(env) else { return };
        self.stage.close(pull.number);
        for application in ["greeting", "hello"] {
            let ours = pull.head.ends_with(application);
            if let Some(rel) = self.recorded(pull.head_commit, application, env).filter(|_| ours) {
                self.log.borrow_mut().out.insert((rel, env));
            }
        }
    }

    fn amend(&self, env: Env, changed: bool) {
        let Some((branch, head)) = self.proposal(env) else { return };
        let text = format!("amended: {}\n", self.next());
        let tree = match changed {
            true => self.repository.changed(head, &[(self.manifest(env), To::Text(&text))]),
            false => self.repository.tree(head),
        };
        let (parents, message) = (self.repository.parents(head), self.repository.message(head));
        self.stage.git().set(&branch, self.make(&parents, tree, &message));
    }

    fn cherry_pick(&self, env: Env) {
        let Some((branch, head)) = self.proposal(env) else { return };
        let text = format!("picked: {}\n", self.next());
        let path = format!("{}/greeting/picked.txt", env.name());
        let tree = self.repository.changed(self.tip(), &[(path.clone(), To::Text(&text))]);
        let below = self.make(&[self.tip()], tree, "Change something\n");
        let tree = self.repository.changed(head, &[(path, To::Text(&text))]);
        self.stage.git().set(&branch, self.make(&[below], tree, &self.repository.message(head)));
    }

    fn commit_to_proposal(&self, env: Env) {
        let Some((branch, head)) = self.proposal(env) else { return };
        let text = format!("changed: {}\n", self.next());
        let tree = self.repository.changed(head, &[(self.manifest(env), To::Text(&text))]);
        self.stage.git().set(&branch, self.make(&[head], tree, "Change the proposal\n"));
    }

    fn update_branch(&self, env: Env) {
        let Some((branch, head)) = self.proposal(env) else { return };
        if self.repository.contains(head, self.tip()) {
            return;
        }
        let Some(tree) = self.repository.merged(head, self.tip()) else { return };
        let message = format!("Merge branch '{BASE}' into {branch}\n");
        self.stage.git().set(&branch, self.make(&[head, self.tip()], tree, &message));
    }

    /// The branch and the head of the open proposal.
    fn proposal(&self, env: Env) -> Option<(String, Oid)> {
        let pull = self.open_pull(env)?;
        Some((pull.head, pull.head_commit))
    }

    /// Takes back the last change of an environment's files.
    fn revert(&self, env: Env) {
        let line = self.repository.line(self.tip());
        let ours = |path: &String| path.contains(&format!("{}/", env.name()));
        for pair in line.windows(2) {
            let [after, before] = [pair[0], pair[1]].map(|id| self.repository.files(id));
            let paths: BTreeSet<_> = after.keys().chain(before.keys()).filter(|path| ours(path)).collect();
            let changed: Vec<_> =
                paths.into_iter().filter(|path| after.get(*path) != before.get(*path)).collect();
            if changed.is_empty() {
                continue;
            }
            let back = |path: &&String| {
                let to = before.get(*path).map_or(To::Nothing, |id| To::Blob(*id));
                ((*path).clone(), to)
            };
            let changes: Vec<_> = changed.iter().map(back).collect();
            let tree = self.repository.changed(self.tip(), &changes);
            self.land(&[self.tip()], tree, "Revert \"Deploy\"\n");
            return;
        }
    }

    /// The first two commits stay.
    fn force(&self, back: u8) {
        let line = self.repository.line(self.tip());
        let to = usize::from(back).min(line.len().saturating_sub(2));
        self.stage.git().set(BASE, line[to]);
    }

    /// Takes back the merge that changed an environment's files last, whatever else it brought.
    fn revert_merge(&self, env: Env, proposed: bool) {
        let (tip, folder) = (self.tip(), format!("{}/", env.name()));
        let of_env = |id: Oid| -> Files {
            let files = self.repository.files(id);
            let ours = files.iter().filter(|(path, _)| path.contains(&folder));
            ours.map(|(path, id)| (path.clone(), *id)).collect()
        };
        let line = self.repository.line(tip);
        let last = line.windows(2).find(|pair| of_env(pair[0]) != of_env(pair[1]));
        let Some(commit) = last.map(|pair| pair[0]) else { return };
        let Some(tree) = self.repository.reverted(tip, commit) else { return };
        let reverted =
            self.make(&[tip], tree, &format!("Revert \"Deploy\"\n\nThis reverts commit {commit}.\n"));
        match proposed {
            true => self.land(&[tip, reverted], tree, "Merge the revert\n"),
            false => self.stage.git().set(BASE, reverted),
        }
    }

    /// The manifest that is deployed, by the new name or the old.
    fn deployed(&self, env: Env) -> Option<String> {
        let files = self.repository.files(self.tip());
        let folder = ["greeting", "hello"].map(|name| format!("{}/{name}", env.name()));
        let all = folder.iter().flat_map(|folder| [folder.clone(), format!("apps/{folder}")]);
        all.map(|folder| format!("{folder}/configmap-greeting.yaml")).find(|path| files.contains_key(path))
    }

    fn manifest(&self, env: Env) -> String {
        self.deployed(env).unwrap_or_else(|| format!("{}/greeting/configmap-greeting.yaml", env.name()))
    }

    /// Edits or deletes a deployed file.
    fn change(&self, env: Env, edit: bool) {
        let Some(path) = self.deployed(env) else { return };
        let text = format!("edited: {}\n", self.next());
        let to = if edit { To::Text(&text) } else { To::Nothing };
        let tree = self.repository.changed(self.tip(), &[(path, to)]);
        self.land(&[self.tip()], tree, "Change by hand\n");
    }

    fn push(&self, path: &str) {
        let text = format!("pushed: {}\n", self.next());
        let tree = self.repository.changed(self.tip(), &[(path.to_owned(), To::Text(&text))]);
        self.land(&[self.tip()], tree, "Change something else\n");
    }

    fn foxtrot(&self) {
        let line = self.repository.line(self.tip());
        let from = line[1.min(line.len() - 1)];
        let text = format!("notes: {}\n", self.next());
        let notes = || [("notes.md".to_owned(), To::Text(text.as_str()))];
        let own = self.make(&[from], self.repository.changed(from, &notes()), "Take notes\n");
        let tree = self.repository.changed(self.tip(), &notes());
        self.land(&[own, self.tip()], tree, "Merge branch 'main'\n");
    }

    /// Somebody opens the gate of prod for the newest release.
    fn open_gate(&self, decision: Decision) {
        let rel = Rel { number: self.releases.get(), source: Source::Ours };
        if rel.number == 0 {
            return;
        }
        let pipeline = self.apps.pipeline(self.setting, rel, self.auto.get());
        let opened = (self.stage.git().repository(), self.stage.forge());
        let release = release(rel);
        let request = DecideRequest {
            environment: Env::Prod.name(),
            decision,
            gate: Some(self.setting.guard.name()),
            version: &release.version,
            commit: release.commit.as_deref(),
            reason: "it is urgent",
        };
        // Not every gate takes an approval.
        if decide(&Destinations::opened(&pipeline, self.access(), opened), &request).is_ok() {
            self.log.borrow_mut().opened.push((entrant(rel), decision));
        }
    }

    fn land(&self, parents: &[Oid], tree: Oid, message: &str) {
        self.stage.git().set(BASE, self.make(parents, tree, message));
    }

    fn make(&self, parents: &[Oid], tree: Oid, message: &str) -> Oid {
        self.repository.commit(parents, tree, message, self.now() + self.skew.get())
    }

    fn next(&self) -> u32 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }
}

impl Source {
    pub const fn is_dirty(self) -> bool {
        matches!(self, Self::Dirty)
    }
}
