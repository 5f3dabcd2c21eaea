//! MP4 and QuickTime: boxes, and what lies in those of metadata. (ISO/IEC 14496-12; Apple's
//! QuickTime File Format, "Metadata".)

use std::ops::Range;

use super::atom::{Atom, atom};
use super::bytes::{Bytes, Stop, be32, name};
use super::found::Found;
use super::limits::{MAX_BOX_DEPTH, MAX_MANIFEST_BYTES, MAX_XMP_BYTES};
use super::mark::{Place, Scheme};
use super::mp4_items::{self, Keys};

/// The `uuid` box of a manifest store: d8fec3d6-1b0e-483c-9297-5828877ec481.
const C2PA: [u8; 16] = [
    0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81,
];

/// The `uuid` box of an XMP packet (XMP specification, part 3):
/// be7acfcb-97a9-42e8-9c71-999491e3afac.
const XMP: [u8; 16] = [
    0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac,
];

/// Longest purpose in the box of a store: its name, a version and an offset.
const MAX_PURPOSE_BYTES: u64 = 256;

pub(super) fn walk(bytes: &mut Bytes<'_>, found: &mut Found) -> Result<(), Stop> {
    found.look("mp4 boxes");
    let mut left = 0..bytes.len();
    while !left.is_empty() {
        let next = match atom(bytes, &left, true) {
            Ok(next) => next,
            Err(stop) => {
                cut_uuid(bytes, found, &left)?;
                return Err(stop);
            }
        };
        match &next.kind {
            b"uuid" => uuid(bytes, found, &next)?,
            b"moov" | b"meta" => container(bytes, found, &next, 1)?,
            _ => {}
        }
        left.start = next.whole.end;
    }
    Ok(())
}

/// A store whose box says more bytes than there are is a store that cannot be read.
fn cut_uuid(bytes: &mut Bytes<'_>, found: &mut Found, left: &Range<u64>) -> Result<(), Stop> {
    let head = bytes.head(left.start, 24)?;
    if head.get(4..8) == Some(b"uuid") && head.get(8..24) == Some(&C2PA[..]) {
        let size = u64::from(be32(&head, 0));
        let place = Place::new("mp4 uuid box of c2pa", left.start, size);
        let problem = format!("says {size} bytes; {} are left", left.end - left.start);
        found.unreadable(Scheme::C2pa, place, problem);
    }
    Ok(())
}

fn container(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    outer: &Atom,
    depth: usize,
) -> Result<(), Stop> {
    if depth > MAX_BOX_DEPTH {
        found.hidden(Stop::hides(format!(
            "boxes nested deeper than {MAX_BOX_DEPTH}"
        )));
        return Ok(());
    }
    let mut left = outer.content.clone();
    let meta = &outer.kind == b"meta";
    if meta {
        left.start = meta_start(bytes, &outer.content)?;
    }
    let mut keys = Keys::default();
    while !left.is_empty() {
        // A list of user data may end with a zero of 32 bits (QTFF, "User Data Atoms").
        if left.end - left.start == 4 && bytes.array(left.start)? == [0; 4] {
            return Ok(());
        }
        let next = match atom(bytes, &left, false) {
            Ok(next) => next,
            Err(stop) => {
                found.hidden(stop);
                return Ok(());
            }
        };
        match &next.kind {
            b"moov" | b"udta" | b"trak" | b"meta" => container(bytes, found, &next, depth + 1)?,
            b"keys" if meta => keys = mp4_items::keys(bytes, found, &next)?,
            b"ilst" if meta => mp4_items::items(bytes, found, &next, &keys)?,
            b"XMP_" => xmp(bytes, found, "mp4 box XMP_", &next.content)?,
            _ => {}
        }
        left.start = next.whole.end;
    }
    Ok(())
}

/// ISO puts four bytes of version and flags before the boxes of `meta`, QuickTime does not.
fn meta_start(bytes: &mut Bytes<'_>, content: &Range<u64>) -> Result<u64, Stop> {
    let head = bytes.head(content.start, 8)?;
    let quicktime = head.get(4..8) == Some(b"hdlr");
    Ok(match quicktime {
        true => content.start,
        false => (content.start + 4).min(content.end),
    })
}

fn uuid(bytes: &mut Bytes<'_>, found: &mut Found, next: &Atom) -> Result<(), Stop> {
    let content = &next.content;
    if content.end - content.start < 16 {
        return Ok(());
    }
    let id: [u8; 16] = bytes.array(content.start)?;
    let rest = content.start + 16..content.end;
    match id {
        C2PA => store(bytes, found, next, rest),
        XMP => xmp(bytes, found, "mp4 uuid box of xmp", &rest),
        _ => Ok(()),
    }
}

/// C2PA 2.2, A.5.1: version and flags, a purpose, and for a store the offset of a Merkle box.
fn store(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    next: &Atom,
    rest: Range<u64>,
) -> Result<(), Stop> {
    let place = |from: u64| Place::new("mp4 uuid box of c2pa", from, rest.end - from);
    let head = bytes.head(rest.start, MAX_PURPOSE_BYTES.min(rest.end - rest.start))?;
    let purpose = head.get(4..).unwrap_or_default();
    let Some(length) = purpose.iter().position(|&byte| byte == 0) else {
        found.unreadable(Scheme::C2pa, place(rest.start), "no purpose".into());
        return Ok(());
    };
    match &purpose[..length] {
        b"manifest" => {}
        // A box of hashes beside the store.
        b"merkle" => return Ok(()),
        other => {
            let problem = format!("the purpose {}", super::text::shown(&name(other)));
            found.unreadable(Scheme::C2pa, place(rest.start), problem);
            return Ok(());
        }
    }
    let at = rest.start + 4 + length as u64 + 1 + 8;
    if at > rest.end || rest.end - at > MAX_MANIFEST_BYTES {
        let limits = format!("a store of 0 to {MAX_MANIFEST_BYTES} bytes is read");
        found.unreadable(Scheme::C2pa, place(rest.start), limits);
        return Ok(());
    }
    let store = bytes.read(at, rest.end - at)?;
    found.manifest(bytes, place(at), next.whole.clone(), &store);
    Ok(())
}

fn xmp(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    name: &str,
    content: &Range<u64>,
) -> Result<(), Stop> {
    let size = content.end - content.start;
    if size > MAX_XMP_BYTES {
        found.hidden(Stop::hides(format!(
            "an xmp packet of {size} bytes, more than the limit of {MAX_XMP_BYTES}"
        )));
        return Ok(());
    }
    let packet = bytes.read(content.start, size)?;
    found.xmp(&Place::new(name, content.start, size), &packet);
    Ok(())
}
