//! Recordings in, reports out.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::builder::DetectorBuilder;
use super::result::{InputFacts, ModelFacts, RecordingReport};
use super::scan::Scan;
use super::scorer::Scorer;
use super::settings::ScanSettings;
use super::stream::Stream;
use crate::audio::{AudioReader, MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
use crate::model::{Model, OperatingPoint};
use crate::{Error, Result};

/// Finds synthetic speech in recordings.
///
/// Each channel is scored on its own: its pauses are cut out, but for 0.2 s on either side of
/// speech, the model scores windows of what is left, and the scores become a verdict and a
/// timeline. Recordings are read block by block; an 8-hour call needs no more memory than a short
/// one, but for its results.
///
/// A detector is cheap to clone and can be used by many threads at once; load the model once.
///
/// ```
/// # fn main() -> voxhumana::Result<()> {
/// let detector = voxhumana::Detector::bundled()?;
/// let silence = vec![0.0_f32; 16_000];
/// let report = detector.scan_samples(&silence, 16_000)?;
/// assert_eq!(report.verdict(), voxhumana::Verdict::Inconclusive);
/// assert_eq!(report.channels[0].reason, Some(voxhumana::Reason::NoSpeech));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Detector {
    scorer: Arc<Scorer>,
    settings: Arc<ScanSettings>,
}

impl Detector {
    /// A detector with the bundled model and the defaults of [`DetectorBuilder`].
    ///
    /// # Errors
    ///
    /// As [`Model::bundled`].
    pub fn bundled() -> Result<Self> {
        Self::builder().build()
    }

    /// Options.
    pub fn builder() -> DetectorBuilder {
        DetectorBuilder::default()
    }

    pub(super) fn new(scorer: Scorer, settings: ScanSettings) -> Self {
        Self {
            scorer: Arc::new(scorer),
            settings: Arc::new(settings),
        }
    }

    /// The model that scores.
    #[must_use]
    pub fn model(&self) -> &Model {
        self.scorer.model()
    }

    /// Name and values of the operating point; the name is `custom` for a threshold of the caller's
    /// own.
    #[must_use]
    pub fn operating_point(&self) -> (&str, &OperatingPoint) {
        (&self.settings.operating_point, &self.settings.thresholds)
    }

    /// Everything that decides about its verdicts, apart from the model.
    #[must_use]
    pub fn settings(&self) -> &ScanSettings {
        &self.settings
    }

    /// Scans a recording in a file of any supported format.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read, and [`Error::InFile`] with the file's name around
    /// everything else: what cannot be decoded, channel names that do not fit, a failing runtime.
    pub fn scan_file(&self, path: impl AsRef<Path>) -> Result<RecordingReport> {
        self.in_file(path.as_ref(), |audio| self.scan_audio(audio))
    }

    /// Scans a recording from standard input, a socket, memory: anything that can be read, seekable
    /// or not. The file name extension, if known, helps to tell formats apart.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_file`], without a file's name.
    pub fn scan_reader(
        &self,
        source: Box<dyn Read + Send + Sync>,
        extension_hint: Option<&str>,
    ) -> Result<RecordingReport> {
        let reader = AudioReader::from_reader(source, extension_hint, &self.settings.decode)?;
        self.scan_audio(reader)
    }

