//! Bounds on the memory and the time that Towline itself takes to render.
//!
//! A template or a Jsonnet program can double a text until no memory is left, and a process whose
//! allocation fails is aborted without a word. A filter can work for hours. Neither can be stopped from
//! inside, so another thread watches: it reports the error, names the template, and ends the process. There
//! is nothing half-written then.
//!
//! For memory, the allocator counts. The thread that goes over the bound, or gets nothing from the system,
//! stops where it stands: an allocator must not unwind. When the report does not come, it aborts the process.

mod available;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::vocabulary::Place;

/// Far more than the largest releases take.
const MOST: usize = 3 << 30;
/// Room for recursion over what is nested very deeply. It is reserved, not taken.
pub const STACK: usize = 512 << 20;
/// How long one template or expression may take; a large one takes milliseconds.
pub const TIME: Duration = Duration::from_secs(120);
/// How long reporting may take before a thread that took too much ends the process itself.
const PATIENCE: Duration = Duration::from_secs(60);
/// How soon the watcher looks again when it finds the list of work in use.
const SOON: Duration = Duration::from_millis(1);

/// The system's allocator, with the bound.
pub struct Bounded;

/// What was too much, and for whom.
#[derive(Debug)]
pub enum Exceeded {
    /// More than so many bytes, or more than there are.
    Memory(usize, Option<Arc<Place>>),
    Time(Duration, Arc<Place>),
}

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static BOUND: AtomicUsize = AtomicUsize::new(MOST);
static EXCEEDED: AtomicBool = AtomicBool::new(false);
/// What the thread was doing that took too much.
static CULPRIT: Mutex<Option<Arc<Place>>> = Mutex::new(None);
static WATCHER: OnceLock<Thread> = OnceLock::new();
static WORK: Mutex<Work> = Mutex::new(Work { next: 0, wakes: None, pieces: Vec::new() });

thread_local! {
    static IS_WATCHER: Cell<bool> = const { Cell::new(false) };
    /// What this thread is doing.
    static DOING: RefCell<Option<Arc<Place>>> = const { RefCell::new(None) };
}

/// What is being done, by all threads.
struct Work {
    next: u64,
    /// When the watcher looks next, if it does by itself.
    wakes: Option<Instant>,
    pieces: Vec<Piece>,
}

struct Piece {
    number: u64,
    ends: Instant,
    time: Duration,
    place: Arc<Place>,
}

/// Watches from now on, and calls `report`, which ends the process, when something is too much.
pub fn watch(report: impl FnOnce(Exceeded) + Send + 'static) -> Result<()> {
    BOUND.store(available::memory().map_or(MOST, |there_is| MOST.min(there_is)), Relaxed);
    let watching = thread::Builder::new().name("bounds".to_owned()).spawn(move || {
        IS_WATCHER.set(true);
        report(exceeded());
    });
    let thread = watching.context("cannot start a thread")?.thread().clone();
    let _ = WATCHER.set(thread);
    Ok(())
}

/// Does what is written at a place, for at most so long. Whoever does it is named where it takes too much.
pub fn within<R>(time: Duration, place: &Arc<Place>, work: impl FnOnce() -> R) -> R {
    let number = begin(time, place);
    let done = at(place, work);
    let mut work = WORK.lock().unwrap_or_else(PoisonError::into_inner);
    work.pieces.retain(|piece| piece.number != number);
    done
}

/// The same without a bound on the time.
pub fn at<R>(place: &Arc<Place>, work: impl FnOnce() -> R) -> R {
    let before = DOING.replace(Some(place.clone()));
    let done = work();
    DOING.set(before);
    done
}

/// Runs `main` where there is room for deep recursion.
pub fn with_large_stack<R: Send + 'static>(main: fn() -> R) -> R {
    match thread::Builder::new().stack_size(STACK).spawn(main).map(thread::JoinHandle::join) {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        // Without the room it works as well, for all that people write.
        Err(_) => main(),
    }
}

fn begin(time: Duration, place: &Arc<Place>) -> u64 {
    let ends = Instant::now() + time;
    let mut work = WORK.lock().unwrap_or_else(PoisonError::into_inner);
    let number = work.next;
    work.next += 1;
    work.pieces.push(Piece { number, ends, time, place: place.clone() });
    if work.wakes.is_none_or(|wakes| ends < wakes)
        && let Some(watcher) = WATCHER.get()
    {
        work.wakes = Some(ends);
        watcher.unpark();
    }
    number
}

/// Waits until something is too much.
fn exceeded() -> Exceeded {
    loop {
        if EXCEEDED.load(Relaxed) {
            let culprit = CULPRIT.try_lock().ok().and_then(|culprit| culprit.clone());
            return Exceeded::Memory(BOUND.load(Relaxed), culprit);
        }
        // Who holds it may have stopped for want of memory.
        let Ok(mut work) = WORK.try_lock() else {
            thread::park_timeout(SOON);
            continue;
        };
        let now = Instant::now();
        if let Some(late) = work.pieces.iter().find(|piece| piece.ends <= now) {
            return Exceeded::Time(late.time, late.place.clone());
        }
        work.wakes = work.pieces.iter().map(|piece| piece.ends).min();
        let wakes = work.wakes;
        drop(work);
        match wakes {
            Some(wakes) => thread::park_timeout(wakes - now),
            None => thread::park(),
        }
    }
}

fn take(size: usize) {
    let taken = TAKEN.fetch_add(size, Relaxed).saturating_add(size);
    if taken > BOUND.load(Relaxed) {
        stop();
    }
}

/// What the system gave, if it gave anything.
fn given(pointer: *mut u8) -> *mut u8 {
    if pointer.is_null() {
        stop();
    }
    pointer
}

/// Stops this thread for good, if there is another one to report it.
#[cold]
fn stop() {
    let is_watcher = IS_WATCHER.try_with(Cell::get).unwrap_or(true);
    let Some(watcher) = WATCHER.get().filter(|_| !is_watcher) else { return };
    // The first one is named. Nothing here allocates.
    if !EXCEEDED.load(Relaxed)
        && let Ok(mut culprit) = CULPRIT.try_lock()
    {
        *culprit = DOING.try_with(|doing| doing.try_borrow().ok()?.clone()).ok().flatten();
    }
    EXCEEDED.store(true, Relaxed);
    watcher.unpark();
    wait_for_the_end(PATIENCE);
}

/// Waits for the watcher to end the process. It cannot while it waits itself for what this thread holds.
fn wait_for_the_end(patience: Duration) -> ! {
    thread::sleep(patience);
    std::process::abort();
}

// SAFETY: every call goes to the system's allocator with the arguments that came in. What happens
// before neither allocates nor unwinds.
#[allow(unsafe_code, reason = "an allocator cannot be written without it")]
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        given(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        given(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        TAKEN.fetch_sub(layout.size(), Relaxed);
        given(unsafe { System.realloc(pointer, layout, size) })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_that_nobody_ends_is_aborted() {
        let mut command = Command::new("true");
        // SAFETY: nothing but system calls is made there.
        #[allow(unsafe_code, reason = "it ends the process, which is not to be that of the tests")]
        unsafe {
            command.pre_exec(|| wait_for_the_end(Duration::ZERO));
        }
        assert_eq!(command.status().unwrap().signal(), Some(6));
    }
}
