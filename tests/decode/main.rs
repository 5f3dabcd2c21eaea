//! Decoding: every container and codec, sloppy and hostile files.
#![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

mod ffmpeg;
mod field;
mod fixtures;
mod g729;
mod granules;
mod hostile;
mod mutated;
mod nothing;
mod parts;
mod sloppy;
mod tracks;
mod wrappers;
