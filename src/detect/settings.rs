//! All that decides about a verdict, apart from the recording and the model.

use serde::{Deserialize, Serialize};

use crate::audio::DecodeOptions;
use crate::model::OperatingPoint;

/// The settings of a [`Detector`](crate::Detector) that decide about its verdicts; with the same
/// model and settings, the same recording gives the same result on any machine.
///
/// Given by [`Detector::settings`](crate::Detector::settings), taken by
/// [`DetectorBuilder::settings`](crate::DetectorBuilder::settings).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScanSettings {
    /// Name of the operating point, or `custom`.
    pub operating_point: String,
    /// The values behind the name.
    pub thresholds: OperatingPoint,
    /// Names of the channels, in order; empty: by default.
    pub channel_names: Vec<String>,
    /// Whether the mean of all channels is scored.
    pub mix: bool,
    /// How recordings are decoded.
    pub decode: DecodeOptions,
}
