//! What decides about a result, apart from the recording.

use serde_json::json;
use voxhumana::Detector;

use super::detector_args::DetectorArgs;
use crate::digest::sha256_of;

/// Everything but the recording that decides about its result, as JSON.
pub struct Settings(String);

impl Settings {
    pub fn new(args: &DetectorArgs, detector: &Detector) -> Self {
        let (_, point) = detector.operating_point();
        let raw = args.raw_codec.map(|codec| {
            let rate = args.raw_rate.unwrap_or_default();
            (codec.name(), rate, args.raw_channels, args.raw_force)
        });
        let mut settings = json!({
            "voxhumana": env!("CARGO_PKG_VERSION"),
            "model": detector.model().sha256(),
            "operating_point": point,
            "channels": args.channels,
            "mix": args.mix,
            "raw": raw,
        });
        if args.ffmpeg {
            settings["ffmpeg"] = json!(true);
        }
        if !args.track.is_empty() {
            settings["tracks"] = json!(args.track);
        }
        Self(settings.to_string())
    }

    /// The key of the result of a recording with this SHA-256.
    pub fn key(&self, sha256: &str) -> String {
        sha256_of(&format!("{sha256} {}", self.0))
    }
}
