//! JUnit results: how many tests ran, and which failed.
//!
//! There is no one schema of these files. Test cases are counted rather than the totals in the
//! attributes believed, because writers disagree about the totals, and `<testsuite>`s nest.

use anyhow::{Result, anyhow};
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use schemars::JsonSchema;
use serde::Serialize;

/// The totals of a JUnit file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    pub tests: usize,
    pub skipped: usize,
    /// The names of the cases with a `<failure>` or an `<error>`, in their order.
    pub failed: Vec<String>,
}

/// Reads a JUnit file.
pub fn parse_junit(xml: &[u8]) -> Result<Totals> {
    let mut reader = Reader::from_reader(xml);
    let mut totals = Totals::default();
    let mut case: Option<Case> = None;
    let mut seen_root = false;
    let mut depth = 0_usize;
    let mut buffer = Vec::new();
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event_into(&mut buffer).map_err(|error| anyhow!("byte {at}: {error}"))?;
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        match &event {
            Event::Start(element) | Event::Empty(element) if !seen_root => {
                seen_root = true;
                let name = element.local_name();
                let name = name.as_ref();
                if !matches!(name, "testsuites" | "testsuite") {
                    return Err(anyhow!("not a JUnit file: it starts with <{name}>"));
                }
            }
            Event::Empty(element) if element.local_name().as_ref() == "testcase" => {
                totals.add(Case::new(element)?);
            }
            Event::Start(element) if element.local_name().as_ref() == "testcase" => {
                case = Some(Case::new(element)?);
            }
            Event::Start(element) | Event::Empty(element) => {
                if let Some(case) = &mut case {
                    case.note(element.local_name().as_ref());
                }
            }
            Event::End(element) if element.local_name().as_ref() == "testcase" => {
                case.take().into_iter().for_each(|case| totals.add(case));
            }
            Event::Eof if !seen_root => return Err(anyhow!("not a JUnit file: it is empty")),
            Event::Eof if depth > 0 => return Err(anyhow!("it is truncated")),
            Event::Eof => return Ok(totals),
            _ => {}
        }
        buffer.clear();
    }
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

    fn add(&mut self, case: Case) {
        self.tests += 1;
        if case.failed {
            self.failed.push(case.name);
        } else if case.skipped {
            self.skipped += 1;
        }
    }
}

struct Case {
    name: String,
    failed: bool,
    skipped: bool,
}

impl Case {
    fn new(element: &BytesStart) -> Result<Self> {
        let attribute = |name: &str| -> Result<Option<String>> {
            let Some(found) = element.try_get_attribute(name)? else { return Ok(None) };
            Ok(Some(found.normalized_value(XmlVersion::Implicit1_0)?.into_owned()))
        };
        let name = attribute("name")?.unwrap_or_else(|| "(no name)".to_owned());
        let name = match attribute("classname")? {
            Some(class) if !class.is_empty() => format!("{class}.{name}"),
            _ => name,
        };
        Ok(Self { name, failed: false, skipped: false })
    }

    fn note(&mut self, child: &str) {
        match child {
            "failure" | "error" => self.failed = true,
            "skipped" => self.skipped = true,
            _ => {}
        }
    }
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
    fn cases_are_counted_whatever_the_totals_claim() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
            <testsuites tests="99" failures="0"><testsuite name="a"><testsuite name="b">
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
    }
}
