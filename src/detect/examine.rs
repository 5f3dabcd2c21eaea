//! A scan with everything its report rests on.

use std::io::Read;
use std::path::Path;

use ndarray::Array2;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::detector::Detector;
use super::explain::Explanation;
use super::result::RecordingReport;
use super::scan::Scan;
use crate::Result;
use crate::audio::AudioReader;
use crate::verdict::{Decision, WindowScore};

/// A report and what it rests on: for evidence, and for whoever wants to look closer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Examination {
    /// The report.
    pub report: RecordingReport,
    /// Sample frames decoded: samples of one channel.
    pub frames: u64,
    /// SHA-256 of the decoded samples, lower-case hex: 32-bit floats, little-endian, full scale -1
    /// to 1, channels interleaved. It is what `ffmpeg -i FILE -f f32le - | sha256sum` prints of PCM
    /// and G.711.
    pub samples_sha256: String,
    /// Every window of each channel in the order of time, with its score; empty for a channel whose
    /// samples are [those of an earlier one](crate::ChannelReport::same_as).
    pub windows: Vec<Vec<WindowScore>>,
    /// The decision about each channel; [`decide`](crate::verdict::decide) makes it again from
    /// `windows`.
    pub decisions: Vec<Decision>,
    /// The network's pooled vector for each of `windows`, one array `(windows, n)` per channel; of
    /// [`Detector::with_embeddings`] alone.
    #[serde(skip)]
    pub embeddings: Option<Vec<Array2<f32>>>,
    /// What the scores of each channel rest on, empty where `windows` is; of
    /// [`Detector::with_explanations`] alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanations: Option<Vec<Explanation>>,
}

impl Detector {
    /// As [`Detector::scan_file`], with what the report rests on.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_file`].
    pub fn examine_file(&self, path: impl AsRef<Path>) -> Result<Examination> {
        self.in_file(path.as_ref(), |audio| self.examine_audio(audio))
    }

    /// As [`Detector::scan_audio`], with what the report rests on.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_audio`].
    pub fn examine_audio(&self, audio: AudioReader) -> Result<Examination> {
        let mut samples = SampleDigest::default();
        let read = self.read(audio, |block| samples.push(block))?;
        self.examined(read, samples)
    }

    /// As [`Detector::scan_reader`], with what the report rests on.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_reader`].
    pub fn examine_reader(
        &self,
        source: Box<dyn Read + Send + Sync>,
        extension_hint: Option<&str>,
    ) -> Result<Examination> {
        let decode = &self.settings().decode;
        self.examine_audio(AudioReader::from_reader(source, extension_hint, decode)?)
    }

    /// As [`Detector::scan_channels`], with what the report rests on.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_channels`].
    pub fn examine_channels(
        &self,
        channels: &[&[f32]],
        sample_rate_hz: u32,
    ) -> Result<Examination> {
        let mut samples = SampleDigest::default();
        let look = |block: &[&[f32]]| samples.push(block);
        let read = self.read_channels(channels, sample_rate_hz, look)?;
        self.examined(read, samples)
    }

    /// This detector, whose [examinations](Examination) also hold the network's embedding of every
    /// window: a few hundred bytes for each second of speech. Scores and ordinary scans stay as
    /// they are.
    ///
    /// # Errors
    ///
    /// [`Error::ModelMetadata`](crate::Error::ModelMetadata) if the model has no output
    /// `embedding`.
    pub fn with_embeddings(&self) -> Result<Self> {
        self.model().must_embed()?;
        let mut detector = self.clone();
        detector.keep.embeddings = true;
        Ok(detector)
    }

    fn examined(
        &self,
        (scan, report): (Scan, RecordingReport),
        samples: SampleDigest,
    ) -> Result<Examination> {
        let explain = self.keep.windows;
        Ok(Examination {
            report,
            frames: scan.frames(),
            samples_sha256: samples.finish(),
            windows: scan.windows(),
            decisions: scan.decisions(),
            embeddings: self.keep.embeddings.then(|| scan.embeddings()),
            explanations: explain.then(|| self.explain(&scan)).transpose()?,
        })
    }
}

impl Examination {
    /// The report, its channels with their [window scores](crate::ChannelReport::windows).
    #[must_use]
    pub fn report_with_windows(&self) -> RecordingReport {
        let mut report = self.report.clone();
        for (channel, windows) in report.channels.iter_mut().zip(&self.windows) {
            channel.windows = channel.same_as.is_none().then(|| windows.clone());
        }
        report
    }
}

/// Digest of decoded samples.
#[derive(Default)]
struct SampleDigest {
    hasher: Sha256,
    bytes: Vec<u8>,
}

impl SampleDigest {
    fn push(&mut self, block: &[&[f32]]) {
        self.bytes.clear();
        for frame in 0..block.first().map_or(0, |channel| channel.len()) {
            for channel in block {
                self.bytes.extend(channel[frame].to_le_bytes());
            }
        }
        self.hasher.update(&self.bytes);
    }

    fn finish(self) -> String {
        format!("{:x}", self.hasher.finalize())
    }
}
