//! The items of an MP4's metadata: named by `keys` (handler `mdta`), by four letters or freely
//! (handler `mdir`, as iTunes writes).

use super::atom::{Atom, atom};
use super::bytes::{Bytes, Stop, be32, name};
use super::found::Found;
use super::mark::{Place, Scheme};
use super::tag::{Kind, Tag};
use super::text::Encoding;

/// Most keys of one `meta`, and longest key: of interest are six short ones.
const MAX_KEYS: u32 = 4_096;
const MAX_KEY_BYTES: u64 = 1_024;

/// Names of `keys`, of which the first has the number 1. Long ones are kept empty.
#[derive(Default)]
pub(super) struct Keys(Vec<String>);

/// Reads `keys`. A list that does not hold what it says hides the names of items.
pub(super) fn keys(bytes: &mut Bytes<'_>, found: &mut Found, list: &Atom) -> Result<Keys, Stop> {
    let end = list.content.end;
    let head = bytes.head(list.content.start, 8.min(end - list.content.start))?;
    let count = be32(&head, 4);
    let mut names = Vec::new();
    let mut at = list.content.start + 8;
    for _ in 0..count.min(MAX_KEYS) {
        bytes.element()?;
        let head = bytes.head(at, 8)?;
        let size = u64::from(be32(&head, 0));
        if size < 8 || at + size > end {
            found.hidden(Stop::hides(format!(
                "the key at byte {at} says {size} bytes"
            )));
            return Ok(Keys(names));
        }
        let long = size - 8 > MAX_KEY_BYTES;
        let key = bytes.read(at + 8, if long { 0 } else { size - 8 })?;
        names.push(String::from_utf8_lossy(&key).into_owned());
        at += size;
    }
    if count > MAX_KEYS {
        found.hidden(Stop::hides(format!("more than {MAX_KEYS} keys")));
    }
    Ok(Keys(names))
}

pub(super) fn items(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    list: &Atom,
    keys: &Keys,
) -> Result<(), Stop> {
    found.look("mp4 items");
    let mut left = list.content.clone();
    while !left.is_empty() {
        let at = left.start;
        match atom(bytes, &left, false) {
            Ok(item) => {
                left.start = item.whole.end;
                read(bytes, found, &item, keys)?;
            }
            Err(stop) => {
                let kind = bytes.head(at, 8)?.get(4..8).map(<[u8]>::to_vec);
                let named = kind.and_then(|kind| keyed(&kind, keys).or(Some(name(&kind))));
                if named.is_some_and(|name| Kind::of(&name) == Some(Kind::Label)) {
                    let place = Place::new("mp4 item AIGC", at, list.content.end - at);
                    found.unreadable(Scheme::Aigc, place, stop.reason.clone());
                }
                found.hidden(stop);
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The key whose number this is.
fn keyed(kind: &[u8], keys: &Keys) -> Option<String> {
    let number = be32(kind, 0) as usize;
    keys.0.get(number.checked_sub(1)?).cloned()
}

fn read(bytes: &mut Bytes<'_>, found: &mut Found, item: &Atom, keys: &Keys) -> Result<(), Stop> {
    let key = keyed(&item.kind, keys);
    let home = key.is_some();
    let mut item_name = key.unwrap_or_else(|| name(&item.kind));
    let mut left = item.content.clone();
    while !left.is_empty() {
        let part = match atom(bytes, &left, false) {
            Ok(part) => part,
            Err(stop) => {
                if Kind::of(&item_name) == Some(Kind::Label) {
                    let (at, size) = (item.content.start, item.content.end - item.content.start);
                    let place = Place::new(format!("mp4 item {item_name}"), at, size);
                    found.unreadable(Scheme::Aigc, place, stop.reason.clone());
                }
                found.hidden(stop);
                return Ok(());
            }
        };
        left.start = part.whole.end;
        let size = part.content.end - part.content.start;
        match &part.kind {
            // Free form: `mean`, then the name, then the value.
            b"name" if &item.kind == b"----" && size <= MAX_KEY_BYTES => {
                let text = bytes.read(part.content.start, size)?;
                let text = text.get(4..).unwrap_or_default();
                item_name = String::from_utf8_lossy(text).into_owned();
            }
            b"data" if size >= 8 => value(bytes, found, &part, &item_name, home)?,
            _ => {}
        }
    }
    Ok(())
}

/// `data`: a type (1 is UTF-8, 2 is UTF-16), a locale, then the value.
fn value(
    bytes: &mut Bytes<'_>,
    found: &mut Found,
    part: &Atom,
    item_name: &str,
    home: bool,
) -> Result<(), Stop> {
    let Some(kind) = Kind::of(item_name) else {
        return Ok(());
    };
    let head: [u8; 8] = bytes.array(part.content.start)?;
    let at = part.content.start + 8;
    let size = part.content.end - at;
    let place = Place::new(format!("mp4 item {item_name}"), at, size);
    if size > kind.max_bytes() {
        found.too_large(kind, place);
        return Ok(());
    }
    let encoding = match be32(&head, 0) & 0xFF_FFFF {
        2 => Encoding::Utf16,
        _ => Encoding::Utf8,
    };
    let value = bytes.read(at, size)?;
    found.tag(
        kind,
        place,
        &Tag {
            name: item_name,
            value: &value,
            encoding,
            home,
        },
    );
    Ok(())
}
