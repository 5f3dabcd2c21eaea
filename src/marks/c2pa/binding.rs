//! Whether a manifest is of these bytes: its hash of the file.

use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::digest::DynDigest;

use super::boxes::Superbox;
use super::digest;
use crate::marks::atom::{Atom, atom};
use crate::marks::bytes::Bytes;
use crate::marks::mark::Integrity;

/// Bytes hashed at once.
const BLOCK: usize = 256 << 10;

/// Most stretches that a hash may leave out.
const MAX_EXCLUSIONS: usize = 64;

/// The outcome of the check, and a note about it.
type Checked = Result<(Integrity, Option<String>), String>;

/// `c2pa.hash.data` (C2PA 2.2, 18.5).
#[derive(Deserialize)]
struct DataHash {
    exclusions: Option<Vec<Stretch>>,
    alg: Option<String>,
    hash: Vec<u8>,
}

#[derive(Deserialize)]
struct Stretch {
    start: u64,
    length: u64,
}

/// `c2pa.hash.bmff`, versions 2 and 3 (C2PA 2.2, 18.7).
#[derive(Deserialize)]
struct BoxHash {
    exclusions: Vec<BoxExclusion>,
    alg: Option<String>,
    hash: Option<Vec<u8>>,
    merkle: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct BoxExclusion {
    xpath: String,
    data: Option<Vec<BoxData>>,
    length: Option<IgnoredAny>,
    version: Option<IgnoredAny>,
    flags: Option<IgnoredAny>,
    subset: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct BoxData {
    offset: u64,
    value: Vec<u8>,
}

/// Whether this assertion is a hash of the file.
pub(super) fn is_binding(label: &str) -> bool {
    label.starts_with("c2pa.hash.") && !label.starts_with("c2pa.hash.collection")
}

/// Checks the file against the assertion. `element`: where the store lies, which no hash covers.
pub(super) fn check(
    bytes: &mut Bytes<'_>,
    element: Range<u64>,
    assertion: &Superbox<'_>,
    default_alg: &str,
) -> Checked {
    match assertion.label.as_str() {
        "c2pa.hash.data" => check_data(bytes, element, assertion, default_alg),
        "c2pa.hash.bmff.v2" | "c2pa.hash.bmff.v3" => check_boxes(bytes, assertion, default_alg),
        other => not_checked(format!("{other} is not checked")),
    }
}

fn not_checked(why: impl Into<String>) -> Checked {
    Ok((Integrity::NotChecked, Some(why.into())))
}

fn verdict(hasher: Box<dyn DynDigest>, expected: &[u8]) -> Integrity {
    match hasher.finalize()[..] == *expected {
        true => Integrity::HashOnly,
        false => Integrity::Mismatch,
    }
}

fn check_data(
    bytes: &mut Bytes<'_>,
    element: Range<u64>,
    assertion: &Superbox<'_>,
    default_alg: &str,
) -> Checked {
    let given: DataHash = assertion.cbor()?;
    let Ok(mut hasher) = digest(given.alg.as_deref().unwrap_or(default_alg)) else {
        return not_checked("a hash other than SHA-2 is not checked");
    };
    let mut stretches = given.exclusions.unwrap_or_default();
    if stretches.len() > MAX_EXCLUSIONS {
        return Err(format!("more than {MAX_EXCLUSIONS} stretches left out"));
    }
    stretches.sort_by_key(|stretch| stretch.start);
    let mut at = 0;
    let mut outside = 0;
    for Stretch { start, length } in stretches {
        let end = start
            .checked_add(length)
            .filter(|&end| start >= at && end <= bytes.len());
        // Of another file, or one that was cut.
        let Some(end) = end else {
            return Ok((Integrity::Mismatch, None));
        };
        hash(bytes, at..start, &mut *hasher)?;
        at = end;
        let inside = end
            .min(element.end)
            .saturating_sub(start.max(element.start));
        outside += length - inside;
    }
    hash(bytes, at..bytes.len(), &mut *hasher)?;
    match (verdict(hasher, &given.hash), outside) {
        (Integrity::HashOnly, 1..) => not_checked(format!(
            "its hash leaves out {outside} bytes of the file beside the manifest"
        )),
        (integrity, _) => Ok((integrity, None)),
    }
}

fn check_boxes(bytes: &mut Bytes<'_>, assertion: &Superbox<'_>, default_alg: &str) -> Checked {
    let given: BoxHash = assertion.cbor()?;
    let (None, Some(expected)) = (&given.merkle, &given.hash) else {
        return not_checked("hashes of fragments are not checked");
    };
    if given.exclusions.len() > MAX_EXCLUSIONS {
        return Err(format!("more than {MAX_EXCLUSIONS} boxes left out"));
    }
    if let Some(other) = given
        .exclusions
        .iter()
        .find(|exclusion| !exclusion.is_usual())
    {
        let path = crate::marks::text::shown(&other.xpath);
        return not_checked(format!("its hash leaves out {path}"));
    }
    let Ok(mut hasher) = digest(given.alg.as_deref().unwrap_or(default_alg)) else {
        return not_checked("a hash other than SHA-2 is not checked");
    };
    let mut left = 0..bytes.len();
    while !left.is_empty() {
        let next = atom(bytes, &left, true).map_err(|stop| stop.reason)?;
        left.start = next.whole.end;
        let mut excluded = false;
        for exclusion in &given.exclusions {
            excluded |= exclusion.matches(bytes, &next)?;
        }
        if !excluded {
            hasher.update(&next.whole.start.to_be_bytes());
            hash(bytes, next.whole, &mut *hasher)?;
        }
    }
    Ok((verdict(hasher, expected), None))
}

impl BoxExclusion {
    /// Whether it is one that every writer leaves out: none of these holds audio.
    fn is_usual(&self) -> bool {
        let whole = [&self.length, &self.version, &self.flags, &self.subset];
        let store =
            self.xpath == "/uuid" && self.data.as_ref().is_some_and(|data| !data.is_empty());
        let known = ["/ftyp", "/mfra", "/free", "/skip"].contains(&self.xpath.as_str());
        whole.into_iter().all(Option::is_none) && (store || known)
    }

    fn matches(&self, bytes: &mut Bytes<'_>, next: &Atom) -> Result<bool, String> {
        if self.xpath.as_bytes().strip_prefix(b"/") != Some(&next.kind[..]) {
            return Ok(false);
        }
        for part in self.data.iter().flatten() {
            let at = next.whole.start.saturating_add(part.offset);
            let there = bytes
                .head(at, part.value.len() as u64)
                .map_err(|stop| stop.reason)?;
            if there != part.value {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn hash(
    bytes: &mut Bytes<'_>,
    range: Range<u64>,
    hasher: &mut dyn DynDigest,
) -> Result<(), String> {
    let mut block = vec![0; BLOCK.min((range.end - range.start) as usize)];
    let mut at = range.start;
    while at < range.end {
        let n = (range.end - at).min(block.len() as u64) as usize;
        bytes
            .fill(at, &mut block[..n])
            .map_err(|stop| stop.reason)?;
        hasher.update(&block[..n]);
        at += n as u64;
    }
    Ok(())
}
