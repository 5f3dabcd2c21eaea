//! How to detect.

use std::sync::Arc;
use std::thread::available_parallelism;

use super::detector::Detector;
use super::interrupt::Interrupt;
use super::scorer::Scorer;
use super::settings::ScanSettings;
use crate::audio::DecodeOptions;
use crate::model::{DEFAULT_OPERATING_POINT, Model, ModelMetadata, OperatingPoint, Runtime};
use crate::{Error, Result};

/// Name of an operating point that is none of the model's.
pub(super) const CUSTOM: &str = "custom";

/// Options of a [`Detector`]; each has a default.
///
/// ```
/// # fn main() -> voxhumana::Result<()> {
/// let detector = voxhumana::Detector::builder()
///     .operating_point("low-false-alarm")
///     .channel_names(["agent", "caller"])
///     .threads(1)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct DetectorBuilder {
    model: Option<Arc<Model>>,
    runtime: Runtime,
    threshold: Option<Threshold>,
    spoof_prior: Option<f64>,
    channel_names: Vec<String>,
    mix: bool,
    decode: DecodeOptions,
    threads: Option<usize>,
    interrupt: Interrupt,
}

#[derive(Debug, Clone)]
enum Threshold {
    Named(String),
    Llr(f64),
    Exact(String, OperatingPoint),
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
}

impl DetectorBuilder {
    /// Most threads of one scan: more than machines have, less than what could exhaust them.
    pub const MAX_THREADS: usize = 1_024;

    /// Scores with this model; default: the bundled one. Several detectors share an `Arc` of one.
    pub fn model(mut self, model: impl Into<Arc<Model>>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// The library that runs the bundled model; default: [`Runtime::Auto`], which looks at
    /// `ORT_DYLIB_PATH`. A model given by
    /// [`DetectorBuilder::model`] brings its own.
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = runtime;
        self
    }

    /// One of the operating points in the model's metadata; default: `balanced`.
    pub fn operating_point(mut self, name: impl Into<String>) -> Self {
        self.threshold = Some(Threshold::Named(name.into()));
        self
    }

    /// A threshold of the caller's own, a natural-log likelihood ratio: channels below it are
    /// synthetic.
    ///
    /// The threshold for stretches and the prior are those of `balanced`, the former moved as far
    /// as this threshold is from that of `balanced`. Reports name the operating point `custom`.
    pub fn threshold_llr(mut self, threshold_llr: f64) -> Self {
        self.threshold = Some(Threshold::Llr(threshold_llr));
        self
    }

    /// How likely a channel is synthetic before it is heard, between 0 and 1 and neither; default:
    /// that of the operating point. At a desk where one call in a thousand is synthetic, 0.001.
    ///
    /// [`synthetic_probability`](crate::ChannelReport::synthetic_probability) follows from it, and
    /// nothing else does: scores and verdicts stay.
    pub fn spoof_prior(mut self, prior: f64) -> Self {
        self.spoof_prior = Some(prior);
        self
    }

    /// Names of the channels, in order; default: `mono`, `left` and `right`, or the index. A
    /// recording with another number of channels is an error, but for a mono recording, which
    /// cannot be told apart.
    pub fn channel_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.channel_names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Scores the mean of all channels instead of each channel; default: no. Only for recordings
    /// whose channels hold the same voice: two people at once are harder to judge than each alone.
    pub fn mix(mut self, mix: bool) -> Self {
        self.mix = mix;
        self
    }

    /// How to decode; default: as the recording says.
    pub fn decode_options(mut self, options: DecodeOptions) -> Self {
        self.decode = options;
        self
    }

    /// Takes operating point, channels and decoding from another detector, so that this one gives
    /// its results.
    pub fn settings(mut self, settings: ScanSettings) -> Self {
        let ScanSettings {
            operating_point,
            thresholds,
            channel_names,
            mix,
            decode,
        } = settings;
        self.threshold = Some(Threshold::Exact(operating_point, thresholds));
        self.channel_names = channel_names;
        self.mix = mix;
        self.decode = decode;
        self
    }

