//! Windows to scores to a verdict.

mod builder;
mod channel;
mod detector;
mod domain;
mod examine;
mod packer;
mod result;
mod scan;
mod scorer;
mod settings;
mod stream;
mod time_map;
mod timeline;
mod verdict;
mod windows;

pub use builder::{DetectorBuilder, MAX_THREADS};
pub use detector::Detector;
pub use domain::DOMAIN_S;
pub use examine::Examination;
pub use result::{
    ChannelReport, InputFacts, ModelFacts, Reason, RecordingReport, Segment, Verdict, WindowScore,
};
pub use settings::ScanSettings;
pub use stream::Stream;
pub use verdict::{
    LOWEST_LEFT_OUT, LOWEST_LEFT_OUT_BEYOND, MAX_CLIPPED_SHARE, MIN_BANDWIDTH_HZ,
    MIN_IN_DOMAIN_SHARE, MIN_SCORED_SPEECH_S, MIN_SPEECH_S, STRETCH_REFERENCE_S, STRETCH_S,
    stretch_allowance,
};
