//! Whether a record is as it was written.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::canonical::{Digests, canonical, digest, escaped, parts};
use super::finding::{Finding, Status};
use super::key::PublicKey;
use super::record::EvidenceRecord;
use super::signature;
use crate::report::SCHEMA_VERSION;
use crate::{Error, Result};

/// Largest record that is checked, bytes: it is held in memory as a whole.
pub const MAX_EVIDENCE_BYTES: u64 = 1 << 30;

/// The outcome of checking a record.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verification {
    /// The content, if it can be understood.
    pub evidence: Option<EvidenceRecord>,
    /// The key inside the record, if its signature fits. Whose it is, is for people to find out.
    pub signer: Option<PublicKey>,
    /// One for the form, the digests and the signature each if they match; one for each part that
    /// does not.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether anything does not match.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.findings.iter().any(|f| f.status == Status::Failed)
    }
}

/// Checks form, digests and signature of a record; with a key that is known from elsewhere, that it
/// signed.
///
/// # Errors
///
/// [`Error::Evidence`] if this is no evidence record, or one of a later version;
/// [`Error::LimitExceeded`] above [`MAX_EVIDENCE_BYTES`].
pub fn verify(record: &[u8], trusted: Option<&PublicKey>) -> Result<Verification> {
    if record.len() as u64 > MAX_EVIDENCE_BYTES {
        return Err(Error::LimitExceeded {
            what: "the size of the evidence record in bytes",
            value: record.len() as u64,
            limit: MAX_EVIDENCE_BYTES,
        });
    }
    let document: Value = serde_json::from_slice(record)
        .map_err(|e| refuse(format!("not JSON, or cut off or damaged: {e}")))?;
    match document.get("type").and_then(Value::as_str) {
        Some("evidence") => {}
        Some(other) => return Err(refuse(format!("/type is {other:?}, not \"evidence\""))),
        None => return Err(refuse("/type is missing")),
    }
    match document.get("schema_version").and_then(Value::as_u64) {
        Some(v) if v == u64::from(SCHEMA_VERSION) => {}
        Some(v) => {
            return Err(refuse(format!(
                "/schema_version is {v}; this version reads {SCHEMA_VERSION}"
            )));
        }
        None => return Err(refuse("/schema_version is missing or no number")),
    }
    let failed = |e: std::io::Error| refuse(e.to_string());
    let mut findings = vec![form(record, &document).map_err(failed)?];
    findings.extend(unknown_members(&document));
    findings.extend(digests(&document).map_err(failed)?);
    let (finding, signer) = signature::check(&document, trusted).map_err(failed)?;
    findings.push(finding);
    let evidence = match EvidenceRecord::deserialize(&document["data"]) {
        Ok(evidence) => Some(evidence),
        Err(error) => {
            let detail = format!("is no content of an evidence record: {error}");
            findings.push(Finding::failed("/data", detail));
            None
        }
    };
    Ok(Verification {
        evidence,
        signer,
        findings,
    })
}

/// Whether the bytes are the one way to write this content.
fn form(record: &[u8], document: &Value) -> std::io::Result<Finding> {
    let canonical = canonical(document)?;
    if canonical == record {
        return Ok(Finding::ok("", "canonical JSON (RFC 8785)"));
    }
    let same = record.iter().zip(&canonical).take_while(|(a, b)| a == b);
    Ok(Finding::failed(
        "",
        format!(
            "not the canonical form (RFC 8785), in which it was written, from byte {} on",
            same.count()
        ),
    ))
}

fn unknown_members(document: &Value) -> impl Iterator<Item = Finding> {
    const KNOWN: [&str; 6] = [
        "data",
        "digests",
        "schema_version",
        "seal",
        "signature",
        "type",
    ];
    let members = document.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| !KNOWN.contains(&name.as_str()))
        .map(|(name, _)| {
            Finding::failed(
                format!("/{}", escaped(name)),
                "was added or renamed: no such member is written",
            )
        })
}

/// Compares the content with the digests and those with the seal.
fn digests(document: &Value) -> std::io::Result<Vec<Finding>> {
    let found = parts(&document["data"])?;
    let recorded = Digests::deserialize(&document["digests"]).unwrap_or_default();
    let seal = document["seal"].as_str().unwrap_or_default();
    let digests_sealed = seal == digest(&document["digests"])?;
    // The content can be as it was sealed and a digest be changed.
    let content_sealed = seal == digest(&found)?;

    let pointers: BTreeSet<&String> = found.keys().chain(recorded.keys()).collect();
    let mut findings = Vec::new();
    for &pointer in &pointers {
        let (now, then) = (found.get(pointer), recorded.get(pointer));
        if now == then {
            continue;
        }
        findings.push(if content_sealed {
            Finding::failed(
                format!("/digests/{}", escaped(pointer)),
                "was changed; the content is as it was sealed",
            )
        } else {
            let detail = match (now, then) {
                (Some(_), Some(_)) if digests_sealed => "was changed: does not match its digest",
                (Some(_), Some(_)) => "does not match its digest; one of them was changed",
                (Some(_), None) => "was added or renamed: it has no digest",
                (None, _) => "was taken out or renamed: it has a digest",
            };
            Finding::failed(pointer.as_str(), detail)
        });
    }
    if !digests_sealed && !content_sealed {
        findings.push(Finding::failed(
            "/seal",
            "does not match the digests; it or one of them was changed",
        ));
    } else if findings.is_empty() {
        let detail = format!("the seal and the digests of {} parts match", found.len());
        findings.push(Finding::ok("/digests", detail));
    } else if !digests_sealed && recorded.is_empty() {
        findings.push(Finding::failed(
            "/digests",
            "is missing or no list of digests",
        ));
    }
    Ok(findings)
}

fn refuse(reason: impl Into<String>) -> Error {
    Error::Evidence {
        reason: reason.into(),
    }
}
