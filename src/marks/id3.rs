//! ID3v2.2, 2.3 and 2.4: the tag as a whole. (id3.org, `id3v2-00`, `id3v2.3.0`,
//! `id3v2.4.0-structure`.)

use std::ops::Range;

use super::bytes::{Bytes, Stop};
use super::found::Found;
use super::id3_frame;
use super::synchsafe::{number, synchronise};

/// A tag that is unsynchronised as a whole is undone in memory, up to this size, bytes.
const MAX_UNSYNCHRONISED_BYTES: u64 = 16 << 20;

/// Most tags one after the other.
const MAX_TAGS: usize = 16;

/// Walks the tags at the start of a file; returns the byte after them.
pub(super) fn walk(bytes: &mut Bytes<'_>, found: &mut Found) -> Result<u64, Stop> {
    let mut at = 0;
    for _ in 0..MAX_TAGS {
        if &bytes.head(at, 3)?[..] != b"ID3" {
            return Ok(at);
        }
        at = tag(bytes, found, at..bytes.len(), "id3v2")?;
    }
    Err(Stop::hides(format!("more than {MAX_TAGS} id3 tags")))
}

/// A tag of ID3v2.4 at the end of the file, which its footer tells of, before an ID3v1 tag or not.
pub(super) fn walk_end(bytes: &mut Bytes<'_>, found: &mut Found, start: u64) -> Result<(), Stop> {
    for behind in [0, 128] {
        let Some(at) = bytes
            .len()
            .checked_sub(10 + behind)
            .filter(|&at| at >= start)
        else {
            continue;
        };
        let foot: [u8; 10] = bytes.array(at)?;
        if &foot[..3] != b"3DI" {
            continue;
        }
        let Some(size) = number(&foot[6..]) else {
            return Err(Stop::hides(format!(
                "the id3 footer at byte {at} has no size"
            )));
        };
        return match at
            .checked_sub(u64::from(size) + 10)
            .filter(|&head| head >= start)
        {
            Some(head) if &bytes.array::<3>(head)? == b"ID3" => {
                tag(bytes, found, head..bytes.len(), "id3v2").map(|_| ())
            }
            _ => Err(Stop::hides(format!(
                "the id3 footer at byte {at} leads to no tag"
            ))),
        };
    }
    Ok(())
}

/// Walks the tag at the start of `within`; returns the byte after it.
pub(super) fn tag(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    within: Range<u64>,
    container: &'static str,
) -> Result<u64, Stop> {
    found.look("id3v2 frames");
    let start = within.start;
    let head = bytes.head(start, 10.min(within.end - start))?;
    let (Some(b"ID3"), Some(&[version, _, flags])) = (head.get(..3), head.get(3..6)) else {
        return Err(Stop::hides(format!("no id3 tag at byte {start}")));
    };
    let size = head.get(6..10).and_then(number).map(u64::from);
    let size =
        size.ok_or_else(|| Stop::hides(format!("the id3 tag at byte {start} has no size")))?;
    let body = start + 10..start + 10 + size;
    let footer = if version == 4 && flags & 0x10 != 0 {
        10
    } else {
        0
    };
    if body.end + footer > within.end {
        let problem = format!(
            "the id3 tag at byte {start} says {size} bytes; {} are left",
            within.end - body.start
        );
        // What is there of it is looked at all the same.
        found.hidden(Stop::hides(problem));
    }
    let body = body.start..body.end.min(within.end);
    match version {
        // Flag 0x40 of version 2 says that all is compressed, with a scheme that never came.
        2 if flags & 0x40 != 0 => found.hidden(Stop::hides("a compressed id3v2.2 tag")),
        2 | 3 if flags & 0x80 != 0 => unsynchronised(bytes, found, body.clone(), &head, container)?,
        2..=4 => {
            let frames = frames_start(bytes, &body, version, flags)?..body.end;
            id3_frame::walk(bytes, found, frames, version, &|at| at, container)?;
        }
        _ => found.hidden(Stop::hides(format!("an id3 tag of version 2.{version}"))),
    }
    Ok(body.end + footer.min(within.end - body.end))
}

/// Walks a tag of version 2.2 or 2.3 in which a zero was put after each 0xFF.
fn unsynchronised(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    body: Range<u64>,
    head: &[u8],
    container: &'static str,
) -> Result<(), Stop> {
    let size = body.end - body.start;
    if size > MAX_UNSYNCHRONISED_BYTES {
        return Err(Stop::hides(format!(
            "an unsynchronised id3 tag of {size} bytes, more than the limit of \
             {MAX_UNSYNCHRONISED_BYTES}"
        )));
    }
    let raw = bytes.read(body.start, size)?;
    let (plain, removed) = synchronise(&raw);
    // The byte of the file at which a byte of the plain tag lies.
    let in_file = |at: u64| body.start + at + removed.partition_point(|&cut| cut <= at) as u64;
    let length = plain.len() as u64;
    let mut plain = Bytes::new(std::io::Cursor::new(plain))
        .map_err(|e| Stop::hides(format!("the id3 tag cannot be read: {e}")))?;
    let (version, flags) = (head[3], head[5]);
    let frames = frames_start(&mut plain, &(0..length), version, flags)?..length;
    id3_frame::walk(&mut plain, found, frames, version, &in_file, container)
}

/// The first frame: after the extended header, where there is one.
fn frames_start(
    bytes: &mut Bytes<'_>,
    body: &Range<u64>,
    version: u8,
    flags: u8,
) -> Result<u64, Stop> {
    if version == 2 || flags & 0x40 == 0 {
        return Ok(body.start);
    }
    let size: [u8; 4] = bytes.array(body.start)?;
    // Version 3 does not count the four bytes of the size itself.
    let size = match version {
        3 => Some(u64::from(u32::from_be_bytes(size)) + 4),
        _ => number(&size).map(u64::from),
    };
    let start = size.map(|size| body.start + size);
    start.filter(|&start| start <= body.end).ok_or_else(|| {
        Stop::hides(format!(
            "the extended header at byte {} has no size",
            body.start
        ))
    })
}
