//! Core Audio Format (Apple, "Core Audio Format Specification") of PCM and G.711. symphonia reads
//! the rest; it wants a file that says its length, and has it.

use super::codec::{self, Codec, Sign};
use super::layout::{Layout, Tail};
use super::riff::{read_exactly, skip};
use super::source::{ByteReader, Section};
use crate::{Error, Result};
use std::io::{Read, Seek, SeekFrom};

/// Most chunks before the audio.
const MAX_CHUNKS: usize = 1_000;

/// The size of audio whose length was unknown when the header was written.
const UNKNOWN: i64 = -1;

/// `desc`: rate (64-bit float), format, flags, bytes and frames of a packet, channels, bits.
const DESC_BYTES: usize = 32;

/// The codec, if its samples lie one behind the other.
fn codec(desc: &[u8; DESC_BYTES]) -> Option<&'static Codec> {
    let word = |at: usize| u32::from_be_bytes([desc[at], desc[at + 1], desc[at + 2], desc[at + 3]]);
    let (flags, bits) = (word(12), word(28) as u16);
    let (is_float, little) = (flags & 1 != 0, flags & 2 != 0);
    let tag = if is_float { 3 } else { 1 };
    codec::by_sign(|sign| match (&desc[8..12], sign) {
        (b"ulaw", sign) => sign == Sign::Wav(7),
        (b"alaw", sign) => sign == Sign::Wav(6),
        // Of 8 bits, CAF's samples have a sign.
        (b"lpcm", sign) if bits == 8 => sign == Sign::Au(2),
        (b"lpcm", Sign::WavBits(t, b)) => little && (t, b) == (tag, bits),
        (b"lpcm", Sign::RifxBits(t, b)) => !little && (t, b) == (tag, bits),
        _ => false,
    })
}

/// Whether [`read_header`] reads it. `desc` is the first chunk.
pub(crate) fn is_plain(head: &[u8]) -> bool {
    let desc = head.get(20..20 + DESC_BYTES);
    head.get(8..12) == Some(b"desc")
        && desc
            .and_then(|desc| <&[u8; DESC_BYTES]>::try_from(desc).ok())
            .is_some_and(|desc| codec(desc).is_some())
}

/// Reads up to the audio; `source` is left at it.
pub(crate) fn read_header(source: &mut ByteReader) -> Result<Layout> {
    let _: [u8; 20] = read_exactly(source)?;
    let desc: [u8; DESC_BYTES] = read_exactly(source)?;
    let codec = codec(&desc).ok_or_else(|| codec::unsupported("caf"))?;
    let rate = desc[..8]
        .iter()
        .fold(0, |bits, &b| bits << 8 | u64::from(b));
    let rate = f64::from_bits(rate);
    let rate = if rate.is_finite() {
        rate.round() as u32
    } else {
        0
    };
    let channels = u32::from_be_bytes([desc[24], desc[25], desc[26], desc[27]]);
    let mut layout = Layout::new("caf", codec, rate, channels as usize, 0)?;
    for _ in 0..MAX_CHUNKS {
        let header: [u8; 12] = read_exactly(source)?;
        let size = header[4..].iter().fold(0, |n, &b| n << 8 | u64::from(b)) as i64;
        if header.starts_with(b"data") {
            // A count of edits comes before the samples.
            skip(source, 4)?;
            layout.tail = Tail::Unknown;
            layout.data_bytes = u64::try_from(size).ok().map(|n| n.saturating_sub(4));
            return Ok(layout);
        }
        let size = u64::try_from(size).map_err(|_| Error::Malformed {
            reason: format!("a caf chunk of {size} bytes"),
        })?;
        skip(source, size)?;
    }
    Err(Error::LimitExceeded {
        what: "the number of chunks before the audio",
        value: MAX_CHUNKS as u64 + 1,
        limit: MAX_CHUNKS as u64,
    })
}

/// The file with the size of its audio filled in, if its writer could not know it: symphonia adds
/// such a size to a place in the file.
pub(crate) fn with_size(section: Section) -> Section {
    let mut file = section.from(0);
    let mut at = 8;
    for _ in 0..MAX_CHUNKS {
        let mut header = [0; 12];
        if file.seek(SeekFrom::Start(at)).is_err() || file.read_exact(&mut header).is_err() {
            return section;
        }
        let size = header[4..].iter().fold(0, |n, &b| n << 8 | u64::from(b)) as i64;
        if header.starts_with(b"data") && size == UNKNOWN {
            let real = section.len().saturating_sub(at + 12);
            return section.patched(at + 4, &real.to_be_bytes());
        }
        let Ok(size) = u64::try_from(size) else {
            return section;
        };
        at = at.saturating_add(12).saturating_add(size);
    }
    section
}
