//! Plays a recording to a server as a telephone system does, in real time: one call, a track for
//! each channel. It speaks Telnyx' media streams, with samples as they are (L16).
//!
//! ```sh
//! voxhumana serve
//! cargo run --release --example call -- examples/data/sample-call.wav
//! ```

use std::error::Error;
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tungstenite::Message;
use voxhumana::{AudioReader, DecodeOptions};

const TRACKS: [&str; 2] = ["inbound", "outbound"];
const FRAME_MS: u64 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let file = args
        .next()
        .ok_or("usage: call RECORDING [ADDRESS] [NAME]")?;
    let address = args.next().unwrap_or_else(|| "127.0.0.1:8080".into());
    let name = args.next().unwrap_or_else(|| "sample".into());

    let mut audio = AudioReader::open(file.as_ref(), &DecodeOptions::default())?;
    let rate = audio.sample_rate_hz();
    let (mut block, mut channels) = (Vec::new(), vec![Vec::new(); audio.channels()]);
    while audio.next_block(&mut block)? {
        for (channel, part) in channels.iter_mut().zip(&block) {
            channel.extend(part.iter().map(|x| (x * 32_767.0) as i16));
        }
    }

    let stream = std::net::TcpStream::connect(&address)?;
    let url = format!("ws://{address}/v1/streams/telnyx");
    let (mut socket, _) = tungstenite::client(url, stream)?;
    let mut say = |message: Value| socket.send(Message::text(message.to_string()));
    say(json!({"event": "start", "start": {"call_control_id": name,
        "media_format": {"encoding": "L16", "sample_rate": rate, "channels": 1}}}))?;
    let frame = (u64::from(rate) * FRAME_MS / 1_000) as usize;
    let start = Instant::now();
    for n in 0..channels[0].len() / frame {
        for (track, channel) in TRACKS.iter().zip(&channels) {
            let samples = &channel[n * frame..(n + 1) * frame];
            let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_be_bytes()).collect();
            say(json!({"event": "media", "media": {"track": track,
                "chunk": (n + 1).to_string(), "timestamp": (n as u64 * FRAME_MS).to_string(),
                "payload": STANDARD.encode(bytes)}}))?;
        }
        let next = Duration::from_millis((n as u64 + 1) * FRAME_MS);
        sleep(next.saturating_sub(start.elapsed()));
    }
    say(json!({"event": "stop"}))?;
    while socket.read().is_ok() {}
    Ok(())
}
