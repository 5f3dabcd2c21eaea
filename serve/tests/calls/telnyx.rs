//! Telnyx' media streams: every codec that it declares.

use serde_json::json;

use crate::common::{marked, voice};
use crate::harness::{
    assert_offline, detector, mulaw, offline, pcm, serve, stop, telnyx_media, telnyx_start,
};
use voxhumana::audio::{PayloadCodec, PayloadDecoder};

/// <https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket>, the
/// examples there; the payload is short.
const DOCUMENTED: [&str; 5] = [
    r#"{"event": "connected", "version": "1.0.0"}"#,
    r#"{"event": "start", "sequence_number": "1",
        "stream_id": "32DE0DEA-53CB-4B21-89A4-9E1819C043BC", "start": {
        "user_id": "3E6F995F-85F7-4705-9741-53B116D28237",
        "call_control_id": "v2:T02llQxIyaRkhfRKxgAP8nY511EhFLizdvdUKJiSw8d6A9BborherQ",
        "call_session_id": "ff55a038-6f5d-11ef-9692-02420aeffb1f",
        "from": "+13122010094", "to": "+13122123456", "tags": ["TAG1", "TAG2"],
        "client_state": "aGF2ZSBhIG5pY2UgZGF5ID1d",
        "custom_parameters": {"customer_id": "customer_123"},
        "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1}}}"#,
    r#"{"event": "media", "sequence_number": "4",
        "stream_id": "32DE0DEA-53CB-4B21-89A4-9E1819C043BC",
        "media": {"track": "inbound", "chunk": "2", "timestamp": "5", "payload": "//8="}}"#,
    r#"{"event": "dtmf", "stream_id": "32DE0DEA-53CB-4B21-89A4-9E1819C043BC",
        "occurred_at": "2021-01-01T00:00:00Z", "sequence_number": "5", "dtmf": {"digit": "1"}}"#,
    r#"{"event": "stop", "sequence_number": "5",
        "stream_id": "32DE0DEA-53CB-4B21-89A4-9E1819C043BC", "stop": {
        "user_id": "3E6F995F-85F7-4705-9741-53B116D28237",
        "call_control_id": "v2:T02llQxIyaRkhfRKxgAP8nY511EhFLizdvdUKJiSw8d6A9BborherQ"}}"#,
];

#[test]
fn the_documented_messages_are_understood() {
    let running = serve();
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    for message in DOCUMENTED {
        socket.say_text(message);
    }
    assert_eq!(socket.closed().0, 1_000);
    let view = running.ended("v2:T02llQxIyaRkhfRKxgAP8nY511EhFLizdvdUKJiSw8d6A9BborherQ");
    assert_eq!(view["protocol"], "telnyx");
    assert_eq!(view["channels"][0]["name"], "inbound");
    assert_eq!(view["duration_s"], 2.0 / 8_000.0);
    assert_eq!(view.get("from"), None);
}

#[test]
fn every_codec_has_the_scores_of_an_offline_scan() {
    let running = serve();
    let wide = pcm(&marked(6.0, 7));
    let narrow: Vec<i16> = pcm(&voice(6.0, 8)).into_iter().step_by(2).collect();
    let l16 = crate::harness::big_endian(&wide);
    let opus = opus_silence(300);
    // Bytes that are audio of any kind to G.722 and A-law: what counts is that both ways agree.
    let any = mulaw(&wide);
    for (encoding, rate, payload, frame) in [
        ("PCMU", 8_000, mulaw(&narrow), 160),
        ("PCMA", 8_000, any.clone(), 160),
        ("G722", 8_000, any, 160),
        ("L16", 16_000, l16, 640),
        ("OPUS", 16_000, opus, 3),
    ] {
        let mut socket = running.connect("/v1/streams/telnyx").unwrap();
        socket.say(&telnyx_start(encoding, encoding, rate));
        let codec: PayloadCodec = encoding.parse().unwrap();
        let mut decoder = PayloadDecoder::new(codec, rate).unwrap();
        let mut samples = Vec::new();
        for (i, frame) in payload.chunks(frame).enumerate() {
            socket.say(&telnyx_media("inbound", i as u64 + 1, frame));
            decoder.decode(frame, &mut samples).unwrap();
        }
        socket.say(&stop());
        assert_eq!(socket.closed().0, 1_000, "{encoding}");
        let view = running.ended(encoding);
        let report = detector()
            .scan_samples(&samples, decoder.sample_rate_hz())
            .unwrap();
        assert_offline(&view["channels"][0], &report.channels[0]);
        assert_eq!(
            view["duration_s"].as_f64().unwrap(),
            report.duration_s,
            "{encoding}"
        );
    }
    // The mark of the tiny model comes through.
    assert_eq!(running.ended("L16")["channels"][0]["verdict"], "synthetic");
    assert_offline(
        &running.ended("L16")["channels"][0],
        &offline(&wide, 16_000),
    );
}

