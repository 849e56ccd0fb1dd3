//! A bound on the memory that Towline takes.
//!
//! A template or a Jsonnet program can double a text until no memory is left, and a process whose
//! allocation fails is aborted without a word. So the allocator counts, and the thread that goes over
//! the bound, or gets nothing from the system, stops where it stands, while another one reports the error and ends the process. An
//! allocator must not unwind, so there is no way to go on; there is nothing half-written either.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread::{self, Thread};
use std::time::Duration;

use anyhow::{Context, Result};

/// Far more than the largest releases take.
pub const BOUND: usize = 3 << 30;
/// Room for recursion over what is nested very deeply. It is reserved, not taken.
pub const STACK: usize = 512 << 20;

/// The system's allocator, with the bound.
pub struct Bounded;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static EXCEEDED: AtomicBool = AtomicBool::new(false);
static WATCHER: OnceLock<Thread> = OnceLock::new();

thread_local! {
    static IS_WATCHER: Cell<bool> = const { Cell::new(false) };
}

/// Calls `report`, which ends the process, when there is too much.
pub fn watch(report: impl FnOnce() + Send + 'static) -> Result<()> {
    let watching = thread::Builder::new().name("memory".to_owned()).spawn(move || {
        IS_WATCHER.set(true);
        while !EXCEEDED.load(Relaxed) {
            thread::park();
        }
        report();
    });
    let thread = watching.context("cannot start a thread")?.thread().clone();
    let _ = WATCHER.set(thread);
    Ok(())
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

fn take(size: usize) {
    let taken = TAKEN.fetch_add(size, Relaxed).saturating_add(size);
    if taken > BOUND {
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

/// Stops this thread for good, if there is one to report it.
#[cold]
fn stop() {
    let is_watcher = IS_WATCHER.try_with(Cell::get).unwrap_or(true);
    let Some(watcher) = WATCHER.get().filter(|_| !is_watcher) else { return };
    EXCEEDED.store(true, Relaxed);
    watcher.unpark();
    loop {
        thread::sleep(Duration::from_secs(60));
    }
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
