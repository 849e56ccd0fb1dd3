//! `prometheus:`

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::gate::About;
use super::http::token;
use super::{Asked, Decide, Decision, Opens};
use crate::http::{Probe, probe};
use crate::vocabulary::Diagnostic;
use crate::vocabulary::text::{length, one_line, shorten};
use crate::yaml::{At, HttpUrl, Line, Period, written_as};

/// A Prometheus query whose value must be as expected
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PrometheusGate {
    /// Where Prometheus is
    pub url: HttpUrl,
    /// A query with one value as its result
    pub query: String,
    /// A comparison and a number: `"< 0.01"`
    pub expect: Expectation,
    /// For how long the value must have been so; now when absent
    #[serde(rename = "for")]
    pub lasting: Option<Period>,
    /// The variable of the process environment with a token, which is sent as `Authorization: Bearer`
    pub token: Option<At<Line>>,
}

#[derive(Debug, Clone)]
pub struct Expectation {
    pub operator: &'static str,
    pub number: f64,
}

written_as!(Expectation = String);

impl TryFrom<String> for Expectation {
    type Error = Diagnostic;

    fn try_from(text: String) -> Result<Self, Diagnostic> {
        let parse = |operator: &'static str| {
            let number = text.trim().strip_prefix(operator)?.trim().parse().ok()?;
            f64::is_finite(number).then_some(Self { operator, number })
        };
        let operators = ["<=", ">=", "==", "!=", "<", ">"];
        operators.into_iter().find_map(parse).ok_or_else(|| {
            Diagnostic::new(format!("`{}` is not a comparison with a number", text.escape_debug()))
                .hint("write `\"< 0.01\"`: one of <, <=, >, >=, ==, != and a number")
        })
    }
}

impl Expectation {
    /// Nothing is expected of what is not a number.
    #[expect(clippy::float_cmp, reason = "it is what the pipeline file asks for")]
    fn holds(&self, value: f64) -> bool {
        match self.operator {
            "<" => value < self.number,
            "<=" => value <= self.number,
            ">" => value > self.number,
            ">=" => value >= self.number,
            "==" => value == self.number,
            _ => !value.is_nan() && value != self.number,
        }
    }
}

/// In a range there are so many values at least, and none closer than [`STEP`].
const VALUES: i32 = 60;
const STEP: SignedDuration = SignedDuration::from_secs(15);

impl Decide for PrometheusGate {
    fn decide(&self, asked: &Asked) -> Result<Decision> {
        let closed = |why| Ok(Decision::closed_for_now(why, asked.now));
        let values = match self.values(asked)? {
            Ok(values) => values,
            Err(why) => return closed(why),
        };
        let is_wrong = |(_, value): &&(Timestamp, f64)| !self.expect.holds(*value);
        let wanted = format!("{} {}", self.expect.operator, self.expect.number);
        let Some(Period(lasting)) = self.lasting else {
            return match values.iter().find(is_wrong) {
                Some((_, value)) => closed(format!("the value is {value}, not {wanted}")),
                None => Ok(Decision::Open(None)),
            };
        };
        let time = length(lasting);
        // A series that begins later says nothing about the time before.
        let begin = asked.now.checked_sub(lasting).unwrap_or(Timestamp::MIN);
        let first = values.first().map_or(asked.now, |(at, _)| *at);
        if first > begin.saturating_add(step(lasting))? {
            return closed(format!("there are values since {first} only, and {time} are asked for"));
        }
        // Nor does one that ends, or has a gap, say anything about that time.
        let most = step(lasting) * 2;
        let times = values.iter().map(|(at, _)| *at).chain([asked.now]).collect::<Vec<_>>();
        if let Some(gap) = times.windows(2).find(|pair| pair[1].duration_since(pair[0]) > most) {
            return closed(format!(
                "there is no value from {} to {}, and {time} are asked for",
                gap[0], gap[1]
            ));
        }
        Ok(match values.iter().rfind(is_wrong) {
            Some((at, value)) => {
                let opens = at.checked_add(lasting).unwrap_or(Timestamp::MAX);
                let why = format!("the value was {value} at {at}; it must be {wanted} for {time}");
                let soon = asked.now.saturating_add(SignedDuration::from_secs(60))?;
                Decision::closed(why, Opens::LookAgain(opens.max(soon)))
            }
            None => Decision::Open(None),
        })
    }

