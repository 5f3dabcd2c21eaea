#![doc = include_str!("../README.md")]

mod audio;
mod detect;
mod error;
pub mod features;
mod metrics;
mod model;
pub mod report;
mod speech;

pub use audio::{
    AudioReader, DecodeOptions, InputMeter, MAX_CHANNELS, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ,
    RawCodec, RawFormat, Resampler,
};
pub use detect::{
    ChannelReport, DOMAIN_S, Detector, DetectorBuilder, Examination, InputFacts, LOWEST_LEFT_OUT,
    LOWEST_LEFT_OUT_BEYOND, MAX_CLIPPED_SHARE, MAX_THREADS, MIN_BANDWIDTH_HZ, MIN_IN_DOMAIN_SHARE,
    MIN_SCORED_SPEECH_S, MIN_SPEECH_S, ModelFacts, Reason, RecordingReport, STRETCH_REFERENCE_S,
    STRETCH_S, ScanSettings, Segment, Stream, Verdict, WindowScore, stretch_allowance,
};
pub use error::{Error, Result};
pub use features::{FeatureExtractor, FrontEnd, FrontEndKind, Normalisation, WindowShape};
pub use metrics::{
    CalibrationOptions, CostModel, DetPoint, EqualErrorRate, Interval, Scores, fit_calibration,
};
pub use model::{
    Calibration, ChannelCalibration, DEFAULT_OPERATING_POINT, FORMAT_VERSION, MAX_FRONT_ENDS,
    MAX_MODEL_BYTES, MAX_WINDOW_S, MODEL_SAMPLE_RATE_HZ, Model, ModelMetadata, OperatingPoint,
    Runtime, WindowOutput,
};
pub use speech::{FrameDecision, SpeechDetector};
