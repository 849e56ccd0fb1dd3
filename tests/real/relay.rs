//! A relay between Towline and the server: it counts requests of git, and does something at the next push.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::forge::{RealBench, Server};
use super::world::application;
use crate::given::Sandbox;

type Work = Box<dyn FnOnce() + Send>;

pub struct Relay {
    address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    git: AtomicUsize,
    at_next_push: Mutex<Option<Work>>,
}

impl Relay {
    pub fn start(bench: &RealBench) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = authority(&bench.location()).to_owned();
        let relay = Self { address, seen: Arc::default() };
        let seen = relay.seen.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, seen) = (server.clone(), seen.clone());
                thread::spawn(move || pass_on(client, &server, &seen).ok());
            }
        });
        relay
    }

    /// An application whose GitOps repository is reached through the relay.
    pub fn application(&self, server: &Server, bench: &RealBench, rest: &str) -> Sandbox {
        let sandbox = application(server, bench, "greeting", rest);
        let pipeline = std::fs::read_to_string(sandbox.path("app/towline.yaml")).unwrap();
        let (location, address) = (bench.location(), self.address.to_string());
        let through = location.replacen(authority(&location), &address, 1);
        sandbox.write("app/towline.yaml", &pipeline.replace(&location, &through));
        sandbox
    }

    /// Does `work` when the next push comes, before the server gets it.
    pub fn at_the_next_push(&self, work: impl FnOnce() + Send + 'static) {
        *self.seen.at_next_push.lock().unwrap() = Some(Box::new(work));
    }

    pub fn has_seen_a_push(&self) -> bool {
        self.seen.at_next_push.lock().unwrap().is_none()
    }

    /// How many requests of git came since this was asked last.
    pub fn git_requests(&self) -> usize {
        self.seen.git.swap(0, Ordering::SeqCst)
    }
}

fn authority(url: &str) -> &str {
    url.split('/').nth(2).unwrap()
}

fn pass_on(mut client: TcpStream, server: &str, seen: &Seen) -> io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    let (mut answers, mut back) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        io::copy(&mut answers, &mut back).ok();
        back.shutdown(Shutdown::Both).ok();
    });
    let mut buffer = vec![0; 1 << 16];
    while let length @ 1.. = client.read(&mut buffer)? {
        // A request begins with what is read, because the client waits for the answer to the one before.
        let line = buffer[..length].split(|byte| *byte == b'\r').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let is_request = line.ends_with(" HTTP/1.1");
        if is_request && line.contains(".git/") {
            seen.git.fetch_add(1, Ordering::SeqCst);
        }
        if is_request && line.starts_with("POST") && line.contains("/git-receive-pack") {
            let work = seen.at_next_push.lock().unwrap().take();
            if let Some(work) = work {
                work();
            }
        }
        server.write_all(&buffer[..length])?;
    }
    server.shutdown(Shutdown::Write)
}
