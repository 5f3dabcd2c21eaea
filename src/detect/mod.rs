//! Windows to scores to a verdict.

mod result;

pub use result::{
    ChannelReport, InputFacts, ModelFacts, Reason, RecordingReport, Segment, Verdict,
};
