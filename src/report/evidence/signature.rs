//! The signature of a record.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::canonical::canonical;
use super::finding::Finding;
use super::key::{PublicKey, SigningKey};
use crate::report::SCHEMA_VERSION;

const ALGORITHM: &str = "Ed25519";

/// The member `signature`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signature {
    algorithm: String,
    public_key: String,
    value: String,
}

impl Signature {
    pub(super) fn new(key: &SigningKey, seal: &str) -> io::Result<Self> {
        Ok(Self {
            algorithm: ALGORITHM.into(),
            public_key: key.public_key().to_pem(),
            value: key.sign(&signed_bytes(seal)?),
        })
    }
}

/// The signed content: the seal and what it is the seal of, so that a signature fits nothing else.
fn signed_bytes(seal: &str) -> io::Result<Vec<u8>> {
    canonical(&json!({"schema_version": SCHEMA_VERSION, "seal": seal, "type": "evidence"}))
}

/// Checks a record's signature; gives the key that made it, if it fits.
pub(super) fn check(
    document: &Value,
    trusted: Option<&PublicKey>,
) -> io::Result<(Finding, Option<PublicKey>)> {
    let none = |finding| Ok((finding, None));
    let Some(signature) = document.get("signature") else {
        return none(match trusted {
            None => Finding::not_checked(
                "/signature",
                "the record is not signed: whoever changes it can compute its digests anew",
            ),
            Some(_) => Finding::failed("/signature", "the record is not signed"),
        });
    };
    let signature: Signature = match Deserialize::deserialize(signature) {
        Ok(signature) => signature,
        Err(error) => {
            return none(Finding::failed(
                "/signature",
                format!("is no signature: {error}"),
            ));
        }
    };
    if signature.algorithm != ALGORITHM {
        return none(Finding::failed(
            "/signature/algorithm",
            format!("is {:?}, not {ALGORITHM}", signature.algorithm),
        ));
    }
    let inside = match PublicKey::from_pem(&signature.public_key) {
        // One key has one form here, so that each of its bytes counts.
        Ok(key) if key.to_pem() == signature.public_key => key,
        _ => {
            return none(Finding::failed(
                "/signature/public_key",
                "is no public key in the form that was written",
            ));
        }
    };
    let bytes = signed_bytes(document["seal"].as_str().unwrap_or_default())?;
    let fits = |key: &PublicKey| key.verifies(&bytes, &signature.value);
    let finding = match trusted {
        Some(given) if fits(given) && *given != inside => Finding::failed(
            "/signature/public_key",
            "was changed: it is not the key given, which made the signature",
        ),
        Some(given) if fits(given) => Finding::ok(
            "/signature",
            format!("made with the key given, {}", given.fingerprint()),
        ),
        Some(given) if *given != inside => Finding::failed(
            "/signature",
            format!(
                "not made with the key given ({}); the record names another ({})",
                given.fingerprint(),
                inside.fingerprint()
            ),
        ),
        None if fits(&inside) => Finding::ok(
            "/signature",
            format!(
                "matches the key inside the record, {}; \
                 whose key that is must be known from elsewhere",
                inside.fingerprint()
            ),
        ),
        _ => Finding::failed(
            "/signature",
            "does not fit: /seal, /signature/value or /signature/public_key was changed",
        ),
    };
    let signer = fits(&inside).then_some(inside);
    Ok((finding, signer))
}
