//! Genesys AudioHook, version 2: JSON text that is answered, and mu-law of one or two interleaved
//! channels as binary messages. Pauses, as for card data, become silence.
//!
//! The protocol: <https://developer.genesys.cloud/devapps/audiohook/protocol-reference>.

use serde::Deserialize;
use serde_json::{Value, json};
use voxhumana::audio::PayloadCodec;

use super::dialect::{Dialect, Heard, bad, bad_codec};
use super::json;
use crate::engine::{Broken, EndReason, NewCall, NewTrack, Place};

/// Bytes of one channel in a second.
const RATE_HZ: u32 = 8_000;

/// The version that is spoken.
const VERSION: &str = "2";

/// The conversation of a connection that is only tried.
const NO_CONVERSATION: &str = "00000000-0000-0000-0000-000000000000";

/// One session of AudioHook.
#[derive(Debug, Default)]
pub struct Genesys {
    /// The channels that were agreed on; empty before that.
    channels: Vec<String>,
    /// The session, and the last message of the peer, once there is one.
    session: Option<(String, u64)>,
    /// Messages of this side.
    sequence: u64,
    /// Whether it only tries the connection.
    is_probe: bool,
    /// Whether the peer has closed the session.
    closed: bool,
    /// Samples that came, and time that was left out.
    samples: u64,
    discarded_ms: u64,
}

#[derive(Debug, Deserialize)]
struct Message {
    version: String,
    r#type: String,
    id: String,
    seq: u64,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    conversation_id: Option<String>,
    participant: Participant,
    media: Vec<Media>,
    discarded: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Participant {
    ani: Option<String>,
    dnis: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Media {
    r#type: String,
    format: String,
    channels: Vec<String>,
    rate: u32,
}

impl Dialect for Genesys {
    fn text(&mut self, message: &str) -> Result<Vec<Heard>, Broken> {
        let message: Message = json::read(message)?;
        if message.version != VERSION {
            let version = message.version.escape_debug();
            return Err(bad(format!("version `{version}`; accepted: {VERSION}")));
        }
        self.session = Some((message.id, message.seq));
        Ok(match message.r#type.as_str() {
            "open" => self.open(message.parameters)?,
            "ping" => vec![Heard::Reply(self.say("pong", &json!({})))],
            "close" => {
                self.closed = true;
                vec![Heard::Reply(self.say("closed", &json!({}))), Heard::End]
            }
            "discarded" | "resumed" => {
                let text = message.parameters.discarded.unwrap_or_default();
                let left_out = duration_ms(&text)
                    .ok_or_else(|| bad(format!("a duration that cannot be read: `{text}`")))?;
                self.discarded_ms = self.discarded_ms.saturating_add(left_out);
                Vec::new()
            }
            // `paused`, `update`, `error`, and what is to come.
            _ => Vec::new(),
        })
    }

    fn binary(&mut self, payload: Vec<u8>) -> Result<Vec<Heard>, Broken> {
        if self.is_probe {
            return Ok(Vec::new());
        }
        let n = self.channels.len();
        if n == 0 {
            return Err(bad("audio came before `open`"));
        }
        if !payload.len().is_multiple_of(n) {
            let bytes = payload.len();
            return Err(bad(format!("{bytes} bytes of audio in {n} channels")));
        }
        let at_ns = self.samples * 1_000_000_000 / u64::from(RATE_HZ);
        let at_ns = at_ns.saturating_add(self.discarded_ms.saturating_mul(1_000_000));
        self.samples += (payload.len() / n) as u64;
        let (number, at_ns) = (None, Some(at_ns));
        let of_channel = |(index, name): (usize, &String)| Heard::Audio {
            track: track(name),
            payload: payload.iter().skip(index).step_by(n).copied().collect(),
            place: Place { number, at_ns },
        };
        Ok(self.channels.iter().enumerate().map(of_channel).collect())
    }

    /// `disconnect`, which the peer answers with `close`.
    fn farewell(&mut self, reason: EndReason, message: Option<&str>) -> Option<String> {
        if self.closed || self.session.is_none() || reason == EndReason::Disconnected {
            return None;
        }
        let in_order = [EndReason::HangUp, EndReason::TooLong, EndReason::Shutdown];
        let (word, info) = if in_order.contains(&reason) {
            ("completed", reason.name())
        } else {
            ("error", message.unwrap_or(reason.name()))
        };
        Some(self.say("disconnect", &json!({"reason": word, "info": info})))
    }
}

impl Genesys {
    fn open(&mut self, offer: Parameters) -> Result<Vec<Heard>, Broken> {
        if !self.channels.is_empty() {
            return Err(bad("a second `open`"));
        }
        // Of all that is offered, the one with most channels.
        let offered = offer.media.iter();
        let media = offered
            .filter(|m| m.r#type == "audio" && m.format == "PCMU" && m.rate == RATE_HZ)
            .filter(|m| (1..=2).contains(&m.channels.len()))
            .max_by_key(|m| m.channels.len())
            .ok_or_else(|| bad_codec("no PCMU at 8000 Hz with 1 or 2 channels is offered"))?;
        self.channels.clone_from(&media.channels);
        let agreed = json!({"startPaused": false, "media": [{
            "type": media.r#type, "format": media.format,
            "channels": media.channels, "rate": media.rate,
        }]});
        let reply = Heard::Reply(self.say("opened", &agreed));
        // Genesys tries a connection that was set up, with a conversation of no number.
        self.is_probe = offer.conversation_id.as_deref() == Some(NO_CONVERSATION);
        if self.is_probe {
            return Ok(vec![reply]);
        }
        let start = Heard::Start {
            call: NewCall {
                protocol: "genesys",
                peer_id: offer.conversation_id,
                from: offer.participant.ani,
                to: offer.participant.dnis,
                ..NewCall::default()
            },
            tracks: self.channels.iter().map(|name| track(name)).collect(),
        };
        Ok(vec![start, reply])
    }

    /// A message of this side, which answers the last one of the other.
    fn say(&mut self, kind: &str, parameters: &Value) -> String {
        self.sequence += 1;
        let (id, client_sequence) = self.session.as_ref().map_or(("", 0), |(id, n)| (id, *n));
        let message = json!({
            "version": VERSION, "id": id, "type": kind, "seq": self.sequence,
            "clientseq": client_sequence, "parameters": parameters,
        });
        message.to_string()
    }
}

fn track(name: &str) -> NewTrack {
    NewTrack {
        name: name.to_owned(),
        codec: PayloadCodec::Pcmu,
        sample_rate_hz: RATE_HZ,
    }
}

/// `PT12.3S`, the only form of ISO 8601 that AudioHook has.
fn duration_ms(text: &str) -> Option<u64> {
    let seconds: f64 = text.strip_prefix("PT")?.strip_suffix('S')?.parse().ok()?;
    (seconds >= 0.0).then_some((seconds * 1_000.0) as u64)
}
