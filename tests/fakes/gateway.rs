//! What stands between a client and a server in other people's networks: a proxy, and a server
//! that speaks TLS. Both pass on what they get, one request a connection.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Listens, and gives each connection a thread of its own.
fn listen(answer: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let answer = answer.clone();
            // A client that goes away is none of our business.
            std::thread::spawn(move || answer(connection).ok());
        }
    });
    address
}

/// A proxy that alone knows where its hosts are.
pub struct Proxy {
    address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// `routes` are hosts, with their ports where they are not the usual ones.
    pub fn start(routes: &[(&str, SocketAddr)]) -> Self {
        let routes: BTreeMap<String, SocketAddr> =
            routes.iter().map(|(host, address)| ((*host).to_owned(), *address)).collect();
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = log.clone();
        let address = listen(move |client| {
            let mut reader = BufReader::new(client.try_clone()?);
            let mut head = read_head(&mut reader)?;
            let mut words = head[0].split(' ').map(str::to_owned);
            let [method, target] = [words.next().unwrap(), words.next().unwrap()];
            let plain = target.strip_prefix("http://").unwrap_or(&target);
            let (host, path) = plain.split_at(plain.find('/').unwrap_or(plain.len()));
            seen.lock().unwrap().push(host.to_owned());
            let Some(route) = routes.get(host) else { return (&client).write_all(BAD_GATEWAY) };
            if method == "CONNECT" {
                return tunnel(client, TcpStream::connect(route)?);
            }
            head[0] = format!("{method} {path} HTTP/1.1");
            pass_on(head, &mut reader, &mut &client, *route)
        });
        Self { address, log }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The hosts that were asked for since the last call, each once.
    pub fn log(&self) -> String {
        let mut log = std::mem::take(&mut *self.log.lock().unwrap());
        log.sort();
        log.dedup();
        log.join(", ")
    }
}

const BAD_GATEWAY: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn tunnel(client: TcpStream, server: TcpStream) -> std::io::Result<()> {
    (&client).write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let upwards = std::thread::spawn(move || {
        std::io::copy(&mut from, &mut to).ok();
        to.shutdown(Shutdown::Write).ok();
    });
    std::io::copy(&mut &server, &mut &client).ok();
    client.shutdown(Shutdown::Write).ok();
    upwards.join().ok();
    Ok(())
}

/// One server that is two: what has `part` in its path goes to the forge's API, all else to git.
pub fn front(part: &'static str, api: SocketAddr, git: SocketAddr) -> SocketAddr {
    listen(move |client| {
        let mut reader = BufReader::new(client.try_clone()?);
        let head = read_head(&mut reader)?;
        let server = if head[0].contains(part) { api } else { git };
        pass_on(head, &mut reader, &mut &client, server)
    })
}

/// A server in front of another that speaks TLS as `git.example.test` and `api.example.test`, with
/// a certificate of [`authority`].
pub fn tls(server: SocketAddr) -> SocketAddr {
    let chain =
        CertificateDer::pem_slice_iter(include_bytes!("tls/server.pem")).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    listen(move |client| {
        let session = ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
        let mut reader = BufReader::new(StreamOwned::new(session, client));
        let head = read_head(&mut reader)?;
        let mut answer = Vec::new();
        pass_on(head, &mut reader, &mut answer, server)?;
        let stream = reader.get_mut();
        stream.write_all(&answer)?;
        stream.conn.send_close_notify();
        stream.flush()
    })
}

/// The certificate of the authority that nobody trusts by himself.
pub fn authority() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fakes/tls/ca.pem")
}

/// The lines up to the empty one.
fn read_head(reader: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let lines: Result<Vec<String>, _> =
        reader.lines().take_while(|line| !line.as_ref().is_ok_and(String::is_empty)).collect();
    lines.and_then(
        |lines| if lines.is_empty() { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(lines) },
    )
}

/// Sends a request to the server, and all of its answer back.
fn pass_on(
    head: Vec<String>,
    body: &mut impl BufRead,
    client: &mut impl Write,
    server: SocketAddr,
) -> std::io::Result<()> {
    let header = |name: &str| {
        let values = head.iter().filter_map(|line| line.split_once(": "));
        values.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    let mut server = TcpStream::connect(server)?;
    for line in head.iter().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")) {
        write!(server, "{line}\r\n")?;
    }
    write!(server, "Connection: close\r\n\r\n")?;
    match header("transfer-encoding") {
        Some(_) => pass_chunks(body, &mut server)?,
        None => {
            let length = header("content-length").map_or(0, |length| length.parse().unwrap());
            std::io::copy(&mut body.take(length), &mut server)?;
        }
    }
    std::io::copy(&mut server, client)?;
    Ok(())
}

fn pass_chunks(body: &mut impl BufRead, server: &mut TcpStream) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        body.read_line(&mut line)?;
        server.write_all(line.as_bytes())?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
        std::io::copy(&mut body.take(length + 2), server)?;
        if length == 0 {
            return Ok(());
        }
    }
}
