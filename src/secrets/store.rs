//! The secrets that this process has read.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::HIDDEN;
use super::finder::{Finder, Leak, hide};
use super::url::passwords_in;

/// What a secret is, which decides where it may be beside our own memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Of a variable. Committed files are checked for it target by target.
    Variable,
    /// In a URL that people wrote into an input. It is what they wrote it for.
    Url,
    /// Of a proxy: every child may use it, and no file may hold it.
    Proxy,
    /// What Towline signs in with: no child gets it, and no file may hold it.
    Token,
}

/// A credential in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it was read: `TOWLINE_TOKEN`.
    pub what: String,
    /// The line of the text that it begins in.
    pub line: usize,
}

#[derive(Default)]
struct Store {
    /// By their values.
    secrets: IndexMap<String, Secret>,
    /// Where tokens were read, of which several may have the same value.
    token_names: BTreeSet<String>,
    /// Words that are no secrets, whoever says so: they are in everything that is written.
    open: BTreeSet<String>,
    /// Made when it is needed next.
    known: Option<Arc<Known>>,
}

/// What a secret is, and where it was read.
type Secret = (Kind, String);

/// A state of the store that nothing changes any more.
struct Known {
    finder: Finder,
    /// By their numbers.
    secrets: Vec<Secret>,
    token_names: BTreeSet<String>,
    open: BTreeSet<String>,
}

static STORE: Mutex<Option<Store>> = Mutex::new(None);
/// Whether there is any secret at all.
static ANY: AtomicBool = AtomicBool::new(false);

/// Remembers a secret for as long as the process lives. `what` tells people where it was read.
pub fn remember(kind: Kind, what: &str, value: &str) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    with(|store| {
        let is_new_name = kind == Kind::Token && store.token_names.insert(what.to_owned());
        let is_new = store.secrets.get(value).is_none_or(|(known, _)| *known < kind);
        if is_new {
            store.secrets.insert(value.to_owned(), (kind, what.to_owned()));
        }
        if is_new || is_new_name {
            store.known = None;
        }
    });
    ANY.store(true, Ordering::Release);
}

/// Remembers the passwords and other secrets of the URLs in a text, as they are written and as servers
/// read them.
pub fn remember_in_urls(kind: Kind, what: &str, text: &str) {
    for part in passwords_in(text) {
        let written = &text[part];
        remember(kind, what, written);
        remember(kind, what, &percent_decode_str(written).decode_utf8_lossy());
    }
}

/// Says that a word is no secret: the name of an environment, of the application. A secret that is such a
/// word, or a part of one, is not hidden there.
pub fn open_word(word: &str) {
    if !word.is_empty() {
        with(|store| {
            if store.open.insert(word.to_owned()) {
                store.known = None;
            }
        });
    }
}

/// The text for people, without any secret and without passwords in URLs.
pub fn redact(text: &str) -> Cow<'_, str> {
    let known = known();
    if known.as_ref().is_some_and(|known| known.is_whole(text)) {
        return Cow::Borrowed(HIDDEN);
    }
    let leaks = known.as_ref().map(|known| known.leaks(text)).unwrap_or_default();
    let in_urls = passwords_in(text).into_iter().map(|part| (part.start, part.end));
    hide(text, leaks.iter().map(|leak| (leak.start, leak.end)).chain(in_urls))
}

/// What stays as it is in JSON.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// Names of fields that are the same whatever the values are.
    pub fields: &'a dyn Fn(&str) -> bool,
    /// Names of fields whose values are documents.
    pub documents: &'a [&'a str],
}

