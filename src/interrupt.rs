//! What must be undone on an interrupt: child processes and temporary folders that would remain.
//!
//! Code that creates one registers how to end it, and drops the [`Registration`] when it is done.
//! The signal handler (in [`crate::cli`]) calls [`undo`] and exits. It runs on its own thread, so
//! the other code need not check for interrupts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Action = Box<dyn FnOnce() + Send>;

static ACTIONS: Mutex<BTreeMap<u64, Action>> = Mutex::new(BTreeMap::new());
static WHOLE: Mutex<()> = Mutex::new(());

/// As long as it lives, its action runs when the process is interrupted.
#[derive(Debug)]
#[must_use = "dropping it takes the action back"]
pub struct Registration(u64);

/// Registers an action for the case that the process is interrupted.
pub fn register(action: impl FnOnce() + Send + 'static) -> Registration {
    let mut actions = lock(&ACTIONS);
    let number = actions.last_key_value().map_or(0, |(last, _)| last + 1);
    actions.insert(number, Box::new(action));
    Registration(number)
}

impl Drop for Registration {
    fn drop(&mut self) {
        lock(&ACTIONS).remove(&self.0);
    }
}

/// Does something that must happen wholly or not at all: an interrupt waits until it is done.
/// It should be short, and must not call itself.
pub fn wholly<R>(action: impl FnOnce() -> R) -> R {
    let _guard = lock(&WHOLE);
    action()
}

/// Runs all actions, the latest first, and lets nothing begin that must be whole. The caller ends
/// the process while it holds the guard.
pub fn undo() -> MutexGuard<'static, ()> {
    let guard = lock(&WHOLE);
    let actions = std::mem::take(&mut *lock(&ACTIONS));
    for action in actions.into_values().rev() {
        action();
    }
    guard
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
