//! The secrets in URLs: passwords before the host, tokens and signatures in the query.
//!
//! People write passwords into URLs as they are, with slashes, at signs and hashes, which end the part of a
//! URL that a password may stand in. So what is before the last `@` counts, wherever the URL's grammar says
//! that the host ended.

use std::ops::Range;

use super::HIDDEN;

/// A lone user name that is this long is a token.
const LONG: usize = 20;

/// The parameters of queries that hold a secret.
const PARAMETERS: [&str; 22] = [
    "access_token",
    "api_key",
    "api-key",
    "apikey",
    "auth_token",
    "client_secret",
    "code",
    "id_token",
    "job_token",
    "key",
    "passwd",
    "password",
    "private_token",
    "pwd",
    "refresh_token",
    "secret",
    "sig",
    "signature",
    "token",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-signature",
];

/// Whether a URL has a password before its host.
pub fn has_password(url: &str) -> bool {
    url.find("://")
        .is_some_and(|at| user_info(&url[at + 3..]).is_some_and(|(_, password)| password.is_some()))
}

/// Where the URLs in a text have passwords and other secrets. A quote ends a URL, unless that is all there is.
pub fn passwords_in(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    let is_url = is_one_url(text);
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '<' | '>') && !is_url;
    while let Some(next) = text[at..].find("://") {
        let start = at + next + 3;
        let is_end = |c: char| c.is_whitespace() || c.is_control() || is_quote(c);
        let end = text[start..].find(is_end).map_or(text.len(), |length| start + length);
        let url = &text[start..end];
        let (user, secret) = user_info(url).unwrap_or((0..0, None));
        let is_token = secret.is_none() && user.len() >= LONG;
        found.extend(secret.or(is_token.then_some(user)).map(|it| start + it.start..start + it.end));
        found.extend(parameters(url).map(|it| start + it.start..start + it.end));
        at = end.max(start);
    }
    found.retain(|part| !part.is_empty() && !is_placeholder(&text[part.clone()]));
    found
}

fn is_one_url(text: &str) -> bool {
    let is_scheme =
        |scheme: &str| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_alone = |rest: &str| !rest.contains("://") && !rest.contains(char::is_whitespace);
    text.split_once("://").is_some_and(|(scheme, rest)| is_scheme(scheme) && is_alone(rest))
}

/// Whether a text is nothing but what something else will be put in place of, or was: `${NAME}`, `$(NAME)`,
/// `{{NAME}}`, `$NAME` in upper case, or a hidden secret.
fn is_placeholder(text: &str) -> bool {
    let is_around = |begin: &str, end: &str| {
        let inside = text.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
        inside.is_some_and(|inside| !inside.contains(['{', '}', '(', ')']))
    };
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
    };
    let is_reference = text.strip_prefix('$').is_some_and(is_name);
    text == HIDDEN
        || is_reference
        || [("${", "}"), ("$(", ")"), ("{{", "}}")].iter().any(|(begin, end)| is_around(begin, end))
}

/// The user and the password of a URL, behind its scheme.
fn user_info(url: &str) -> Option<(Range<usize>, Option<Range<usize>>)> {
    let authority = &url[..url.find(['/', '?', '#']).unwrap_or(url.len())];
    let end = match authority.rfind('@') {
        Some(at) => at,
        None if is_host(authority) => return None,
        None => last_before_host(url)?,
    };
    match url[..end].find(':') {
        Some(colon) => Some((0..colon, Some(colon + 1..end))),
        None => Some((0..end, None)),
    }
}

/// Whether nothing but a port stands behind a colon: `host`, `host:8443`, `[::1]:8443`.
fn is_host(authority: &str) -> bool {
    let address = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let port = address.map_or(authority, |(_, behind)| behind).split_once(':');
    port.is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()) || is_placeholder(port))
}

/// The last at sign behind which a host stands.
fn last_before_host(url: &str) -> Option<usize> {
    let is_host = |behind: &[u8]| {
        let host =
            behind.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b".-[".contains(byte)).count();
        host > 0 && behind.get(host).is_none_or(|next| b"/:?#,)".contains(next))
    };
    let found = url.rmatch_indices('@').find(|(at, _)| is_host(&url.as_bytes()[at + 1..]));
    found.map(|(at, _)| at)
}

fn parameters(url: &str) -> impl Iterator<Item = Range<usize>> {
    let query = url.find('?').map_or(url.len(), |at| at + 1);
    let mut at = query;
    url[query..].split(['&', ';', '#']).filter_map(move |parameter| {
        let start = at;
        at += parameter.len() + 1;
        let (name, value) = parameter.split_once('=')?;
        let is_secret = PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name));
        is_secret.then_some(start + name.len() + 1..start + name.len() + 1 + value.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        passwords_in(text).into_iter().map(|part| &text[part]).collect()
    }

    #[test]
    fn passwords_are_found_whatever_they_are_made_of() {
        for (url, password) in [
            ("https://bob:pw@host/a", "pw"),
            ("https://bob:p%40w@host/a", "p%40w"),
            ("https://bob:pw/x@git.example/a/b.git", "pw/x"),
            ("https://bob:p#w?x@host:8443/a", "p#w?x"),
            ("https://bob:p@w@host/a", "p@w"),
            ("https://bob:a:b@host/a@v1", "a:b"),
            ("postgres://app:s3cret@db/app?sslmode=off", "s3cret"),
            ("https://ghp_0123456789abcdefghij@github.com/a", "ghp_0123456789abcdefghij"),
            ("https://x.blob.core.windows.net/a?sv=1&sig=ab%2Fc&se=2", "ab%2Fc"),
            ("https://gitlab.com/api?Access_Token=t0ken", "t0ken"),
            ("https://storage.googleapis.com/a?X-Goog-Signature=5ig", "5ig"),
            ("https://b.s3.amazonaws.com/a?X-Amz-Security-Token=t0k", "t0k"),
            ("jdbc:sqlserver://host?user=app&pwd=w0rd", "w0rd"),
            ("https://bob:$w0rd@host/a", "$w0rd"),
            ("https://bob:{w0rd@host/a", "{w0rd"),
            ("https://bob:(w0rd)@host/a", "(w0rd)"),
            ("https://bob:${A}w0rd}@host/a", "${A}w0rd}"),
            ("https://bob:w0/rd@[::1]:8443/a", "w0/rd"),
        ] {
            assert_eq!(found(&format!("see '{url}', or {url}")), [password, password], "{url}");
        }
        assert_eq!(found(r#"https://bob:it's"pw"@host/a"#), ["it's\"pw\""]);
        assert!(has_password("https://bob:pw/x@git.example/a/b.git"));
    }

    #[test]
    fn other_urls_have_none() {
        for url in [
            "https://acme@dev.azure.com/acme/shop",
            "ssh://git@host:22/a",
            "https://host:8443/a@b",
            "https://host/a@b?page=2#x@y",
            "https://registry/@scope/pkg",
            "https://user:${TOKEN}@host/a",
            "https://user:$(TOKEN)@host/a",
            "https://user:{{TOKEN}}@host/a",
            "https://user:$TOKEN_2@host/a",
            "https://user:(secret)@host/a?sig=(secret)",
            "http://[::1]:80/a",
            "http://[::1]:80/a@b",
            "http://[fe80::1]/a@b",
            "http://{{host}}:{{port}}/a@b",
            "://",
        ] {
            assert!(found(url).is_empty(), "{url}: {:?}", found(url));
        }
        assert!(!has_password("https://host:8443/a@b"));
    }
}
