//! Twilio's media streams, with the messages of its documentation.

use serde_json::{Value, json};

use crate::common::voice;
use crate::harness::{
    Running, assert_offline, events, mulaw, of, offline, pcm, serve, telnyx_media,
};

/// <https://www.twilio.com/docs/voice/media-streams/websocket-messages>, the examples there; the
/// payload is shortened, and `tracks` has both.
const DOCUMENTED: [&str; 5] = [
    r#"{"event": "connected", "protocol": "Call", "version": "1.0.0"}"#,
    r#"{"event": "start", "sequenceNumber": "1", "start": {
        "accountSid": "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "callSid": "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "tracks": ["inbound", "outbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"FirstName": "Jane", "LastName": "Doe"}},
        "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"}"#,
    r#"{"event": "media", "sequenceNumber": "3", "media": {"track": "outbound", "chunk": "1",
        "timestamp": "5", "payload": "no+JhoaJjpz\/\/w=="},
        "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"}"#,
    r#"{"event": "dtmf", "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "sequenceNumber": "5", "dtmf": {"track": "inbound_track", "digit": "1"}}"#,
    r#"{"event": "mark", "sequenceNumber": "4", "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "mark": {"name": "my label"}}"#,
];

const STOP: &str = r#"{"event": "stop", "sequenceNumber": "5",
    "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "stop": {"accountSid": "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "callSid": "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"}}"#;

/// A call of two tracks in mu-law, to its end.
fn call(running: &Running, inbound: &[u8], outbound: &[u8]) -> Value {
    let mut socket = running.connect("/v1/streams/twilio").unwrap();
    for message in &DOCUMENTED[..2] {
        socket.say_text(message);
    }
    let tracks = inbound.chunks(160).zip(outbound.chunks(160));
    for (i, (a, b)) in tracks.enumerate() {
        for (track, payload) in [("inbound", a), ("outbound", b)] {
            let mut message = telnyx_media(track, i as u64 + 1, payload);
            message["sequenceNumber"] = json!((2 * i + 2).to_string());
            socket.say(&message);
        }
    }
    socket.say_text(STOP);
    socket.closed();
    running.ended("CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX")
}

#[test]
fn the_documented_messages_are_understood() {
    let running = serve();
    let mut socket = running.connect("/v1/streams/twilio").unwrap();
    for message in DOCUMENTED {
        socket.say_text(message);
    }
    socket.say_text(STOP);
    assert_eq!(socket.closed().0, 1_000);
    let view = running.ended("CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
    assert_eq!(view["protocol"], "twilio");
    assert_eq!(view["reason"], "hang_up");
    // Both tracks that were declared, also the one that said nothing.
    assert_eq!(view["channels"][0]["name"], "inbound");
    assert_eq!(view["channels"][1]["name"], "outbound");
    assert_eq!(view["channels"][1]["reason"], "no_speech");
    // Ten samples of mu-law.
    assert_eq!(view["duration_s"], 10.0 / 8_000.0);
}

#[test]
fn both_tracks_have_the_scores_of_an_offline_scan() {
    let running = serve();
    let at_8_khz = |seed| {
        let samples: Vec<f32> = voice(8.0, seed)
            .chunks(2)
            .map(|c| (c[0] + c[1]) / 2.0)
            .collect();
        mulaw(&pcm(&samples))
    };
    let (inbound, outbound) = (at_8_khz(1), at_8_khz(2));
    let view = call(&running, &inbound, &outbound);
    for (channel, bytes) in [(0, &inbound), (1, &outbound)] {
        let mut decoder =
            voxhumana::audio::PayloadDecoder::new(voxhumana::audio::PayloadCodec::Pcmu, 8_000)
                .unwrap();
        let mut samples = Vec::new();
        decoder.decode(bytes, &mut samples).unwrap();
        let samples: Vec<i16> = samples.iter().map(|x| (x * 32_768.0) as i16).collect();
        assert_offline(&view["channels"][channel], &offline(&samples, 8_000));
        assert!(view["channels"][channel]["speech_s"].as_f64().unwrap() > 4.0);
        assert_eq!(view["faults"][channel]["lost"], 0);
    }
    let told = events(&running, "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
    assert_eq!(of(&told, "score", Some("inbound")).len(), 8);
}

/// The caller's voice comes back from the agent's loudspeaker, 60 ms later and 20 dB lower.
#[test]
fn what_leaks_from_one_track_into_the_other_does_not_count_there() {
    let running = serve();
    let caller: Vec<f32> = voice(12.0, 3)
        .chunks(2)
        .map(|c| (c[0] + c[1]) / 2.0)
        .collect();
    let mut agent = vec![0.0; caller.len()];
    for (echo, x) in agent[480..].iter_mut().zip(&caller) {
        *echo = 0.1 * x;
    }
    let sides = [caller, agent].map(|side| mulaw(&pcm(&side)));
    let view = call(&running, &sides[0], &sides[1]);
    let [caller, agent] = [0, 1].map(|i| &view["channels"][i]);
    assert_eq!(caller["crosstalk_s"], 0.0, "{caller}");
    assert!(caller["speech_s"].as_f64().unwrap() > 6.0, "{caller}");
    assert_eq!(agent["reason"], "crosstalk", "{agent}");
    assert!(agent["crosstalk_s"].as_f64().unwrap() > 5.0, "{agent}");
}

#[test]
fn what_was_not_declared_is_refused() {
    for (message, reason, text) in [
        (
            DOCUMENTED[2].replace("outbound", "sideways"),
            "bad_frame",
            "`sideways` was not declared",
        ),
        (
            DOCUMENTED[1].replace("8000", "16000"),
            "codec",
            "audio/x-mulaw at 16000 Hz",
        ),
        (DOCUMENTED[1].to_owned(), "bad_frame", "a second time"),
    ] {
        let running = serve();
        let mut socket = running.connect("/v1/streams/twilio").unwrap();
        socket.say_text(DOCUMENTED[1]);
        socket.say_text(&message);
        let (code, closed) = socket.closed();
        assert!(code != 1_000 && closed.contains(text), "{closed}");
        let view = running.ended("CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
        assert_eq!(view["reason"], reason, "{view}");
        assert!(view["message"].as_str().unwrap().contains(text));
    }
}