    /// Scans what is left in an open [`AudioReader`].
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_file`], without a file's name.
    pub fn scan_audio(&self, audio: AudioReader) -> Result<RecordingReport> {
        self.read(audio, |_| ()).map(|(_, report)| report)
    }

    /// Opens a file for `scan`; its errors name the file.
    pub(super) fn in_file<T>(
        &self,
        path: &Path,
        scan: impl FnOnce(AudioReader) -> Result<T>,
    ) -> Result<T> {
        AudioReader::open(path, &self.settings.decode)
            .and_then(scan)
            .map_err(|error| match error {
                Error::Io { .. } | Error::InFile { .. } => error,
                other => Error::InFile {
                    path: path.to_owned(),
                    source: Box::new(other),
                },
            })
    }

    /// Scans what is left in `audio`; `look` sees each block of its channels.
    pub(super) fn read(
        &self,
        mut audio: AudioReader,
        mut look: impl FnMut(&[&[f32]]),
    ) -> Result<(Scan, RecordingReport)> {
        let channels = audio.channels();
        let rate = audio.sample_rate_hz();
        let names = self.names(channels)?;
        let mut scan = self.start(rate, names.len(), self.scorer.batch())?;
        let mut block = Vec::new();
        let mut mixed = Vec::new();
        while audio.next_block(&mut block)? {
            let planes: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
            look(&planes);
            self.push(&mut scan, &planes, &mut mixed)?;
        }
        let facts = Facts {
            container: audio.container(),
            codec: audio.codec(),
            rate,
            channels,
            truncated: audio.truncated(),
        };
        let report = self.report(&mut scan, &names, facts)?;
        Ok((scan, report))
    }

    /// Scans one channel of samples, full scale -1 to 1.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a sample rate outside [`MIN_SAMPLE_RATE_HZ`] to
    /// [`MAX_SAMPLE_RATE_HZ`]; [`Error::NonFiniteSample`]; [`Error::Runtime`].
    pub fn scan_samples(&self, samples: &[f32], sample_rate_hz: u32) -> Result<RecordingReport> {
        self.scan_channels(&[samples], sample_rate_hz)
    }

    /// Scans channels of samples, full scale -1 to 1: one slice per channel.
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_samples`]; [`Error::InvalidArgument`] if the slices differ in length, or
    /// if there are none or more than [`MAX_CHANNELS`].
    pub fn scan_channels(
        &self,
        channels: &[&[f32]],
        sample_rate_hz: u32,
    ) -> Result<RecordingReport> {
        let read = self.read_channels(channels, sample_rate_hz, |_| ())?;
        Ok(read.1)
    }

    /// Scans samples in memory; `look` sees each block of their channels.
    pub(super) fn read_channels(
        &self,
        channels: &[&[f32]],
        sample_rate_hz: u32,
        mut look: impl FnMut(&[&[f32]]),
    ) -> Result<(Scan, RecordingReport)> {
        let length = channels.first().map_or(0, |c| c.len());
        if let Some(other) = channels.iter().find(|c| c.len() != length) {
            return Err(Error::InvalidArgument {
                name: "length of a channel",
                value: other.len().to_string(),
                accepted: format!("{length}, the length of the first channel"),
            });
        }
        if !(1..=MAX_CHANNELS).contains(&channels.len()) {
            return Err(Error::InvalidArgument {
                name: "number of channels",
                value: channels.len().to_string(),
                accepted: format!("1 to {MAX_CHANNELS}"),
            });
        }
        let names = self.names(channels.len())?;
        let mut scan = self.start(sample_rate_hz, names.len(), self.scorer.batch())?;
        let mut mixed = Vec::new();
        // Blocks of a second, as a reader gives them.
        let step = sample_rate_hz as usize;
        for start in (0..length).step_by(step) {
            let end = length.min(start + step);
            let planes: Vec<&[f32]> = channels.iter().map(|c| &c[start..end]).collect();
            look(&planes);
            self.push(&mut scan, &planes, &mut mixed)?;
        }
        let facts = Facts {
            container: "samples",
            codec: "pcm_f32",
            rate: sample_rate_hz,
            channels: channels.len(),
            truncated: false,
        };
        let report = self.report(&mut scan, &names, facts)?;
        Ok((scan, report))
    }

    /// A scan of one channel that goes on while the samples arrive.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a sample rate outside [`MIN_SAMPLE_RATE_HZ`] to
    /// [`MAX_SAMPLE_RATE_HZ`].
    pub fn stream(&self, sample_rate_hz: u32) -> Result<Stream> {
        let name = match self.settings.channel_names.as_slice() {
            [name] => name.clone(),
            _ => "mono".to_owned(),
        };
        Ok(Stream::new(self.start(sample_rate_hz, 1, 1)?, name))
    }

    fn start(&self, rate: u32, channels: usize, batch: usize) -> Result<Scan> {
        if !(MIN_SAMPLE_RATE_HZ..=MAX_SAMPLE_RATE_HZ).contains(&rate) {
            return Err(Error::InvalidArgument {
                name: "sample rate in Hz",
                value: rate.to_string(),
                accepted: format!("{MIN_SAMPLE_RATE_HZ} to {MAX_SAMPLE_RATE_HZ}"),
            });
        }
        let point = self.settings.thresholds.clone();
        Scan::new(Arc::clone(&self.scorer), point, rate, channels, batch)
    }

    fn push(&self, scan: &mut Scan, planes: &[&[f32]], mixed: &mut Vec<f32>) -> Result<()> {
        if !self.settings.mix || planes.len() < 2 {
            return scan.push(planes);
        }
        let share = 1.0 / planes.len() as f32;
        mixed.clear();
        mixed.resize(planes[0].len(), 0.0);
        for plane in planes {
            for (sum, x) in mixed.iter_mut().zip(*plane) {
                *sum += share * x;
            }
        }
        scan.push(&[mixed.as_slice()])
    }

    /// Names of the channels to score.
    fn names(&self, channels: usize) -> Result<Vec<String>> {
        let given = &self.settings.channel_names;
        let names: &[&str] = match channels {
            _ if self.settings.mix && channels > 1 => &["mix"],
            _ if given.len() == channels => return Ok(given.clone()),
            1 => &["mono"],
            _ if !given.is_empty() => {
                return Err(Error::InvalidArgument {
                    name: "number of channel names",
                    value: given.len().to_string(),
                    accepted: format!("{channels}, the channels of the recording"),
                });
            }
            2 => &["left", "right"],
            _ => return Ok((0..channels).map(|i| i.to_string()).collect()),
        };
        Ok(names.iter().map(ToString::to_string).collect())
    }

    fn report(
        &self,
        scan: &mut Scan,
        names: &[String],
        facts: Facts<'_>,
    ) -> Result<RecordingReport> {
        scan.finish()?;
        let model = self.model();
        Ok(RecordingReport {
            duration_s: scan.frames() as f64 / f64::from(facts.rate),
            truncated: facts.truncated,
            input: InputFacts {
                container: facts.container.to_owned(),
                codec: facts.codec.to_owned(),
                sample_rate_hz: facts.rate,
                channels: facts.channels,
                bandwidth_hz: scan.bandwidth_hz(),
                clipped_share: scan.clipped_share(),
            },
            model: ModelFacts {
                name: model.metadata().name.clone(),
                version: model.metadata().version.clone(),
                sha256: model.sha256().to_owned(),
            },
            runtime: model.runtime().to_owned(),
            operating_point: self.settings.operating_point.clone(),
            threshold_llr: self.settings.thresholds.threshold_llr,
            stretch_threshold_llr: self.settings.thresholds.stretch_threshold_llr,
            channels: scan.reports(names, &scan.decisions()),
        })
    }
}

/// What is known about the input apart from its samples.
struct Facts<'a> {
    container: &'a str,
    codec: &'a str,
    rate: u32,
    channels: usize,
    truncated: bool,
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector")
            .field("model", self.model())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
