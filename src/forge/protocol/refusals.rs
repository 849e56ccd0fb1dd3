//! Refusals: what the forge said when it was asked for a merge and did not do it. Not every rule of a
//! branch can be read beforehand, so these words are shown while a pull request waits. They are
//! forgotten with the process: the next one asks again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use git2::Oid;

use crate::forge::{MergeReadiness, MergeResult};

/// The last refusal of each pull request.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<HashMap<u64, Refusal>>);

#[derive(Debug)]
struct Refusal {
    head: Oid,
    words: String,
    /// What the pull request waited for when it was first looked at after that.
    readiness: Option<MergeReadiness>,
}

impl Refusals {
    /// Remembers why this head was not merged, or forgets it.
    pub fn note(&self, number: u64, head: Oid, result: &MergeResult) {
        let words = match result {
            MergeResult::NotMergeable(why) | MergeResult::WhenReady(why) => why.clone(),
            _ => {
                self.known().remove(&number);
                return;
            }
        };
        self.known().insert(number, Refusal { head, words, readiness: None });
    }

    /// What was said of this head.
    pub fn said_of(&self, number: u64, head: Oid) -> Option<String> {
        self.known().get(&number).filter(|refusal| refusal.head == head).map(|refusal| refusal.words.clone())
    }

    /// Adds the words to what a pull request waits for. Once it waits for something else, they are
    /// about the past. What names them already needs no repeating.
    pub fn recall(&self, number: u64, readiness: MergeReadiness) -> MergeReadiness {
        let mut known = self.known();
        let Some(refusal) = known.get_mut(&number) else { return readiness };
        let before = refusal.readiness.get_or_insert_with(|| readiness.clone());
        if *before != readiness {
            known.remove(&number);
            return readiness;
        }
        let lists = [&readiness.missing, &readiness.broken].into_iter().flatten();
        let is_named = lists.map(String::as_str).collect::<Vec<_>>().join("; ") == refusal.words;
        let refused = Some(refusal.words.clone()).filter(|_| !is_named);
        MergeReadiness { refused, ..readiness }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<u64, Refusal>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(refusals: &Refusals, missing: &str) -> Option<String> {
        let missing = vec![missing.to_owned()];
        refusals.recall(1, MergeReadiness { missing, ..MergeReadiness::default() }).refused
    }

    #[test]
    fn words_are_shown_until_something_changes() {
        let refusals = Refusals::default();
        let head = Oid::ZERO_SHA1;
        assert_eq!(refused(&refusals, "a status"), None);
        refusals.note(1, head, &MergeResult::NotMergeable("Not now".into()));
        for _ in 0..2 {
            assert_eq!(refused(&refusals, "a status").as_deref(), Some("Not now"));
        }
        assert_eq!(refused(&refusals, "an approval"), None);
        assert_eq!(refused(&refusals, "a status"), None, "they are forgotten");
        refusals.note(1, head, &MergeResult::NotMergeable("a status".into()));
        assert_eq!(refused(&refusals, "a status"), None, "they are named already");
    }
}
