//! Speech to window scores, offline and streaming, by one scorer; the verdict is asked of
//! [`crate::verdict`].

mod again;
mod builder;
mod call_stream;
mod call_tracks;
mod channel;
mod channels;
mod detector;
mod examine;
mod explain;
mod interrupt;
mod keep;
mod offline;
mod result;
mod scan;
mod scorer;
mod settings;
mod stream;
mod stretches;
mod timeline;
mod voices;
mod windows;

pub use crate::audio::Unread;
pub use crate::speech::TrackStart;
pub use builder::DetectorBuilder;
pub use call_stream::CallStream;
pub use call_tracks::CallTracks;
pub use detector::Detector;
pub use examine::Examination;
pub use explain::{ExplainedWindow, Explanation};
pub use result::{ChannelReport, InputSummary, ModelId, RecordingReport};
pub use settings::ScanSettings;
pub use stream::Stream;
