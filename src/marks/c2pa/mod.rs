//! Manifests of C2PA (Content Credentials, specification 2.2), as far as they speak of AI and are
//! tied to these bytes. Signatures are checked with the feature `c2pa`; without it, a
//! signer's name is text that anyone can write.

mod actions;
mod binding;
mod boxes;
mod claim;
#[cfg(feature = "c2pa")]
mod signature;
mod signer;

use std::ops::Range;

use sha2::digest::DynDigest;

use self::actions::Actions;
use self::boxes::Superbox;
use self::claim::Claim;
use self::signer::Cose;
use super::bytes::Bytes;
use super::mark::{Integrity, Mark, Place, Says, Scheme};
use super::text;

/// The type of a manifest that only updates another one, and of one that is compressed.
const UPDATE: &[u8; 4] = b"c2um";
const COMPRESSED: &[u8; 4] = b"c2cm";

/// Reads the store that lies in `element`.
pub(super) fn read(bytes: &mut Bytes<'_>, place: Place, element: Range<u64>, store: &[u8]) -> Mark {
    let mut mark = Mark::new(Scheme::C2pa, place, store);
    mark.integrity = Integrity::NotChecked;
    if let Err(problem) = read_store(&mut mark, bytes, element, store) {
        mark.problem = Some(text::shown(&problem));
    }
    if mark.is_unreadable() {
        mark.says = None;
    }
    mark
}

fn read_store(
    mark: &mut Mark,
    bytes: &mut Bytes<'_>,
    element: Range<u64>,
    store: &[u8],
) -> Result<(), String> {
    let outermost = Superbox::outermost(store)?;
    if outermost.label != "c2pa" {
        return Err(format!(
            "a superbox {}, where a store is c2pa",
            outermost.label
        ));
    }
    let mut manifests = outermost.superboxes()?;
    // C2PA 2.2, 11.1.4.2: the last one is the active one.
    let active = manifests
        .pop()
        .ok_or_else(|| "a store without a manifest".to_owned())?;
    mark.field("manifest", &active.label);
    let manifest = Manifest::of(&active)?;
    if let Some(generator) = manifest.claim.generator() {
        mark.field("claim_generator", &generator);
    }
    sign(mark, &manifest);
    let actions = manifest.actions()?;
    if let Some(source_type) = actions.iter().find_map(Actions::created) {
        mark.field("digitalSourceType", source_type);
    }
    mark.says = strongest(actions.iter().filter_map(Actions::says));
    if mark.says.is_none() {
        mark.says = from_ingredients(mark, &manifests);
    }
    bind(mark, bytes, element, &active, &manifest)?;
    verify(mark, &manifest)
}

/// The manifest's claim and its assertions.
struct Manifest<'a> {
    claim: Claim,
    /// As they lie in the file, which is what the signature covers.
    #[cfg_attr(
        not(feature = "c2pa"),
        allow(dead_code, reason = "a signature is not checked")
    )]
    claim_bytes: &'a [u8],
    assertions: Vec<Superbox<'a>>,
    signature: Option<Superbox<'a>>,
}

impl<'a> Manifest<'a> {
    fn of(superbox: &Superbox<'a>) -> Result<Self, String> {
        if &superbox.kind == COMPRESSED {
            return Err("a compressed manifest, which is not inflated".into());
        }
        let (mut claim, mut assertions, mut signature) = (None, Vec::new(), None);
        for part in superbox.superboxes()? {
            match part.label.as_str() {
                "c2pa.claim" | "c2pa.claim.v2" => {
                    claim = Some((part.cbor()?, part.cbor_bytes()?));
                }
                "c2pa.assertions" => assertions = part.superboxes()?,
                "c2pa.signature" => signature = Some(part),
                _ => {}
            }
        }
        let (claim, claim_bytes) = claim.ok_or_else(|| "a manifest without a claim".to_owned())?;
        Ok(Self {
            claim,
            claim_bytes,
            assertions,
            signature,
        })
    }

    /// Its lists of actions, each as the claim knows it.
    fn actions(&self) -> Result<Vec<Actions>, String> {
        let is_actions = |label: &str| {
            // A second assertion of the same label ends in `__1`.
            let base = label.split("__").next().unwrap_or(label);
            base == "c2pa.actions" || base == "c2pa.actions.v2"
        };
        let lists = self
            .assertions
            .iter()
            .filter(|part| is_actions(&part.label));
        lists
            .map(|part| self.claim.check(part).and_then(|()| part.cbor()))
            .collect()
    }
}

