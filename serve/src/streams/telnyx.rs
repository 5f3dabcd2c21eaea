//! Telnyx' media streams: JSON text, in the codec that `start` declares.
//!
//! The messages: developers.telnyx.com, *Stream call media over WebSocket*.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Deserialize;
use voxhumana::audio::PayloadCodec;

use super::dialect::{Dialect, Heard, bad, bad_codec};
use super::json::{self, Message};
use crate::engine::{Broken, Jitter, NewCall, NewTrack};

/// One stream of Telnyx.
#[derive(Debug, Default)]
pub struct Telnyx {
    /// What `start` has declared; `None` before it.
    format: Option<(PayloadCodec, u32)>,
    /// Frames that came before their turn, by track: their order is not guaranteed.
    early: BTreeMap<String, Jitter<Heard>>,
}

#[derive(Debug, Deserialize)]
struct Start {
    call_control_id: Option<String>,
    from: Option<String>,
    to: Option<String>,
    media_format: MediaFormat,
}

#[derive(Debug, Deserialize)]
struct MediaFormat {
    encoding: String,
    sample_rate: u32,
    #[serde(default = "one")]
    channels: u32,
}

fn one() -> u32 {
    1
}

impl Dialect for Telnyx {
    fn text(&mut self, message: &str) -> Result<Vec<Heard>, Broken> {
        let message: Message<Start> = json::read(message)?;
        match (message.event.as_ref(), message.start, message.media) {
            ("start", Some(start), _) => self.start(start).map(|heard| vec![heard]),
            ("media", _, Some(media)) => {
                let format = self
                    .format
                    .ok_or_else(|| bad("`media` came before `start`"))?;
                if !["inbound", "outbound", ""].contains(&media.track.as_ref()) {
                    return Err(bad(format!(
                        "track `{}`; Telnyx has inbound and outbound",
                        media.track
                    )));
                }
                let heard = Heard::Audio {
                    track: track(&media.track, format),
                    payload: media.payload()?,
                    place: media.place(),
                };
                let Some(number) = media.chunk else {
                    return Ok(vec![heard]);
                };
                let (now, mut out) = (Instant::now(), Vec::new());
                let early = self.early.entry(media.track.into_owned()).or_default();
                early.put(number, heard, now, &mut out);
                early.take_due(now, &mut out);
                Ok(out)
            }
            ("start" | "media", ..) => Err(bad("a message without its part of the same name")),
            ("stop", ..) => {
                let mut out = self.flush();
                out.push(Heard::End);
                Ok(out)
            }
            // `connected`, `dtmf`, `mark`, `error`, and what is to come.
            _ => Ok(Vec::new()),
        }
    }

    fn due(&self) -> Option<Instant> {
        self.early.values().filter_map(Jitter::due).min()
    }

    fn take_due(&mut self, now: Instant) -> Vec<Heard> {
        let mut out = Vec::new();
        for early in self.early.values_mut() {
            early.take_due(now, &mut out);
        }
        out
    }

    fn flush(&mut self) -> Vec<Heard> {
        let mut out = Vec::new();
        for early in self.early.values_mut() {
            early.flush(&mut out);
        }
        out
    }
}

impl Telnyx {
    fn start(&mut self, start: Start) -> Result<Heard, Broken> {
        let MediaFormat {
            encoding,
            sample_rate,
            channels,
        } = start.media_format;
        if channels != 1 {
            let message = format!("{encoding} with {channels} channels; tracks have 1");
            return Err(bad_codec(message));
        }
        let codec = encoding
            .parse()
            .map_err(|error| bad_codec(format!("{error}")))?;
        let format = (codec, sample_rate);
        if let Some((old, rate)) = self.format
            && (old, rate) != format
        {
            return Err(bad_codec(format!(
                "declared as {old} at {rate} Hz before, and as {codec} at {sample_rate} Hz now"
            )));
        }
        self.format = Some(format);
        Ok(Heard::Start {
            call: NewCall {
                protocol: "telnyx",
                peer_id: start.call_control_id,
                from: start.from,
                to: start.to,
                ..NewCall::default()
            },
            // Which tracks there are, their first frames say.
            tracks: Vec::new(),
        })
    }
}

fn track(name: &str, (codec, sample_rate_hz): (PayloadCodec, u32)) -> NewTrack {
    let name = if name.is_empty() { "inbound" } else { name };
    NewTrack {
        name: name.to_owned(),
        codec,
        sample_rate_hz,
    }
}
