//! A request as an adapter builds it.

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::answer::Response;
use super::body;
use super::client::Client;
use super::fault::{Fault, Kind};
use crate::secrets;

/// What to ask; nothing happens before [`Request::send`].
#[derive(Clone)]
pub struct Request<'a> {
    pub(super) client: &'a Client,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
    pub(super) form: Option<SecretString>,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) repeatable: bool,
    pub(super) budget: &'static str,
    pub(super) verdict: Option<Verdict>,
    /// The bytes that the answer may have.
    pub(super) most: u64,
}

/// Reads a refusal out of an answer whose status says yes: what is the matter, and the server's words.
pub type Verdict = fn(&Response) -> Option<(Kind, String)>;

/// Requests begin here.
impl Client {
    pub fn get(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::PUT, path)
    }

    pub fn patch(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::PATCH, path)
    }

    pub fn delete(&self, path: &str) -> Request<'_> {
        Request::new(self, Method::DELETE, path)
    }
}

impl<'a> Request<'a> {
    pub(super) fn new(client: &'a Client, method: Method, path: &str) -> Self {
        let mut url = client.server.base.clone();
        url.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
        let repeatable = matches!(method, Method::GET | Method::HEAD | Method::PUT | Method::DELETE);
        Self {
            client,
            method,
            url,
            body: None,
            form: None,
            headers: Vec::new(),
            repeatable,
            budget: "core",
            verdict: None,
            most: body::ANSWER,
        }
    }

    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// A JSON body.
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// A form instead of JSON, as servers that give tokens want it, with one field that is secret.
    pub fn form(mut self, fields: &[(&str, &str)], secret: (&str, &SecretString)) -> Self {
        let (name, value) = secret;
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields).append_pair(name, value.expose_secret());
        self.most = body::TOKEN;
        secrets::remember(secrets::Kind::Token, name, value.expose_secret());
        self.form = Some(form.finish().into());
        self
    }

    /// A header, instead of the server's of the same name.
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says that doing it twice does no harm, so that it may be sent again when the first answer
    /// was lost.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Says which of the server's budgets it is counted against, by the server's name for it, where
    /// that has several.
    pub fn counted_as(mut self, budget: &'static str) -> Self {
        self.budget = budget;
        self
    }

    /// Says how to tell that a 2xx answer is a refusal, which is then treated as any other: a limit is
    /// waited for, a fault of the server is repeated.
    pub fn judged_by(mut self, verdict: Verdict) -> Self {
        self.verdict = Some(verdict);
        self
    }

    /// For messages. A URL of ours holds no secret.
    pub(super) fn asked(&self) -> String {
        format!("{} {}", self.method, self.url)
    }

    pub(super) fn fault(&self, kind: Kind, cause: impl Into<String>) -> Fault {
        Fault::new(kind, &self.asked(), cause)
    }

    pub(super) fn is_write(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD)
    }

    /// Replaces a parameter of the query.
    pub(super) fn set_query(&mut self, name: &str, value: &str) {
        let kept: Vec<(String, String)> = self
            .url
            .query_pairs()
            .filter(|(known, _)| known != name)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        self.url.query_pairs_mut().clear().extend_pairs(kept).append_pair(name, value);
    }
}
