//! Sun/NeXT audio: `.au`, `.snd` (the format of Sun's `audio_filehdr.h`).

use std::io::Read;

use super::codec::{self, Sign};
use super::layout::{Layout, Tail};
use super::riff::{read_exactly, skip};
use crate::{Error, Result};

/// Longest annotation skipped before the audio, bytes.
const MAX_HEADER_BYTES: u64 = 1 << 20;

/// The size of audio whose length was unknown when the header was written.
const UNKNOWN: u32 = u32::MAX;

/// Reads the header; `source` is left at the audio.
pub(crate) fn read_header(source: &mut dyn Read) -> Result<Layout> {
    let header: [u8; 24] = read_exactly(source)?;
    let word = |i: usize| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&header[4 * i..4 * i + 4]);
        u32::from_be_bytes(bytes)
    };
    let (offset, size, encoding, rate, channels) = (word(1), word(2), word(3), word(4), word(5));
    let codec = codec::by_sign(|sign| sign == Sign::Au(encoding))
        .ok_or_else(|| codec::unsupported(format!("au encoding {encoding}")))?;
    let Some(annotation) = u64::from(offset).checked_sub(24) else {
        return Err(Error::Malformed {
            reason: format!("the au header says its audio starts at byte {offset}"),
        });
    };
    if annotation > MAX_HEADER_BYTES {
        return Err(Error::LimitExceeded {
            what: "the au header in bytes",
            value: annotation,
            limit: MAX_HEADER_BYTES,
        });
    }
    skip(source, annotation)?;
    let mut layout = Layout::new("au", codec, rate, channels as usize, 0)?;
    layout.data_bytes = (size != UNKNOWN).then_some(u64::from(size));
    layout.tail = Tail::Unknown;
    Ok(layout)
}
