//! The limits that a recording's header must keep, each with a test in `tests/decode.rs`.

use crate::{Error, Result};

/// Most channels of one recording. Conference bridges write up to 32; a header that claims more
/// than twice that is a mistake or an attack, and each channel costs memory and a scan of its own.
pub const MAX_CHANNELS: usize = 64;

/// Highest sample rate read, Hz: the fastest that studio converters offer (8 x 48 kHz).
pub const MAX_SAMPLE_RATE_HZ: u32 = 384_000;

/// Lowest sample rate read, Hz. Below it a recording carries less than 500 Hz: no speech.
pub const MIN_SAMPLE_RATE_HZ: u32 = 1_000;

/// Largest magnitude of a sample, full scale being 1: no scale that recordings are written in goes
/// beyond 32 bits. What lies beyond is a broken value, and in sums of squares it would leave the
/// range of `f32`.
pub const MAX_SAMPLE: f32 = 4_294_967_296.0;

/// Whether a value can be a sample: NaN cannot, nor can what lies beyond [`MAX_SAMPLE`].
pub(crate) fn is_sample(value: f32) -> bool {
    value.abs() <= MAX_SAMPLE
}

/// Frames handed out in one block at most (and never more than one second).
pub(crate) const MAX_BLOCK_FRAMES: usize = 65_536;

/// Packets in a row that fail to decode before the rest of a recording is given up. At 20 ms a
/// packet this is 20 s of noise where audio should be.
pub(crate) const MAX_BAD_PACKETS: usize = 1_000;

/// Longest gap between two packets' time stamps that is filled with silence, seconds. A clock that
/// jumps further is wrong, and must not make hours of silence.
pub(crate) const MAX_GAP_S: f64 = 600.0;

/// Silence filled into one recording's gaps at most, seconds in all, so that a file of gaps costs
/// no more than an hour of audio.
pub(crate) const MAX_FILLED_S: f64 = 3_600.0;

/// Bytes behind or between the audio that need no explanation. More of them, and the recording
/// counts as not read to its end: they could be a second of a telephone codec.
pub const MAX_UNREAD_BYTES: u64 = 1_024;

/// Samples of all channels that wait for slower tracks of the same recording at most: 64 MiB.
pub(crate) const MAX_WAITING_SAMPLES: usize = 1 << 24;

/// Recordings behind one another in one file at most.
pub(crate) const MAX_PARTS: usize = 10_000;

/// Checks what a header says about rate and channels.
pub(crate) fn check_format(sample_rate_hz: u32, channels: usize) -> Result<()> {
    if sample_rate_hz > MAX_SAMPLE_RATE_HZ {
        return Err(Error::LimitExceeded {
            what: "the sample rate in Hz",
            value: u64::from(sample_rate_hz),
            limit: u64::from(MAX_SAMPLE_RATE_HZ),
        });
    }
    if sample_rate_hz < MIN_SAMPLE_RATE_HZ {
        return Err(Error::Malformed {
            reason: format!(
                "the header says {sample_rate_hz} Hz; accepted: \
                 {MIN_SAMPLE_RATE_HZ} to {MAX_SAMPLE_RATE_HZ} Hz"
            ),
        });
    }
    if channels == 0 {
        return Err(Error::Malformed {
            reason: "the header says 0 channels".into(),
        });
    }
    if channels > MAX_CHANNELS {
        return Err(Error::LimitExceeded {
            what: "the number of channels",
            value: channels as u64,
            limit: MAX_CHANNELS as u64,
        });
    }
    Ok(())
}
