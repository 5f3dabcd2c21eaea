//! The name in the certificate of a signature, as text.

use ciborium::Value;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::name::DirectoryString;

/// Label of `x5chain`, the certificates, in the headers of COSE (RFC 9360).
const X5CHAIN: i128 = 33;

/// A name as a certificate gives it.
pub(super) struct Signer {
    pub(super) name: Option<String>,
    pub(super) organization: Option<String>,
}

impl Signer {
    /// Name and organization in one line.
    pub(super) fn text(&self) -> Option<String> {
        let parts: Vec<_> = [&self.name, &self.organization]
            .into_iter()
            .flatten()
            .collect();
        let parts: Vec<_> = parts.into_iter().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The first certificate of a COSE signature (C2PA 2.2, 13.2).
pub(super) fn of(signature: &Value) -> Result<Signer, String> {
    let inner = match signature {
        Value::Tag(18, inner) => inner,
        other => other,
    };
    let Some([Value::Bytes(protected), unprotected, ..]) = inner.as_array().map(Vec::as_slice)
    else {
        return Err("the signature is no COSE_Sign1".into());
    };
    let protected = ciborium::de::from_reader_with_recursion_limit(&protected[..], 8);
    let protected: Value = protected.map_err(|e| format!("the header of the signature: {e}"))?;
    // Signatures before C2PA 1.3 have it in the other header.
    let chain = chain(&protected).or_else(|| chain(unprotected));
    let first = chain.ok_or_else(|| "the signature has no certificate".to_owned())?;
    let certificate = Certificate::from_der(first).map_err(|e| format!("the certificate: {e}"))?;
    let subject = certificate.tbs_certificate().subject();
    let text = |found: Option<DirectoryString>| found.map(|text| text.value().into_owned());
    Ok(Signer {
        name: text(subject.common_name().ok().flatten()),
        organization: text(subject.organization().ok().flatten()),
    })
}

fn chain(header: &Value) -> Option<&[u8]> {
    let is_chain = |key: &Value| {
        key.as_integer().is_some_and(|n| i128::from(n) == X5CHAIN)
            || key.as_text() == Some("x5chain")
    };
    let (_, value) = header.as_map()?.iter().find(|(key, _)| is_chain(key))?;
    match value {
        Value::Array(list) => list.first()?.as_bytes().map(Vec::as_slice),
        one => one.as_bytes().map(Vec::as_slice),
    }
}
