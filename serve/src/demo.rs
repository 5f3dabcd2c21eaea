//! `--demo`: a recording played to the server in real time, as a telephone system plays a call.

use std::fmt::Display;
use std::io::Cursor;
use std::time::Duration;

use tokio::time::interval;
use voxhumana::audio::PayloadCodec;
use voxhumana::{AudioReader, DecodeOptions};

use crate::engine::{Broken, EndReason, Engine, NewCall, NewTrack, Place};
use crate::options::Demo;

/// A frame, as telephone systems send them.
const FRAME: Duration = Duration::from_millis(20);
const FRAMES_PER_S: usize = 50;

/// Plays it, once.
pub(crate) async fn play(engine: Engine, demo: Demo) {
    if let Err(why) = call(&engine, demo).await {
        tracing::warn!(call = demo.name, "the demo is not played: {why}");
    }
}

async fn call(engine: &Engine, demo: Demo) -> Result<(), String> {
    let decoded = tokio::task::spawn_blocking(move || Recording::decode(demo.recording));
    let recording = decoded.await.map_err(text)?.map_err(text)?;
    let permit = engine.admit(None).map_err(text)?;
    let mut input = engine.start(
        permit,
        NewCall {
            protocol: "demo",
            peer_id: Some(demo.name.to_owned()),
            ..NewCall::default()
        },
    );
    let said = |broken: Broken| broken.message;
    let mut pace = interval(FRAME);
    for number in 0..recording.frames() {
        pace.tick().await;
        // Nobody is cut off: it stops with the server.
        if engine.is_draining() {
            input.end(EndReason::Shutdown, None);
            return Ok(());
        }
        let at = number as u64;
        let place = Place {
            number: Some(at),
            at_ns: Some(at * FRAME.as_nanos() as u64),
        };
        for (track, payload) in recording.frame(number) {
            let track = input.track(&track).map_err(said)?;
            input.frame(track, payload, place).await.map_err(said)?;
        }
    }
    input.end(EndReason::HangUp, None);
    Ok(())
}

fn text(error: impl Display) -> String {
    error.to_string()
}

struct Recording {
    rate_hz: u32,
    names: Vec<String>,
    channels: Vec<Vec<f32>>,
}

impl Recording {
    fn decode(bytes: &'static [u8]) -> voxhumana::Result<Self> {
        let source = Box::new(Cursor::new(bytes));
        let mut reader = AudioReader::from_reader(source, None, &DecodeOptions::default())?;
        let (mut channels, mut block) = (Vec::new(), Vec::new());
        while reader.next_block(&mut block)? {
            channels.resize(block.len().max(channels.len()), Vec::new());
            for (channel, samples) in channels.iter_mut().zip(&block) {
                channel.extend_from_slice(samples);
            }
        }
        let names = match channels.len() {
            2 => vec!["left".to_owned(), "right".to_owned()],
            n => (0..n).map(|i| i.to_string()).collect(),
        };
        Ok(Self {
            rate_hz: reader.sample_rate_hz(),
            names,
            channels,
        })
    }

    fn frame_samples(&self) -> usize {
        (self.rate_hz as usize / FRAMES_PER_S).max(1)
    }

    fn frames(&self) -> usize {
        let longest = self.channels.iter().map(Vec::len).max();
        longest.unwrap_or(0).div_ceil(self.frame_samples())
    }

    /// A frame of each channel, in 16 bits.
    fn frame(&self, number: usize) -> impl Iterator<Item = (NewTrack, Vec<u8>)> + '_ {
        let n = self.frame_samples();
        let tracks = self.names.iter().zip(&self.channels);
        tracks.filter_map(move |(name, samples)| {
            let track = NewTrack {
                name: name.clone(),
                codec: PayloadCodec::Slin,
                sample_rate_hz: self.rate_hz,
            };
            let samples = samples.chunks(n).nth(number)?;
            let sample = |x: &f32| (x * 32_768.0).clamp(-32_768.0, 32_767.0) as i16;
            let payload = samples.iter().flat_map(|x| sample(x).to_le_bytes());
            Some((track, payload.collect()))
        })
    }
}
