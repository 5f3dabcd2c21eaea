//! `voxhumana serve` as a program: what it refuses, how it stops, and that its results are those of
//! a scan.
#![allow(clippy::unwrap_used)]
#![cfg(feature = "serve")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

#[allow(unused, reason = "shared with other tests")]
#[path = "../../tests/common/mod.rs"]
mod common;

const PROGRAM: &str = env!("CARGO_BIN_EXE_voxhumana");
const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tiny.onnx");

fn command(verb: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args([verb, "--model", TINY, "--runtime", "tract"]);
    command
        .env_remove("VOXHUMANA_CONFIG")
        .env_remove("ORT_DYLIB_PATH");
    command
}

/// A server, ended with the test.
struct Server {
    child: Child,
    stderr: BufReader<ChildStderr>,
    address: String,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        let mut child = command("serve")
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line
            .split("listening on http://")
            .nth(1)
            .unwrap_or_else(|| panic!("{line}"));
        let address = address.split(['"', '\n']).next().unwrap().to_owned();
        Self {
            child,
            stderr,
            address,
        }
    }

    fn ask(&self, head: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n",
            self.address
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to stop; gives its exit code and the rest of its log.
    #[cfg(unix)]
    fn terminate(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(killed.success());
        let mut log = String::new();
        self.stderr.read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn beyond_this_machine_it_does_not_start_without_a_token() {
    let ran = command("serve")
        .args(["--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2));
    let error = String::from_utf8(ran.stderr).unwrap();
    let expected = "error: --listen 0.0.0.0:0: beyond this machine, callers must be known; give \
                    --token-file, or --tls-cert, --tls-key and --client-ca, or listen on \
                    127.0.0.1\n";
    assert_eq!(error, expected);
    assert!(ran.stdout.is_empty());
}

/// A shell puts a recording where a name was forgotten.
#[test]
fn a_recording_is_never_written_into() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.wav");
    common::write_wav(&file, 16_000, &[&common::voice(1.0, 1)]);
    let before = std::fs::read(&file).unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(
        &secret,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr\n",
    )
    .unwrap();
    let name = |path: &Path| path.to_str().unwrap().to_owned();
    let (call, secret) = (name(&file), name(&secret));
    let hook = [
        "--webhook",
        "http://127.0.0.1:1/",
        "--webhook-secret-file",
        &secret,
    ];
    let queue = [&hook[..], &["--webhook-queue", &call]].concat();
    for (arguments, text) in [
        (
            &["--events", &call][..],
            "is a recording (WAV), and --events would write over it",
        ),
        (
            &queue,
            "is a recording (WAV), and --webhook-queue would write into it",
        ),
        (
            &["--events", &secret, "--token-file", &secret],
            "is read by this command",
        ),
    ] {
        let ran = command("serve")
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .output()
            .unwrap();
        let error = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{error}");
        assert!(error.contains(text), "{error}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_recording_has_the_result_of_a_scan() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("call.wav");
    common::write_wav(
        &file,
        16_000,
        &[&common::voice(5.0, 1), &common::marked(5.0, 2)],
    );
    let scanned = command("scan")
        .args(["--format", "jsonl", "--prior", "0.001", "-"])
        .stdin(std::fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    let line = String::from_utf8(scanned.stdout).unwrap();
    let expected: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();

    let server = Server::start(&["--log-format", "json", "--prior", "0.001"]);
    let answer = server.ask("POST /v1/scan", &std::fs::read(&file).unwrap());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
    assert_eq!(expected["data"]["channels"][1]["verdict"], "synthetic");
}

#[cfg(unix)]
#[test]
fn the_demo_is_a_call_on_the_line() {
    let server = Server::start(&["--demo"]);
    let started = std::time::Instant::now();
    let call = loop {
        let answer = server.ask("GET /v1/calls/sample", b"");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let call: Value = serde_json::from_str(body).unwrap();
        // Somebody has spoken.
        if head.starts_with("HTTP/1.1 200 ") && call["duration_s"].as_f64() > Some(3.0) {
            break call;
        }
        assert!(started.elapsed().as_secs() < 60, "{answer}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    // In real time.
    assert!(started.elapsed().as_secs_f64() > 2.5, "{call}");
    assert_eq!(call["protocol"], "demo");
    assert_eq!(call["state"], "live");
    assert_eq!(call["channels"][0]["name"], "left");
    assert_eq!(call["channels"][1]["name"], "right");
    // It does not hold the server up.
    let asked = std::time::Instant::now();
    let (code, log) = server.terminate();
    assert_eq!(code, Some(0), "{log}");
    assert!(asked.elapsed().as_secs() < 20, "{log}");
}

#[cfg(unix)]
#[test]
fn it_stops_in_order_and_logs_no_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "a-secret\n").unwrap();
    let events = folder.path().join("events.jsonl");
    let name = |path: &Path| path.to_str().unwrap().to_owned();
    let server = Server::start(&["--token-file", &name(&tokens), "--events", &name(&events)]);
    assert!(
        server
            .ask("GET /v1/calls", b"")
            .starts_with("HTTP/1.1 401 ")
    );
    let listed = server.ask("GET /v1/calls?token=a-secret", b"");
    assert!(
        listed.contains("{\"schema_version\":1,\"calls\":[]}"),
        "{listed}"
    );
    let (code, log) = server.terminate();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopping") && log.contains("stopped"), "{log}");
    assert!(!log.contains("a-secret"), "{log}");
    assert_eq!(std::fs::read_to_string(events).unwrap(), "");
}

/// One who receives webhooks, slowly; gives their ids.
#[cfg(unix)]
fn receive(listener: std::net::TcpListener, ids: std::sync::mpsc::Sender<String>) {
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let (mut id, mut length) = (String::new(), 0);
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|n| n > 0) && line != "\r\n" {
            if let Some((name, value)) = line.trim_end().split_once(": ") {
                match name.to_ascii_lowercase().as_str() {
                    "webhook-id" => id = value.to_owned(),
                    "content-length" => length = value.parse().unwrap(),
                    _ => {}
                }
            }
            line.clear();
        }
        let mut body = vec![0; length];
        // A sender that was killed meanwhile has not delivered.
        if lines.read_exact(&mut body).is_ok() && !id.is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(20));
            ids.send(id).unwrap();
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
        }
    }
}

/// A short call over AudioSocket, to its end.
#[cfg(unix)]
fn audiosocket_call(address: &str, id: u8) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&[0x01, 0, 16]).unwrap();
    stream.write_all(&[id; 16]).unwrap();
    stream.write_all(&[0x10, 0x01, 0x40]).unwrap();
    stream.write_all(&[0; 320]).unwrap();
    stream.write_all(&[0; 3]).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
}

