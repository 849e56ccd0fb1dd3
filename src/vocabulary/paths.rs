//! Relative paths: placeholders filled in, and nothing that leads out of the folder they start at.

use std::path::{Path, PathBuf};

use super::{Diagnostic, nearest};

/// The root of a repository, as a folder.
pub const ROOT: &str = ".";

/// Names that a path may use between `{{` and `}}`, with their values.
pub type Names<'a> = &'a [(&'a str, &'a str)];

/// Fills in `{{ environment }}` and the like.
pub fn expand(text: &str, names: Names) -> Result<String, Diagnostic> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else {
            return Err(Diagnostic::new(format!("`{text}`: `{{{{` without `}}}}`")));
        };
        expanded.push_str(before);
        expanded.push_str(lookup(name.trim(), names)?);
        rest = behind;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// The names that a text has between `{{` and `}}`.
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|part| part.split_once("}}")).map(|(name, _)| name.trim())
}

fn lookup<'a>(name: &str, names: Names<'a>) -> Result<&'a str, Diagnostic> {
    if let Some((_, value)) = names.iter().find(|(known, _)| *known == name) {
        return Ok(value);
    }
    let known = || names.iter().map(|(known, _)| *known);
    let hint = match nearest(name, known()) {
        Some(near) => format!("did you mean `{{{{ {near} }}}}`?"),
        None => format!("expected one of: {}", known().collect::<Vec<_>>().join(", ")),
    };
    Err(Diagnostic::new(format!("unknown value `{{{{ {name} }}}}`")).hint(hint))
}

/// A path with `/` between its parts, relative, without `.` and `..`; `.` alone stays.
pub fn relative(path: &str) -> Result<String, Diagnostic> {
    let refused = |why: &str| {
        let message = format!("the path `{}` {why}", path.escape_debug());
        let hint = "write a relative path with `/` that stays inside its folder";
        Err(Diagnostic::new(message).hint(hint))
    };
    if path.is_empty() {
        return refused("is empty");
    }
    if path.starts_with('/') || path.chars().nth(1) == Some(':') {
        return refused("is absolute");
    }
    if path.contains('\\') || path.chars().any(char::is_control) {
        return refused("has a backslash or a control character");
    }
    if path.split('/').any(|part| part == "..") {
        return refused("leaves the repository");
    }
    let parts: Vec<_> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    match parts.is_empty() {
        true => Ok(".".to_owned()),
        false => Ok(parts.join("/")),
    }
}

/// A path in the GitOps repository: a relative one that git can hold, below the root.
pub fn in_gitops(path: &str) -> Result<String, Diagnostic> {
    match folder_in_gitops(path)? {
        path if path == ROOT => {
            Err(Diagnostic::new("the root of the GitOps repository is no place for this")
                .hint("name a folder in it"))
        }
        path => Ok(path),
    }
}

/// A folder in the GitOps repository, which may be its root.
pub fn folder_in_gitops(path: &str) -> Result<String, Diagnostic> {
    let path = relative(path)?;
    if path.split('/').any(|part| part.eq_ignore_ascii_case(".git")) {
        return Err(Diagnostic::new(format!("the path `{path}` points into `.git`")));
    }
    Ok(path)
}

/// Whether `inner` is `outer` or stands below it.
pub fn is_inside(inner: &str, outer: &str) -> bool {
    if matches!(outer, "" | ROOT) {
        return true;
    }
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path below a root, without a leading `./`.
pub fn below(root: &Path, path: &Path) -> PathBuf {
    match root == Path::new(".") {
        true => path.to_owned(),
        false => root.join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in() {
        let names: Names = &[("environment", "dev"), ("application", "shop")];
        let expand = |text| expand(text, names).map_err(|error| error.to_string());
        assert_eq!(expand("{{environment}}/a/{{ application }}"), Ok("dev/a/shop".into()));
        assert_eq!(expand("{{ enviroment }}"), Err("unknown value `{{ enviroment }}`".into()));
        assert_eq!(expand("a/{{ x"), Err("`a/{{ x`: `{{` without `}}`".into()));
    }

    #[test]
    fn paths_stay_inside() {
        let good = |path| relative(path).ok();
        assert_eq!(good("./a//b/"), Some("a/b".into()));
        assert_eq!(good("."), Some(".".into()));
        assert_eq!(good("a/..b"), Some("a/..b".into()));
        for bad in ["", "/etc", "..", "a/../b", "../../etc", "C:/x", "a\\b", "a\nb"] {
            assert_eq!(good(bad), None, "{bad}");
        }
        assert!(in_gitops("a/.GIT/hooks").is_err() && in_gitops("./").is_err());
        assert!(is_inside("a/b", "a") && !is_inside("ab", "a") && is_inside("a", ROOT));
    }
}
