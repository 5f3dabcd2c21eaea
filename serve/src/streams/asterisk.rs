//! Asterisk's `chan_websocket`: control messages as text, in JSON or plain, and audio as binary
//! messages.
//!
//! The messages: <https://docs.asterisk.org/Configuration/Channel-Drivers/WebSocket/>.

use serde::Deserialize;
use voxhumana::audio::PayloadCodec;

use super::dialect::{Dialect, Heard, bad, bad_codec};
use super::json;
use crate::engine::{Broken, EndReason, NewCall, NewTrack, Place};

/// One channel of Asterisk.
#[derive(Debug, Default)]
pub struct Asterisk {
    /// What `MEDIA_START` has declared; `None` before it.
    track: Option<NewTrack>,
}

#[derive(Debug, Default, Deserialize)]
struct Control {
    event: String,
    connection_id: Option<String>,
    channel: Option<String>,
    format: Option<String>,
}

impl Dialect for Asterisk {
    fn text(&mut self, message: &str) -> Result<Vec<Heard>, Broken> {
        let control = if message.trim_start().starts_with('{') {
            json::read(message)?
        } else {
            plain(message)
        };
        if control.event != "MEDIA_START" {
            // `DTMF_END`, `MEDIA_XON`, and what is to come.
            return Ok(Vec::new());
        }
        let format = control.format.unwrap_or_default();
        let (codec, sample_rate_hz) = codec(&format).ok_or_else(|| {
            bad_codec(format!(
                "format `{}`; accepted: ulaw, alaw, g722, opus, slin, slin12, slin16, slin24, \
                 slin32, slin44, slin48",
                format.escape_debug()
            ))
        })?;
        let track = NewTrack {
            name: "caller".to_owned(),
            codec,
            sample_rate_hz,
        };
        self.track = Some(track.clone());
        Ok(vec![Heard::Start {
            call: NewCall {
                protocol: "asterisk",
                peer_id: control.channel.or(control.connection_id),
                ..NewCall::default()
            },
            tracks: vec![track],
        }])
    }

    fn binary(&mut self, payload: Vec<u8>) -> Result<Vec<Heard>, Broken> {
        let track = self.track.clone();
        Ok(vec![Heard::Audio {
            track: track.ok_or_else(|| bad("audio came before MEDIA_START"))?,
            payload,
            place: Place::default(),
        }])
    }

    /// Asterisk says no word at the end: it closes.
    fn closed(&self) -> EndReason {
        EndReason::HangUp
    }
}

/// `MEDIA_START connection_id:ID channel:WebSocket/ID format:ulaw optimal_frame_size:160`.
fn plain(message: &str) -> Control {
    let mut words = message.split_whitespace();
    let mut control = Control {
        event: words.next().unwrap_or_default().to_owned(),
        ..Control::default()
    };
    for (key, value) in words.filter_map(|word| word.split_once(':')) {
        let value = Some(value.to_owned());
        match key {
            "connection_id" => control.connection_id = value,
            "channel" => control.channel = value,
            "format" => control.format = value,
            _ => {}
        }
    }
    control
}

/// Asterisk's names of formats, with their rates, Hz.
fn codec(format: &str) -> Option<(PayloadCodec, u32)> {
    let rate_khz = format.strip_prefix("slin").map(|rate| match rate {
        "" => Some(8_000),
        "44" => Some(44_100),
        "12" | "16" | "24" | "32" | "48" => rate.parse::<u32>().ok().map(|khz| khz * 1_000),
        _ => None,
    });
    match (format, rate_khz) {
        ("ulaw", _) => Some((PayloadCodec::Pcmu, 8_000)),
        ("alaw", _) => Some((PayloadCodec::Pcma, 8_000)),
        ("g722", _) => Some((PayloadCodec::G722, 16_000)),
        ("opus", _) => Some((PayloadCodec::Opus, 48_000)),
        (_, Some(Some(rate_hz))) => Some((PayloadCodec::Slin, rate_hz)),
        _ => None,
    }
}
