//! A server in this process, and clients of it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket};
use voxhumana::{ChannelReport, Detector};
use voxhumana_serve::engine::{Call, Engine};
use voxhumana_serve::{Error, Options, PortRange, Server};

use crate::common::{self, tiny};

/// Longest time for anything, on a machine that is busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn detector() -> Detector {
    tiny().threads(1).build().unwrap()
}

/// A server that serves until it is dropped.
pub struct Running {
    pub address: SocketAddr,
    pub audiosocket: Option<SocketAddr>,
    pub rtp: Option<PortRange>,
    pub engine: Engine,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

/// Options for a port of its own.
pub fn options() -> Options {
    Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        drain: Duration::ZERO,
        workers: Some(2),
        ..Options::default()
    }
}

pub fn serve() -> Running {
    serve_with(options())
}

pub fn serve_with(options: Options) -> Running {
    let rtp = options.rtp;
    let server = Server::open(detector(), options).unwrap();
    let (stop, stopped) = oneshot::channel();
    let address = server.address().unwrap();
    let audiosocket = server.audiosocket_address().unwrap();
    let engine = server.engine().clone();
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(server.serve(async {
            let _ = stopped.await;
        }))
    });
    Running {
        address,
        audiosocket,
        rtp,
        engine,
        stop: Some(stop),
        thread: Some(thread),
    }
}

impl Running {
    /// Asks it to stop, without waiting for it.
    pub fn ask_to_stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Waits until it has stopped.
    pub fn stopped(mut self) {
        self.thread.take().unwrap().join().unwrap().unwrap();
    }

    /// Both.
    pub fn stop_and_wait(mut self) {
        self.ask_to_stop();
        self.stopped();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Status and body of an answer.
    pub fn get(&self, path: &str) -> (u16, String) {
        self.get_with(path, &[])
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let mut request = agent().get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.call().unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), body)
    }

    pub fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// A WebSocket, or status and body of the refusal.
    pub fn connect(&self, path: &str) -> Result<Socket, (u16, Value)> {
        self.connect_with(path, &[])
    }

    pub fn connect_with(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, (u16, Value)> {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("ws://{}{path}", self.address)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match tungstenite::client::client(request, stream) {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(response))) => {
                let body = response.body().clone().unwrap_or_default();
                let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
                Err((response.status().as_u16(), body))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// The call, once it is there.
    pub fn call(&self, id: &str) -> Arc<Call> {
        until(|| self.engine.call(id))
    }

    /// The state of a call, once it is over.
    pub fn ended(&self, id: &str) -> Value {
        self.call(id);
        until(|| {
            let view = self.json(&format!("/v1/calls/{}", in_path(id)));
            (view["state"] == "ended").then_some(view)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && !thread::panicking()
        {
            thread.join().unwrap().unwrap();
        }
    }
}

/// A name as a part of a path (RFC 3986, section 2.1).
pub fn in_path(name: &str) -> String {
    let part = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).into(),
        _ => format!("%{b:02X}"),
    };
    name.bytes().map(part).collect()
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build()
        .into()
}

/// Asks again and again.
pub fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "nothing has come");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A recording on its way to `/v1/scan`, part by part.
pub struct Upload(TcpStream);

impl Upload {
    /// The headers of an upload of `length` bytes, and its first ones.
    pub fn begin(running: &Running, kind: &str, first: &str, length: usize) -> Self {
        let mut stream = TcpStream::connect(running.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "POST /v1/scan HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: {kind}\r\ncontent-length: {length}\r\n\r\n{first}"
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self(stream)
    }

    /// The rest of it.
    pub fn send(&mut self, rest: &[u8]) {
        self.0.write_all(rest).unwrap();
    }

    /// The whole answer.
    pub fn answer(mut self) -> String {
        let mut answer = String::new();
        // Where the server has not read all, its system may cut the connection behind the answer.
        let _ = self.0.read_to_string(&mut answer);
        answer
    }
}

/// A WebSocket of a telephone system.
pub struct Socket(pub WebSocket<TcpStream>);

impl Socket {
    pub fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string());
    }

    pub fn say_text(&mut self, message: &str) {
        self.0.send(Message::text(message)).unwrap();
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.0.send(Message::binary(bytes.to_vec())).unwrap();
    }

    /// The next text.
    pub fn hear(&mut self) -> Option<Value> {
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Code and text of the close frame that ends it.
    pub fn closed(mut self) -> (u16, String) {
        loop {
            match self.0.read() {
                Ok(Message::Close(Some(CloseFrame { code, reason }))) => {
                    // Lets the other side have the answer.
                    while self.0.read().is_ok() {}
                    return (code.into(), reason.to_string());
                }
                Ok(_) => {}
                Err(error) => panic!("no close frame: {error}"),
            }
        }
    }
}

