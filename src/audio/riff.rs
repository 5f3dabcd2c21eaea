//! WAV in all its dialects: RIFF, RIFX, RF64 (EBU Tech 3306), BW64 (ITU-R BS.2088).
//!
//! symphonia's reader wants a correct header; recorders of calls write headers before the call, and
//! codecs that it does not know.

use std::io::Read;

use super::codec::{self, Sign};
use super::layout::Layout;
use crate::{Error, Result};

/// Most chunks before the audio. Broadcast WAV writes about ten.
const MAX_CHUNKS: usize = 1_000;

/// Most bytes of a chunk that is read, not skipped: `fmt ` has 16 to 50, `ds64` 28 and up.
const MAX_CHUNK_BYTES: u32 = 4_096;

/// The size of a chunk whose length was unknown when the header was written, and in RF64 of one
/// whose length is in `ds64`.
const UNKNOWN: u32 = u32::MAX;

/// Whether the bytes start a file of this family.
pub(crate) fn matches(head: &[u8]) -> bool {
    let Some(form) = head.get(8..12) else {
        return false;
    };
    form == b"WAVE"
        && [b"RIFF", b"RIFX", b"RF64", b"BW64"]
            .iter()
            .any(|id| head.starts_with(*id))
}

struct Chunk {
    id: [u8; 4],
    bytes: u32,
}

struct Words {
    big_endian: bool,
}

impl Words {
    fn u16(&self, bytes: &[u8], at: usize) -> u16 {
        let b = bytes.get(at..at + 2).map_or([0; 2], |b| [b[0], b[1]]);
        if self.big_endian {
            u16::from_be_bytes(b)
        } else {
            u16::from_le_bytes(b)
        }
    }

    fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        let (a, b) = (self.u16(bytes, at), self.u16(bytes, at + 2));
        let (high, low) = if self.big_endian { (a, b) } else { (b, a) };
        u32::from(high) << 16 | u32::from(low)
    }

    fn u64(&self, bytes: &[u8], at: usize) -> u64 {
        // Only `ds64` holds 64-bit numbers, and it is always little-endian.
        u64::from(self.u32(bytes, at + 4)) << 32 | u64::from(self.u32(bytes, at))
    }
}

/// Reads up to the audio; `source` is left at it. `is_file`: its length was known to its writer.
pub(crate) fn read_header(source: &mut dyn Read, is_file: bool) -> Result<Layout> {
    let head: [u8; 12] = read_exactly(source)?;
    let words = Words {
        big_endian: head.starts_with(b"RIFX"),
    };
    let riff_bytes = words.u32(&head, 4);
    let mut before: u64 = 4;
    let mut layout = None;
    let mut long_data = None;
    let mut fact = None;
    for _ in 0..MAX_CHUNKS {
        let chunk: [u8; 8] = match read_exactly(source) {
            Ok(chunk) => chunk,
            Err(_) => {
                return Err(Error::Malformed {
                    reason: "the wav file ends before its audio".into(),
                });
            }
        };
        let chunk = Chunk {
            id: [chunk[0], chunk[1], chunk[2], chunk[3]],
            bytes: words.u32(&chunk, 4),
        };
        before += 8;
        match &chunk.id {
            b"fmt " => {
                let body = read_body(source, &chunk)?;
                layout = Some(parse_format(&body, &words)?);
            }
            b"ds64" => {
                let body = read_body(source, &chunk)?;
                long_data = Some(words.u64(&body, 8));
            }
            b"fact" => {
                let body = read_body(source, &chunk)?;
                fact = Some(words.u32(&body, 0)).filter(|&n| n != 0 && n != UNKNOWN);
            }
            b"data" => {
                let mut layout = layout.ok_or_else(|| Error::Malformed {
                    reason: "the wav file has audio before its format".into(),
                })?;
                layout.declared_frames = fact.map(u64::from);
                // Nothing, said by a header that knows what follows.
                let empty = riff_bytes != UNKNOWN && u64::from(riff_bytes) > before;
                layout.data_bytes = match (chunk.bytes, long_data) {
                    (UNKNOWN, Some(n)) if n > 0 => Some(n),
                    (0, _) if empty => Some(0),
                    (0 | UNKNOWN, _) => None,
                    (n, _) => Some(u64::from(n)),
                };
                // A pipe's writer cannot go back to its header; a file's writer was stopped.
                layout.unfinished =
                    layout.data_bytes.is_none() && (is_file || chunk.bytes != UNKNOWN);
                return Ok(layout);
            }
            _ => skip(source, u64::from(chunk.bytes) + u64::from(chunk.bytes % 2))?,
        }
        before += u64::from(chunk.bytes);
    }
    Err(Error::LimitExceeded {
        what: "the number of chunks before the audio",
        value: MAX_CHUNKS as u64 + 1,
        limit: MAX_CHUNKS as u64,
    })
}

