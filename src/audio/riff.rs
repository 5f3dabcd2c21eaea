//! WAV in all its dialects: RIFF, RIFX, RF64 (EBU Tech 3306), BW64 (ITU-R BS.2088).
//!
//! symphonia's reader wants a correct header; recorders of calls write headers before the call, and
//! codecs that it does not know.

use std::io::Read;

use super::bext;
use super::codec::{self, Sign};
use super::kind;
use super::layout::{Layout, Tail};
use super::source::ByteReader;
use crate::{Error, Result};

/// Most chunks before the audio. Broadcast WAV writes about ten.
const MAX_CHUNKS: usize = 1_000;

/// Most bytes of a chunk that is read, not skipped: `fmt ` has 16 to 50, `ds64` 28 and up.
const MAX_CHUNK_BYTES: u32 = 4_096;

/// The size of a chunk whose length was unknown when the header was written, and in RF64 of one
/// whose length is in `ds64`.
const UNKNOWN: u32 = u32::MAX;

/// Length of the chunk that starts with `head`, header and padding included, if one does: a name in
/// printable letters, and a size that what is `left` of the file has room for.
pub(crate) fn chunk_bytes(head: &[u8], left: Option<u64>) -> Option<u64> {
    let &[a, b, c, d, s0, s1, s2, s3, ..] = head else {
        return None;
    };
    let size = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
    let name = [a, b, c, d];
    let is_name = name.iter().all(|b| (b' '..=b'~').contains(b)) && a != b' ';
    // In a stream, a chunk that nobody can check must be small.
    let room = left.map_or(1 << 20, |left| left.saturating_sub(8));
    (is_name && size <= room && kind::by_magic(head).is_none()).then_some(8 + size + size % 2)
}

struct Chunk {
    id: [u8; 4],
    bytes: u32,
}

pub(crate) struct Words {
    pub(crate) big_endian: bool,
}

impl Words {
    pub(crate) fn u16(&self, bytes: &[u8], at: usize) -> u16 {
        let b = bytes.get(at..at + 2).map_or([0; 2], |b| [b[0], b[1]]);
        if self.big_endian {
            u16::from_be_bytes(b)
        } else {
            u16::from_le_bytes(b)
        }
    }

    pub(crate) fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        let (a, b) = (self.u16(bytes, at), self.u16(bytes, at + 2));
        let (high, low) = if self.big_endian { (a, b) } else { (b, a) };
        u32::from(high) << 16 | u32::from(low)
    }

    pub(crate) fn u64(&self, bytes: &[u8], at: usize) -> u64 {
        // Only `ds64` and Wave64 hold 64-bit numbers, and are little-endian.
        u64::from(self.u32(bytes, at + 4)) << 32 | u64::from(self.u32(bytes, at))
    }
}

/// Reads up to the audio; `source` is left at it.
pub(crate) fn read_header(source: &mut ByteReader) -> Result<Layout> {
    let head: [u8; 12] = read_exactly(source)?;
    let words = Words {
        big_endian: head.starts_with(b"RIFX"),
    };
    let riff_bytes = words.u32(&head, 4);
    let mut before: u64 = 4;
    let mut layout = None;
    let mut long_data = None;
    let mut fact = None;
    let mut time_reference = None;
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
                layout = Some(parse_format("wav", &body, &words)?);
            }
            b"ds64" => {
                let body = read_body(source, &chunk)?;
                long_data = Some(words.u64(&body, 8));
            }
            b"fact" => {
                let body = read_body(source, &chunk)?;
                fact = Some(words.u32(&body, 0)).filter(|&n| n != 0 && n != UNKNOWN);
            }
            b"bext" => {
                let bytes = u64::from(chunk.bytes) + u64::from(chunk.bytes % 2);
                let head = source.peek(bext::HEAD_BYTES.min(chunk.bytes as usize));
                time_reference = bext::time_reference(head);
                skip(source, bytes)?;
            }
            b"data" => {
                let mut layout = layout.ok_or_else(|| Error::Malformed {
                    reason: "the wav file has audio before its format".into(),
                })?;
                layout.declared_frames = fact.map(u64::from);
                layout.tail = Tail::Chunks;
                let rate = f64::from(layout.sample_rate_hz);
                layout.facts.time_reference_s = time_reference.map(|n| n as f64 / rate);
                // Nothing, said by a header that knows what follows, or the end of the file.
                let left = source.left();
                let follows = source.peek(8);
                let empty = riff_bytes != UNKNOWN
                    && u64::from(riff_bytes) > before
                    && (follows.is_empty() || chunk_bytes(follows, left).is_some());
                let is_file = source.is_file();
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

/// The format that the body of a `fmt ` chunk tells: a `WAVEFORMATEX`, also of AVI and Matroska.
pub(crate) fn parse_format(container: &'static str, body: &[u8], words: &Words) -> Result<Layout> {
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
        bits = container_bits(bits, block_bytes / channels);
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
            other => format!("wav format tag 0x{other:04x}"),
        })
    })?;
    Layout::new(container, codec, rate, channels, block_bytes)
}

/// Bits of the container of a sample, which `bits` may not fill. Some writers get the bytes of a
/// block wrong: they count only where they hold the bits, and 8 and 16 bits fill theirs.
fn container_bits(bits: u16, block_bytes: usize) -> u16 {
    let natural = bits.div_ceil(8).saturating_mul(8);
    let of_block = u16::try_from(block_bytes.saturating_mul(8)).unwrap_or(0);
    let believed = bits == 0 || of_block == 32 && natural == 24;
    if believed && of_block > 0 {
        of_block
    } else {
        natural
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
