//! Twilio's media streams, as SignalWire speaks them as well: JSON text, mu-law at 8 kHz.
//!
//! The messages: <https://www.twilio.com/docs/voice/media-streams/websocket-messages>.

use serde::Deserialize;
use voxhumana::audio::PayloadCodec;

use super::dialect::{Dialect, Heard, bad, bad_codec};
use super::json::{self, Message};
use crate::engine::{Broken, NewCall, NewTrack};

/// One stream of Twilio.
#[derive(Debug, Default)]
pub struct Twilio {
    /// The tracks that `start` has declared; `None` before it.
    declared: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    call_sid: Option<String>,
    #[serde(default)]
    tracks: Vec<String>,
    media_format: MediaFormat,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MediaFormat {
    encoding: String,
    sample_rate: u32,
    channels: u32,
}

impl Dialect for Twilio {
    fn text(&mut self, message: &str) -> Result<Vec<Heard>, Broken> {
        let message: Message<Start> = json::read(message)?;
        match (message.event.as_ref(), message.start, message.media) {
            ("start", Some(start), _) => self.start(start).map(|heard| vec![heard]),
            ("media", _, Some(media)) => {
                let declared = self.declared.as_ref();
                let tracks = declared.ok_or_else(|| bad("`media` came before `start`"))?;
                // Some that follow Twilio declare no tracks.
                if !tracks.is_empty() && !tracks.iter().any(|name| *name == media.track) {
                    return Err(bad(format!("track `{}` was not declared", media.track)));
                }
                Ok(vec![Heard::Audio {
                    track: track(&media.track),
                    payload: media.payload()?,
                    place: media.place(),
                }])
            }
            ("start" | "media", ..) => Err(bad("a message without its part of the same name")),
            ("stop", ..) => Ok(vec![Heard::End]),
            // `connected`, `mark`, `dtmf`, and what is to come.
            _ => Ok(Vec::new()),
        }
    }
}

impl Twilio {
    fn start(&mut self, start: Start) -> Result<Heard, Broken> {
        let format = &start.media_format;
        let is_known = format.encoding == "audio/x-mulaw"
            && (format.sample_rate, format.channels) == (8_000, 1);
        if !is_known {
            return Err(bad_codec(format!(
                "{} at {} Hz with {} channels; Twilio has audio/x-mulaw at 8000 Hz with 1",
                format.encoding, format.sample_rate, format.channels
            )));
        }
        let tracks = start.tracks.iter().map(|name| track(name)).collect();
        self.declared = Some(start.tracks);
        Ok(Heard::Start {
            call: NewCall {
                protocol: "twilio",
                peer_id: start.call_sid,
                ..NewCall::default()
            },
            tracks,
        })
    }
}

fn track(name: &str) -> NewTrack {
    let name = if name.is_empty() { "inbound" } else { name };
    NewTrack {
        name: name.to_owned(),
        codec: PayloadCodec::Pcmu,
        sample_rate_hz: 8_000,
    }
}
