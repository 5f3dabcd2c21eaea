//! Where a container ends, by its own account: something may lie behind it.

use super::describe::{ReadSeek, number};
use super::{aiff, matroska};
use crate::audio::behind::tag_bytes;
use crate::audio::kind::Kind;
use crate::audio::next;
use crate::audio::source::Section;

/// Most boxes or chunks that are walked over.
const MAX_STEPS: usize = 1_000_000;

/// The length of the container in bytes, if it is less than what is there.
pub(super) fn of(kind: Kind, section: &Section) -> Option<u64> {
    let mut file = section.from(0);
    let end = match kind {
        Kind::Aiff => {
            let sized = aiff::with_sizes(section);
            let mut file = sized.map_or(file, |(sized, _)| sized.from(0));
            let size = number(&file.read_at(4, 4)?);
            Some(8 + size + size % 2)
        }
        Kind::Caf => caf(&mut file, section.len()),
        Kind::Matroska => match matroska::segment(&mut file).map(|segment| segment.end) {
            // A live recorder does not say: it ends where the next one starts.
            Some(end) if end == section.len() => next::start(section.from(0), &matroska::starts),
            end => end,
        },
        Kind::Mp4 => mp4(&mut file, section.len()),
        Kind::Flac => {
            let another = next::start(section.from(0), &starts_another);
            let end = another.unwrap_or(section.len());
            Some(without_tags(&mut file, end))
        }
        _ => None,
    };
    end.filter(|&end| end < section.len())
}

/// A second `ftyp` starts another file.
fn mp4(file: &mut dyn ReadSeek, end: u64) -> Option<u64> {
    let mut at = 0;
    for _ in 0..MAX_STEPS {
        let head = file.read_at(at, 8)?;
        let is_name = head[4..]
            .iter()
            .all(|&b| (b' '..=b'~').contains(&b) || b == 0xA9);
        let size = match number(&head[..4]) {
            0 if is_name => return None,
            1 => number(&file.read_at(at + 8, 8)?),
            size => size,
        };
        if !is_name || size < 8 || at > 0 && &head[4..] == b"ftyp" {
            return Some(at);
        }
        at = at.checked_add(size)?;
        if at >= end {
            return None;
        }
    }
    None
}

fn caf(file: &mut dyn ReadSeek, end: u64) -> Option<u64> {
    let mut at = 8;
    for _ in 0..MAX_STEPS {
        if at + 12 > end {
            return Some(at);
        }
        let head = file.read_at(at, 12)?;
        let is_name = head[..4].iter().all(|b| (b' '..=b'~').contains(b));
        if !is_name || head.starts_with(b"caff") {
            return Some(at);
        }
        let size = i64::try_from(number(&head[4..])).ok()?;
        at = at.checked_add(12)?.checked_add(u64::try_from(size).ok()?)?;
    }
    None
}

/// What may be behind FLAC, which says nowhere how long it is in bytes, beyond doubt: FLAC's name,
/// and the header of its first block, of 34 bytes, which may be the only one; WAV; Ogg.
fn starts_another(bytes: &[u8]) -> bool {
    match bytes {
        [b'f', b'L', b'a', b'C', 0 | 0x80, 0, 0, 34, ..] => true,
        [b'R', b'I', b'F', b'F', ..] => bytes.get(8..16) == Some(b"WAVEfmt "),
        [b'O', b'g', b'g', b'S', 0, 2, ..] => true,
        _ => false,
    }
}

/// The end without the tags before it, which symphonia takes for a part of the last frame.
fn without_tags(file: &mut dyn ReadSeek, mut end: u64) -> u64 {
    const MAX_TAG_BYTES: u64 = 1 << 16;
    const MAX_TAGS: usize = 100;
    for _ in 0..MAX_TAGS {
        let n = end.min(MAX_TAG_BYTES);
        let Some(tail) = file.read_at(end - n, n as usize) else {
            return end;
        };
        let last = |n: usize| tail.len().checked_sub(n).map_or(&[][..], |at| &tail[at..]);
        let bytes = if last(128).starts_with(b"TAG") {
            128
        } else if let [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', ..] = last(32) {
            let size = last(20)
                .iter()
                .take(4)
                .rev()
                .fold(0, |n, &b| n << 8 | u64::from(b));
            let has_header = last(9)[0] & 0x80 != 0;
            size + if has_header { 32 } else { 0 }
        } else {
            let fills = |at: &usize| {
                let rest = &tail[*at..];
                rest.starts_with(b"ID3") && tag_bytes(rest) == Some(rest.len() as u64)
            };
            (0..tail.len())
                .find(fills)
                .map_or(0, |at| (tail.len() - at) as u64)
        };
        if bytes == 0 || bytes >= end {
            return end;
        }
        end -= bytes;
    }
    end
}
