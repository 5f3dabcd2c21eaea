#![doc = include_str!("../README.md")]

pub mod audio;
mod detect;
mod error;
pub mod features;
pub mod marks;
pub mod metrics;
pub mod model;
pub mod report;
mod shared;
pub mod speech;
pub mod verdict;

pub use audio::{AudioReader, DecodeOptions};
pub use detect::{
    CallStream, CallTracks, ChannelReport, Detector, DetectorBuilder, Examination, ExplainedWindow,
    Explanation, InputSummary, ModelId, RecordingReport, ScanSettings, Stream, TrackStart,
};
pub use error::{Error, Result};
pub use model::{Model, Runtime};
pub use verdict::{Decision, Reason, Segment, Verdict, WindowScore};
