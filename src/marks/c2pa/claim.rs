//! The claim of a manifest: who made it with what, and the hashes of its assertions.

use ciborium::Value;
use serde::Deserialize;

use super::boxes::Superbox;
use super::digest;

/// `c2pa.claim` and `c2pa.claim.v2` (C2PA 2.2, 10.3.1).
#[derive(Deserialize)]
pub(super) struct Claim {
    claim_generator: Option<String>,
    claim_generator_info: Option<Value>,
    pub(super) alg: Option<String>,
    /// Of version 1.
    assertions: Option<Vec<HashedUri>>,
    /// Of version 2: what the claim generator made, and what others gave it.
    created_assertions: Option<Vec<HashedUri>>,
    gathered_assertions: Option<Vec<HashedUri>>,
}

#[derive(Deserialize)]
struct HashedUri {
    url: String,
    alg: Option<String>,
    hash: Vec<u8>,
}

impl Claim {
    /// Name and version of the claim generator.
    pub(super) fn generator(&self) -> Option<String> {
        let info = match &self.claim_generator_info {
            Some(Value::Array(list)) => list.first(),
            other => other.as_ref(),
        };
        let of_info = info.and_then(Value::as_map).and_then(|map| {
            let member = |name| {
                let found = map.iter().find(|(key, _)| key.as_text() == Some(name));
                found.and_then(|(_, value)| value.as_text())
            };
            let parts: Vec<_> = [member("name"), member("version")]
                .into_iter()
                .flatten()
                .collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        });
        of_info.or_else(|| self.claim_generator.clone())
    }

    /// Checks that the claim lists this assertion with its hash.
    pub(super) fn check(&self, assertion: &Superbox<'_>) -> Result<(), String> {
        let label = crate::marks::text::shown(&assertion.label);
        let lists = [
            &self.assertions,
            &self.created_assertions,
            &self.gathered_assertions,
        ];
        let end = format!("/{}", assertion.label);
        let listed = lists
            .into_iter()
            .flatten()
            .flatten()
            .find(|uri| uri.url.ends_with(&end));
        let listed = listed.ok_or_else(|| format!("the claim does not list {label}"))?;
        let alg = listed
            .alg
            .as_deref()
            .or(self.alg.as_deref())
            .unwrap_or("sha256");
        let mut hasher = digest(alg)?;
        hasher.update(assertion.hashed);
        match hasher.finalize()[..] == listed.hash[..] {
            true => Ok(()),
            false => Err(format!(
                "{label} was changed: the claim has another hash of it"
            )),
        }
    }
}
