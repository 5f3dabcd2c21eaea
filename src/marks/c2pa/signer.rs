//! The signature of a manifest: its parts, and the name in its certificate.

use ciborium::Value;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::name::DirectoryString;

/// Labels of the algorithm (RFC 9052) and of the certificates, `x5chain` (RFC 9360), in the headers
/// of COSE.
const ALGORITHM: i128 = 1;
const X5CHAIN: i128 = 33;

/// Deepest nesting of a header: arrays of certificates and time stamps.
const MAX_DEPTH: usize = 8;

/// A `COSE_Sign1` (C2PA 2.2, 13.2).
#[cfg_attr(
    not(feature = "c2pa"),
    allow(dead_code, reason = "a signature is not checked")
)]
pub(super) struct Cose {
    /// The header that the signature covers, as it lies in the file.
    pub(super) protected: Vec<u8>,
    pub(super) algorithm: Option<i128>,
    /// The signer's own.
    pub(super) certificate: Certificate,
    pub(super) signature: Vec<u8>,
}

impl Cose {
    pub(super) fn parse(value: Value) -> Result<Self, String> {
        let inner = match value {
            Value::Tag(18, inner) => *inner,
            other => other,
        };
        let parts = inner.into_array().unwrap_or_default();
        let Ok(
            [
                Value::Bytes(protected),
                unprotected,
                _,
                Value::Bytes(signature),
            ],
        ) = <[Value; 4]>::try_from(parts)
        else {
            return Err("the signature is no COSE_Sign1".into());
        };
        let header: Value =
            ciborium::de::from_reader_with_recursion_limit(&protected[..], MAX_DEPTH)
                .map_err(|e| format!("the header of the signature: {e}"))?;
        let chain = member(&header, X5CHAIN, "x5chain")
            // Signatures before C2PA 1.3 have it in the other header.
            .or_else(|| member(&unprotected, X5CHAIN, "x5chain"));
        let first = match chain {
            Some(Value::Array(list)) => list.first(),
            other => other,
        };
        let first = first.and_then(Value::as_bytes);
        let first = first.ok_or_else(|| "the signature has no certificate".to_owned())?;
        let algorithm = member(&header, ALGORITHM, "alg").and_then(Value::as_integer);
        Ok(Self {
            algorithm: algorithm.map(i128::from),
            certificate: Certificate::from_der(first)
                .map_err(|e| format!("the certificate: {e}"))?,
            protected,
            signature,
        })
    }

    /// Name and organization of the signer, as text.
    pub(super) fn signer(&self) -> Option<String> {
        let subject = self.certificate.tbs_certificate().subject();
        let text = |found: Option<DirectoryString>| found.map(|text| text.value().into_owned());
        let name = text(subject.common_name().ok().flatten());
        let organization = text(subject.organization().ok().flatten());
        let parts: Vec<_> = [name, organization].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// A member of a header, by its number, or by the name that early writers gave it.
fn member<'a>(header: &'a Value, number: i128, name: &str) -> Option<&'a Value> {
    let is_it = |key: &Value| {
        key.as_integer().is_some_and(|n| i128::from(n) == number) || key.as_text() == Some(name)
    };
    header
        .as_map()?
        .iter()
        .find(|(key, _)| is_it(key))
        .map(|(_, value)| value)
}
