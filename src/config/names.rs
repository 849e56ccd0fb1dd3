//! Names that become part of paths, branches and contexts.

use anyhow::Result;

use crate::yaml::At;

/// Refuses a name that is no DNS label. `what` says what it names.
pub fn check(name: &At<String>, what: &str) -> Result<()> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = (1..=63).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-');
    if good {
        return Ok(());
    }
    let message = format!("`{}` is not a name for {what}", name.escape_debug());
    let hint = "a DNS label: lower-case letters, digits and `-`, at most 63, no `-` at either end";
    Err(name.error(message).hint(hint).into())
}

/// As [`check`] for each of the names; and no two may be the same.
pub fn check_all<'a>(names: impl Iterator<Item = &'a At<String>>, what: &str) -> Result<()> {
    let mut seen: Vec<&At<String>> = Vec::new();
    for name in names {
        check(name, what)?;
        refuse_taken(name, name, seen.iter().map(|other| (other.as_str(), other.place.line)))?;
        seen.push(name);
    }
    Ok(())
}

/// Refuses a name that one of the others, each with its line, has.
pub fn refuse_taken<'a, T>(
    at: &At<T>,
    name: &str,
    mut others: impl Iterator<Item = (&'a str, usize)>,
) -> Result<()> {
    match others.find(|(other, _)| *other == name) {
        Some((_, line)) => Err(at.error(format!("the name `{name}` is already used in line {line}")).into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels() {
        let good = |text: &str| check(&At { value: text.to_owned(), ..At::default() }, "x").is_ok();
        assert!(good("prod-eu") && good("a") && good(&"a".repeat(63)));
        for bad in ["", "-a", "a-", "A", "a.b", "a/b", "a_b", "é", "a\n", &"a".repeat(64)] {
            assert!(!good(bad), "{bad}");
        }
    }
}
