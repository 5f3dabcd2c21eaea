//! Keys for signing, in the files that openssl reads.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
};
use ed25519_dalek::{Signer, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// A private Ed25519 key. Whoever has it can sign in its owner's name.
pub struct SigningKey(ed25519_dalek::SigningKey);

/// The public half of a key, by which signatures are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl SigningKey {
    /// A new key from the operating system's random numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if it gives none.
    pub fn generate() -> Result<Self> {
        let mut secret = ed25519_dalek::SecretKey::default();
        getrandom::fill(&mut secret)
            .map_err(|e| refuse(format!("the system gives no random numbers: {e}")))?;
        Ok(Self(ed25519_dalek::SigningKey::from_bytes(&secret)))
    }

    /// Reads a PKCS#8 PEM (`BEGIN PRIVATE KEY`), as `openssl genpkey -algorithm ed25519` writes it,
    /// too.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] for anything else, encrypted keys among it.
    pub fn from_pem(pem: &str) -> Result<Self> {
        let advice = if pem.contains("BEGIN ENCRYPTED PRIVATE KEY") {
            "the private key is encrypted; decrypt it with openssl pkey -in KEY -out PLAIN"
        } else if pem.contains("BEGIN PUBLIC KEY") {
            "this is the public key; signing needs the private one"
        } else {
            "not an Ed25519 private key in PKCS#8 PEM"
        };
        ed25519_dalek::SigningKey::from_pkcs8_pem(pem.trim_start())
            .map(Self)
            .map_err(|_| refuse(advice))
    }

    /// The key as PKCS#8 PEM. Keep it where only its owner can read it.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if it cannot be encoded, which no key is known to do.
    pub fn to_pem(&self) -> Result<String> {
        // Version 1, without the public key: OpenSSL 3.0 does not read version 2.
        let bytes = KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        };
        let pem = bytes.to_pkcs8_pem(LineEnding::LF);
        Ok(pem.map_err(|e| refuse(e.to_string()))?.to_string())
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The signature of `bytes`, base64.
    pub(super) fn sign(&self, bytes: &[u8]) -> String {
        BASE64_STANDARD.encode(self.0.sign(bytes).to_bytes())
    }
}

impl PublicKey {
    /// Reads an SPKI PEM (`BEGIN PUBLIC KEY`), as `openssl pkey -pubout` writes it, too.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] for anything else.
    pub fn from_pem(pem: &str) -> Result<Self> {
        let advice = if pem.contains("PRIVATE KEY") {
            "this is a private key; never hand it out: verifying needs the public one"
        } else {
            "not an Ed25519 public key in PEM (BEGIN PUBLIC KEY)"
        };
        VerifyingKey::from_public_key_pem(pem.trim_start())
            .map(Self)
            .map_err(|_| refuse(advice))
    }

    /// The key as SPKI PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        // A key of fixed length always has this form.
        self.0.to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }

    /// By which people compare keys: `SHA256:` and the hex digest of the DER form, as
    /// `openssl pkey -pubin -in KEY -outform DER | sha256sum` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let der = self.0.to_public_key_der();
        let digest = der.map_or_else(|_| Sha256::digest([]), |der| Sha256::digest(der.as_bytes()));
        format!("SHA256:{digest:x}")
    }

    /// Whether a base64 signature is this key's signature of `bytes`.
    pub(super) fn verifies(&self, bytes: &[u8], signature: &str) -> bool {
        // Strict: one message, key and signer have one signature, and no key fits them all.
        BASE64_STANDARD
            .decode(signature)
            .ok()
            .and_then(|raw| ed25519_dalek::Signature::from_slice(&raw).ok())
            .is_some_and(|signature| self.0.verify_strict(bytes, &signature).is_ok())
    }
}

impl fmt::Debug for SigningKey {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey")
            .field(&self.public_key().fingerprint())
            .finish()
    }
}

fn refuse(reason: impl Into<String>) -> Error {
    Error::Key {
        reason: reason.into(),
    }
}
