//! Frames of an ID3v2 tag, and which of them are looked into.

use std::ops::Range;

use super::bytes::{Bytes, Stop, be32, name};
use super::found::Found;
use super::id3_content::{concerns, described, is_manifest, mime, object, plain_text, user_text};
use super::limits::{MAX_LABEL_BYTES, MAX_MANIFEST_BYTES, MAX_XMP_BYTES};
use super::mark::{Place, Scheme};
use super::synchsafe::{number, synchronise};
use super::tag::Kind;
use super::text::Encoding;

/// Longest description, MIME type or file name before the value of a frame, bytes.
const MAX_HEAD_BYTES: u64 = 4 << 10;

/// Where in the file a byte of a plain view of the tag lies.
pub(super) type InFile<'a> = &'a dyn Fn(u64) -> u64;

/// A frame.
struct Frame {
    id: String,
    /// First byte of its header.
    start: u64,
    /// First byte of its content.
    at: u64,
    bytes: u64,
    /// Version 2.4 unsynchronises frame by frame.
    unsynchronised: bool,
    /// Compressed or encrypted.
    closed: bool,
}

/// Walks the frames in `range`. `in_file` tells where in the file a byte lies.
pub(super) fn walk(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    range: Range<u64>,
    version: u8,
    in_file: InFile<'_>,
    container: &str,
) -> Result<(), Stop> {
    let head_bytes = if version == 2 { 6 } else { 10 };
    let mut at = range.start;
    while at + head_bytes <= range.end {
        bytes.element()?;
        let head = bytes.read(at, head_bytes)?;
        if head[0] == 0 {
            // Padding.
            return Ok(());
        }
        let mut frame = header(bytes, &head, at, &range, version)?;
        let place = Place::new(
            format!("{container} frame {}", frame.id),
            in_file(frame.at),
            in_file(frame.at + frame.bytes) - in_file(frame.at),
        );
        let end = frame.at + frame.bytes;
        if end > range.end {
            let problem = format!("says {} bytes; its tag ends before", frame.bytes);
            frame.bytes = range.end - frame.at;
            if let Some(scheme) = holds_mark(bytes, &frame)? {
                found.unreadable(scheme, place, problem.clone());
            }
            let shown = format!("the frame {} at byte {} {problem}", frame.id, in_file(at));
            found.hidden(Stop::hides(shown));
            return Ok(());
        }
        look_into(bytes, found, &frame, place, in_file, container == "id3v2")?;
        at = end;
    }
    Ok(())
}

fn header(
    bytes: &mut Bytes<'_>,
    head: &[u8],
    start: u64,
    range: &Range<u64>,
    version: u8,
) -> Result<Frame, Stop> {
    let letters = if version == 2 { 3 } else { 4 };
    let id = name(&head[..letters]);
    if !id
        .bytes()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    {
        return Err(Stop::hides(format!("no id3 frame at byte {start}")));
    }
    if version == 2 {
        let size = be32(&[0, head[3], head[4], head[5]], 0);
        let (at, bytes) = (start + 6, u64::from(size));
        return Ok(Frame {
            id,
            start,
            at,
            bytes,
            unsynchronised: false,
            closed: false,
        });
    }
    let plain = u64::from(be32(head, 4));
    let at = start + 10;
    let flags = head[9];
    if version == 3 {
        // Compressed, encrypted, grouped: one byte of group before the content.
        let closed = flags & 0xC0 != 0;
        let group = u64::from(flags & 0x20 != 0).min(plain);
        let (at, bytes) = (at + group, plain - group);
        return Ok(Frame {
            id,
            start,
            at,
            bytes,
            unsynchronised: false,
            closed,
        });
    }
    // Sizes of version 2.4 have 7 bits a byte; iTunes wrote 8 for years.
    let size = match number(&head[4..8]).map(u64::from) {
        Some(size) if size == plain || leads_on(bytes, at + size, range)? => size,
        Some(size) if !leads_on(bytes, at + plain, range)? => size,
        _ => plain,
    };
    let closed = flags & 0x0C != 0;
    let extra = u64::from(flags & 0x40 != 0) + 4 * u64::from(flags & 1);
    let extra = extra.min(size);
    let unsynchronised = flags & 2 != 0;
    Ok(Frame {
        id,
        start,
        at: at + extra,
        bytes: size - extra,
        unsynchronised,
        closed,
    })
}

/// Whether a frame, padding or the end of the tag lies at `at`.
fn leads_on(bytes: &mut Bytes<'_>, at: u64, range: &Range<u64>) -> Result<bool, Stop> {
    if at + 10 > range.end {
        return Ok(at <= range.end);
    }
    let id: [u8; 4] = bytes.array(at)?;
    Ok(id[0] == 0
        || id
            .iter()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()))
}

/// The scheme of a frame that is cut, as far as its beginning tells.
fn holds_mark(bytes: &mut Bytes<'_>, frame: &Frame) -> Result<Option<Scheme>, Stop> {
    let head = bytes.read(frame.at, frame.bytes.min(MAX_HEAD_BYTES))?;
    Ok(match frame.id.as_str() {
        "TXXX" | "TXX" => described(&head)
            .filter(|(name, ..)| Kind::of(name) == Some(Kind::Label))
            .map(|_| Scheme::Aigc),
        "GEOB" | "GEO" => mime(&head)
            .filter(|mime| is_manifest(mime))
            .map(|_| Scheme::C2pa),
        _ => None,
    })
}

fn look_into(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    frame: &Frame,
    place: Place,
    in_file: InFile<'_>,
    home: bool,
) -> Result<(), Stop> {
    let id = frame.id.as_str();
    let limit = match id {
        "TXXX" | "TXX" | "GEOB" | "GEO" => MAX_MANIFEST_BYTES + MAX_HEAD_BYTES,
        "PRIV" => MAX_XMP_BYTES,
        _ if Kind::of(id).is_some() => MAX_LABEL_BYTES,
        _ => return Ok(()),
    };
    if frame.closed {
        found.hidden(Stop::hides(format!(
            "{} is compressed or encrypted",
            place.name
        )));
        return Ok(());
    }
    let head = bytes.read(frame.at, frame.bytes.min(MAX_HEAD_BYTES))?;
    if !concerns(id, &head) {
        return Ok(());
    }
    if frame.bytes > limit {
        match holds_mark(bytes, frame)? {
            Some(scheme) => {
                let problem = format!("{} bytes, more than the limit of {limit}", frame.bytes);
                found.unreadable(scheme, place, problem);
            }
            None => found.unseen(format!("{}: more than {limit} bytes", place.name)),
        }
        return Ok(());
    }
    let mut content = bytes.read(frame.at, frame.bytes)?;
    if frame.unsynchronised {
        content = synchronise(&content).0;
    }
    match id {
        "TXXX" | "TXX" => user_text(found, &content, &place, home),
        "GEOB" | "GEO" => {
            if let Some(store) = object(&content) {
                if store.len() as u64 > MAX_MANIFEST_BYTES {
                    let problem = format!("more than the limit of {MAX_MANIFEST_BYTES} bytes");
                    found.unreadable(Scheme::C2pa, place, problem);
                } else {
                    found.manifest(
                        bytes,
                        place,
                        in_file(frame.start)..in_file(frame.at + frame.bytes),
                        store,
                    );
                }
            }
        }
        "PRIV" => found.xmp(&place, Encoding::Latin1.split(&content).1),
        _ => plain_text(found, id, &content, &place),
    }
    Ok(())
}
