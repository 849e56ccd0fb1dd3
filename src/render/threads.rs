//! The threads that targets and steps are rendered on.

use std::sync::Once;

use crate::memory::STACK;

/// Gives them the stack that the main thread has. It must come before the first work is shared out.
pub fn prepare() {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        // Where another library has started the threads, they stay as they are.
        let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
    });
}
