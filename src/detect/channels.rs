//! Which channels of a recording are scored, and what they are called.

use super::scan::Scan;
use super::settings::ScanSettings;
use crate::audio::{MAX_CHANNELS, mix};
use crate::{Error, Result};

/// Names of the channels to score, of a recording with so many; `own` are those that the recording
/// itself has for them, if it does.
pub(super) fn names(
    settings: &ScanSettings,
    channels: usize,
    own: &[String],
) -> Result<Vec<String>> {
    let given = &settings.channel_names;
    let names: &[&str] = match channels {
        _ if settings.mix && channels > 1 => &["mix"],
        _ if given.len() == channels => return Ok(given.clone()),
        _ if given.is_empty() && own.len() == channels => return Ok(own.to_vec()),
        1 => &["mono"],
        _ if !given.is_empty() => {
            return Err(Error::InvalidArgument {
                name: "number of channel names",
                value: given.len().to_string(),
                accepted: format!("{channels}, the channels of the recording"),
            });
        }
        2 => &["left", "right"],
        _ => return Ok((0..channels).map(|i| i.to_string()).collect()),
    };
    Ok(names.iter().map(ToString::to_string).collect())
}

/// Refuses a recording of no channels, or of too many.
pub(super) fn check_count(channels: usize) -> Result<()> {
    if (1..=MAX_CHANNELS).contains(&channels) {
        return Ok(());
    }
    Err(Error::InvalidArgument {
        name: "number of channels",
        value: channels.to_string(),
        accepted: format!("1 to {MAX_CHANNELS}"),
    })
}

/// The length of all channels, samples.
pub(super) fn common_length(channels: &[&[f32]]) -> Result<usize> {
    let length = channels.first().map_or(0, |c| c.len());
    match channels.iter().find(|c| c.len() != length) {
        None => Ok(length),
        Some(other) => Err(Error::InvalidArgument {
            name: "length of a channel",
            value: other.len().to_string(),
            accepted: format!("{length}, the length of the first channel"),
        }),
    }
}

/// Hands the channels of a recording to a scan, or their mean.
pub(super) struct Mixer {
    mix: bool,
    mean: Vec<f32>,
}

impl Mixer {
    pub(super) fn new(settings: &ScanSettings) -> Self {
        Self {
            mix: settings.mix,
            mean: Vec::new(),
        }
    }

    /// Takes the next samples: one slice per channel, all of one length.
    pub(super) fn push(&mut self, scan: &mut Scan, planes: &[&[f32]]) -> Result<()> {
        if !self.mix || planes.len() < 2 {
            return scan.push(planes);
        }
        mix(planes, &mut self.mean);
        scan.push(&[self.mean.as_slice()])
    }
}
