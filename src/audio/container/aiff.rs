//! AIFF and AIFF-C (Apple, "Audio Interchange File Format") whose sizes were never filled in, or
//! are wrong: symphonia refuses them, or believes them.

use super::describe::{ReadSeek, number};
use crate::audio::source::Section;

/// Most chunks that are walked over.
const MAX_CHUNKS: usize = 1_000;

/// Most bytes before the samples.
const MAX_HEADER_BYTES: u64 = 1 << 16;

/// The file with the sizes of the form and its samples as they must be, and whether it ends before
/// those that it counts; `None` where the sizes are right.
pub(super) fn with_sizes(section: &Section) -> Option<(Section, bool)> {
    let mut file = section.from(0);
    let (mut at, mut needed) = (12, None);
    for _ in 0..MAX_CHUNKS {
        let head = file.read_at(at, 8)?;
        let size = number(&head[4..]);
        match &head[..4] {
            b"COMM" => {
                needed = needed_bytes(&file.read_at(at + 8, 18.min(size as usize))?, &mut file, at)
            }
            b"SSND" => {
                let left = section.len() - (at + 8);
                let needed = needed.map(|n: u64| n.saturating_add(8));
                // What COMM counts, where it is there; else all that follows.
                let real = match needed {
                    Some(needed) if size < needed && needed <= left => needed,
                    _ if size <= 8 || size > left => needed.unwrap_or(left).min(left),
                    _ => size,
                };
                let form = number(&file.read_at(4, 4)?);
                let end = at + 8 + real + real % 2;
                let form_is_right = form + 8 >= end && form + 8 <= section.len() + 1;
                if real == size && form_is_right || at > MAX_HEADER_BYTES {
                    return None;
                }
                let mut header = file.read_at(0, at as usize + 8)?;
                let all = if form_is_right {
                    form
                } else {
                    section.len() - 8
                };
                header[4..8].copy_from_slice(&u32::try_from(all).ok()?.to_be_bytes());
                let size_at = at as usize + 4;
                header[size_at..].copy_from_slice(&u32::try_from(real).ok()?.to_be_bytes());
                let is_cut = needed.map_or(size > left, |needed| needed > left);
                return Some((section.patched(0, &header), is_cut));
            }
            _ => {}
        }
        at = at.checked_add(8 + size + size % 2)?;
    }
    None
}

/// Bytes of the samples that `COMM` counts, where they are not compressed.
fn needed_bytes(comm: &[u8], file: &mut Section, at: u64) -> Option<u64> {
    let channels = number(comm.get(..2)?);
    let frames = number(comm.get(2..6)?);
    let bits = number(comm.get(6..8)?);
    let compression = file.read_at(at + 8 + 18, 4).filter(|_| comm.len() >= 18);
    let is_aifc = file.read_at(8, 4)? == b"AIFC";
    let bytes = match (is_aifc, compression.as_deref()) {
        (false, _) | (true, Some(b"NONE" | b"sowt" | b"twos" | b"in24" | b"in32")) => {
            bits.div_ceil(8)
        }
        (true, Some(b"fl32" | b"FL32")) => 4,
        (true, Some(b"fl64" | b"FL64")) => 8,
        (true, Some(b"ulaw" | b"ULAW" | b"alaw" | b"ALAW")) => 1,
        _ => return None,
    };
    frames.checked_mul(channels)?.checked_mul(bytes)
}
