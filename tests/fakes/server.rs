//! A service behind a port of the loopback interface.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request as Incoming, State};
use axum::http::{HeaderValue, Response, header};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::faults::{What, bytes};
use super::{Fault, Reply, Request, Spec};

/// A fake forge.
pub trait Service: Send + Sync + 'static {
    fn answer(&self, request: &Request) -> Reply;

    /// Whether its answers can be asked for again with `If-None-Match`.
    fn sends_etags(&self) -> bool {
        true
    }

    /// Answers, and checks by itself, what the API description does not speak of, such as GraphQL.
    fn answer_beside(&self, request: &Request) -> Option<Result<Reply, String>> {
        let _ = request;
        None
    }
}

pub struct Server {
    url: String,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

struct Shared {
    service: Arc<dyn Service>,
    spec: Option<Arc<Spec>>,
    faults: Mutex<Vec<Fault>>,
    away: Mutex<Option<Box<dyn FnMut() -> bool + Send>>>,
    log: Mutex<Vec<String>>,
    violations: Mutex<Vec<String>>,
}

impl Server {
    /// `spec` is absent for a forge that has no API description.
    pub fn start(service: Arc<dyn Service>, spec: Option<Arc<Spec>>) -> Self {
        let shared = Arc::new(Shared {
            service,
            spec,
            faults: Mutex::default(),
            away: Mutex::default(),
            log: Mutex::default(),
            violations: Mutex::default(),
        });
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(handle).with_state(shared.clone());
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { url, shared, runtime: Some(runtime) }
    }

    pub fn address(&self) -> SocketAddr {
        self.url.strip_prefix("http://").unwrap().parse().unwrap()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn fail(&self, fault: Fault) {
        self.shared.faults.lock().unwrap().push(fault);
    }

    /// From now on every request is asked about whether the server is away for it, as behind a proxy.
    pub fn away_when(&self, away: impl FnMut() -> bool + Send + 'static) {
        *self.shared.away.lock().unwrap() = Some(Box::new(away));
    }

    /// What was asked so far and what it was answered with: `GET /path?query → 200`, with a `!`
    /// after a fault.
    pub fn log(&self) -> Vec<String> {
        self.shared.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
        let violations = self.shared.violations.lock().unwrap();
        if !std::thread::panicking() {
            assert!(violations.is_empty(), "against the API description:\n{}", violations.join("\n"));
        }
    }
}

async fn handle(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response<Body> {
    let (head, body) = incoming.into_parts();
    let body = axum::body::to_bytes(body, 1 << 24).await.unwrap_or_default();
    let request = read(&head, &body);
    let fault = shared.take_fault(&request);
    if let Some(Fault { what: What::Stall, .. }) = fault {
        shared.log.lock().unwrap().push(format!("{} → nothing!", request.line()));
        std::future::pending::<()>().await;
    }
    // The forge works on git's files, which is no work for this thread.
    let work = shared.clone();
    match tokio::task::spawn_blocking(move || work.respond(&request, fault)).await {
        Ok(response) => response,
        Err(error) => {
            shared.violations.lock().unwrap().push(format!("the fake broke down: {error}"));
            response(&Reply::refused(500, "the fake broke down"), Body::empty())
        }
    }
}

impl Shared {
    fn take_fault(&self, request: &Request) -> Option<Fault> {
        if self.away.lock().unwrap().as_mut().is_some_and(|away| away()) {
            return Some(Fault::bad_gateway(""));
        }
        let mut faults = self.faults.lock().unwrap();
        let at = faults.iter().position(|fault| fault.fits(request))?;
        if let Some(left) = faults[at].passed.checked_sub(1) {
            faults[at].passed = left;
            return None;
        }
        Some(faults.remove(at))
    }

    fn respond(&self, request: &Request, fault: Option<Fault>) -> Response<Body> {
        if let Some(Fault { what: What::Instead { status, headers, body }, .. }) = &fault {
            self.log.lock().unwrap().push(format!("{} → {status}!", request.line()));
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let reply = Reply { status: *status, headers: headers.collect(), body: Value::Null };
            return response(&reply, Body::from(*body));
        }
        let reply = match self.service.sends_etags() {
            true => with_etag(request, self.checked(request)),
            false => self.checked(request),
        };
        let broken = if fault.is_some() { "!" } else { "" };
        self.log.lock().unwrap().push(format!("{} → {}{broken}", request.line(), reply.status));
        let whole = bytes(&reply);
        match fault.map(|fault| fault.what) {
            Some(What::Reset) => response(&reply, cut(&whole)),
            Some(What::Truncated) => response(&reply, Body::from(whole[..whole.len() / 2].to_vec())),
            Some(What::Type(kind)) => {
                let mut response = response(&reply, Body::from(whole));
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
                response
            }
            _ => response(&reply, Body::from(whole)),
        }
    }

    /// The service's answer, if the API description lets both sides say what they say.
    fn checked(&self, request: &Request) -> Reply {
        let Some(spec) = &self.spec else { return self.service.answer(request) };
        let described = || {
            let operation = spec.check_request(request)?;
            let reply = self.service.answer(request);
            spec.check_reply(&operation, &reply).map(|()| reply)
        };
        let checked = self.service.answer_beside(request).unwrap_or_else(described);
        checked.unwrap_or_else(|violation| {
            let violation = format!("{}: {violation}", request.line());
            self.violations.lock().unwrap().push(violation.clone());
            Reply::refused(400, &violation)
        })
    }
}

fn read(head: &axum::http::request::Parts, body: &Bytes) -> Request {
    let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let kind = head.headers.get(header::CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: query.into_owned().collect(),
        headers: headers.collect(),
        form: if is_form { url::form_urlencoded::parse(body).into_owned().collect() } else { HashMap::new() },
        body: if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap_or(Value::Null) },
    }
}

fn with_etag(request: &Request, reply: Reply) -> Reply {
    if request.method != "GET" || reply.status != 200 {
        return reply;
    }
    let mut hasher = DefaultHasher::new();
    (bytes(&reply), &reply.headers).hash(&mut hasher);
    let etag = format!("W/\"{:x}\"", hasher.finish());
    match request.header("if-none-match") == Some(&etag) {
        true => Reply::json(304, Value::Null).header("etag", &etag),
        false => reply.header("etag", &etag),
    }
}

fn response(reply: &Reply, body: Body) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let mut response = response.body(body).unwrap();
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().entry(header::CONTENT_TYPE).or_insert(json);
    response
}

/// Half of the bytes, and then the connection ends.
fn cut(whole: &[u8]) -> Body {
    let half = Bytes::copy_from_slice(&whole[..whole.len() / 2]);
    let parts = [Ok(half), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
    Body::from_stream(futures_util::stream::iter(parts))
}
