//! JUMBF, the boxes of a manifest store. (ISO/IEC 19566-5; C2PA 2.2, 11.1.)

use crate::marks::bytes::{be32, name};
use crate::marks::limits::{MAX_BOX_DEPTH, MAX_CBOR_BYTES};

/// Most boxes of one superbox.
const MAX_BOXES: usize = 1_000;

/// A superbox: a description and its content.
pub(super) struct Superbox<'a> {
    pub(super) label: String,
    /// The first four bytes of its type.
    pub(super) kind: [u8; 4],
    /// Its bytes without its own header, which is what hashes of it cover.
    pub(super) hashed: &'a [u8],
    content: &'a [u8],
    depth: usize,
}

impl<'a> Superbox<'a> {
    /// The outermost superbox of `store`.
    pub(super) fn outermost(store: &'a [u8]) -> Result<Self, String> {
        let (kind, content, _) = split(store)?;
        match &kind {
            b"jumb" => Self::parse(content, 1),
            _ => Err(format!(
                "a box {}, where a store begins with jumb",
                name(&kind)
            )),
        }
    }

    fn parse(hashed: &'a [u8], depth: usize) -> Result<Self, String> {
        if depth > MAX_BOX_DEPTH {
            return Err(format!("boxes nested deeper than {MAX_BOX_DEPTH}"));
        }
        let (kind, description, content) = split(hashed)?;
        let rest = description.get(17..).filter(|_| &kind == b"jumd");
        let rest = rest.ok_or_else(|| "a superbox without a description".to_owned())?;
        // Bit 1 of the toggles: a label follows.
        let labelled = description[16] & 2 != 0;
        let end = rest
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(rest.len());
        let label = if labelled { &rest[..end] } else { &[] };
        Ok(Self {
            label: String::from_utf8_lossy(label).into_owned(),
            kind: [
                description[0],
                description[1],
                description[2],
                description[3],
            ],
            hashed,
            content,
            depth,
        })
    }

    /// The superboxes in it.
    pub(super) fn superboxes(&self) -> Result<Vec<Self>, String> {
        let mut left = self.content;
        let mut out = Vec::new();
        while !left.is_empty() {
            let (kind, content, rest) = split(left)?;
            if &kind == b"jumb" {
                out.push(Self::parse(content, self.depth + 1)?);
            }
            if out.len() > MAX_BOXES {
                return Err(format!("more than {MAX_BOXES} boxes in {}", self.label));
            }
            left = rest;
        }
        Ok(out)
    }

    /// Its CBOR, as `T`.
    pub(super) fn cbor<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        let label = crate::marks::text::shown(&self.label);
        let bytes = self.cbor_bytes()?;
        ciborium::de::from_reader_with_recursion_limit(bytes, MAX_BOX_DEPTH)
            .map_err(|e| format!("{label}: {e}"))
    }

    /// Its CBOR as it lies in the file.
    pub(super) fn cbor_bytes(&self) -> Result<&'a [u8], String> {
        let label = crate::marks::text::shown(&self.label);
        let (kind, content, _) = split(self.content).map_err(|e| format!("{label}: {e}"))?;
        if &kind != b"cbor" {
            return Err(format!("{label} holds {}, not cbor", name(&kind)));
        }
        if content.len() > MAX_CBOR_BYTES {
            let n = content.len();
            return Err(format!(
                "{label} has {n} bytes, more than the limit of {MAX_CBOR_BYTES}"
            ));
        }
        Ok(content)
    }
}

/// The kind and the content of a box, and the bytes that follow it.
type Split<'a> = ([u8; 4], &'a [u8], &'a [u8]);

/// The first box, and what follows it.
fn split(bytes: &[u8]) -> Result<Split<'_>, String> {
    let cut = |size: u64| {
        let n = bytes.len();
        format!("a box of the store says {size} bytes; {n} are left")
    };
    let Some(&[a, b, c, d]) = bytes.get(4..8) else {
        return Err(cut(8));
    };
    let (size, header) = match (be32(bytes, 0), bytes.get(8..16)) {
        (0, _) => (bytes.len() as u64, 8),
        (1, Some(long)) => {
            let long = u64::from(be32(long, 0)) << 32 | u64::from(be32(long, 4));
            (long, 16)
        }
        (size, _) => (u64::from(size), 8),
    };
    let end = usize::try_from(size)
        .ok()
        .filter(|&end| end >= header && end <= bytes.len());
    let end = end.ok_or_else(|| cut(size))?;
    Ok(([a, b, c, d], &bytes[header..end], &bytes[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jumb(content: &[u8]) -> Vec<u8> {
        let mut description = b"c2pa".to_vec();
        description.extend([0; 12]);
        description.extend(b"\x03c2pa\0");
        let mut inner = boxed(b"jumd", &description);
        inner.extend(content);
        boxed(b"jumb", &inner)
    }

    fn boxed(kind: &[u8], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes(), kind, content].concat()
    }

    fn walk(superbox: &Superbox<'_>) -> Result<(), String> {
        superbox.superboxes()?.iter().try_for_each(walk)
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |n| (1..n).fold(jumb(&[]), |inner, _| jumb(&inner));
        let fits = nested(MAX_BOX_DEPTH);
        assert_eq!(walk(&Superbox::outermost(&fits).unwrap()), Ok(()));
        let deep = nested(MAX_BOX_DEPTH + 1);
        let problem = walk(&Superbox::outermost(&deep).unwrap()).unwrap_err();
        assert!(problem.contains("deeper than 16"), "{problem}");
    }

    #[test]
    fn a_size_that_lies_is_told() {
        let mut store = jumb(&[]);
        store[3] += 1;
        let problem = Superbox::outermost(&store).err().unwrap();
        assert!(problem.contains("are left"), "{problem}");
    }

    #[test]
    fn cbor_is_bounded() {
        let cbor = |content: &[u8]| jumb(&boxed(b"cbor", content));
        let read = |store: &[u8]| {
            Superbox::outermost(store)
                .unwrap()
                .cbor::<ciborium::Value>()
        };
        assert!(read(&cbor(b"\x01")).is_ok());
        let long = read(&cbor(&vec![0; MAX_CBOR_BYTES + 1])).unwrap_err();
        assert!(long.contains("more than the limit"), "{long}");
        // Arrays in arrays, and an array that says 2^32 - 1 items.
        assert!(read(&cbor(&[0x81; 1000])).is_err());
        assert!(read(&cbor(b"\x9a\xff\xff\xff\xff")).is_err());
    }
}
