//! Window scores and rules in, a [`Decision`] out.
//!
//! This room knows only numbers: no audio, no network. Offline scans, streams and whoever has
//! window scores from elsewhere ask it the same question, [`decide`], and every report prints what
//! its
//! [`Decision`] holds.

mod again;
mod decide;
mod decision;
mod domain;
mod mean;
mod part;
mod stretch;
mod window;

pub use again::decide_again;
pub use decide::{ChannelScores, decide};
pub use decision::{DecidedBy, Decision, Reason, Stretch, Verdict};
pub use window::{Segment, WindowScore};
