//! Where the speech is: one decision per 10 ms, in a stream, at a bounded delay.
//!
//! Only speech is scored, so this room decides what the model sees. It must treat natural and
//! synthetic speech alike, and keep out what telephone lines carry besides speech: digital silence,
//! line noise, dial and ring-back tones, DTMF, music on hold.
//!
//! `steady` first takes out of a channel what hides its speech, an offset or a hum of the mains,
//! and `crosstalk` leaves out what another channel leaks into it.
//!
//! Three stages: `analysis` measures frames, `activity` judges them against two seconds around
//! them, `smoothing` makes stretches of those that have a `vowel` near them. Own code after a
//! measurement: the crate earshot 1.2.2 (a small recurrent network) finds speech as well, but at
//! its default threshold calls 71 % of synthesised music, 84 % of DTMF and 55 % of busy tone
//! speech, and costs more; on the same signals this room calls none to 1 %.

mod activity;
mod analysis;
mod crosstalk;
mod detector;
mod lines;
mod packer;
mod smoothing;
mod steady;
mod time_map;
mod voicing;
mod vowel;

pub(crate) use crosstalk::Crosstalk;
pub use crosstalk::TrackStart;
pub use detector::SpeechDetector;
pub(crate) use packer::Packer;
pub use smoothing::FrameDecision;
pub(crate) use steady::SteadyRemover;
pub(crate) use time_map::TimeMap;
