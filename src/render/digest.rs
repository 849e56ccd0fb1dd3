//! Digests over named pieces: what went in, and what came out.

use sha2::{Digest as _, Sha256};

use crate::vocabulary::text::hex;

/// SHA-256 over names and contents, each with its length so that no two lists look alike.
#[derive(Clone, Default)]
pub struct Digest(Sha256);

impl Digest {
    pub fn add(&mut self, name: &str, content: &[u8]) {
        for part in [name.as_bytes(), content] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }

    /// `sha256:…`
    pub fn finish(self) -> String {
        format!("sha256:{}", hex(&self.0.finalize()))
    }
}
