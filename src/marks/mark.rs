//! One mark.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::limits::MAX_FIELDS;
use super::text;

/// One mark of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mark {
    /// Whose form it has.
    pub scheme: Scheme,
    /// Its statement about the making of the file; absent if it makes none, cannot be read or is
    /// of another file.
    pub says: Option<Says>,
    /// Who says so: the code or name that the mark gives, as text, not checked.
    pub who: Option<String>,
    /// Where it lies.
    pub place: Place,
    /// How far it is tied to these bytes.
    pub integrity: Integrity,
    /// Its members, by their own names.
    pub fields: BTreeMap<String, String>,
    /// Where it departs from its standard, and was read all the same.
    pub deviations: Vec<String>,
    /// SHA-256 of its bytes, lower-case hex; absent if they were not read.
    pub sha256: Option<String>,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

impl Mark {
    pub(super) fn new(scheme: Scheme, place: Place, bytes: &[u8]) -> Self {
        Self {
            scheme,
            says: None,
            who: None,
            place,
            integrity: Integrity::Unprotected,
            fields: BTreeMap::new(),
            deviations: Vec::new(),
            sha256: Some(hex(&Sha256::digest(bytes))),
            problem: None,
        }
    }

    /// A mark whose bytes were not read.
    pub(super) fn unread(scheme: Scheme, place: Place, problem: String) -> Self {
        let mut mark = Self::new(scheme, place, b"");
        mark.sha256 = None;
        mark.problem = Some(problem);
        if scheme == Scheme::C2pa {
            mark.integrity = Integrity::NotChecked;
        }
        mark
    }

    pub(super) fn field(&mut self, name: &str, value: &str) {
        if self.fields.len() < MAX_FIELDS {
            self.fields.insert(text::shown(name), text::shown(value));
        }
    }

    pub(super) fn deviation(&mut self, what: impl AsRef<str>) {
        if self.deviations.len() < MAX_FIELDS {
            self.deviations.push(text::shown(what.as_ref()));
        }
    }
}

/// Whose form a mark has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scheme {
    /// The implicit label of GB 45438-2025.
    Aigc,
    /// A manifest store of the Coalition for Content Provenance and Authenticity.
    C2pa,
    /// `DigitalSourceType` of the IPTC in XMP.
    Iptc,
    /// The tag that Suno writes.
    Suno,
    /// The node graph that ComfyUI writes.
    Comfyui,
    /// The tag that TextAloud writes.
    Textaloud,
}

impl Scheme {
    /// The name in results.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aigc => "aigc",
            Self::C2pa => "c2pa",
            Self::Iptc => "iptc",
            Self::Suno => "suno",
            Self::Comfyui => "comfyui",
            Self::Textaloud => "textaloud",
        }
    }
}

impl std::fmt::Display for Scheme {
    /// The scheme's own name, for people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Aigc => "AIGC",
            Self::C2pa => "C2PA",
            Self::Iptc => "IPTC",
            Self::Suno => "Suno",
            Self::Comfyui => "ComfyUI",
            Self::Textaloud => "TextAloud",
        })
    }
}

/// The statement of a mark about the making of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Says {
    /// AI made it.
    Synthetic,
    /// AI made a part of it.
    Partly,
    /// AI possibly made it.
    Possibly,
    /// A device captured it.
    Captured,
}

/// Where a mark lies in its file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The place, such as `riff chunk AIGC`.
    pub name: String,
    /// First byte of the mark in the file.
    pub offset: u64,
    /// Bytes that it takes there.
    pub bytes: u64,
}

impl Place {
    pub(super) fn new(name: impl AsRef<str>, offset: u64, bytes: u64) -> Self {
        let name = text::shown(name.as_ref());
        Self {
            name,
            offset,
            bytes,
        }
    }
}

/// How far a mark is tied to the bytes of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Integrity {
    /// Nothing ties it: anyone can write, change or copy it.
    Unprotected,
    /// Its signature and its hash of the file hold. Whether the signer is who the name says is
    /// another question. No mark is called so yet: signatures are not checked.
    Valid,
    /// Its hash of the file holds; its signature was not checked, so whoever made the file may have
    /// made the mark.
    HashOnly,
    /// Its hash is of other bytes: the file was changed, or the mark was copied from another one.
    Mismatch,
    /// It could be tied to the file, which was not checked.
    NotChecked,
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
