//! What checks count, as it is recorded beside a verdict.

use std::fmt;

/// What the JUnit files of all checks of an environment have, together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TestCounts {
    pub tests: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl TestCounts {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut counts = Self::default();
        let mut parts = text.split(", ").map(|part| part.split_once(' '));
        let (tests, word) = parts.next()??;
        counts.tests = tests.parse().ok().filter(|_| matches!(word, "test" | "tests"))?;
        for part in parts {
            let (number, word) = part?;
            let number = number.parse().ok()?;
            match word {
                "failed" => counts.failed = number,
                "skipped" => counts.skipped = number,
                _ => return None,
            }
        }
        Some(counts)
    }

    /// Those that were not skipped.
    pub fn ran(&self) -> u64 {
        self.tests.saturating_sub(self.skipped)
    }
}

/// `12 tests, 1 failed, 2 skipped`
impl fmt::Display for TestCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.tests == 1 { "" } else { "s" };
        write!(f, "{} test{plural}, {} failed, {} skipped", self.tests, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for counts in [
            TestCounts { tests: 1, failed: 0, skipped: 1 },
            TestCounts { tests: 1200, failed: 3, skipped: 0 },
        ] {
            assert_eq!(TestCounts::parse(&counts.to_string()), Some(counts));
        }
        assert_eq!(TestCounts::parse("verified: 2 reporters, 1 check"), None);
        assert_eq!(TestCounts::parse(""), None);
    }
}
