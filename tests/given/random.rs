//! Random numbers that a seed gives again. `TOWLINE_TEST_SEED` sets it.

use sha2::{Digest, Sha256};

#[derive(Debug, Clone)]
pub struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    /// Another one each time, unless the environment says which.
    pub fn from_environment() -> Self {
        let now = || std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
        Self::new(std::env::var("TOWLINE_TEST_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap()))
    }

    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Other numbers, for another thread.
    pub fn part(&self, number: u64) -> Self {
        let mut part =
            Self { seed: self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15), drawn: u64::MAX / 2 };
        Self::new(part.draw())
    }

    /// A number from 0 to `end`, without `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }

    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        let text = format!("{} {}", self.seed, self.drawn);
        let digest = Sha256::digest(text);
        u64::from_le_bytes(digest[..8].try_into().unwrap())
    }
}
