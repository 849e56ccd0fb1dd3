//! Globs: the one place that compiles them. The library makes a regular expression of a glob, and panics
//! when that is too large.

use globset::{Glob, GlobBuilder};

/// In bytes. Nobody writes so much; a server might.
const LONGEST: usize = 1000;

/// The glob of a pattern, with the library's settings changed by `set`, or why there is none.
pub fn glob(pattern: &str, set: impl FnOnce(&mut GlobBuilder)) -> Result<Glob, String> {
    if pattern.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let mut builder = GlobBuilder::new(pattern);
    set(&mut builder);
    builder.build().map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_a_glob_can_be_compiled(pattern in r"([?*/a-zß]|\*\*/|\[[!^]?[a-zß-ÿ]{1,40}\]|\{[a-z,?]{0,40}\}){0,300}") {
            for case_insensitive in [false, true] {
                if let Ok(glob) = glob(&pattern, |it| _ = it.case_insensitive(case_insensitive)) {
                    glob.compile_matcher().is_match("a/b");
                }
            }
        }
    }

    #[test]
    fn a_glob_that_is_too_long_is_none() {
        let error = glob(&"a".repeat(140_000), |_| ()).unwrap_err();
        assert_eq!(error, "it is longer than 1000 bytes");
        glob(&"?".repeat(LONGEST), |_| ()).unwrap().compile_matcher();
    }
}
