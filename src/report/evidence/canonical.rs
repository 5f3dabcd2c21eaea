//! Canonical JSON and the digests over it.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Digests by JSON pointer. All pointers are ASCII, so that this order is RFC 8785's, too.
pub(super) type Digests = BTreeMap<String, String>;

/// The form of RFC 8785.
pub(super) fn canonical(value: &impl Serialize) -> io::Result<Vec<u8>> {
    // By way of a `Value`: what is no finite number becomes null there and is seen by `finite`.
    serde_json_canonicalizer::to_vec(value).map_err(io::Error::other)
}

/// SHA-256 of the canonical form, lower-case hex.
pub(super) fn digest(value: &impl Serialize) -> io::Result<String> {
    Ok(format!("{:x}", Sha256::digest(canonical(value)?)))
}

/// Digests of the parts of a record's `data`.
pub(super) fn parts(data: &Value) -> io::Result<Digests> {
    let mut digests = Digests::new();
    let Value::Object(members) = data else {
        digests.insert("/data".into(), digest(data)?);
        return Ok(digests);
    };
    for (name, value) in members {
        let at = format!("/data/{}", escaped(name));
        match value {
            Value::Array(recordings) if name == "recordings" => {
                for (i, recording) in recordings.iter().enumerate() {
                    parts_of_recording(&format!("{at}/{i}"), recording, &mut digests)?;
                }
            }
            other => {
                digests.insert(at, digest(other)?);
            }
        }
    }
    Ok(digests)
}

/// Digests of the parts of one recording, which stands at the pointer `at`.
pub(super) fn parts_of_recording(
    at: &str,
    recording: &Value,
    digests: &mut Digests,
) -> io::Result<()> {
    let Value::Object(members) = recording else {
        digests.insert(at.to_owned(), digest(recording)?);
        return Ok(());
    };
    for (name, value) in members {
        let at = format!("{at}/{}", escaped(name));
        match value {
            Value::Array(channels) if name == "windows" => {
                for (i, channel) in channels.iter().enumerate() {
                    digests.insert(format!("{at}/{i}"), digest(channel)?);
                }
            }
            other => {
                digests.insert(at, digest(other)?);
            }
        }
    }
    Ok(())
}

/// A member's name in a JSON pointer (RFC 6901, section 3); only a changed record has one that
/// needs it.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
