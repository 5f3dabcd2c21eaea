//! Recordings in, reports out.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::interrupt::Interrupt;
use super::keep::Keep;
use super::result::RecordingReport;
use super::scan::Scan;
use super::scorer::Scorer;
use super::settings::ScanSettings;
use crate::audio::{AudioReader, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
use crate::model::{Model, OperatingPoint};
use crate::{Error, Result};

/// Finds synthetic speech in recordings.
///
/// Each channel is scored on its own, without what leaks into it from another: its pauses are cut
/// out, but for 0.2 s on either side of speech, the model scores windows of what is left, and the
/// scores become a verdict and a timeline. Recordings are read block by block; an 8-hour call needs
/// no more memory than a short one, but for its results.
///
/// A detector is cheap to clone and can be used by many threads at once; load the model once. One
/// scan runs on a thread per processor: where a pool of your own scans many recordings at once,
/// [one thread](crate::DetectorBuilder::threads) each is faster. What went wrong with a file,
/// [`ErrorCode`](crate::report::ErrorCode) names for programs.
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
    pub(super) scorer: Arc<Scorer>,
    pub(super) settings: Arc<ScanSettings>,
    pub(super) interrupt: Interrupt,
    pub(super) keep: Keep,
}

impl Detector {
    pub(super) fn new(scorer: Scorer, settings: ScanSettings, interrupt: Interrupt) -> Self {
        Self {
            scorer: Arc::new(scorer),
            settings: Arc::new(settings),
            interrupt,
            keep: Keep::default(),
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

    /// Everything that decides about its verdicts, apart from the model and from
    /// [`Detector::without_voices`].
    #[must_use]
    pub fn settings(&self) -> &ScanSettings {
        &self.settings
    }

    /// This detector for sound of which each channel is known to be one person's, as a party's
    /// track of a live call: no [voices](crate::ChannelReport::voices) are looked for in it.
    #[must_use]
    pub fn without_voices(&self) -> Self {
        let mut detector = self.clone();
        detector.keep.traits = false;
        detector
    }

    /// Scans a recording in a file of any supported format.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be read, [`Error::Interrupted`] if the [caller
    /// stops](crate::DetectorBuilder::interrupt) it, and [`Error::InFile`] with the file's name
    /// around everything else: what cannot be decoded, channel names that do not fit, a failing
    /// runtime.
    pub fn scan_file(&self, path: impl AsRef<Path>) -> Result<RecordingReport> {
        self.in_file(path.as_ref(), |audio| self.scan_audio(audio))
    }

    /// Scans a recording from standard input or a socket: anything that can be read once, from its
    /// start to its end. The file name extension, if known, helps to tell formats apart.
    ///
    /// Some formats want to be read back and forth, such as an MP4 whose index follows its sound.
    /// Where the bytes lie in memory, [`AudioReader::from_seekable`] with [`Detector::scan_audio`]
    /// reads those as well.
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
                Error::Io { .. } | Error::InFile { .. } | Error::Interrupted => error,
                other => Error::InFile {
                    path: path.to_owned(),
                    source: Box::new(other),
                },
            })
    }

    /// Scans one channel of samples, full scale -1 to 1: of 16 bits, divided by 32,768. What lies
    /// beyond full scale counts as clipped.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for a sample rate outside [`MIN_SAMPLE_RATE_HZ`] to
    /// [`MAX_SAMPLE_RATE_HZ`] and for a sample beyond [`MAX_SAMPLE`](crate::audio::MAX_SAMPLE);
    /// [`Error::NonFiniteSample`]; [`Error::Interrupted`]; [`Error::Runtime`].
    pub fn scan_samples(&self, samples: &[f32], sample_rate_hz: u32) -> Result<RecordingReport> {
        self.scan_channels(&[samples], sample_rate_hz)
    }

    /// Scans channels of samples, full scale -1 to 1: one slice per channel.
    ///
    /// ```
    /// # fn main() -> voxhumana::Result<()> {
    /// let detector = voxhumana::Detector::bundled()?;
    /// // As telephone systems record: agent, caller, agent, caller, 16 bits each.
    /// let interleaved = vec![0_i16; 2 * 8_000];
    /// let party = |which: usize| -> Vec<f32> {
    ///     let samples = interleaved.iter().skip(which).step_by(2);
    ///     samples.map(|&x| f32::from(x) / 32_768.0).collect()
    /// };
    /// let report = detector.scan_channels(&[&party(0), &party(1)], 8_000)?;
    /// for channel in &report.channels {
    ///     println!("{}: {}, for {:?}", channel.name, channel.verdict, channel.reason);
    /// }
    /// # assert_eq!(report.channels.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Detector::scan_samples`]; [`Error::InvalidArgument`] if the slices differ in length, or
    /// if there are none or more than [`MAX_CHANNELS`](crate::audio::MAX_CHANNELS).
    pub fn scan_channels(
        &self,
        channels: &[&[f32]],
        sample_rate_hz: u32,
    ) -> Result<RecordingReport> {
        let read = self.read_channels(channels, sample_rate_hz, |_| ())?;
        Ok(read.1)
    }

    pub(super) fn start(&self, rate: u32, channels: usize, batch: usize) -> Result<Scan> {
        if !(MIN_SAMPLE_RATE_HZ..=MAX_SAMPLE_RATE_HZ).contains(&rate) {
            return Err(Error::InvalidArgument {
                name: "sample rate in Hz",
                value: rate.to_string(),
                accepted: format!("{MIN_SAMPLE_RATE_HZ} to {MAX_SAMPLE_RATE_HZ}"),
            });
        }
        let point = self.settings.thresholds.clone();
        let scorer = Arc::clone(&self.scorer);
        Scan::new(scorer, point, rate, channels, batch, self.keep)
    }
}

/// What services rely on.
const _: () = {
    const fn can_be_shared<T: Send + Sync>() {}
    can_be_shared::<Detector>();
};

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector")
            .field("model", self.model())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
