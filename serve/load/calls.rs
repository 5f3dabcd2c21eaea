//! The calls of one thread.

use std::error::Error;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use tungstenite::{Message, WebSocket};

use super::audio::Audio;

const TRACKS: [&str; 2] = ["inbound", "outbound"];
const FRAME_MS: u64 = 20;

/// Calls under way.
pub struct Calls {
    sockets: Vec<(usize, WebSocket<TcpStream>)>,
    audio: Audio,
    /// How late a frame was sent, at worst: a sender that is late itself tells little.
    pub worst_lateness: Duration,
}

/// The name of a call.
pub fn name(call: usize) -> String {
    format!("load-{call}")
}

impl Calls {
    /// Starts the calls of these numbers.
    pub fn connect(
        address: &str,
        calls: impl Iterator<Item = usize>,
        audio: &Audio,
    ) -> Result<Self, Box<dyn Error>> {
        let mut sockets = Vec::new();
        for call in calls {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            let url = format!("ws://{address}/v1/streams/twilio");
            let (mut socket, _) = tungstenite::client(url, stream)?;
            let start = json!({"event": "start", "start": {"callSid": name(call), "tracks": TRACKS,
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1}}});
            socket.send(Message::text(start.to_string()))?;
            sockets.push((call, socket));
        }
        Ok(Self {
            sockets,
            audio: audio.clone(),
            worst_lateness: Duration::ZERO,
        })
    }

    /// Plays for so long, in real time.
    pub fn play(&mut self, seconds: u64) -> Result<(), Box<dyn Error>> {
        let start = Instant::now();
        for n in 0..seconds * 1_000 / FRAME_MS {
            let due = start + Duration::from_millis(n * FRAME_MS);
            sleep(due.saturating_duration_since(Instant::now()));
            for (call, socket) in &mut self.sockets {
                for (track, name) in TRACKS.iter().enumerate() {
                    let payload = self.audio.payload(*call, track, n);
                    let message = format!(
                        "{{\"event\":\"media\",\"media\":{{\"track\":\"{name}\",\"chunk\":\"{}\",\
                         \"timestamp\":\"{}\",\"payload\":\"{payload}\"}}}}",
                        n + 1,
                        n * FRAME_MS
                    );
                    socket.send(Message::text(message))?;
                }
            }
            self.worst_lateness = self.worst_lateness.max(due.elapsed());
        }
        Ok(())
    }

    /// Ends all calls, and waits for their last verdicts.
    pub fn hang_up(mut self) {
        for (_, socket) in &mut self.sockets {
            // One that is gone already has ended as well.
            let _ = socket.send(Message::text("{\"event\":\"stop\"}"));
        }
        for (_, socket) in &mut self.sockets {
            while socket.read().is_ok() {}
        }
    }
}
