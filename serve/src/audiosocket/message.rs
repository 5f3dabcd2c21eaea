//! The messages of AudioSocket.

use std::time::Duration;

use tokio_util::codec::LengthDelimitedCodec;
use uuid::Uuid;

use crate::engine::{Broken, EndReason};

/// Kind, and length in two bytes, big-endian.
const HEADER: usize = 3;

/// The message that ends a call.
pub const HANG_UP: &[u8] = &[0, 0, 0];

/// Kinds of audio, and their sample rates, Hz: 16-bit little-endian mono.
const AUDIO: [(u8, u32); 9] = [
    (0x10, 8_000),
    (0x11, 12_000),
    (0x12, 16_000),
    (0x13, 24_000),
    (0x14, 32_000),
    (0x15, 44_100),
    (0x16, 48_000),
    (0x17, 96_000),
    (0x18, 192_000),
];

/// A message of Asterisk.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    HangUp,
    Id(Uuid),
    Audio {
        kind: u8,
        rate_hz: u32,
        payload: Vec<u8>,
    },
    Error(Option<u8>),
    /// A pressed key, and kinds that are to come.
    Other,
}

/// Cuts a connection into messages, their headers included.
pub fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .length_field_offset(1)
        .length_field_length(2)
        .length_adjustment(HEADER as isize)
        .num_skip(0)
        .max_frame_length(HEADER + usize::from(u16::MAX))
        .new_codec()
}

impl Message {
    /// A message with its header.
    pub fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let (kind, payload) = match bytes {
            [kind, _, _, payload @ ..] => (*kind, payload),
            _ => return Err(bad(format!("a message of {} bytes", bytes.len()))),
        };
        if let Some((_, rate_hz)) = AUDIO.iter().find(|(audio, _)| *audio == kind) {
            return Ok(Self::Audio {
                kind,
                rate_hz: *rate_hz,
                payload: payload.to_vec(),
            });
        }
        Ok(match kind {
            0x00 => Self::HangUp,
            0x01 => Self::Id(
                Uuid::from_slice(payload)
                    .map_err(|_| bad(format!("a UUID of {} bytes; accepted: 16", payload.len())))?,
            ),
            0xff => Self::Error(payload.first().copied()),
            _ => Self::Other,
        })
    }
}

/// A frame of silence.
pub fn silence(kind: u8, rate_hz: u32, length: Duration) -> Vec<u8> {
    let samples = u128::from(rate_hz) * length.as_millis() / 1_000;
    let bytes = u16::try_from(2 * samples).unwrap_or(u16::MAX - 1);
    let mut frame = vec![0; HEADER + usize::from(bytes)];
    frame[0] = kind;
    frame[1..HEADER].copy_from_slice(&bytes.to_be_bytes());
    frame
}

fn bad(message: String) -> Broken {
    Broken::new(EndReason::BadFrame, message)
}
