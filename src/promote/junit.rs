//! JUnit results: how many tests ran, and which failed.
//!
//! There is no one schema of these files. The cases are counted; the totals that a suite declares
//! have to agree with them, because a runner that crashed leaves cases out. Writers count nested
//! suites and skipped cases differently, so several ways to count agree.

use anyhow::{Context, Result, anyhow, bail, ensure};
use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use schemars::JsonSchema;
use serde::Serialize;

/// The totals of all JUnit files of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    pub tests: usize,
    pub skipped: usize,
    /// The names of the cases and suites that failed, in their order.
    pub failed: Vec<String>,
}

/// Reads a JUnit file.
pub fn parse_junit(xml: &[u8]) -> Result<Totals> {
    let text = decode(xml)?;
    let mut reader = Reader::from_str(&text);
    let mut report = Report::default();
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| anyhow!("byte {at}: {error}"))?;
        match &event {
            Event::Start(element) => report.open(element)?,
            Event::Empty(element) => {
                report.open(element)?;
                report.close()?;
            }
            Event::End(_) => report.close()?,
            Event::Text(text) if report.open.is_empty() && !text.trim().is_empty() => {
                bail!("byte {at}: there is text outside of the root element")
            }
            Event::GeneralRef(entity) => {
                let is_known = entity.is_char_ref() || resolve_predefined_entity(entity).is_some();
                ensure!(is_known, "byte {at}: the entity `&{};` is not defined", &**entity);
            }
            Event::Eof => return report.finish(),
            _ => {}
        }
    }
}

/// The text of an XML file: as its byte order mark says, else as its declaration says, else UTF-8.
fn decode(xml: &[u8]) -> Result<String> {
    let (encoding, start) = match Encoding::for_bom(xml) {
        Some(found) => found,
        None => (declared(xml)?, 0),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(&xml[start..]);
    Ok(text.with_context(|| format!("it is not valid {}", encoding.name()))?.into_owned())
}

/// The encoding that `<?xml … encoding="…"?>` names.
fn declared(xml: &[u8]) -> Result<&'static Encoding> {
    let end = xml.windows(2).position(|two| two == b"?>").filter(|_| xml.starts_with(b"<?xml"));
    let Some(declaration) = end.map(|end| String::from_utf8_lossy(&xml[..end])) else { return Ok(UTF_8) };
    let Some((_, after)) = declaration.split_once("encoding") else { return Ok(UTF_8) };
    let label = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\''));
    let label = label.split(['"', '\'']).next().unwrap_or_default();
    Encoding::for_label(label.as_bytes()).with_context(|| format!("its encoding `{label}` is not known"))
}

impl Totals {
    /// `12 tests, 1 skipped`
    pub fn describe(&self) -> String {
        let tests = if self.tests == 1 { "test" } else { "tests" };
        let mut text = format!("{} {tests}", self.tests);
        if !self.failed.is_empty() {
            text.push_str(&format!(", {} failed", self.failed.len()));
        }
        if self.skipped > 0 {
            text.push_str(&format!(", {} skipped", self.skipped));
        }
        text
    }

    /// Whether a test ran at all.
    pub fn has_run(&self) -> bool {
        self.tests > self.skipped
    }

    pub fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.skipped += other.skipped;
        self.failed.extend(other.failed);
    }
}

/// What was read so far.
#[derive(Default)]
struct Report {
    totals: Totals,
    /// The elements that are open, the innermost last.
    open: Vec<Element>,
    seen_root: bool,
}

enum Element {
    Suite(Suite),
    Case(Case),
    Other,
}

impl Report {
    fn open(&mut self, element: &BytesStart) -> Result<()> {
        let name = element.local_name();
        let name = name.as_ref();
        for attribute in element.attributes() {
            // A duplicate, one without a value, an entity that nobody defined.
            let read = attribute.map_err(|error| anyhow!("<{name}>: {error}"))?;
            read.normalized_value(XmlVersion::Implicit1_0).map_err(|error| anyhow!("<{name}>: {error}"))?;
        }
        if !self.seen_root && !matches!(name, "testsuites" | "testsuite") {
            bail!("not a JUnit file: it starts with <{name}>");
        }
        if self.seen_root && self.open.is_empty() {
            bail!("there is more than one root element");
        }
        self.seen_root = true;
        let opened = match name {
            "testsuites" | "testsuite" => Element::Suite(Suite::new(element)?),
            "testcase" => Element::Case(Case::new(element)?),
            _ => {
                self.note(name);
                Element::Other
            }
        };
        self.open.push(opened);
        Ok(())
    }

    /// A failure belongs to the case or the suite that it stands in.
    fn note(&mut self, child: &str) {
        match self.open.iter_mut().rev().find(|element| !matches!(element, Element::Other)) {
            Some(Element::Case(case)) => case.note(child),
            Some(Element::Suite(suite)) => suite.failed |= matches!(child, "failure" | "error"),
            _ => {}
        }
    }

