//! A box of MP4. (ISO/IEC 14496-12, section 4.2.)

use std::ops::Range;

use super::bytes::{Bytes, Stop, be32};

/// A box.
#[derive(Clone)]
pub(super) struct Atom {
    pub(super) kind: [u8; 4],
    /// All of it.
    pub(super) whole: Range<u64>,
    /// Its content.
    pub(super) content: Range<u64>,
}

/// Reads the header of the box at the start of `within`.
pub(super) fn atom(bytes: &mut Bytes<'_>, within: &Range<u64>, top: bool) -> Result<Atom, Stop> {
    bytes.element()?;
    let at = within.start;
    let wrong = |size: u64| {
        Stop::hides(format!(
            "the box at byte {at} says {size} bytes; {} are left",
            within.end - at
        ))
    };
    if within.end - at < 8 {
        return Err(wrong(8));
    }
    let head: [u8; 8] = bytes.array(at)?;
    let (size, header) = match be32(&head, 0) {
        // To the end of the file.
        0 if top => (within.end - at, 8),
        1 if within.end - at >= 16 => (u64::from_be_bytes(bytes.array(at + 8)?), 16),
        size => (u64::from(size), 8),
    };
    let end = at
        .checked_add(size)
        .filter(|&end| end <= within.end && size >= header);
    let end = end.ok_or_else(|| wrong(size))?;
    let kind = [head[4], head[5], head[6], head[7]];
    Ok(Atom {
        kind,
        whole: at..end,
        content: at + header..end,
    })
}