fn parse_format(body: &[u8], words: &Words) -> Result<Layout> {
    if body.len() < 14 {
        return Err(Error::Malformed {
            reason: format!(
                "a wav format of {} bytes; at least 14 are needed",
                body.len()
            ),
        });
    }
    let mut tag = words.u16(body, 0);
    let channels = usize::from(words.u16(body, 2));
    let rate = words.u32(body, 4);
    let block_bytes = usize::from(words.u16(body, 12));
    let mut bits = words.u16(body, 14);
    if tag == 0xFFFE {
        // Extensible: the tag opens the sub-format's GUID.
        tag = words.u16(body, 24);
    }
    super::limits::check_format(rate, channels)?;
    if matches!(tag, 1 | 3) && channels > 0 && block_bytes.is_multiple_of(channels) {
        // The container of a sample, which valid bits may not fill.
        let container = block_bytes / channels * 8;
        bits = u16::try_from(container)
            .ok()
            .filter(|&b| b > 0)
            .unwrap_or(bits);
    }
    let codec = codec::by_sign(|sign| match sign {
        Sign::Wav(t) => t == tag,
        Sign::WavBits(t, b) => !words.big_endian && (t, b) == (tag, bits),
        Sign::RifxBits(t, b) => words.big_endian && (t, b) == (tag, bits),
        _ => false,
    });
    let codec = codec.ok_or_else(|| {
        codec::unsupported(match tag {
            1 => format!("pcm with {bits} bits"),
            3 => format!("float with {bits} bits"),
            other => format!("wav format 0x{other:04x}"),
        })
    })?;
    Layout::new("wav", codec, rate, channels, block_bytes)
}

fn read_body(source: &mut dyn Read, chunk: &Chunk) -> Result<Vec<u8>> {
    if chunk.bytes > MAX_CHUNK_BYTES {
        return Err(Error::LimitExceeded {
            what: "a wav header chunk in bytes",
            value: u64::from(chunk.bytes),
            limit: u64::from(MAX_CHUNK_BYTES),
        });
    }
    let mut body = Vec::new();
    let padded = u64::from(chunk.bytes) + u64::from(chunk.bytes % 2);
    source
        .take(padded)
        .read_to_end(&mut body)
        .map_err(cut_short)?;
    body.truncate(chunk.bytes as usize);
    Ok(body)
}

/// Reads `N` bytes.
pub(crate) fn read_exactly<const N: usize>(source: &mut dyn Read) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes).map_err(cut_short)?;
    Ok(bytes)
}

/// Reads past `n` bytes.
pub(crate) fn skip(source: &mut dyn Read, n: u64) -> Result<()> {
    std::io::copy(&mut source.take(n), &mut std::io::sink()).map_err(cut_short)?;
    Ok(())
}

fn cut_short(e: std::io::Error) -> Error {
    Error::Malformed {
        reason: format!("the header cannot be read: {e}"),
    }
}