/// The same for every text of a JSON value. A number that holds a secret becomes a text; most numbers are short,
/// and one that is a short secret as a whole is that by chance.
pub fn redact_json(value: &mut Value, names: &Names) {
    match value {
        Value::String(text) => {
            let hidden = redact(text).into_owned();
            if hidden != *text {
                *text = hidden;
            }
        }
        Value::Number(number) => {
            if known().is_some_and(|known| !known.leaks(&number.to_string()).is_empty()) {
                *value = Value::from(HIDDEN);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact_json(item, names)),
        Value::Object(fields) => {
            let is_foreign = |name: &str| redact(name) != name && !(names.fields)(name);
            if fields.keys().any(|name| is_foreign(name)) {
                let old = std::mem::take(fields);
                fields.extend(old.into_iter().map(|(name, value)| {
                    let name = if is_foreign(&name) { redact(&name).into_owned() } else { name };
                    (name, value)
                }));
            }
            let texts = fields.iter_mut().filter(|(name, _)| !names.documents.contains(&name.as_str()));
            texts.for_each(|(_, value)| redact_json(value, names));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// What Towline or a proxy signs in with, if the text holds that.
pub fn credential_in(text: &str) -> Option<Found> {
    let known = known()?;
    let is_credential = |leak: &Leak| !leak.is_part && known.kind(leak) >= Kind::Proxy;
    let leak = known.finder.leaks(text).into_iter().find(is_credential)?;
    let line = 1 + text[..leak.start].matches('\n').count();
    Some(Found { what: known.secrets[leak.secret].1.clone(), line })
}

/// Whether a variable of the process is what Towline signs in with, or holds it. One that is too short to
/// be searched for is known by its name.
pub fn is_token(name: &str, value: &str) -> bool {
    let Some(known) = known() else { return false };
    let holds = || known.finder.leaks(value).iter().any(|leak| known.kind(leak) == Kind::Token);
    known.token_names.contains(name) || holds()
}

/// What the variable of the process holds that `process` must not make a variable of.
pub fn is_credential(name: &str, value: &str) -> bool {
    is_token(name, value) || credential_in(value).is_some()
}

impl Known {
    fn new(store: &Store) -> Self {
        let is_word =
            |(_, (value, (kind, _))): &(usize, (&String, &Secret))| *kind >= Kind::Proxy && is_word(value);
        let (words, searched): (Vec<_>, Vec<_>) = store.secrets.iter().enumerate().partition(is_word);
        let [words, searched] = [words, searched]
            .map(|secrets| secrets.into_iter().map(|(number, (value, _))| (number, value.as_str())));
        Self {
            finder: Finder::new(searched).and_whole(words),
            secrets: store.secrets.values().cloned().collect(),
            token_names: store.token_names.clone(),
            open: store.open.clone(),
        }
    }

    fn kind(&self, leak: &Leak) -> Kind {
        self.secrets[leak.secret].0
    }

    /// Where secrets are, but for words that everybody may see.
    fn leaks(&self, text: &str) -> Vec<Leak> {
        let mut leaks = self.finder.leaks(text);
        leaks.retain(|leak| !leak.is_plain || !self.is_open(text, leak));
        leaks
    }

    /// Whether the text is a short secret that not everybody may see.
    fn is_whole(&self, text: &str) -> bool {
        self.finder.is_whole(text) && !self.open.contains(text.trim())
    }

    fn is_open(&self, text: &str, leak: &Leak) -> bool {
        let words = self.open.iter().map(String::as_str).chain([HIDDEN]);
        words.filter(|word| word.len() >= leak.end - leak.start).any(|word| {
            let from = text.floor_char_boundary((leak.end).saturating_sub(word.len()));
            let to = text.ceil_char_boundary((leak.start + word.len()).min(text.len()));
            text[from..to].contains(word)
        })
    }
}

/// A credential that is a short word or number: nobody has such a one but to try something, and each `main` or
/// `true` would be it.
fn is_word(value: &str) -> bool {
    let all = |is: fn(&u8) -> bool| value.bytes().all(|byte| is(&byte));
    value.len() < 8 && (all(u8::is_ascii_alphabetic) || all(u8::is_ascii_digit))
}

/// The secrets of now; nothing where there are none, which is found out without waiting for anybody.
fn known() -> Option<Arc<Known>> {
    if !ANY.load(Ordering::Acquire) {
        return None;
    }
    Some(with(|store| {
        let known = store.known.take().unwrap_or_else(|| Arc::new(Known::new(store)));
        store.known = Some(known.clone());
        known
    }))
}

fn with<R>(action: impl FnOnce(&mut Store) -> R) -> R {
    let mut store: MutexGuard<Option<Store>> = STORE.lock().unwrap_or_else(PoisonError::into_inner);
    action(store.get_or_insert_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_remembered_is_hidden_everywhere() {
        remember(Kind::Token, "TOWLINE_TOKEN", "st0re-t0ken-one\n");
        assert_eq!(redact("got st0re-t0ken-one."), "got (secret).");
        assert_eq!(redact("nothing"), "nothing");
        assert!(is_token("COPY", "Bearer st0re-t0ken-one"));
        let found = credential_in("a\nb: c3QwcmUtdDBrZW4tb25l").unwrap();
        assert_eq!((found.what.as_str(), found.line), ("TOWLINE_TOKEN", 2));
    }

    #[test]
    fn a_variable_is_no_credential() {
        remember(Kind::Variable, "password", "st0re-variable");
        assert_eq!(redact("st0re-variable"), "(secret)");
        assert_eq!(credential_in("st0re-variable"), None);
        assert!(!is_token("COPY", "st0re-variable"));
    }

    #[test]
    fn a_short_one_is_hidden_where_it_is_everything() {
        remember(Kind::Token, "SHORT_TOKEN", "§x");
        assert!(is_token("SHORT_TOKEN", "§x") && !is_token("OTHER", "§x"));
        assert_eq!(redact("§x"), "(secret)");
        assert_eq!(redact("fatal: a§xb"), "fatal: a§xb");
    }

    #[test]
    fn passwords_in_urls_are_hidden_though_nobody_told_of_them() {
        let text = "cannot reach https://bob:unt0ld/x@git.example/a?sig=unt0ld2 no";
        assert_eq!(redact(text), "cannot reach https://bob:(secret)@git.example/a?sig=(secret) no");
        assert_eq!(redact(&redact(text)), redact(text));
        remember_in_urls(Kind::Proxy, "HTTPS_PROXY", "http://me:st%2Fore-proxy@proxy:3128");
        assert_eq!(redact("a st/ore-proxy b st%2fore-proxy"), "a (secret) b (secret)");
    }

    #[test]
    fn a_credential_that_is_a_word_is_hidden_where_it_is_everything() {
        remember(Kind::Token, "WORD_TOKEN", "wordish");
        remember(Kind::Token, "SAME_TOKEN", "wordish");
        assert_eq!(redact("wordish"), "(secret)");
        assert_eq!(redact("a wordish b"), "a wordish b");
        assert_eq!(credential_in("wordish: wordish"), None);
        assert!(is_token("WORD_TOKEN", "wordish") && is_token("SAME_TOKEN", "wordish"));
        assert!(!is_token("OTHER", "wordish"));
        remember(Kind::Variable, "word", "wordisn");
        assert_eq!(redact("a wordisn b"), "a (secret) b");
    }

    #[test]
    fn words_that_everybody_sees_stay() {
        remember(Kind::Variable, "stage", "open-w0rd");
        open_word("my-open-w0rd-env");
        assert_eq!(redact("my-open-w0rd-env open-w0rd"), "my-open-w0rd-env (secret)");
        assert_eq!(redact("b3Blbi13MHJkIQ"), "(secret)IQ", "base64");
        remember(Kind::Variable, "short", "§ow");
        assert_eq!(redact("§ow"), "(secret)");
        open_word("§ow");
        assert_eq!(redact("§ow"), "§ow");
    }

    #[test]
    fn json_stays_json() {
        remember(Kind::Variable, "pin", "9182736455");
        remember(Kind::Variable, "field", "st0refield");
        remember(Kind::Variable, "count", "-77");
        let mut value =
            json!({"st0refield": 9182736455_u64, "x st0refield": ["a\u{1}st0refield\"", true, -77]});
        redact_json(&mut value, &Names { fields: &|name| name == "st0refield", documents: &[] });
        assert_eq!(value, json!({"st0refield": "(secret)", "x (secret)": ["a\u{1}(secret)\"", true, -77]}));
    }
}
