//! Whether bytes say themselves what they are, so that they are no headerless samples.

use super::codec::{self, Sign};
use super::riff;

/// Whether a recording starts here that has a header, also one that is not read. Signs of fewer
/// than three bytes do not count: samples may be like them.
pub(crate) fn is_known(head: &[u8], extension: Option<&str>) -> bool {
    const STARTS: [&[u8]; 11] = [
        b".snd",
        b"OggS",
        b"fLaC",
        b"FORM",
        b"caff",
        b"\x1a\x45\xdf\xa3",
        b"ID3",
        b"FLV\x01",
        b"NIST_1A",
        b"%PDF",
        b"PK\x03\x04",
    ];
    let of_codec = codec::by_sign(|sign| match sign {
        Sign::Start(magic) => magic.len() > 2 && head.starts_with(magic),
        _ => false,
    });
    riff::matches(head)
        || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI "))
        || head.starts_with(b"riff\x2e\x91\xcf\x11")
        || STARTS.iter().any(|start| head.starts_with(start))
        || head.get(4..8) == Some(b"ftyp")
        || of_codec.is_some()
        || is_mpeg(head, extension)
}

/// MPEG frames have a sync word of eleven bits alone, which samples have often: the name of the
/// file must agree.
fn is_mpeg(head: &[u8], extension: Option<&str>) -> bool {
    const NAMES: [&str; 6] = ["aac", "adts", "mp1", "mp2", "mp3", "mpga"];
    let is_named = |name: &str| NAMES.contains(&name.to_ascii_lowercase().as_str());
    extension.is_some_and(is_named) && matches!(head, [0xff, second, ..] if second >> 5 == 7)
}
