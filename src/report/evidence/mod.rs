//! The evidence record: what was scanned, how, and every score, in a form that another party can
//! check.
//!
//! One JSON document in the canonical form of [RFC 8785](https://www.rfc-editor.org/rfc/rfc8785)
//! (JCS): no blanks, members sorted, one way to write a number. The same content is the same bytes
//! everywhere. Nothing in it depends on the machine but the time: no paths, no host, no threads.
//!
//! | member | meaning |
//! |---|---|
//! | `type` | `"evidence"` |
//! | `schema_version` | 1 |
//! | `data` | the content, [`EvidenceRecord`] |
//! | `digests` | SHA-256 of each part of `data`, by its JSON pointer (RFC 6901) |
//! | `seal` | SHA-256 of `digests`: one number that stands for the whole record |
//! | `signature` | may be absent: `algorithm`, `public_key` (SPKI PEM), `value` (base64) |
//!
//! [`EVIDENCE_SCHEMA`] holds for it. A digest is lower-case hex, over the canonical form of what it
//! is of. The parts are the members of `data`; of each recording its members one by one; of its
//! `windows` each channel's. So a changed byte is named by its part, and a changed digest is told
//! from a changed part by the seal.
//!
//! Signed are the bytes `{"schema_version":1,"seal":"…","type":"evidence"}`, with Ed25519
//! ([RFC 8032](https://www.rfc-editor.org/rfc/rfc8032)), which other tools can check as well:
//!
//! ```sh
//! jq -cSj '{schema_version, seal, type}' case.json > signed.bin
//! jq -r .signature.value case.json | openssl base64 -d -A > signature.bin
//! openssl pkeyutl -verify -rawin -pubin -inkey public.pem -in signed.bin -sigfile signature.bin
//! ```
//!
//! # What it proves
//!
//! A signature proves that the holder of a key sealed this content. Whose key that is, the record
//! cannot say: compare the [fingerprint](PublicKey::fingerprint) over another channel. An unsigned
//! record is protected against accidents only; whoever changes it can compute the digests anew. The
//! time is that of the scanning machine's clock.
//!
//! # Scores on another machine
//!
//! [`compare`] takes a number for the same if it is off by at most [`TOLERANCE`], or by that share
//! of it if it is above 1: runtimes and processors sum in different orders. (Of 587 windows of 390
//! clips, tract and ONNX Runtime agreed to 0.0000015 on one machine.) Whole numbers, texts and the
//! number of windows must be equal. The digest of decoded samples must be equal for codecs that are
//! defined to the bit (PCM, G.711, FLAC and the like); where a decoder works in floating point
//! (MP3, AAC, Vorbis, Opus), platforms may round differently, and the scores decide. What ran the
//! model, `runtime`, is not compared.
//!
//! ```
//! use voxhumana::report::evidence::{
//!     EvidenceHeader, EvidenceWriter, FileDigest, RecordingEvidence, SigningKey, verify,
//! };
//!
//! let detector = voxhumana::Detector::bundled()?;
//! let path = "examples/data/sample-call.wav";
//! let file = FileDigest::read("sample-call.wav", std::fs::File::open(path)?)?;
//! let recording = RecordingEvidence::new(file, detector.examine_file(path));
//!
//! let key = SigningKey::generate()?;
//! let mut writer = EvidenceWriter::new(Vec::new(), EvidenceHeader::new(&detector))?;
//! writer.recording(&recording)?;
//! let bytes = writer.finish(Some(&key))?;
//!
//! let verification = verify(&bytes, Some(&key.public_key()))?;
//! assert!(!verification.failed());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod canonical;
mod compare;
mod finding;
mod key;
mod record;
mod signature;
mod verify;
mod writer;

pub use compare::{TOLERANCE, compare};
pub use finding::{Finding, Status};
pub use key::{PublicKey, SigningKey};
pub use record::{
    DecodedInput, EvidenceHeader, EvidenceRecord, EvidenceResult, FileDigest, ModelEvidence,
    RecordingEvidence, Software,
};
pub use verify::{MAX_EVIDENCE_BYTES, Verification, verify};
pub use writer::EvidenceWriter;

/// [JSON Schema](https://json-schema.org), draft 2020-12, of an evidence record.
pub const EVIDENCE_SCHEMA: &str = include_str!("evidence.schema.json");
