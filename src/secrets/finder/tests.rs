use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

fn finder(values: &[&str]) -> Finder {
    Finder::new(values.iter().copied().enumerate())
}

impl Finder {
    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let leaks = self.leaks(text);
        hide(text, leaks.iter().map(|leak| (leak.start, leak.end)))
    }
}

#[test]
fn secrets_are_hidden_in_any_text() {
    let finder = finder(&["hunter2", "hunter2-long", "123456", "a\"quote"]);
    assert_eq!(finder.redact("-p hunter2 x"), "-p (secret) x");
    assert_eq!(finder.redact("hunter2-long"), "(secret)");
    assert_eq!(finder.redact("pin=123456"), "pin=(secret)");
    assert_eq!(finder.redact(r#"{"x": "a\"quote"}"#), r#"{"x": "(secret)"}"#);
    assert_eq!(finder.redact("héllo HUNTER2é"), "héllo (secret)é");
    assert!(matches!(finder.redact("hunter"), Cow::Borrowed("hunter")));
}

#[test]
fn short_secrets_are_hidden_when_they_are_the_whole_text() {
    let finder = finder(&["abc", "----"]);
    assert!(finder.is_whole("abc") && !finder.is_whole("abcdef"));
    assert_eq!(finder.redact("abcdef"), "abcdef");
    assert_eq!(finder.redact("a ---- b"), "a ---- b");
    assert_eq!(finder.find("abc\n"), Some(0));
}

#[test]
fn an_escape_is_hidden_as_a_whole() {
    let finder = finder(&["next-secret"]);
    assert_eq!(finder.redact(r#""a\next-secret\n""#), r#""a(secret)\n""#);
}

#[test]
fn a_value_of_several_lines_is_found_by_its_longest_and_hidden_line_by_line() {
    let key = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7bq\nsecond-line-of-it\n-----END KEY-----\n";
    let finder = finder(&[key]);
    assert_eq!(finder.redact("+  second-line-of-it"), "+  (secret)");
    assert_eq!(finder.find("  second-line-of-it"), None);
    assert_eq!(finder.find("a: MIIEpAIBAAKCAQEA7bq"), Some(0));
    assert_eq!(finder.redact("-----BEGIN KEY-----"), "-----BEGIN KEY-----");
}

#[test]
fn a_key_is_found_as_a_file_in_one_line_and_without_its_frame() {
    let body: Vec<String> = (0..20).map(|line| format!("{line:02}MIIEpAIBAAKCAQEA7bqx9")).collect();
    let file = format!("-----BEGIN KEY-----\n{}\n-----END KEY-----\n", body.join("\n"));
    let in_one_line = file.trim().replace('\n', "\\n");
    for given in [&file, &in_one_line] {
        let finder = finder(&[given]);
        for text in [
            &file,
            &in_one_line,
            &file.replace('\n', "\n  "),
            &file.replace('\n', " "),
            &body.join(""),
            &body[7],
        ] {
            assert_eq!(finder.find(text), Some(0), "{text}");
            assert!(!finder.redact(text).contains("MII"), "{}", finder.redact(text));
        }
    }
}

#[test]
fn a_long_value_is_hidden_to_its_end() {
    let value: String = (0..3000).map(|number| format!("{number:04x}")).collect();
    assert_eq!(finder(&[&value]).redact(&format!("<{value}>")), "<(secret)>");
}

#[test]
fn the_end_of_a_long_value_is_no_secret_by_itself() {
    let value = format!("{}true", "x9".repeat(PIECE / 2));
    let finder = finder(&[&value]);
    assert_eq!(finder.find("enabled: true"), None);
    assert_eq!(finder.redact(&format!("<{value}>")), "<(secret)>");
}

#[test]
fn noise_is_no_short_secret() {
    // The base64 of a digest has `abcd` in it, with bytes around that are no text.
    let digest = STANDARD.encode([&[200, 7, 255], b"abcd".as_slice(), &[254, 1, 128]].concat());
    assert_eq!(finder(&["abcd"]).find(&digest), None);
    assert_eq!(finder(&["abcd"]).find(&format!("host/{}", STANDARD.encode("abcd"))), Some(0));
    assert_eq!(finder(&["abcd"]).find(&STANDARD.encode("user:abcd\n")), Some(0));
}

#[test]
fn the_least_number_is_found() {
    assert_eq!(finder(&["first-one", "second-one"]).find("second-one first-one"), Some(0));
}

/// The texts that are looked at for twice the text are twice as long, whatever it is made of.
#[test]
fn the_cost_is_linear() {
    let size = |text: &str| {
        let mut size = 0;
        peel(text, Sought { depth: DEPTH, least: SHORTEST, is_tracked: false }, &mut |layer| {
            size += layer.bytes.len();
        });
        size
    };
    for part in [
        "%2525 ",
        r"\\\u005c ",
        "&amp;amp; ",
        "'''' ",
        "4142434445464748",
        "QUJDREVGR0hJSktM",
        "a-b_c/d+e=f ",
        "x: y\n",
    ] {
        let text = part.repeat(2000);
        let twice = part.repeat(4000);
        assert!(size(&twice) <= size(&text) * 21 / 10, "{part}: {} {}", size(&text), size(&twice));
        assert!(size(&text) <= text.len() * 100, "{part}: {}", size(&text) / text.len());
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Encoding {
    Plain,
    Percent,
    PercentLower,
    UrlEncode,
    Form,
    Json,
    JsonAscii,
    GoJson,
    Html,
    HtmlNumbers,
    Yaml,
    Shell,
    Hex,
    HexUpper,
    Base64,
    Base64Unpadded,
    Base64Url,
    Base64Behind(u8),
    Upper,
    Lower,
}
use Encoding::*;

const ENCODINGS: [Encoding; 22] = [
    Plain,
    Percent,
    PercentLower,
    UrlEncode,
    Form,
    Json,
    JsonAscii,
    GoJson,
    Html,
    HtmlNumbers,
    Yaml,
    Shell,
    Hex,
    HexUpper,
    Base64,
    Base64Unpadded,
    Base64Url,
    Base64Behind(1),
    Base64Behind(2),
    Base64Behind(3),
    Upper,
    Lower,
];

fn each(text: &str, encode: impl Fn(char) -> Option<String>) -> String {
    text.chars().map(|c| encode(c).unwrap_or_else(|| c.to_string())).collect()
}

fn percent(text: &str, kept: &str, escape: fn(u8) -> String) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || kept.contains(c);
    each(text, |c| (!kept(c)).then(|| c.to_string().bytes().map(escape).collect()))
}

fn utf16(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

impl Encoding {
    fn encode(self, text: &str) -> String {
        let json = || serde_json::to_string(text).unwrap().trim_matches('"').to_owned();
        match self {
            Plain => text.to_owned(),
            Percent => percent(text, "-_.~", |byte| format!("%{byte:02X}")),
            PercentLower => percent(text, "", |byte| format!("%{byte:02x}")),
            UrlEncode => percent(text, "-_.~/", |byte| format!("%{byte:02X}")),
            Form => percent(text, "-_. ", |byte| format!("%{byte:02X}")).replace(' ', "+"),
            Json => serde_json::to_string(text).unwrap()[1..].strip_suffix('"').unwrap().to_owned(),
            JsonAscii => each(text, |c| (!c.is_ascii_alphanumeric()).then(|| utf16(c))),
            GoJson => each(&json(), |c| "<>&".contains(c).then(|| utf16(c))),
            Html => each(text, |c| {
                let named = [
                    ('&', "&amp;"),
                    ('<', "&lt;"),
                    ('>', "&gt;"),
                    ('"', "&quot;"),
                    ('\'', "&#x27;"),
                    ('/', "&#x2f;"),
                ];
                Some(named.iter().find(|(known, _)| *known == c)?.1.to_owned())
            }),
            HtmlNumbers => {
                each(text, |c| (!c.is_ascii_alphanumeric()).then(|| format!("&#{};", u32::from(c))))
            }
            Yaml => format!("'{}'", text.replace('\'', "''")),
            Shell => format!("'{}'", text.replace('\'', "'\\''")),
            Hex => hex(text),
            HexUpper => hex(text).to_uppercase(),
            Base64 => STANDARD.encode(text),
            Base64Unpadded => STANDARD_NO_PAD.encode(text),
            Base64Url => URL_SAFE_NO_PAD.encode(text),
            Base64Behind(length) => STANDARD.encode(format!("{}{text}; and more", &"u: "[..length.into()])),
            Upper => text.to_uppercase(),
            Lower => text.to_lowercase(),
        }
    }

    fn is_base64(self) -> bool {
        matches!(self, Base64 | Base64Unpadded | Base64Url | Base64Behind(_))
    }
}

/// A secret as people and generators make them; a letter or digit is among the first four.
fn secret() -> impl Strategy<Value = String> {
    let characters = "[a-zA-Z0-9/+=%&<>\"' \\\\:@#!?$*_.~äÖßé日😀-]{3,30}";
    ("[a-zA-Z0-9]", characters, "[a-zA-Z0-9]").prop_map(|(first, rest, last)| first + &rest + &last)
}

/// Text that may stand around it, apart from the beginning of an escape.
fn around() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 :=\"'/,.{}\n-]{0,40}[ :=\"',.{]"
}

#[test]
fn a_secret_is_found_below_any_two_encodings() {
    let encodings = || proptest::sample::select(ENCODINGS.as_slice());
    let config = ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(
        value in secret(),
        first in encodings(),
        second in encodings(),
        before in around(),
        behind in "[ \"',}\n][a-zA-Z0-9 :]{0,20}",
    )| {
        // Nothing tells which case base64 had; only what is long enough is recognised.
        let is_lost = first.is_base64() && matches!(second, Upper | Lower) && value.len() < 9;
        prop_assume!(!is_lost);
        let finder = finder(&[&value]);
        let encoded = second.encode(&first.encode(&value));
        let text = format!("{before}{encoded}{behind}");
        prop_assert_eq!(finder.find(&text), Some(0), "{:?} {:?} {}", first, second, text);
        let hidden = finder.redact(&text);
        prop_assert_eq!(finder.find(&hidden), None, "{:?} {:?} {} {}", first, second, text, hidden);
    });
}

#[test]
fn other_text_stays_as_it_is() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(value in "[a-zA-Z0-9]{10,40}", text in any::<String>(), more in around())| {
        let text = format!("{text}{more}");
        prop_assume!(!text.to_lowercase().contains(&value.to_lowercase()));
        let finder = finder(&[&value]);
        let redacted = finder.redact(&text);
        prop_assert_eq!(redacted.as_ref(), text.as_str());
    });
}