    fn close(&mut self) -> Result<()> {
        match self.open.pop() {
            Some(Element::Case(case)) => self.add(case),
            Some(Element::Suite(suite)) => self.end(suite)?,
            Some(Element::Other) | None => {}
        }
        Ok(())
    }

    fn add(&mut self, case: Case) {
        if let Some(suite) = self.suite() {
            suite.own.add(&case);
        }
        self.totals.tests += 1;
        if case.failed {
            self.totals.failed.push(case.name);
        } else if case.skipped {
            self.totals.skipped += 1;
        }
    }

    fn end(&mut self, suite: Suite) -> Result<()> {
        suite.check_tests()?;
        let failed = suite.failed || suite.has_failures_of_no_case();
        if failed {
            self.totals.failed.push(format!("suite `{}`", suite.name));
        }
        if let Some(outer) = self.suite() {
            outer.nested.failed += usize::from(failed);
            outer.nested.join(&suite.own);
            outer.nested.join(&suite.nested);
        }
        Ok(())
    }

    fn suite(&mut self) -> Option<&mut Suite> {
        self.open.iter_mut().rev().find_map(|element| match element {
            Element::Suite(suite) => Some(suite),
            _ => None,
        })
    }

    fn finish(self) -> Result<Totals> {
        match self.open.is_empty() {
            _ if !self.seen_root => bail!("not a JUnit file: it is empty"),
            false => bail!("it is truncated"),
            true => Ok(self.totals),
        }
    }
}

/// How many cases there are.
#[derive(Default)]
struct Counts {
    tests: usize,
    skipped: usize,
    failed: usize,
}

impl Counts {
    fn add(&mut self, case: &Case) {
        self.tests += 1;
        self.skipped += usize::from(case.skipped && !case.failed);
        self.failed += usize::from(case.failed);
    }

    fn join(&mut self, other: &Self) {
        self.tests += other.tests;
        self.skipped += other.skipped;
        self.failed += other.failed;
    }
}

/// A `<testsuite>` or `<testsuites>`.
struct Suite {
    name: String,
    /// What its attributes say.
    tests: Option<usize>,
    failures: usize,
    /// Whether a failure stands in the suite itself: it could not be run.
    failed: bool,
    own: Counts,
    /// The cases of the suites in it.
    nested: Counts,
}

impl Suite {
    fn new(element: &BytesStart) -> Result<Self> {
        let number = |name| -> Result<Option<usize>> {
            let Some(text) = attribute(element, name)? else { return Ok(None) };
            let number =
                text.trim().parse().with_context(|| format!("`{name}=\"{text}\"` is not a number"))?;
            Ok(Some(number))
        };
        Ok(Self {
            name: attribute(element, "name")?.unwrap_or_else(|| "(no name)".to_owned()),
            tests: number("tests")?,
            failures: number("failures")?.unwrap_or_default() + number("errors")?.unwrap_or_default(),
            failed: false,
            own: Counts::default(),
            nested: Counts::default(),
        })
    }

    fn check_tests(&self) -> Result<()> {
        let Some(declared) = self.tests else { return Ok(()) };
        let all = self.own.tests + self.nested.tests;
        let run = all - self.own.skipped - self.nested.skipped;
        if [self.own.tests, all, run].contains(&declared) || self.failed || self.has_failures_of_no_case() {
            return Ok(());
        }
        bail!("suite `{}` declares {declared} tests, but has {all}", self.name)
    }

    fn has_failures_of_no_case(&self) -> bool {
        self.failures > 0 && self.own.failed + self.nested.failed == 0
    }
}

struct Case {
    name: String,
    failed: bool,
    skipped: bool,
}

impl Case {
    fn new(element: &BytesStart) -> Result<Self> {
        let name = attribute(element, "name")?.unwrap_or_else(|| "(no name)".to_owned());
        let name = match attribute(element, "classname")? {
            Some(class) if !class.is_empty() => format!("{class}.{name}"),
            _ => name,
        };
        // Some writers have an attribute for what others have an element for.
        let mut case = Self { name, failed: false, skipped: false };
        for status in ["status", "result"] {
            case.note(&attribute(element, status)?.unwrap_or_default().to_ascii_lowercase());
        }
        Ok(case)
    }

    /// Takes in an element in the case, or what its status says.
    fn note(&mut self, word: &str) {
        match word {
            "failure" | "error" | "failed" | "fail" | "errored" => self.failed = true,
            "skipped" | "notrun" | "disabled" | "suppressed" => self.skipped = true,
            _ => {}
        }
    }
}