    /// Threads of one scan, 1 to [`DetectorBuilder::MAX_THREADS`]; default: one per processor. When
    /// scanning many files at once, 1 here and a file per processor is faster.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Asked before every second of audio; once it says `true`, the scan ends with
    /// [`Error::Interrupted`]; streams, whose samples the caller brings, do not ask. A program that
    /// a person may stop asks here whether one has.
    ///
    /// ```
    /// # fn main() -> voxhumana::Result<()> {
    /// let detector = voxhumana::Detector::builder().interrupt(|| true).build()?;
    /// let stopped = detector.scan_samples(&[0.0; 16_000], 16_000);
    /// assert!(matches!(stopped, Err(voxhumana::Error::Interrupted)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn interrupt(mut self, asked: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.interrupt = Interrupt::new(asked);
        self
    }

    /// The detector.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for an operating point that the model lacks, a threshold that is
    /// not finite, a prior that is not between 0 and 1, or a number of threads out of range; the
    /// errors of [`Model::bundled`].
    pub fn build(self) -> Result<Detector> {
        let threads = match self.threads {
            None => available_parallelism().map_or(1, usize::from),
            Some(n) if (1..=Self::MAX_THREADS).contains(&n) => n,
            Some(n) => {
                return Err(Error::InvalidArgument {
                    name: "threads",
                    value: n.to_string(),
                    accepted: format!("1 to {}", Self::MAX_THREADS),
                });
            }
        };
        let model = match self.model {
            Some(model) => model,
            None => Arc::new(Model::bundled(self.runtime)?),
        };
        let (operating_point, mut thresholds) = resolve(self.threshold, model.metadata())?;
        let prior = self.spoof_prior.unwrap_or(thresholds.spoof_prior);
        if !(prior > 0.0 && prior < 1.0) {
            return Err(Error::InvalidArgument {
                name: "prior",
                value: prior.to_string(),
                accepted: "a probability between 0 and 1, neither of them".to_owned(),
            });
        }
        thresholds.spoof_prior = prior;
        let settings = ScanSettings {
            operating_point,
            thresholds,
            channel_names: self.channel_names,
            mix: self.mix,
            decode: self.decode,
        };
        Ok(Detector::new(
            Scorer::new(model, threads),
            settings,
            self.interrupt,
        ))
    }
}

fn resolve(
    threshold: Option<Threshold>,
    metadata: &ModelMetadata,
) -> Result<(String, OperatingPoint)> {
    let points = &metadata.operating_points;
    let find = |name: &str| {
        points
            .get(name)
            .cloned()
            .ok_or_else(|| Error::InvalidArgument {
                name: "operating point",
                value: name.to_owned(),
                accepted: points.keys().cloned().collect::<Vec<_>>().join(", "),
            })
    };
    match threshold {
        None => Ok((
            DEFAULT_OPERATING_POINT.to_owned(),
            find(DEFAULT_OPERATING_POINT)?,
        )),
        Some(Threshold::Named(name)) => {
            let point = find(&name)?;
            Ok((name, point))
        }
        Some(Threshold::Llr(llr)) if llr.is_finite() => {
            let balanced = find(DEFAULT_OPERATING_POINT)?;
            let point = OperatingPoint {
                threshold_llr: llr,
                stretch_threshold_llr: balanced.stretch_threshold_llr + llr
                    - balanced.threshold_llr,
                part_threshold_llr: balanced
                    .part_threshold_llr
                    .map(|part| part + llr - balanced.threshold_llr),
                ..balanced
            };
            Ok((CUSTOM.to_owned(), point))
        }
        Some(Threshold::Exact(name, point)) if point.threshold_llr.is_finite() => Ok((name, point)),
        Some(Threshold::Llr(llr))
        | Some(Threshold::Exact(
            _,
            OperatingPoint {
                threshold_llr: llr, ..
            },
        )) => Err(Error::InvalidArgument {
            name: "threshold",
            value: llr.to_string(),
            accepted: "any finite number".to_owned(),
        }),
    }
}
