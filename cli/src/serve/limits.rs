//! The limits of the server. Over one of them a new call is refused; calls on the line stay.

use std::time::Duration;

use humantime::parse_duration;
use voxhumana_serve::Limits;

/// A flag for each limit.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Calls on the line at once
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_calls: usize,

    /// Calls on the line at once with the same token
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_calls_per_token: usize,

    /// Tracks of one call
    #[arg(long, value_name = "N", default_value_t = 4)]
    max_tracks: usize,

    /// Bytes of one frame of audio
    #[arg(long, value_name = "BYTES", default_value_t = 65_536)]
    max_frame_bytes: usize,

    /// Frames of one call in a second; a faster sender has to wait
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    max_frames_per_s: u32,

    /// Length of one call
    #[arg(long, value_name = "TIME", default_value = "4h", value_parser = parse_duration)]
    max_call: Duration,

    /// Time without a frame, or without a byte of an upload
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    max_idle: Duration,

    /// Time from the connection to the start of its call
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    max_start: Duration,

    /// Time for the headers of a request
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    max_header_time: Duration,

    /// Bytes of the headers of a request, at least 8192
    #[arg(long, value_name = "BYTES", default_value_t = 16_384)]
    max_header_bytes: usize,

    /// Memory of the server above which new calls are refused
    #[arg(long, value_name = "BYTES", default_value_t = 2 << 30)]
    max_memory_bytes: usize,

    /// How late scores may be before new calls are refused
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = parse_duration)]
    max_behind: Duration,

    /// Bytes of one uploaded recording
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30)]
    max_upload_bytes: u64,

    /// Uploaded recordings that are scanned at once
    #[arg(long, value_name = "N", default_value_t = 2)]
    max_scans: usize,

    /// Calls that have ended and can still be asked for
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_ended_calls: usize,
}

impl LimitArgs {
    /// The limits.
    pub fn limits(&self) -> Limits {
        Limits {
            max_calls: self.max_calls,
            max_calls_per_token: self.max_calls_per_token,
            max_tracks: self.max_tracks,
            max_frame_bytes: self.max_frame_bytes,
            max_frames_per_s: self.max_frames_per_s,
            max_call: self.max_call,
            max_idle: self.max_idle,
            max_start: self.max_start,
            max_header_time: self.max_header_time,
            max_header_bytes: self.max_header_bytes,
            max_memory_bytes: self.max_memory_bytes,
            max_behind: self.max_behind,
            max_upload_bytes: self.max_upload_bytes,
            max_scans: self.max_scans,
            max_ended_calls: self.max_ended_calls,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    #[test]
    fn the_defaults_of_the_flags_are_those_of_the_limits() {
        let command = LimitArgs::augment_args(Command::new("serve"));
        let matches = command.try_get_matches_from(["serve"]).unwrap();
        let args = LimitArgs::from_arg_matches(&matches).unwrap();
        assert_eq!(args.limits(), Limits::default());
    }
}
