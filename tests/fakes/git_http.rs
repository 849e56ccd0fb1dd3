//! A smart HTTP server for bare repositories: `git http-backend`, as a forge would run it, behind
//! a listener on the loopback device. It can ask for a password and can misbehave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;

/// What one request was, and how much went back and forth.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    pub authorization: Option<String>,
    protocol: String,
    content_type: String,
    encoding: String,
    pub sent: usize,
    pub received: usize,
    /// Which of the connections it came over, counted from 0.
    pub connection: usize,
    /// Whether the client wants the connection closed.
    closes: bool,
}

/// What the server does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Serve,
    /// Answers with this status and text.
    Answer(u16, String),
    /// Closes the connection after so many bytes of the answer.
    HangUp(usize),
    /// Sends so many bytes of the answer, and nothing more.
    Stall(usize),
    /// Answers this where git's answer would be, with the right headers.
    Say(Vec<u8>),
    /// Serves with so many bytes missing at the end of the content, as if that were all.
    Cut(usize),
    /// Serves with one byte changed, so many from the end of the content.
    Flip(usize),
    /// Serves with compressed content.
    Gzip,
    /// Answers with a redirect to this URL.
    Redirect(String),
}

type Rule = Box<dyn Fn(&Request) -> Action + Send>;

#[derive(Default)]
struct State {
    password: Option<(String, String)>,
    old_protocol: bool,
    rule: Option<Rule>,
    requests: Vec<Request>,
    connections: usize,
}

/// A running server. It ends with the process of the tests.
#[derive(Clone)]
pub struct GitHttp {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl GitHttp {
    /// Serves the bare repositories in `folder`.
    pub fn serve(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let (running, folder) = (server.clone(), folder.to_owned());
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (server, folder) = (running.clone(), folder.clone());
                // A client that goes away is what some tests are about.
                std::thread::spawn(move || server.answer(connection, &folder).ok());
            }
        });
        server
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, repository: &str) -> String {
        format!("http://{}/{repository}", self.address)
    }

    /// Asks everybody for this user and password from now on.
    pub fn require(&self, user: &str, password: &str) {
        self.state.lock().unwrap().password = Some((user.to_owned(), password.to_owned()));
    }

    /// Asks nobody any more; a rule may.
    pub fn require_nothing(&self) {
        self.state.lock().unwrap().password = None;
    }

    /// Speaks version 0 of the protocol only, where single objects are not given out.
    pub fn speak_old_protocol(&self) {
        self.state.lock().unwrap().old_protocol = true;
    }

    /// Lets `rule` decide what happens to requests that may come in.
    pub fn rule(&self, rule: impl Fn(&Request) -> Action + Send + 'static) {
        self.state.lock().unwrap().rule = Some(Box::new(rule));
    }

    /// The requests since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }

    fn answer(&self, mut connection: TcpStream, folder: &Path) -> std::io::Result<()> {
        let number = {
            let mut state = self.state.lock().unwrap();
            state.connections += 1;
            state.connections - 1
        };
        let mut reader = BufReader::new(connection.try_clone()?);
        // As a server does: the client closes the connection, unless an answer says that it ends here.
        while let Some((mut request, body)) = read_request(&mut reader)? {
            request.connection = number;
            request.received = body.len();
            let action = self.decide(&mut request);
            let Served { bytes, ends } = serve(folder, &request, body, &action)?;
            request.sent = bytes.len();
            let ends = ends || request.closes;
            self.state.lock().unwrap().requests.push(request);
            connection.write_all(&bytes)?;
            if matches!(action, Action::Stall(_)) {
                break;
            }
            if ends {
                connection.shutdown(std::net::Shutdown::Write)?;
                break;
            }
        }
        // Whatever the client still sends has to be read, or it sees a reset instead of the answer.
        std::io::copy(&mut reader, &mut std::io::sink())?;
        Ok(())
    }

    fn decide(&self, request: &mut Request) -> Action {
        let state = self.state.lock().unwrap();
        if state.old_protocol {
            request.protocol.clear();
        }
        let expected = state.password.as_ref().map(|(user, password)| basic(user, password));
        if expected.is_some() && expected != request.authorization {
            return Action::Answer(401, "who are you?".into());
        }
        state.rule.as_ref().map_or(Action::Serve, |rule| rule(request))
    }
}

/// What goes back, and whether the connection ends behind it.
struct Served {
    bytes: Vec<u8>,
    ends: bool,
}

