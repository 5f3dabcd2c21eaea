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
        .args(["--format", "jsonl", "-"])
        .stdin(std::fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    let line = String::from_utf8(scanned.stdout).unwrap();
    let expected: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();

    let server = Server::start(&["--log-format", "json"]);
    let answer = server.ask("POST /v1/scan", &std::fs::read(&file).unwrap());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
    assert_eq!(expected["data"]["channels"][1]["verdict"], "synthetic");
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
