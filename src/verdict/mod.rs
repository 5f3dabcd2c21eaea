//! Window scores and rules in, a [`Decision`] out.
//!
//! This room knows only numbers: no audio, no network. Offline scans, streams and whoever has
//! window scores from elsewhere ask it the same question, [`decide`], and every report prints what
//! its
//! [`Decision`] holds.

mod again;
mod by_turns;
mod by_voice;
mod decide;
mod decision;
mod domain;
mod mean;
mod part;
mod stretch;
mod turns;
mod voices;
mod window;

pub use again::decide_again;
pub(crate) use by_turns::decide_by_turns;
pub use by_voice::decide_by_voice;
pub(crate) use by_voice::spans_of_voices;
pub use decide::{ChannelScores, decide};
pub use decision::{DecidedBy, Decision, Reason, Stretch, Verdict, Voice};
pub use window::{Segment, WindowScore};
