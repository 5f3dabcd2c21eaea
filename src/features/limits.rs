//! Limits of the numbers in a front end. They come from model files and callers, so each is checked
//! before it sizes a buffer.

use std::fmt::Display;

use crate::error::{Error, Result};

/// Longest frame and FFT, in samples: 1.4 s at 48 kHz, far beyond the 10 to 100 ms of short-time
/// analysis.
pub(crate) const MAX_FFT_LENGTH: usize = 65_536;
/// Most filters in a bank.
pub(crate) const MAX_BANDS: usize = 4_096;

pub(super) fn at_least_one(name: &'static str, value: usize) -> Result<()> {
    if value == 0 {
        return Err(invalid(name, value, "at least 1"));
    }
    Ok(())
}

/// `low..=high`; NaN lies in no range.
pub(super) fn in_range<T: PartialOrd + Display>(
    name: &'static str,
    value: T,
    low: T,
    high: T,
) -> Result<()> {
    if value >= low && value <= high {
        return Ok(());
    }
    Err(invalid(name, value, format!("{low} to {high}")))
}

/// `0 <= low_hz < high_hz <= sample_rate_hz / 2`.
pub(super) fn band(low_hz: f32, high_hz: f32, sample_rate_hz: u32) -> Result<()> {
    in_range("high_hz", high_hz, 0.0, sample_rate_hz as f32 / 2.0)?;
    if low_hz >= 0.0 && low_hz < high_hz {
        return Ok(());
    }
    Err(invalid("low_hz", low_hz, format!("0 to below {high_hz}")))
}

pub(super) fn invalid(
    name: &'static str,
    value: impl Display,
    accepted: impl Into<String>,
) -> Error {
    Error::InvalidArgument {
        name,
        value: value.to_string(),
        accepted: accepted.into(),
    }
}
