//! The binary. All code is in the library.

use towline::memory::{self, Bounded};

#[global_allocator]
static MEMORY: Bounded = Bounded;

fn main() -> std::process::ExitCode {
    memory::with_large_stack(towline::cli::run)
}