#[cfg(unix)]
#[test]
fn webhooks_in_the_queue_outlive_kill_9() {
    const ROUNDS: u8 = 10;
    let folder = tempfile::tempdir().unwrap();
    let name = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(name("secret"), format!("whsec_{}\n", "A".repeat(44))).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, ids) = std::sync::mpsc::channel();
    std::thread::spawn(move || receive(listener, sender));
    let (secret, queue) = (name("secret"), name("queue"));
    let start = || {
        let mut server = Server::start(&[
            "--audiosocket",
            "127.0.0.1:0",
            "--webhook",
            &hook,
            "--webhook-secret-file",
            &secret,
            "--webhook-queue",
            &queue,
            "--webhook-events",
            "started,ended",
        ]);
        let mut line = String::new();
        server.stderr.read_line(&mut line).unwrap();
        let address = line.trim_end().rsplit(' ').next().unwrap().to_owned();
        (server, address)
    };
    let mut expected = std::collections::BTreeSet::new();
    for round in 1..=ROUNDS {
        let (mut server, address) = start();
        audiosocket_call(&address, round);
        let uuid = format!("{round:02x}").repeat(16);
        let uuid = [&uuid[..8], &uuid[..4], &uuid[..4], &uuid[..4], &uuid[..12]].join("-");
        let view = server.ask(&format!("GET /v1/calls/{uuid}"), b"");
        let view: Value = serde_json::from_str(view.split_once("\r\n\r\n").unwrap().1).unwrap();
        let call = view["id"].as_str().unwrap().to_owned();
        // Its first event and its last are on the disk, if not delivered already.
        loop {
            let metrics = server.ask("GET /metrics", b"");
            let queued = "voxhumana_webhooks_queued_total 2";
            if metrics.lines().any(|line| line.trim_end() == queued) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        expected.insert(call);
        server.child.kill().unwrap();
        server.child.wait().unwrap();
    }
    // Whatever waits still is sent by the next one.
    let (_server, _) = start();
    let mut got = std::collections::BTreeMap::<String, std::collections::BTreeSet<String>>::new();
    while got.len() < expected.len() || got.values().any(|of_call| of_call.len() < 2) {
        let id = ids
            .recv_timeout(std::time::Duration::from_secs(60))
            .unwrap();
        let call = id[..36].to_owned();
        assert!(expected.contains(&call), "{id}");
        got.entry(call).or_default().insert(id);
    }
}
