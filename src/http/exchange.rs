//! One request and its response: sent, read completely, and classified.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::blocking::Response as Raw;
use reqwest::header::HeaderMap;
use secrecy::ExposeSecret;
use url::Url;

use super::body::{self, Wrong};
use super::limits::Limits;
use super::transport::{why_cut, why_lost};
use super::{Authorization, Fault, Kind, Request, Response, Result, refusal};
use crate::vocabulary::Diagnostic;

const REDIRECTS: usize = 5;

/// An answer or a fault, and how long the server wants us to wait before the next request.
pub struct Answered {
    pub answer: Result<Response>,
    pub wait: Option<Duration>,
}

impl From<Fault> for Answered {
    fn from(fault: Fault) -> Self {
        Self { answer: Err(fault), wait: None }
    }
}

pub fn exchange(request: &Request) -> Answered {
    let authorization = match request.client.server.credentials.authorization() {
        Ok(authorization) => authorization,
        Err(error) => return no_token(request, &error).into(),
    };
    let mut url = request.url.clone();
    let ends = Instant::now() + request.client.settings.timeout;
    for _ in 0..=REDIRECTS {
        let raw = match transmit(request, &url, authorization.as_ref()) {
            Ok(raw) => raw,
            Err(error) => return lost(request, &error).into(),
        };
        if !raw.status().is_redirection() || raw.status().as_u16() == 304 {
            return receive(request, raw, ends);
        }
        match redirected(request, &url, &raw) {
            Ok(target) => url = target,
            Err(fault) => return fault.into(),
        }
    }
    request.fault(Kind::BadAnswer, "the server redirects in a loop").into()
}

/// Nothing was sent, because whoever gives the token has none.
fn no_token(request: &Request, error: &anyhow::Error) -> Fault {
    let kind = if Diagnostic::passes(error) { Kind::Unreachable } else { Kind::SignIn };
    let fault = request.fault(kind, format!("there is no token: {error:#}"));
    let mut hints = error.chain().filter_map(|cause| cause.downcast_ref::<Diagnostic>()?.hint.clone());
    match hints.next() {
        Some(hint) => fault.with_hint(hint),
        None => fault,
    }
}

fn transmit(request: &Request, url: &Url, authorization: Option<&Authorization>) -> reqwest::Result<Raw> {
    let client = request.client;
    let mut raw = client.transport.request(request.method.clone(), url.clone());
    raw = raw.timeout(client.settings.timeout);
    let headers = client
        .server
        .headers
        .iter()
        .filter(|(name, _)| !request.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)));
    for (name, value) in headers.chain(&request.headers) {
        raw = raw.header(*name, *value);
    }
    if let Some(authorization) = authorization {
        raw = authorization.put_on(raw);
    }
    if let Some(etag) = client.state().cache.etag(&request.url).filter(|_| !request.is_write()) {
        raw = raw.header("if-none-match", etag);
    }
    if let Some(body) = &request.body {
        raw = raw.header("content-type", "application/json").body(body.to_string());
    }
    if let Some(form) = &request.form {
        let text = form.expose_secret().to_owned();
        raw = raw.header("content-type", "application/x-www-form-urlencoded").body(text);
    }
    client.state().budget.requests += 1;
    raw.send()
}

/// Where to ask instead. Only on the same server: the token must not go anywhere else. Only 307
/// and 308 may be followed by a write, because for the others clients turn it into a GET.
fn redirected(request: &Request, from: &Url, raw: &Raw) -> Result<Url> {
    let status = raw.status().as_u16();
    let location = raw.headers().get("location").and_then(|location| location.to_str().ok());
    let Some(target) = location.and_then(|location| from.join(location).ok()) else {
        return Err(request.fault(Kind::BadAnswer, "a redirect without a location").with_status(status));
    };
    if !same_server(from, &target) {
        let to = target.host_str().unwrap_or_default();
        let fault = request
            .fault(Kind::SignIn, format!("the server redirects to {to}, where the token must not be sent"));
        let origin = request.client.server.credentials.origin();
        return Err(fault.with_status(status).with_hint(format!(
            "servers do that to ask for a sign-in: check the token ({origin}). If the repository has moved, correct `gitops.repository`"
        )));
    }
    if let Some(now) = (request.client.server.moved)(from, &target).filter(|_| matches!(status, 301 | 308)) {
        let fault = request.fault(Kind::Refused, format!("the repository was renamed or moved to {now}"));
        return Err(fault.with_status(status).with_hint(format!("set `gitops.repository` to {now}")));
    }
    if request.is_write() && !matches!(status, 307 | 308) {
        let fault = request.fault(Kind::Refused, format!("this has moved to {}", target.path()));
        return Err(fault.with_status(status).with_hint("correct `gitops.repository`"));
    }
    Ok(target)
}

