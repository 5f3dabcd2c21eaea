//! The content of ID3v2 frames: texts under a description, comments, and objects.

use super::found::Found;
use super::mark::Place;
use super::tag::{Kind, Tag};
use super::text::Encoding;

/// MIME types of a manifest store. The first is C2PA's own (2.2, A.3.4).
const MANIFEST: [&str; 3] = [
    "application/c2pa",
    "application/x-c2pa-manifest-store",
    "application/jumbf",
];

/// Whether the beginning of a frame tells that the rest is worth reading.
pub(super) fn concerns(id: &str, head: &[u8]) -> bool {
    match id {
        "TXXX" | "TXX" => described(head).is_some_and(|(name, ..)| Kind::of(&name).is_some()),
        "GEOB" | "GEO" => mime(head).is_some_and(|mime| is_manifest(&mime)),
        "PRIV" => head.starts_with(b"XMP\0"),
        _ => true,
    }
}

/// Description, encoding and value of a frame that has them in this order.
pub(super) fn described(content: &[u8]) -> Option<(String, Encoding, &[u8])> {
    let (&encoding, rest) = content.split_first()?;
    let encoding = Encoding::of_id3(encoding)?;
    let (name, value) = encoding.split(rest);
    Some((encoding.decode_lossy(name), encoding, value))
}

/// `TXXX`: values parted by terminators (more than one in version 2.4) under a description.
pub(super) fn user_text(found: &mut Found, content: &[u8], place: &Place, home: bool) {
    let Some((name, encoding, mut value)) = described(content) else {
        return;
    };
    let Some(kind) = Kind::of(&name) else {
        return;
    };
    let place = Place {
        name: format!("{} {}", place.name, super::text::shown(&name)),
        ..place.clone()
    };
    if value.len() as u64 > kind.max_bytes() {
        return found.too_large(kind, place);
    }
    loop {
        let (one, rest) = encoding.split(value);
        let tag = Tag {
            name: &name,
            value: one,
            encoding,
            home,
        };
        found.tag(kind, place.clone(), &tag);
        if rest.iter().all(|&byte| byte == 0) {
            return;
        }
        value = rest;
    }
}

/// Comments, artists and addresses.
pub(super) fn plain_text(found: &mut Found, id: &str, content: &[u8], place: &Place) {
    let Some(kind) = Kind::of(id) else {
        return;
    };
    let (encoding, value) = match (kind, content.split_first()) {
        // Addresses have no encoding.
        (Kind::Source, _) => (Encoding::Latin1, content),
        (_, Some((&byte, rest))) => match (Encoding::of_id3(byte), kind) {
            // Three letters of a language and a description come first.
            (Some(encoding), Kind::Comment) => (
                encoding,
                encoding.split(rest.get(3..).unwrap_or_default()).1,
            ),
            (Some(encoding), _) => (encoding, rest),
            (None, _) => return,
        },
        (_, None) => return,
    };
    let value = encoding.split(value).0;
    found.tag(
        kind,
        place.clone(),
        &Tag {
            name: id,
            value,
            encoding,
            home: false,
        },
    );
}

pub(super) fn mime(content: &[u8]) -> Option<String> {
    let rest = content.get(1..)?;
    let mime = Encoding::Latin1.split(rest).0;
    Some(Encoding::Latin1.decode_lossy(mime))
}

pub(super) fn is_manifest(mime: &str) -> bool {
    MANIFEST
        .iter()
        .any(|known| known.eq_ignore_ascii_case(mime))
}

/// `GEOB`: MIME type, file name, description, then the object.
pub(super) fn object(content: &[u8]) -> Option<&[u8]> {
    let (&encoding, rest) = content.split_first()?;
    let encoding = Encoding::of_id3(encoding)?;
    let rest = Encoding::Latin1.split(rest).1;
    let rest = encoding.split(rest).1;
    Some(encoding.split(rest).1)
}
