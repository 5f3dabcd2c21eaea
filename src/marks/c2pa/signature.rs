//! Whether the signature of a claim holds, by the key of the certificate that lies beside it.
//! (RFC 9052, section 4.4; C2PA 2.2, 13.2.)
//!
//! It shows that nobody changed the claim since it was signed. Who the signer is, only a list of
//! authorities could say; there is none here, so every signer is unlisted.

use ciborium::Value;
use p256::ecdsa::signature::Verifier;

use super::signer::Cose;

/// Labels of the signature algorithms in COSE (RFC 9053); ES512 and RSA are not checked.
const ES256: i128 = -7;
const ES384: i128 = -35;
const EDDSA: i128 = -8;

/// Whether the signature over `claim` holds; nothing, for an algorithm that is not checked.
pub(super) fn holds(cose: &Cose, claim: &[u8]) -> Result<Option<bool>, String> {
    let signed = Value::Array(vec![
        Value::Text("Signature1".into()),
        Value::Bytes(cose.protected.clone()),
        Value::Bytes(Vec::new()),
        Value::Bytes(claim.to_vec()),
    ]);
    let mut message = Vec::new();
    ciborium::into_writer(&signed, &mut message).map_err(|e| format!("the signature: {e}"))?;
    let key = cose.certificate.tbs_certificate().subject_public_key_info();
    let point = key.subject_public_key.raw_bytes();
    let wrong = |e: &dyn std::fmt::Display| format!("the key of the certificate: {e}");
    let signature = &cose.signature[..];
    Ok(Some(match cose.algorithm {
        Some(ES256) => {
            use p256::ecdsa::{Signature, VerifyingKey};
            let key = VerifyingKey::from_sec1_bytes(point).map_err(|e| wrong(&e))?;
            Signature::from_slice(signature).is_ok_and(|s| key.verify(&message, &s).is_ok())
        }
        Some(ES384) => {
            use p384::ecdsa::{Signature, VerifyingKey};
            let key = VerifyingKey::from_sec1_bytes(point).map_err(|e| wrong(&e))?;
            Signature::from_slice(signature).is_ok_and(|s| key.verify(&message, &s).is_ok())
        }
        Some(EDDSA) => {
            use ed25519_dalek::{Signature, VerifyingKey};
            let point: &[u8; 32] = point.try_into().map_err(|_| wrong(&"not 32 bytes"))?;
            let key = VerifyingKey::from_bytes(point).map_err(|e| wrong(&e))?;
            Signature::from_slice(signature).is_ok_and(|s| key.verify_strict(&message, &s).is_ok())
        }
        _ => return Ok(None),
    }))
}
