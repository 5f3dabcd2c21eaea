//! WAV in all its dialects: RIFF, RIFX, RF64 (EBU Tech 3306), BW64 (ITU-R BS.2088).
//!
//! symphonia's reader wants a correct header; recorders of calls write headers before the call, and
//! codecs that it does not know.

use std::io::Read;

use super::codec;
use super::layout::{Coding, Layout};
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
    let linear = |little, big| if words.big_endian { big } else { little };
    let name = match (tag, bits) {
        (1, 8) => "pcm_u8",
        (1, 16) => linear("pcm_s16le", "pcm_s16be"),
        (1, 24) => linear("pcm_s24le", "pcm_s24be"),
        (1, 32) => linear("pcm_s32le", "pcm_s32be"),
        (3, 32) => linear("pcm_f32le", "pcm_f32be"),
        (3, 64) => linear("pcm_f64le", "pcm_f64be"),
        (6, _) => "pcm_alaw",
        (7, _) => "pcm_mulaw",
        _ => return parse_blocks(tag, bits, rate, channels, block_bytes),
    };
    Layout::of_pcm("wav", name, rate, channels)
}

/// Formats whose block is more than one sample.
fn parse_blocks(
    tag: u16,
    bits: u16,
    rate: u32,
    channels: usize,
    block_bytes: usize,
) -> Result<Layout> {
    use symphonia::core::codecs::audio::well_known as id;
    let blocks =
        |name, coding, block| Layout::of_blocks("wav", name, coding, rate, channels, block);
    match tag {
        // A block starts with a header of 7 (MS) or 4 (IMA) bytes a channel, which holds the first
        // two (MS) or one (IMA) samples; the rest is 4 bits a sample.
        2 if channels <= 2 => {
            let rest = block_bytes.saturating_sub(7 * channels);
            let coding = Coding::Library(id::CODEC_ID_ADPCM_MS);
            blocks("adpcm_ms", coding, (block_bytes, rest * 2 / channels + 2))
        }
        0x11 if channels <= 2 => {
            let rest = block_bytes.saturating_sub(4 * channels);
            let coding = Coding::Library(id::CODEC_ID_ADPCM_IMA_WAV);
            blocks(
                "adpcm_ima_wav",
                coding,
                (block_bytes, rest * 2 / channels + 1),
            )
        }
        0x31 => blocks("gsm_ms", Coding::GsmMicrosoft, (65, 320)),
        0x65 | 0x28F => blocks("adpcm_g722", Coding::G722, (1, 2)),
        0x50 => blocks("mp2", Coding::Mpeg, (1, 1)),
        0x55 => blocks("mp3", Coding::Mpeg, (1, 1)),
        _ => Err(codec::unsupported(match tag {
            1 => format!("pcm with {bits} bits"),
            2 | 0x11 => format!("adpcm with {channels} channels"),
            3 => format!("float with {bits} bits"),
            0x14 => "g723_24 adpcm".into(),
            0x22 => "truespeech".into(),
            0x40 | 0x45 | 0x64 => "adpcm_g726".into(),
            0x42 => "g723_1".into(),
            0x57 => "amr_nb".into(),
            0x58 => "amr_wb".into(),
            0x83 => "g729".into(),
            0xFF | 0x1600 | 0x1610 => "aac in wav".into(),
            0x160..=0x163 => "wma".into(),
            0x2000 => "ac3".into(),
            0xA109 => "speex".into(),
            other => format!("wav format 0x{other:04x}"),
        })),
    }
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