/// Names the signer.
fn sign(mark: &mut Mark, manifest: &Manifest<'_>) {
    let Some(signature) = &manifest.signature else {
        mark.deviation("a manifest without a signature");
        return;
    };
    match signature.cbor().and_then(Cose::parse) {
        Ok(cose) => mark.who = cose.signer().as_deref().map(text::shown),
        Err(problem) => mark.deviation(problem),
    }
    if let Some(who) = mark.who.clone() {
        mark.field("signer", &who);
    }
}

/// Checks the signature, where the file's bytes are those of the claim.
#[cfg(feature = "c2pa")]
fn verify(mark: &mut Mark, manifest: &Manifest<'_>) -> Result<(), String> {
    if mark.integrity != Integrity::HashOnly {
        return Ok(());
    }
    let signature = manifest.signature.as_ref();
    let signature = signature.ok_or_else(|| "a manifest without a signature".to_owned())?;
    let cose = signature.cbor().and_then(Cose::parse)?;
    // What is signed is the claim, and by its hashes every assertion in it.
    for assertion in &manifest.assertions {
        manifest.claim.check(assertion)?;
    }
    match signature::holds(&cose, manifest.claim_bytes)? {
        Some(true) => {
            mark.integrity = Integrity::Valid;
            mark.field("trust", "unlisted");
        }
        Some(false) => return Err("its signature does not hold: the claim was changed".into()),
        None => mark.deviation("a signature algorithm that is not checked"),
    }
    Ok(())
}

/// Signatures are checked with the feature `c2pa`.
#[cfg(not(feature = "c2pa"))]
fn verify(_: &mut Mark, _: &Manifest<'_>) -> Result<(), String> {
    Ok(())
}

fn strongest(says: impl Iterator<Item = Says>) -> Option<Says> {
    let rank = |says: &Says| match says {
        Says::Synthetic => 3,
        Says::Partly => 2,
        Says::Possibly => 1,
        Says::Captured => 0,
    };
    says.max_by_key(rank)
}

/// A file that was edited carries the manifests of what went into it. What AI made of these may
/// still be heard, and may not.
fn from_ingredients(mark: &mut Mark, manifests: &[Superbox<'_>]) -> Option<Says> {
    for superbox in manifests {
        let actions = Manifest::of(superbox).and_then(|manifest| manifest.actions());
        for list in actions.into_iter().flatten() {
            if matches!(list.says(), Some(Says::Synthetic | Says::Partly)) {
                let source_type = list.created().unwrap_or_default();
                mark.field("ingredient digitalSourceType", source_type);
                return Some(Says::Possibly);
            }
        }
    }
    None
}

/// Checks the file against the manifest's hash of it.
fn bind(
    mark: &mut Mark,
    bytes: &mut Bytes<'_>,
    element: Range<u64>,
    active: &Superbox<'_>,
    manifest: &Manifest<'_>,
) -> Result<(), String> {
    let mut hashes = manifest
        .assertions
        .iter()
        .filter(|part| binding::is_binding(&part.label));
    let Some(hash) = hashes.next() else {
        mark.deviation(match &active.kind == UPDATE {
            true => "an update of a manifest, which has no hash of the file",
            false => "a manifest without a hash of the file",
        });
        return Ok(());
    };
    manifest.claim.check(hash)?;
    let alg = manifest.claim.alg.as_deref().unwrap_or("sha256");
    let (integrity, note) = binding::check(bytes, element, hash, alg)?;
    mark.integrity = integrity;
    mark.field("hash", &hash.label);
    note.into_iter().for_each(|note| mark.deviation(note));
    Ok(())
}

/// The hash functions of C2PA 2.2, 13.1.
fn digest(alg: &str) -> Result<Box<dyn DynDigest>, String> {
    match alg {
        "sha256" => Ok(Box::new(sha2::Sha256::default())),
        "sha384" => Ok(Box::new(sha2::Sha384::default())),
        "sha512" => Ok(Box::new(sha2::Sha512::default())),
        other => Err(format!(
            "the hash {}; known: sha256, sha384, sha512",
            text::shown(other)
        )),
    }
}
