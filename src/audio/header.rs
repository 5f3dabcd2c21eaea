//! Whether bytes say themselves what they are, so that they are no headerless samples.

use super::codec::{self, Sign};
use super::kind;

/// Whether a recording starts here that has a header, also one that is not read. Signs of fewer
/// than three bytes do not count: samples may be like them.
pub(crate) fn is_known(head: &[u8]) -> bool {
    const STARTS: [&[u8]; 4] = [b"ID3", b"FLV\x01", b"%PDF", b"PK\x03\x04"];
    let of_codec = codec::by_sign(|sign| match sign {
        Sign::Start(magic) => magic.len() > 2 && head.starts_with(magic),
        _ => false,
    });
    kind::of(head).is_some()
        || STARTS.iter().any(|start| head.starts_with(start))
        || of_codec.is_some()
}
