//! The limits of a server. Over one of them a new call is refused; calls that are on the line stay
//! untouched.

use std::time::Duration;

/// Names, defaults and reasons; each has a flag of its name on the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Calls on the line at once, with connections whose call has not started: of those the oldest
    /// yields to a new one. A two-party call is one.
    pub max_calls: usize,
    /// Calls on the line at once that came with the same token.
    pub max_calls_per_token: usize,
    /// Tracks of one call. Telephone systems fork two.
    pub max_tracks: usize,
    /// Bytes of one frame or message. A frame of 20 ms at 48 kHz has 1920, in base64 2560.
    pub max_frame_bytes: usize,
    /// Frames of one call in a second: 200 times real time of two tracks in frames of 20 ms. Faster
    /// senders wait.
    pub max_frames_per_s: u32,
    /// Length of one call, by the clock and by its audio.
    pub max_call: Duration,
    /// Time without a frame after which a call counts as ended. Of other messages only AudioHook's
    /// `ping` counts as one, which goes on in a pause.
    pub max_idle: Duration,
    /// Time from the connection to the message that starts the call.
    pub max_start: Duration,
    /// Time for the headers of a request.
    pub max_header_time: Duration,
    /// Bytes of the headers of a request, from 8192 on.
    pub max_header_bytes: usize,
    /// Memory of the process; new calls are refused above it.
    pub max_memory_bytes: usize,
    /// How far scoring may lag behind the audio before new calls are refused.
    pub max_behind: Duration,
    /// Bytes of one uploaded recording.
    pub max_upload_bytes: u64,
    /// Uploaded recordings that are scanned at once.
    pub max_scans: usize,
    /// Calls that have ended and can still be asked for.
    pub max_ended_calls: usize,
}

/// Fewer bytes of headers than this are not taken by what reads them.
const MIN_HEADER_BYTES: usize = 8_192;

impl Limits {
    /// What no server could work with, with its flag.
    ///
    /// # Errors
    ///
    /// A limit that lets nothing in.
    pub(crate) fn check(&self) -> Result<(), String> {
        let nothing = [
            ("--max-calls", self.max_calls == 0),
            ("--max-calls-per-token", self.max_calls_per_token == 0),
            ("--max-tracks", self.max_tracks == 0),
            ("--max-frame-bytes", self.max_frame_bytes == 0),
            ("--max-frames-per-s", self.max_frames_per_s == 0),
            ("--max-call", self.max_call.is_zero()),
            ("--max-idle", self.max_idle.is_zero()),
            ("--max-start", self.max_start.is_zero()),
            ("--max-header-time", self.max_header_time.is_zero()),
        ];
        if let Some((flag, _)) = nothing.iter().find(|(_, is_nothing)| *is_nothing) {
            return Err(format!("{flag}: accepted: more than 0"));
        }
        if self.max_header_bytes < MIN_HEADER_BYTES {
            return Err(format!(
                "--max-header-bytes: accepted: {MIN_HEADER_BYTES} or more"
            ));
        }
        Ok(())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_calls: 1_000,
            max_calls_per_token: 1_000,
            max_tracks: 4,
            max_frame_bytes: 65_536,
            max_frames_per_s: 20_000,
            max_call: Duration::from_secs(4 * 3_600),
            max_idle: Duration::from_secs(60),
            max_start: Duration::from_secs(10),
            max_header_time: Duration::from_secs(10),
            max_header_bytes: 16_384,
            max_memory_bytes: 2 << 30,
            max_behind: Duration::from_millis(500),
            max_upload_bytes: 1 << 30,
            max_scans: 2,
            max_ended_calls: 100,
        }
    }
}
