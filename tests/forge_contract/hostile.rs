//! Answers of servers that mean no good: what they cost, and how they end.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::thread;

use crate::given::Sandbox;

/// A server that gives every request the same answer, `body` repeated, in `size` bytes.
fn server(body: &'static [u8], size: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || answer(connection, body, size).ok());
        }
    });
    url
}

fn answer(mut connection: TcpStream, body: &[u8], size: usize) -> std::io::Result<()> {
    // Enough of the request to know that it came; it has no body.
    let mut asked = [0; 16];
    connection.read_exact(&mut asked)?;
    write!(
        connection,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n[",
        size + 1
    )?;
    let part = body.repeat((1 << 16) / body.len());
    let mut left = size;
    while left > 0 {
        let next = &part[..left.min(part.len())];
        connection.write_all(next)?;
        left -= next.len();
    }
    Ok(())
}

/// `towline status` against a forge at `url`, and the most memory that it took, in MB.
fn status(url: &str) -> (String, u64) {
    let sandbox = Sandbox::with_application(&[
        (
            "towline.yaml",
            &format!(
                "version: 1\napplication: web\ntemplates: [{{path: deploy}}]\nenvironments: [{{name: dev}}]\n\
                 gitops: {{repository: \"{url}/acme/gitops.git\", forge: github}}\n"
            ),
        ),
        ("deploy/web.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: web}}\n"),
    ]);
    let measure = "import resource, subprocess, sys\n\
                   ended = subprocess.run(sys.argv[1:])\n\
                   print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let towline = sandbox.command(&["status"]);
    let mut command = Command::new("python3");
    command.args(["-c", measure]).arg(towline.get_program()).args(towline.get_args());
    command.current_dir(towline.get_current_dir().unwrap()).env_clear();
    command.envs(towline.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("TOWLINE_TOKEN", "token").env("GITHUB_SERVER_URL", url).env("GITHUB_API_URL", url);
    let Output { stdout, stderr, .. } = command.output().unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    let peak = stdout.lines().find_map(|line| line.strip_prefix("peak ")).expect("the measure");
    (String::from_utf8(stderr).unwrap(), peak.parse::<u64>().unwrap() / 1024)
}

#[test]
fn an_answer_of_63_megabytes_costs_less_than_200() {
    for body in [&b"{\"\":0},"[..], b"0,", b"[[[[[[[[0]]]]]]]],", b"\"\\u0000\\u0000\\u0000\\u0000\","] {
        let url = server(body, 63 << 20);
        let (said, peak) = status(&url);
        assert!(said.contains("the response is too large"), "{}: {said}", String::from_utf8_lossy(body));
        assert!(peak < 200, "{}: {peak} MB", String::from_utf8_lossy(body));
    }
}