fn attribute(element: &BytesStart, name: &str) -> Result<Option<String>> {
    let Some(found) = element.try_get_attribute(name)? else { return Ok(None) };
    Ok(Some(found.normalized_value(XmlVersion::Implicit1_0)?.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(xml: &str) -> String {
        match parse_junit(xml.as_bytes()) {
            Ok(totals) => format!("{} {:?}", totals.describe(), totals.failed),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn cases_and_suites_are_counted() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
            <testsuites tests="3" failures="2"><testsuite name="a" tests="0"><testsuite name="b" tests="4">
              <testcase classname="smoke" name="answers &lt;200&gt;"/>
              <testcase classname="smoke" name="greets"><failure message="no">trace</failure></testcase>
              <testcase name="breaks"><error/><system-out>text</system-out></testcase>
              <testcase name="later"><skipped/></testcase>
            </testsuite></testsuite></testsuites>"#;
        insta::assert_snapshot!(say(xml), @r#"4 tests, 2 failed, 1 skipped ["smoke.greets", "breaks"]"#);
    }

    #[test]
    fn what_is_no_junit_file_is_an_error() {
        insta::assert_snapshot!(say(""), @"not a JUnit file: it is empty");
        insta::assert_snapshot!(say("<html></html>"), @"not a JUnit file: it starts with <html>");
        insta::assert_snapshot!(say("<testsuite><testcase name='a'></testsuite>"), @"byte 30: ill-formed document: expected `</testcase>`, but `</testsuite>` was found");
        insta::assert_snapshot!(say("<testsuite><testcase name='a'/>"), @"it is truncated");
        insta::assert_snapshot!(say("<testsuite><testcase name='a' name='b'/></testsuite>"), @"<testcase>: position 18: duplicated attribute, previous declaration at position 9");
        insta::assert_snapshot!(say("<testsuite><testcase name='a'>&oops;</testcase></testsuite>"), @"byte 30: the entity `&oops;` is not defined");
        insta::assert_snapshot!(say("<testsuite><testcase name='a' file='&oops;'/></testsuite>"), @"<testcase>: at 1..5: unrecognized entity `oops`");
        insta::assert_snapshot!(say("<testsuite><testcase name='a'>&amp;&#10;</testcase></testsuite>"), @"1 test []");
    }

    #[test]
    fn a_failure_counts_wherever_it_is_told() {
        insta::assert_snapshot!(say("<testsuite name='s' tests='5' failures='3'/>"), @r#"0 tests, 1 failed ["suite `s`"]"#);
        insta::assert_snapshot!(
            say("<testsuite name='s' errors='1' tests='0'><error message='could not compile'/></testsuite>"),
            @r#"0 tests, 1 failed ["suite `s`"]"#
        );
        insta::assert_snapshot!(say("<testsuite><testcase name='a' status='failed'/></testsuite>"), @r#"1 test, 1 failed ["a"]"#);
        insta::assert_snapshot!(say("<testsuites errors='1'><testsuite name='x' errors='1'><error/></testsuite></testsuites>"), @r#"0 tests, 1 failed ["suite `x`"]"#);
    }

    #[test]
    fn a_file_is_one_element() {
        insta::assert_snapshot!(say("<testsuite/><testsuite/>"), @"there is more than one root element");
        insta::assert_snapshot!(say("<testsuite/> done"), @"byte 12: there is text outside of the root element");
        insta::assert_snapshot!(say("<testsuite><testcase name='a'><x><failure/></x></testcase></testsuite>\n"), @r#"1 test, 1 failed ["a"]"#);
    }

    #[test]
    fn counts_have_to_agree() {
        let case = "<testcase name='a'/><testcase name='b'><skipped/></testcase>";
        for declared in ["1", "2"] {
            let xml = format!("<testsuite tests='{declared}'>{case}</testsuite>");
            assert_eq!(say(&xml), "2 tests, 1 skipped []");
        }
        insta::assert_snapshot!(say(&format!("<testsuite name='s' tests='5'>{case}</testsuite>")), @"suite `s` declares 5 tests, but has 2");
        insta::assert_snapshot!(say("<testsuite tests='many'/>"), @r#"`tests="many"` is not a number: invalid digit found in string"#);
    }

    #[test]
    fn nothing_ran_where_everything_was_skipped() {
        let has_run = |xml: &str| parse_junit(xml.as_bytes()).unwrap().has_run();
        assert!(!has_run("<testsuites/>"));
        assert!(!has_run("<testsuite><testcase name='a'><skipped/></testcase></testsuite>"));
        assert!(has_run("<testsuite><testcase name='a'/></testsuite>"));
    }

    #[test]
    fn the_declared_encoding_is_read() {
        let xml = "<?xml version='1.0' encoding='ISO-8859-1'?><testsuite><testcase name='Gr\u{fc}n'><failure/></testcase></testsuite>";
        let latin: Vec<u8> = xml.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        assert_eq!(parse_junit(&latin).unwrap().failed, ["Grün"]);
        let utf16 =
            xml.replace("ISO-8859-1", "UTF-16").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(parse_junit(&[&[0xff, 0xfe][..], &utf16].concat()).unwrap().failed, ["Grün"]);
        let error = |bytes: &[u8]| format!("{:#}", parse_junit(bytes).unwrap_err());
        assert_eq!(error(b"<testsuite name='\xfc'/>"), "it is not valid UTF-8");
        assert_eq!(
            error(b"<?xml version='1.0' encoding='klingon'?><testsuite/>"),
            "its encoding `klingon` is not known"
        );
    }
}
