//! How long to wait: what servers ask for, and defaults if they do not. No I/O.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// What GitHub asks for when it gives no time.
const MINUTE: Duration = Duration::from_secs(60);

/// A limit that the server set, read from an answer that came at `now`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Wait this long before the next request, whatever it asks for.
    pub asked: Option<Duration>,
    /// Nothing is left of the budget that the request was counted against: wait this long before
    /// the next one of that budget.
    pub spent: Option<Duration>,
    /// What is left and until when; on GitHub of REST, because GraphQL is counted apart.
    pub remaining: Option<u64>,
    pub resets_at: Option<Timestamp>,
}

impl Limits {
    pub fn from_headers(headers: &HeaderMap, now: Timestamp) -> Self {
        // Clocks differ: what the server says in its own time is compared with its own time.
        let server_now = text(headers, "date").and_then(http_date).unwrap_or(now);
        let remaining = number(headers, "x-ratelimit-remaining").or(number(headers, "ratelimit-remaining"));
        let reset = number(headers, "x-ratelimit-reset").or(number(headers, "ratelimit-reset"));
        let left = reset
            .and_then(|second| Timestamp::from_second(second.try_into().ok()?).ok())
            .map(|reset| until(server_now, reset));
        let asked = text(headers, "retry-after").and_then(|text| retry_after(text, server_now));
        let is_main = text(headers, "x-ratelimit-resource").is_none_or(|resource| resource == "core");
        Self {
            asked,
            spent: left.filter(|_| remaining == Some(0)),
            remaining: remaining.filter(|_| is_main),
            resets_at: left.filter(|_| is_main).and_then(|left| now.checked_add(left).ok()),
        }
    }

    /// How long a request has to wait that was refused for a limit.
    pub fn wait(&self) -> Option<Duration> {
        self.asked.or(self.spent)
    }
}

/// Whether a refusal is a rate limit: 429 always; on GitHub also 403, when a header or the page
/// of its documentation that the answer names says so.
pub fn is_rate_limit(status: u16, limits: &Limits, body: &Value) -> bool {
    let documented = || {
        let page = body.get("documentation_url").and_then(Value::as_str).unwrap_or_default();
        page.contains("rate-limit")
    };
    status == 429 || status == 403 && (limits.wait().is_some() || documented())
}

/// The wait before the next try when a rate limit does not say how long: a minute, then longer.
pub fn unsaid(turn: u32) -> Duration {
    MINUTE.saturating_mul(1 << turn.min(4))
}

fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    // Azure DevOps writes fractions.
    match text.parse::<f64>() {
        Ok(seconds) if seconds >= 0.0 => Duration::try_from_secs_f64(seconds.ceil()).ok(),
        Ok(_) => None,
        Err(_) => Some(until(now, http_date(text)?)),
    }
}

fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn limits(headers: &[(&'static str, &'static str)]) -> Limits {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Limits::from_headers(&pairs.collect(), "2026-03-01T12:00:00Z".parse().unwrap())
    }

    fn wait(headers: &[(&'static str, &'static str)]) -> Option<u64> {
        limits(headers).wait().map(|wait| wait.as_secs())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(wait(&[("retry-after", "30")]), Some(30));
        assert_eq!(wait(&[("retry-after", "1.5")]), Some(2));
        assert_eq!(wait(&[("retry-after", "Sun, 01 Mar 2026 12:01:00 GMT")]), Some(60));
        assert_eq!(wait(&[("retry-after", "Sun, 01 Mar 2026 11:00:00 GMT")]), Some(0));
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[("retry-after", "1e300")]), None);
    }

    #[test]
    fn times_of_the_server_are_compared_with_its_own_clock() {
        let hour_ahead = ("date", "Sun, 01 Mar 2026 13:00:00 GMT");
        assert_eq!(wait(&[hour_ahead, ("retry-after", "Sun, 01 Mar 2026 13:01:00 GMT")]), Some(60));
        // 1772370060 is 13:01:00.
        let spent =
            limits(&[hour_ahead, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1772370060")]);
        assert_eq!(spent.wait(), Some(MINUTE));
        assert_eq!(spent.resets_at, Some("2026-03-01T12:01:00Z".parse().unwrap()));
    }

    #[test]
    fn a_reset_is_waited_for_only_when_nothing_is_left() {
        assert_eq!(wait(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "1772370060")]), None);
    }

    #[test]
    fn what_is_left_is_told_of_one_limit_and_all_are_kept() {
        let answer = |resource| {
            let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1772366460")];
            limits(&[spent[0], spent[1], ("x-ratelimit-resource", resource)])
        };
        let (rest, graphql) = (answer("core"), answer("graphql"));
        assert_eq!((rest.remaining, rest.spent), (Some(0), Some(MINUTE)));
        assert_eq!((graphql.remaining, graphql.resets_at, graphql.spent), (None, None, Some(MINUTE)));
        assert_eq!((rest.asked, graphql.asked), (None, None));
    }
}
