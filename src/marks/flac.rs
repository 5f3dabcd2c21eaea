//! FLAC: the metadata blocks before the audio. (RFC 9639, section 8.)

use super::bytes::{Bytes, Stop, be32};
use super::found::Found;
use super::limits::MAX_COMMENTS_BYTES;
use super::vorbis;

const VORBIS_COMMENT: u8 = 4;

/// Walks the blocks after `fLaC` at `start`.
pub(super) fn walk(bytes: &mut Bytes<'_>, found: &mut Found, start: u64) -> Result<(), Stop> {
    let mut at = start + 4;
    found.look("vorbis comments");
    loop {
        bytes.element()?;
        bytes.hold("a flac block", at, 4)?;
        let head: [u8; 4] = bytes.array(at)?;
        let size = u64::from(be32(&[0, head[1], head[2], head[3]], 0));
        let block = at + 4;
        if head[0] & 0x7F == VORBIS_COMMENT {
            comments(bytes, found, block, size)?;
        }
        bytes.hold("the flac block", block, size)?;
        at = block + size;
        if head[0] & 0x80 != 0 {
            break;
        }
    }
    // A block that is not the last one but says so hides those after it.
    let sync = bytes.head(at, 2)?;
    match sync[..] {
        [0xFF, 0xF8 | 0xF9] | [] => Ok(()),
        _ => Err(Stop::hides(format!(
            "no flac frame at byte {at}, after the last block"
        ))),
    }
}

fn comments(bytes: &mut Bytes<'_>, found: &mut Found, at: u64, size: u64) -> Result<(), Stop> {
    if size > MAX_COMMENTS_BYTES {
        return Err(Stop::hides(format!("comments of {size} bytes")));
    }
    // What is there of a block that is cut is looked at.
    let block = bytes.head(at, size)?;
    vorbis::walk(found, &block, &|offset| at + offset as u64, &mut || {
        bytes.element()
    })
}