fn receive(request: &Request, mut raw: Raw, ends: Instant) -> Answered {
    let client = request.client;
    let now = client.settings.clock.now();
    let limits = Limits::from_headers(raw.headers(), now);
    let (status, headers) = (raw.status().as_u16(), std::mem::take(raw.headers_mut()));
    if status == 304 {
        note(request, &limits, true);
        let mut state = client.state();
        state.budget.unchanged += 1;
        let known = state.cache.answer(&request.url);
        let unasked = || request.fault(Kind::BadAnswer, "an unexpected 304");
        return Answered { answer: known.ok_or_else(unasked), wait: None };
    }
    let answer = match (200..300).contains(&status) {
        true => accept(request, status, headers, (raw, ends)).and_then(|answer| judge(request, answer)),
        false => told(raw, ends)
            .map_err(|error| cut(request, &error))
            .and_then(|text| Err(refusal::refused(request, status, &headers, &text, &limits))),
    };
    let limited = matches!(&answer, Err(fault) if fault.kind == Kind::RateLimited);
    note(request, &limits, answer.is_ok() || limited);
    if let Ok(answer) = &answer
        && !request.is_write()
    {
        client.state().cache.keep(&request.url, answer);
    }
    Answered { answer, wait: limits.wait() }
}

/// As much of a refusal as is worth reading.
fn told(raw: Raw, ends: Instant) -> std::io::Result<String> {
    let mut text = Vec::new();
    body::Limited::new(raw.take(body::REFUSAL), ends, body::REFUSAL).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Remembers the limits, for all requests that follow. A success can carry the wish to be left alone
/// for a while, too; what another refusal asks for is about its own request.
fn note(request: &Request, limits: &Limits, counts: bool) {
    let now = request.client.settings.clock.now();
    let mut state = request.client.state();
    state.budget.remaining = limits.remaining.or(state.budget.remaining);
    state.budget.resets_at = limits.resets_at.or(state.budget.resets_at);
    let until = |wait: Option<Duration>| wait.filter(|_| counts).and_then(|wait| now.checked_add(wait).ok());
    if let Some(until) = until(limits.asked) {
        state.not_before = Some(until);
    }
    if let Some(until) = until(limits.spent) {
        state.spent.insert(request.budget, until);
    }
}

/// The answer, unless it says no although its status says yes.
fn judge(request: &Request, answer: Response) -> Result<Response> {
    match request.verdict.and_then(|verdict| verdict(&answer)) {
        None => Ok(answer),
        Some((kind, said)) => Err(refusal::with_usual_hint(answer.refused(kind, &said))),
    }
}

fn accept(
    request: &Request,
    status: u16,
    headers: HeaderMap,
    (raw, ends): (Raw, Instant),
) -> Result<Response> {
    if status == 203 || refusal::is_page(&headers) {
        return Err(refusal::page(request, status));
    }
    let bad = |kind, why: String| request.fault(kind, why).with_status(status);
    let body = body::read(raw, ends, request.most).map_err(|wrong| match wrong {
        Wrong::Cut(error) => cut(request, &error),
        Wrong::TooLarge(why) => bad(Kind::TooLarge, format!("the response is too large: {why}")),
        Wrong::NotJson(error) => {
            bad(Kind::BadAnswer, format!("the response is incomplete or not JSON: {error}"))
        }
    })?;
    let asked = request.asked().into();
    let (headers, weight) = (Arc::new(headers), body.weight);
    Ok(Response { status, asked, headers, body: Arc::new(body.value), weight })
}

/// No answer came.
fn lost(request: &Request, error: &reqwest::Error) -> Fault {
    let host = request.url.host_str().unwrap_or_default();
    match why_lost(error) {
        (kind @ Kind::Refused, cause) => request.fault(kind, format!("this cannot be sent: {cause}")),
        (kind @ Kind::Untrusted, cause) => request
            .fault(kind, format!("cannot connect to {host}: {cause}"))
            .with_hint("if a private CA signed it, set SSL_CERT_FILE to its certificate"),
        (kind @ Kind::Unreachable, cause) => request
            .fault(kind, format!("cannot connect to {host}: {cause}"))
            .with_hint("check the network, and HTTPS_PROXY and NO_PROXY if there is a proxy"),
        (kind @ Kind::TimedOut, _) => {
            let limit = request.client.settings.timeout.as_secs_f64();
            request.fault(kind, format!("no response within {limit} s")).with_hint(refusal::AGAIN)
        }
        (kind, cause) => {
            request.fault(kind, format!("the connection broke: {cause}")).with_hint(refusal::AGAIN)
        }
    }
}

fn cut(request: &Request, error: &std::io::Error) -> Fault {
    let fault = match why_cut(error) {
        (kind @ Kind::TimedOut, _) => {
            let limit = request.client.settings.timeout.as_secs_f64();
            request.fault(kind, format!("the response was not complete within {limit} s"))
        }
        (kind, cause) => request.fault(kind, format!("the connection broke during the response: {cause}")),
    };
    fault.with_hint(refusal::AGAIN)
}

/// Whether two URLs have scheme, host and port in common.
fn same_server(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}
