//! What is asked and what is answered.

use std::collections::HashMap;

use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// As it was sent: still percent-encoded.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Null when there was none.
    pub body: Value,
    /// The fields of a body that is a form.
    pub form: HashMap<String, String>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> Option<usize> {
        self.query(name)?.parse().ok()
    }

    /// The segments of the path below `prefix`, decoded; none when it is not below.
    pub fn below(&self, prefix: &str) -> Vec<String> {
        let Some(rest) = self.path.strip_prefix(prefix) else { return Vec::new() };
        let segments = rest.split('/').filter(|segment| !segment.is_empty());
        segments
            .map(|s| percent_encoding::percent_decode_str(s).decode_utf8().unwrap().into_owned())
            .collect()
    }

    /// As the log shows it.
    pub fn line(&self) -> String {
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        match query.is_empty() {
            true => format!("{} {}", self.method, self.path),
            false => format!("{} {}?{}", self.method, self.path, query.join("&")),
        }
    }

    /// This URL with another value of a parameter: links to further pages.
    fn url_with(&self, name: &str, value: usize) -> String {
        let mut url = url::Url::parse(&format!("http://{}", self.header("host").unwrap())).unwrap();
        url.set_path(&self.path);
        let others = self.query.iter().filter(|(known, _)| known != name);
        url.query_pairs_mut().extend_pairs(others).append_pair(name, &value.to_string());
        url.into()
    }
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// Null for none.
    pub body: Value,
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    /// A refusal in the form `{"message": …}`, as most forges have it.
    pub fn refused(status: u16, message: &str) -> Self {
        Self::json(status, json!({"message": message}))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The page of `items` that is asked for with `page` and `size`, which the server caps; with a
/// `Link` to the next. `wrap` puts the list where the API has it.
pub fn page(
    request: &Request,
    size: &str,
    cap: usize,
    items: Vec<Value>,
    wrap: impl Fn(Vec<Value>) -> Value,
) -> Reply {
    let size = request.number(size).unwrap_or(cap).min(cap);
    let page = request.number("page").unwrap_or(1).max(1);
    let total = items.len();
    let shown: Vec<Value> = items.into_iter().skip((page - 1) * size).take(size).collect();
    let reply = Reply::json(200, wrap(shown)).header("x-total-count", &total.to_string());
    match page * size < total {
        true => {
            let next = request.url_with("page", page + 1);
            reply
                .header("link", &format!("<{next}>; rel=\"next\""))
                .header("x-next-page", &(page + 1).to_string())
        }
        false => reply,
    }
}
