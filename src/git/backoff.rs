//! How often something is tried again that another process is in the way of.

use std::time::Duration;

/// Tries for a lost race or a taken lock: the first at once, the later ones a little apart, about
/// two seconds in all. What is waited for is another process, so this is no time of the domain and
/// does not come from the clock.
#[derive(Debug, Default)]
pub struct Backoff {
    tries: u32,
}

impl Iterator for Backoff {
    type Item = ();

    fn next(&mut self) -> Option<()> {
        const TRIES: u32 = 48;
        if self.tries == TRIES {
            return None;
        }
        if self.tries > 0 {
            std::thread::sleep(Duration::from_millis(1 << (self.tries / 4).min(6)));
        }
        self.tries += 1;
        Some(())
    }
}
