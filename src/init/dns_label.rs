//! Names of folders as names of applications.

/// The nearest DNS label.
pub fn dns_label(name: &str) -> String {
    let mut label = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => label.push(c),
            _ if label.ends_with('-') => {}
            _ => label.push('-'),
        }
    }
    let label: String = label.trim_matches('-').chars().take(63).collect();
    match label.trim_end_matches('-') {
        "" => "application".to_owned(),
        label => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::dns_label;

    #[test]
    fn folders_give_names() {
        for (folder, name) in [
            ("greeting", "greeting"),
            ("My Shop_2.0", "my-shop-2-0"),
            ("--x--", "x"),
            ("", "application"),
            ("日本", "application"),
        ] {
            assert_eq!(dns_label(folder), name);
        }
        assert_eq!(dns_label(&"a-".repeat(99)).len(), 63);
    }
}