fn serve(folder: &Path, request: &Request, body: Vec<u8>, action: &Action) -> std::io::Result<Served> {
    let whole = |status: u16, headers: &str, content: &[u8]| {
        let length = content.len();
        let end = if request.closes { "Connection: close\r\n" } else { "" };
        let head = format!("HTTP/1.1 {status} Said\r\n{headers}Content-Length: {length}\r\n{end}\r\n");
        [head.as_bytes(), content].concat()
    };
    let mut served = match action {
        Action::Answer(status, text) => {
            let header = match *status {
                401 => "WWW-Authenticate: Basic realm=\"git\"\r\n",
                // git shows what forges say of it.
                403 => "Content-Type: text/plain\r\n",
                _ => "",
            };
            whole(*status, header, text.as_bytes())
        }
        Action::Redirect(target) => whole(302, &format!("Location: {target}\r\n"), b""),
        _ => {
            let (status, mut headers, mut content) = backend(folder, request, body)?;
            match action {
                Action::Say(instead) => content.clone_from(instead),
                Action::Cut(missing) => content.truncate(content.len().saturating_sub(*missing)),
                Action::Flip(at) => {
                    let at = content.len() - at;
                    content[at] ^= 0xff;
                }
                Action::Gzip => {
                    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
                    gzip.write_all(&content)?;
                    content = gzip.finish()?;
                    headers += "Content-Encoding: gzip\r\n";
                }
                _ => {}
            }
            whole(status, &headers, &content)
        }
    };
    let ends = match action {
        Action::HangUp(after) | Action::Stall(after) => {
            served.truncate(*after);
            true
        }
        _ => false,
    };
    Ok(Served { bytes: served, ends })
}

/// Nothing when the client has closed the connection.
fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<(Request, Vec<u8>)>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        ..Request::default()
    };
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => request.authorization = Some(value.to_owned()),
            "git-protocol" => request.protocol = value.to_owned(),
            "content-type" => request.content_type = value.to_owned(),
            "content-encoding" => request.encoding = value.to_owned(),
            "content-length" => length = value.parse().unwrap(),
            "transfer-encoding" => chunked = value == "chunked",
            "connection" => request.closes = value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let body = if chunked { read_chunks(reader)? } else { read_exactly(reader, length)? };
    Ok(Some((request, body)))
}

fn read_exactly(reader: &mut impl Read, length: usize) -> std::io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunks(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        body.extend(read_exactly(reader, length)?);
        reader.read_line(&mut String::new())?;
        if length == 0 {
            return Ok(body);
        }
    }
}

/// What `git http-backend` answers: status, headers and content.
fn backend(folder: &Path, request: &Request, body: Vec<u8>) -> std::io::Result<(u16, String, Vec<u8>)> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut child = Command::new("git")
        .arg("http-backend")
        .env_clear()
        .envs([
            ("PATH", std::env::var("PATH").unwrap().as_str()),
            ("HOME", folder.to_str().unwrap()),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_PROJECT_ROOT", folder.to_str().unwrap()),
            ("GIT_HTTP_EXPORT_ALL", "1"),
            ("GIT_PROTOCOL", &request.protocol),
            ("PATH_INFO", path),
            ("QUERY_STRING", query),
            ("REQUEST_METHOD", &request.method),
            ("CONTENT_TYPE", &request.content_type),
            ("CONTENT_LENGTH", &body.len().to_string()),
            ("HTTP_CONTENT_ENCODING", &request.encoding),
            ("REMOTE_USER", "somebody"),
            ("REMOTE_ADDR", "127.0.0.1"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || stdin.write_all(&body));
    let output = child.wait_with_output()?.stdout;
    feeder.join().unwrap().ok();
    let end = output.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(output.len());
    let headers = String::from_utf8_lossy(&output[..end]).into_owned();
    let status = headers.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let status = status.split(' ').next().and_then(|status| status.parse().ok()).unwrap_or(500);
    let headers: String = headers.lines().map(|line| format!("{line}\r\n")).collect();
    Ok((status, headers, output[(end + 4).min(output.len())..].to_vec()))
}

/// The `Authorization` of a user and password.
pub fn basic(user: &str, password: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::from("Basic ");
    for bytes in format!("{user}:{password}").as_bytes().chunks(3) {
        let group =
            bytes.iter().chain([0, 0].iter()).take(3).fold(0, |group, byte| group << 8 | u32::from(*byte));
        for digit in 0..4 {
            let value = (group >> (18 - 6 * digit)) as usize & 63;
            encoded.push(if digit <= bytes.len() { char::from(DIGITS[value]) } else { '=' });
        }
    }
    encoded
}
