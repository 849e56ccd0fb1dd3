//! The threads that targets, steps, templates and resources are rendered on.

use std::sync::Once;

use rayon::prelude::*;

use crate::bounds::STACK;

/// Fewer things than this are done before threads would have started.
const FEW: usize = 32;

/// Gives them the stack that the main thread has. It must come before the first work is shared out.
pub fn prepare() {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        // Where another library has started the threads, they stay as they are.
        let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
    });
}

/// What `work` makes of each item, in their order.
pub fn map<T: Send, R: Send>(items: &mut [T], work: impl Fn(&mut T) -> R + Sync + Send) -> Vec<R> {
    match items.len() < FEW {
        true => items.iter_mut().map(work).collect(),
        false => items.par_iter_mut().map(work).collect(),
    }
}

/// What `work` makes of each piece of a list, in their order: one for each thread, so that what a piece
/// needs first is made a few times only.
pub fn map_pieces<T: Sync, R: Send>(items: &[T], work: impl Fn(&[T]) -> R + Sync + Send) -> Vec<R> {
    match items.len() < FEW {
        true => vec![work(items)],
        false => {
            let size = items.len().div_ceil(rayon::current_num_threads());
            items.par_chunks(size).map(work).collect()
        }
    }
}