/// A message of Telnyx that starts a call.
pub fn telnyx_start(id: &str, encoding: &str, rate: u32) -> Value {
    json!({"event": "start", "sequence_number": "1", "stream_id": "32DE0DEA", "start": {
        "call_control_id": id, "from": "+13122010094", "to": "+13122123456",
        "media_format": {"encoding": encoding, "sample_rate": rate, "channels": 1}}})
}

/// A frame in the form of Telnyx; `chunk` from 1, 20 ms each.
pub fn telnyx_media(track: &str, chunk: u64, payload: &[u8]) -> Value {
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::STANDARD.encode(payload);
    json!({"event": "media", "sequence_number": chunk.to_string(), "stream_id": "32DE0DEA",
        "media": {"track": track, "chunk": chunk.to_string(),
            "timestamp": ((chunk - 1) * 20).to_string(), "payload": payload}})
}

pub fn stop() -> Value {
    json!({"event": "stop"})
}

/// 16-bit samples.
pub fn pcm(samples: &[f32]) -> Vec<i16> {
    let of = |x: &f32| (x * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16;
    samples.iter().map(of).collect()
}

pub fn big_endian(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|s| s.to_be_bytes()).collect()
}

pub fn little_endian(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|s| s.to_le_bytes()).collect()
}

/// In mu-law.
pub fn mulaw(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|&s| common::mulaw(s)).collect()
}

/// A call in L16 at 16 kHz through Telnyx' stream: a track of `samples`, to its end.
pub fn l16_call(running: &Running, id: &str, track: &str, samples: &[i16]) -> Value {
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&telnyx_start(id, "L16", 16_000));
    for (i, frame) in samples.chunks(320).enumerate() {
        socket.say(&telnyx_media(track, i as u64 + 1, &big_endian(frame)));
    }
    socket.say(&stop());
    assert_eq!(socket.closed().0, 1_000);
    running.ended(id)
}

/// The report of an offline scan of the same samples.
pub fn offline(samples: &[i16], rate: u32) -> ChannelReport {
    let samples: Vec<f32> = samples.iter().map(|&s| f32::from(s) / 32_768.0).collect();
    let report = detector().scan_samples(&samples, rate).unwrap();
    report.channels.into_iter().next().unwrap()
}

/// Whether a track has the scores of an offline scan: all of its report but its place and name.
pub fn assert_offline(channel: &Value, expected: &ChannelReport) {
    let mut expected = expected.clone();
    expected.index = usize::try_from(channel["index"].as_u64().unwrap()).unwrap();
    expected.name = channel["name"].as_str().unwrap().to_owned();
    let found: ChannelReport = serde_json::from_value(channel.clone()).unwrap();
    assert_eq!(found, expected);
}

/// All events of a call, over server-sent events.
pub fn events(running: &Running, id: &str) -> Vec<Value> {
    let url = running.url(&format!("/v1/calls/{id}/events"));
    let response = agent().get(&url).call().unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let mut text = String::new();
    response
        .into_body()
        .into_reader()
        .read_to_string(&mut text)
        .unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The events of one type, and track if given.
pub fn of<'a>(events: &'a [Value], kind: &str, track: Option<&str>) -> Vec<&'a Value> {
    let is =
        |e: &&Value| e["type"] == kind && track.is_none_or(|track| e["data"]["track"] == track);
    events.iter().filter(is).collect()
}
