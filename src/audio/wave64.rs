//! Wave64 (Sony Pictures Digital, "Wave64 file format"): RIFF with GUIDs and 64-bit sizes.

use super::layout::{Layout, Tail};
use super::riff::{Words, parse_format, read_exactly, skip};
use super::source::ByteReader;
use crate::{Error, Result};

/// Most chunks before the audio, as in WAV.
const MAX_CHUNKS: usize = 1_000;

/// Most bytes of the format.
const MAX_FORMAT_BYTES: u64 = 4_096;

/// What follows the four letters in the GUIDs of `wave`, `fmt `, `data` and others.
const GUID_END: &[u8] = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";

/// A chunk's header: GUID, and its size with this header.
const HEADER_BYTES: u64 = 24;

/// Whether a chunk starts here, by its GUID.
pub(crate) fn is_chunk(head: &[u8]) -> bool {
    head.get(4..16) == Some(GUID_END)
}

/// Reads up to the audio; `source` is left at it.
pub(crate) fn read_header(source: &mut ByteReader) -> Result<Layout> {
    let words = Words { big_endian: false };
    // GUID and size of the file, GUID of its form.
    let head: [u8; 40] = read_exactly(source)?;
    if &head[24..28] != b"wave" {
        return Err(Error::Malformed {
            reason: "the Wave64 file holds no `wave`".into(),
        });
    }
    let mut layout = None;
    for _ in 0..MAX_CHUNKS {
        let header: [u8; HEADER_BYTES as usize] = read_exactly(source)?;
        let size = words.u64(&header, 16);
        let body = size.checked_sub(HEADER_BYTES);
        // Chunks start at multiples of 8 bytes.
        let padding = (8 - size % 8) % 8;
        match (&header[..4], header[4..16] == *GUID_END) {
            (b"fmt ", true) => {
                let bytes = body.filter(|&n| n <= MAX_FORMAT_BYTES);
                let bytes = bytes.ok_or_else(|| Error::Malformed {
                    reason: format!("the Wave64 file has a format of {size} bytes"),
                })?;
                let mut format = source.peek((bytes + padding) as usize).to_vec();
                skip(source, bytes + padding)?;
                format.truncate(bytes as usize);
                layout = Some(parse_format("w64", &format, &words)?);
            }
            (b"data", true) => {
                let mut layout = layout.ok_or_else(|| Error::Malformed {
                    reason: "the Wave64 file has audio before its format".into(),
                })?;
                layout.tail = Tail::Unknown;
                layout.data_bytes = body.filter(|&n| n > 0 && size < u64::MAX / 2);
                layout.unfinished = layout.data_bytes.is_none();
                return Ok(layout);
            }
            _ => skip(source, body.unwrap_or(0).saturating_add(padding))?,
        }
        if source.peek(1).is_empty() {
            break;
        }
    }
    Err(Error::Malformed {
        reason: "the Wave64 file ends before its audio".into(),
    })
}