/// Frames of 20 ms of CELT without sound.
fn opus_silence(frames: usize) -> Vec<u8> {
    [0xf8, 0xff, 0xfe].repeat(frames)
}

#[test]
fn a_codec_that_changes_or_is_none_ends_the_call() {
    let running = serve();
    for (id, second, text) in [
        (
            "other-codec",
            telnyx_start("x", "PCMA", 8_000),
            "as PCMA at 8000 Hz now",
        ),
        (
            "other-rate",
            telnyx_start("x", "PCMU", 16_000),
            "as PCMU at 16000 Hz now",
        ),
        (
            "no-codec",
            telnyx_start("x", "AMR-WB", 16_000),
            "`AMR-WB`; accepted: PCMU",
        ),
    ] {
        let mut socket = running.connect("/v1/streams/telnyx").unwrap();
        socket.say(&telnyx_start(id, "PCMU", 8_000));
        socket.say(&second);
        let (code, closed) = socket.closed();
        assert_eq!(code, 1_003, "{closed}");
        let view = running.ended(id);
        assert_eq!(view["reason"], "codec");
        let message = view["message"].as_str().unwrap();
        assert!(message.contains(text), "{message}");
    }
    let mut stereo = running.connect("/v1/streams/telnyx").unwrap();
    let mut start = telnyx_start("stereo", "L16", 16_000);
    start["start"]["media_format"]["channels"] = json!(2);
    stereo.say(&start);
    assert!(stereo.closed().1.contains("2 channels"));
    // A rate that the codec does not have shows with the first frame.
    let mut opus = running.connect("/v1/streams/telnyx").unwrap();
    opus.say(&telnyx_start("opus-rate", "OPUS", 44_100));
    opus.say(&telnyx_media("inbound", 1, &[0xf8, 0xff, 0xfe]));
    assert!(opus.closed().1.contains("44100 for opus"));
    assert_eq!(running.ended("opus-rate")["reason"], "codec");
}

#[test]
fn the_last_frames_behind_a_gap_are_not_left_waiting() {
    let running = serve();
    let narrow: Vec<i16> = pcm(&voice(2.0, 8)).into_iter().step_by(2).collect();
    let payload = mulaw(&narrow);
    for id in ["waits", "closed"] {
        let mut socket = running.connect("/v1/streams/telnyx").unwrap();
        socket.say(&telnyx_start(id, "PCMU", 8_000));
        // The fourth from the end is lost.
        for (i, frame) in payload.chunks(160).enumerate().filter(|(i, _)| *i != 96) {
            socket.say(&telnyx_media("inbound", i as u64 + 1, frame));
        }
        if id == "waits" {
            // Nothing comes behind them, and the call goes on.
            crate::harness::until(|| {
                let view = running.json("/v1/calls").to_string();
                assert!(!view.contains("ended"), "{view}");
                let (_, metrics) = running.get("/metrics");
                metrics.contains("voxhumana_frames_total 99").then_some(())
            });
        } else {
            // Closed at once, without `stop`.
            socket.0.close(None).unwrap();
        }
        drop(socket);
        let view = running.ended(id);
        assert_eq!(view["reason"], "disconnected");
        assert_eq!(view["duration_s"], 2.0, "{view}");
        assert_eq!(view["faults"][0]["lost"], 1, "{view}");
    }
}
