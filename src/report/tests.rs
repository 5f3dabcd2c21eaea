//! Recordings for the tests of the formats.

use super::Recording;
use crate::detect::{ChannelReport, InputSummary, ModelId, RecordingReport, Unread};
use crate::marks::{Declared, read_from};
use crate::verdict::{DecidedBy, Reason, Segment, Stretch, Verdict};

/// A call of two channels, one synthetic and one inconclusive.
pub(super) fn scanned() -> Recording {
    let lowest = Segment {
        start_s: 4.0,
        end_s: 8.0,
        llr: -2.5,
    };
    let worst = Stretch {
        start_s: 4.0,
        end_s: 8.0,
        llr: -2.5,
        threshold_llr: -1.0,
    };
    let first = Segment {
        start_s: 0.0,
        end_s: 4.0,
        llr: -1.9,
    };
    let agent = ChannelReport {
        index: 0,
        name: "agent".into(),
        verdict: Verdict::Synthetic,
        reason: None,
        llr: Some(-2.31),
        decided_by: Some(DecidedBy::Channel),
        decision_llr: Some(-2.31),
        synthetic_probability: Some(0.91),
        speech_s: 34.5,
        speech_spans: vec![[0.0, 34.5]],
        crosstalk_s: 0.0,
        out_of_domain_share: Some(0.25),
        segments: vec![first, lowest],
        worst_stretch: Some(worst),
        partly_synthetic: true,
        synthetic_spans: vec![lowest],
        voices: Vec::new(),
        same_as: None,
        windows: None,
    };
    let caller = ChannelReport {
        index: 1,
        name: "caller, \"Ann\"".into(),
        verdict: Verdict::Inconclusive,
        reason: Some(Reason::TooLittleSpeech),
        llr: None,
        decided_by: None,
        decision_llr: None,
        synthetic_probability: None,
        speech_s: 0.25,
        speech_spans: Vec::new(),
        crosstalk_s: 1.5,
        out_of_domain_share: None,
        segments: Vec::new(),
        worst_stretch: None,
        partly_synthetic: false,
        synthetic_spans: Vec::new(),
        voices: Vec::new(),
        same_as: None,
        windows: None,
    };
    let report = RecordingReport {
        duration_s: 61.2,
        truncated: true,
        unread: vec![Unread {
            what: "track 2 (fra)".into(),
            bytes: 4_096,
            reason: "codec ac3 cannot be decoded".into(),
        }],
        input: InputSummary {
            container: "wav".into(),
            codec: "pcm_mulaw".into(),
            sample_rate_hz: 8_000,
            channels: 2,
            bandwidth_hz: 3_400,
            clipped_share: 0.0,
            full_scale: Some(32_768.0),
            time_reference_s: Some(36_000.0),
            guessed: Some(true),
            decoded_by: Some("ffmpeg".into()),
        },
        model: ModelId {
            name: "tiny".into(),
            version: "1.0.0".into(),
            sha256: "00ff".into(),
        },
        runtime: "tract".into(),
        operating_point: "balanced".into(),
        threshold_llr: 0.5,
        stretch_threshold_llr: -1.0,
        spoof_prior: Some(0.5),
        channels: vec![agent, caller],
    };
    Recording::new("a.wav", Ok::<_, crate::Error>(report))
}

/// A label of GB 45438-2025 in a WAV file without audio.
pub(super) fn declared() -> Declared {
    let label = br#"{"Label":"1","ContentProducer":"001191330106MA2CFXXXXX00001"}"#;
    let size = u32::try_from(label.len()).unwrap().to_le_bytes();
    let file = [b"RIFF\0\0\0\0WAVEAIGC", &size[..], label, b"\0"].concat();
    read_from(std::io::Cursor::new(file)).unwrap()
}

/// A recording that could not be scanned.
pub(super) fn failed() -> Recording {
    Recording::new("b.wav", Err("the file is empty"))
}