    fn check(&self, about: &About) -> Result<()> {
        match self.url.contains(['?', '#']) {
            true => Err(Diagnostic::new(format!("`url` has a query or a fragment: {}", &*self.url))
                .at(about.place.clone())
                .hint("write the address of Prometheus alone, such as `https://prometheus.example.org`")
                .into()),
            false => Ok(()),
        }
    }
}

/// How far apart the values of a range are.
fn step(lasting: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(lasting).map_or(STEP, |lasting| lasting / VALUES).max(STEP)
}

impl PrometheusGate {
    /// The values of the one series, the oldest first; or why there are none now.
    fn values(&self, asked: &Asked) -> Result<Result<Vec<(Timestamp, f64)>, String>> {
        let url = self.request(asked.now)?;
        Ok(match probe(url.as_str(), token(self.token.as_ref(), asked)?.as_deref()) {
            Probe::Answered { status, body } => parse(status, &body, self.lasting.is_some()),
            Probe::Lost(why) => Err(format!("{} does not answer: {why}", &*self.url)),
        })
    }

    fn request(&self, now: Timestamp) -> Result<Url> {
        let base = self.url.trim_end_matches('/');
        let seconds = |at: Timestamp| at.as_second().to_string();
        let Some(Period(lasting)) = self.lasting else {
            let parameters = [("query", self.query.clone()), ("time", seconds(now))];
            return Ok(Url::parse_with_params(&format!("{base}/api/v1/query"), parameters)?);
        };
        let begin = now.checked_sub(lasting).unwrap_or(Timestamp::MIN);
        let step = step(lasting).as_secs().to_string();
        let parameters =
            [("query", self.query.clone()), ("start", seconds(begin)), ("end", seconds(now)), ("step", step)];
        Ok(Url::parse_with_params(&format!("{base}/api/v1/query_range"), parameters)?)
    }
}

/// Reads an answer of the query API: <https://prometheus.io/docs/prometheus/latest/querying/api/>.
fn parse(status: u16, body: &[u8], is_range: bool) -> Result<Vec<(Timestamp, f64)>, String> {
    let answer: Value =
        serde_json::from_slice(body).map_err(|_| format!("Prometheus answers {status}, without JSON"))?;
    if answer["status"] != "success" {
        let said = answer["error"].as_str().unwrap_or("without a result");
        return Err(format!("Prometheus answers {status}: {}", shorten(&one_line(said), 200)));
    }
    let (result, kind) = (&answer["data"]["result"], &answer["data"]["resultType"]);
    if is_range && kind != "matrix" {
        return Err(format!("Prometheus answers with {kind} instead of a range of values"));
    }
    if kind == "scalar" {
        return sample(result).map(|sample| vec![sample]);
    }
    let series = result.as_array().ok_or("Prometheus answers without a result")?;
    let [only] = series.as_slice() else {
        return Err(match series.len() {
            0 => "the query has no value".to_owned(),
            many => format!("the query has {many} values, not one"),
        });
    };
    match only["values"].as_array() {
        Some(values) => values.iter().map(sample).collect(),
        None => sample(&only["value"]).map(|sample| vec![sample]),
    }
}

/// `[1767603600.1, "0.25"]`
fn sample(pair: &Value) -> Result<(Timestamp, f64), String> {
    let at = pair[0].as_f64().and_then(|at| Timestamp::from_second(at as i64).ok());
    let value = pair[1].as_str().and_then(|value| value.parse().ok());
    at.zip(value).ok_or_else(|| format!("Prometheus answers with a value that is none: {pair}"))
}
