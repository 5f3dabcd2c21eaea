//! bonafide tells AI-generated voices from human ones in recordings.

mod audio;
mod detect;
mod error;
mod features;
mod model;
mod report;
mod speech;

pub use detect::{
    ChannelReport, InputFacts, ModelFacts, Reason, RecordingReport, Segment, Verdict,
};
pub use error::{Error, Result};
pub use features::{FrontEnd, FrontEndKind, Normalisation, WindowShape};
pub use model::{Calibration, ChannelCalibration, ModelMetadata, OperatingPoint};
