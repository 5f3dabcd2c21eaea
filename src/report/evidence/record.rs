//! The content of an evidence record.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::detect::{
    ChannelReport, Detector, Examination, InputSummary, RecordingReport, ScanSettings,
};
use crate::marks::Declared;
use crate::model::ModelMetadata;
use crate::verdict::{Verdict, WindowScore};

/// The member `data` of an evidence record.
///
/// | field | type | meaning |
/// |---|---|---|
/// | `created`, `software`, `model`, `settings` | | the fields of [`EvidenceHeader`] |
/// | `recordings` | array of [`RecordingEvidence`] | in the order in which they were given |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvidenceRecord {
    /// The facts that all recordings share.
    #[serde(flatten)]
    pub header: EvidenceHeader,
    /// The recordings.
    pub recordings: Vec<RecordingEvidence>,
}

/// The facts that all recordings of a record share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvidenceHeader {
    /// When the scan began: RFC 3339 in UTC, whole seconds, by the clock of the scanning machine.
    pub created: String,
    /// The program that scanned.
    pub software: Software,
    /// The model that gave the scores.
    pub model: ModelEvidence,
    /// All else that decides about a verdict: thresholds, channels, how headerless recordings were
    /// read.
    pub settings: ScanSettings,
}

/// The program that scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Software {
    /// `voxhumana`.
    pub name: String,
    /// Version of this crate.
    pub version: String,
}

/// The model that gave the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelEvidence {
    /// SHA-256 of the ONNX file, lower-case hex.
    pub sha256: String,
    /// The model's metadata: name, version, features, windows, calibration, operating
    /// points.
    pub metadata: ModelMetadata,
}

/// One recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordingEvidence {
    /// Which bytes.
    pub file: FileDigest,
    /// The word of the file itself on how it was made; absent where it was not looked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
    /// What a table of the caller's says of the recording; absent where it says nothing. Nobody can
    /// check it by the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// The decoded form; null if they could not be.
    pub input: Option<DecodedInput>,
    /// The report.
    pub result: EvidenceResult,
    /// Per channel, every window in the order of time with the model's output; empty for a channel
    /// whose samples are those of an earlier one (`same_as`), and where there is no speech.
    pub windows: Vec<Vec<WindowScore>>,
}

/// Which bytes a recording is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// Name of the file: its path below the folder that was scanned, with `/` between, or the bare
    /// name of a file that was named itself. Never the place on the machine.
    pub name: String,
    /// Size in bytes; null if the file could not be read.
    pub bytes: Option<u64>,
    /// SHA-256 of the bytes, lower-case hex; null if the file could not be read.
    pub sha256: Option<String>,
}

/// The decoded form of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DecodedInput {
    /// Container, codec, `sample_rate_hz`, `channels`, `bandwidth_hz`, `clipped_share`.
    #[serde(flatten)]
    pub facts: InputSummary,
    /// Sample frames decoded: samples of one channel.
    pub frames: u64,
    /// Seconds decoded.
    pub duration_s: f64,
    /// Whether the recording ended before its container said it would, or had unreadable parts.
    pub truncated: bool,
    /// See [`Examination::samples_sha256`].
    pub samples_sha256: String,
}

/// The findings about a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum EvidenceResult {
    /// It was scanned.
    Ok {
        /// The worst of the channels' verdicts.
        verdict: Verdict,
        /// The library that ran the model: `tract` or `onnxruntime`.
        runtime: String,
        /// One entry per channel.
        channels: Vec<ChannelReport>,
    },
    /// It could not be scanned.
    Error {
        /// The error, in words for people.
        error: String,
    },
}

impl EvidenceHeader {
    /// The header of a scan with `detector` that begins now.
    #[must_use]
    pub fn new(detector: &Detector) -> Self {
        let model = detector.model();
        Self {
            created: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            software: Software {
                name: env!("CARGO_PKG_NAME").into(),
                version: env!("CARGO_PKG_VERSION").into(),
            },
            model: ModelEvidence {
                sha256: model.sha256().into(),
                metadata: model.metadata().clone(),
            },
            settings: detector.settings().clone(),
        }
    }
}

impl FileDigest {
    /// Reads all bytes of the recording `name`.
    ///
    /// # Errors
    ///
    /// Those of `bytes`.
    pub fn read(name: impl Into<String>, bytes: impl Read) -> io::Result<Self> {
        let mut hasher = Sha256::new();
        let size = io::copy(&mut BufReader::with_capacity(1 << 16, bytes), &mut hasher)?;
        Ok(Self {
            name: name.into(),
            bytes: Some(size),
            sha256: Some(format!("{:x}", hasher.finalize())),
        })
    }

    /// The facts about a file that could not be read.
    pub fn unreadable(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            bytes: None,
            sha256: None,
        }
    }
}

impl RecordingEvidence {
    /// From what [`Detector::examine_file`] returned. The error's text should not name the place on
    /// the machine.
    pub fn new<E: ToString>(file: FileDigest, examined: Result<Examination, E>) -> Self {
        match examined {
            Ok(examined) => Self {
                file,
                declared: None,
                metadata: None,
                input: Some(DecodedInput {
                    frames: examined.frames,
                    duration_s: examined.report.duration_s,
                    truncated: examined.report.truncated,
                    samples_sha256: examined.samples_sha256,
                    facts: examined.report.input.clone(),
                }),
                result: EvidenceResult::from(examined.report),
                windows: examined.windows,
            },
            Err(error) => Self {
                file,
                declared: None,
                metadata: None,
                input: None,
                result: EvidenceResult::Error {
                    error: error.to_string(),
                },
                windows: Vec::new(),
            },
        }
    }
}

impl From<RecordingReport> for EvidenceResult {
    fn from(report: RecordingReport) -> Self {
        Self::Ok {
            verdict: report.verdict(),
            runtime: report.runtime,
            channels: report.channels,
        }
    }
}
