//! How much a template may do: far more than one needs, and less than a mistake takes.

/// Instructions that one template may take. A large template takes some ten thousand.
pub const FUEL: u64 = 5_000_000;
/// Bytes that one template may give.
pub const MAX_OUTPUT: usize = 16 << 20;
/// How deep includes and macros may call one another; each level takes some of the stack.
pub const MAX_DEPTH: usize = 60;
