//! The binary. All code is in the library.

use towline::bounds::{self, Bounded};

#[global_allocator]
static MEMORY: Bounded = Bounded;

fn main() -> std::process::ExitCode {
    bounds::with_large_stack(towline::cli::run)
}
