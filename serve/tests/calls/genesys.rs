//! Genesys AudioHook, with messages of the forms in its reference implementation
//! (`purecloudlabs/audiohook-reference-implementation`, MIT). No Genesys is driven.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::voice;
use crate::harness::{agent, assert_offline, mulaw, offline, options, pcm, serve, serve_with};
use voxhumana::audio::{PayloadCodec, PayloadDecoder};
use voxhumana_serve::{Limits, Options};

const ID: &str = "e160e428-53e2-487c-977d-96989bf5c99d";

fn message(kind: &str, seq: u64, parameters: Value) -> Value {
    json!({"version": "2", "id": ID, "type": kind, "seq": seq, "serverseq": seq - 1,
        "position": "PT0S", "parameters": parameters})
}

fn open() -> Value {
    message(
        "open",
        1,
        json!({
        "organizationId": "d7934305-0972-4844-938e-9060eef73d05",
        "conversationId": "090eaa2f-72fa-480a-83e0-8667ff89c0ec",
        "participant": {"id": "883efee8-3d6c-4537-b500-6d7ca4b92fa0",
            "ani": "+1-555-555-1234", "aniName": "John Doe", "dnis": "+1-800-555-6789"},
        "media": [
            {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": 8000},
            {"type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8000},
            {"type": "audio", "format": "L16", "channels": ["external"], "rate": 8000}],
        "language": "en-US"}),
    )
}

#[test]
fn a_session_is_answered_and_its_pause_is_silence() {
    let running = serve();
    let mut socket = running.connect("/v1/streams/genesys").unwrap();
    socket.say(&open());
    let opened = socket.hear().unwrap();
    assert_eq!(opened["type"], "opened");
    assert_eq!(
        (&opened["seq"], &opened["clientseq"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(opened["id"], ID);
    assert_eq!(
        opened["parameters"]["media"][0]["channels"],
        json!(["external", "internal"])
    );

    socket.say(&message("ping", 2, json!({"rtt": "PT0.05S"})));
    let pong = socket.hear().unwrap();
    assert_eq!(
        (&pong["type"], &pong["seq"], &pong["clientseq"]),
        (&json!("pong"), &json!(2), &json!(2))
    );

    let external = mulaw(
        &pcm(&voice(8.0, 1))
            .into_iter()
            .step_by(2)
            .collect::<Vec<_>>(),
    );
    let internal = mulaw(
        &pcm(&voice(8.0, 2))
            .into_iter()
            .step_by(2)
            .collect::<Vec<_>>(),
    );
    let both: Vec<u8> = external
        .iter()
        .zip(&internal)
        .flat_map(|(&a, &b)| [a, b])
        .collect();
    let (before, after) = both.split_at(2 * 8_000 * 4);
    for frame in before.chunks(2 * 800) {
        socket.send(frame);
    }
    // Card data: 2.5 s that are not sent.
    socket.say(&message("paused", 3, json!({})));
    socket.say(&message(
        "resumed",
        4,
        json!({"start": "PT4S", "discarded": "PT2.5S"}),
    ));
    for frame in after.chunks(2 * 800) {
        socket.send(frame);
    }
    socket.say(&message("close", 5, json!({"reason": "end"})));
    let closed = socket.hear().unwrap();
    assert_eq!(
        (&closed["type"], &closed["clientseq"]),
        (&json!("closed"), &json!(5))
    );
    assert_eq!(socket.closed().0, 1_000);

    let view = running.ended("090eaa2f-72fa-480a-83e0-8667ff89c0ec");
    assert_eq!(
        (&view["protocol"], &view["reason"]),
        (&json!("genesys"), &json!("hang_up"))
    );
    assert_eq!(view["duration_s"], 10.5);
    for (channel, name, bytes) in [(0, "external", &external), (1, "internal", &internal)] {
        assert_eq!(view["channels"][channel]["name"], name);
        assert_eq!(view["faults"][channel]["silence_ms"], 2_500);
        let mut decoder = PayloadDecoder::new(PayloadCodec::Pcmu, 8_000).unwrap();
        let mut samples = Vec::new();
        decoder.decode(&bytes[..32_000], &mut samples).unwrap();
        samples.extend(vec![0.0; 20_000]);
        decoder.decode(&bytes[32_000..], &mut samples).unwrap();
        let samples: Vec<i16> = samples.iter().map(|x| (x * 32_768.0) as i16).collect();
        assert_offline(&view["channels"][channel], &offline(&samples, 8_000));
    }
}

#[test]
fn what_is_not_offered_is_not_taken() {
    let running = serve();
    let mut no_mulaw = open();
    no_mulaw["parameters"]["media"] =
        json!([{"type": "audio", "format": "L16", "channels": ["external"], "rate": 8000}]);
    let mut one_channel = open();
    one_channel["parameters"]["media"] =
        json!([{"type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8000}]);

    let mut socket = running.connect("/v1/streams/genesys").unwrap();
    socket.say(&no_mulaw);
    assert!(socket.closed().1.contains("no PCMU at 8000 Hz"));

    let mut socket = running.connect("/v1/streams/genesys").unwrap();
    socket.say(&one_channel);
    assert_eq!(
        socket.hear().unwrap()["parameters"]["media"][0]["channels"],
        json!(["external"])
    );
    socket.send(&[0xff; 81]);
    socket.say(&message(
        "discarded",
        2,
        json!({"start": "PT0S", "discarded": "a while"}),
    ));
    assert!(socket.closed().1.contains("`a while`"));

    let mut socket = running.connect("/v1/streams/genesys").unwrap();
    socket.send(&[0xff; 160]);
    assert!(socket.closed().1.contains("before `open`"));

    let mut socket = running.connect("/v1/streams/genesys").unwrap();
    socket.say(&open());
    socket.hear().unwrap();
    socket.send(&[0xff; 161]);
    assert!(
        socket
            .closed()
            .1
            .contains("161 bytes of audio in 2 channels")
    );
}

/// A server that ends a session says `disconnect`, and the client closes it.
#[test]
fn a_session_that_this_side_ends_is_ended_in_order() {
    let running = serve();
    let mut socket = running.connect("/v1/streams/genesys").unwrap();
    socket.say(&open());
    socket.hear().unwrap();
    let url = running.url("/v1/calls/090eaa2f-72fa-480a-83e0-8667ff89c0ec");
    assert_eq!(agent().delete(url).call().unwrap().status().as_u16(), 204);
    let disconnect = socket.hear().unwrap();
    assert_eq!(disconnect["type"], "disconnect");
    assert_eq!(
        (
            &disconnect["id"],
            &disconnect["seq"],
            &disconnect["clientseq"]
        ),
        (&json!(ID), &json!(2), &json!(1))
    );
    assert_eq!(disconnect["parameters"]["reason"], "completed");
    // Audio that was on its way, then the answer.
    socket.send(&[0xff; 160]);
    socket.say(&message("close", 2, json!({"reason": "disconnect"})));
    let closed = socket.hear().unwrap();
    assert_eq!(
        (&closed["type"], &closed["seq"], &closed["clientseq"]),
        (&json!("closed"), &json!(3), &json!(2))
    );
    assert_eq!(socket.closed().0, 1_000);

    // One that goes wrong, by its offer or later.
    let mut no_media = open();
    no_media["parameters"]["media"] = json!([]);
    for (first, bad, info) in [
        (no_media, None, "no PCMU at 8000 Hz"),
        (open(), Some([0xff; 161]), "161 bytes of audio"),
    ] {
        let mut socket = running.connect("/v1/streams/genesys").unwrap();
        socket.say(&first);
        if let Some(bad) = bad {
            assert_eq!(socket.hear().unwrap()["type"], "opened");
            socket.send(&bad);
        }
        let disconnect = socket.hear().unwrap();
        assert_eq!(disconnect["type"], "disconnect");
        assert_eq!(disconnect["parameters"]["reason"], "error");
        let said = disconnect["parameters"]["info"].as_str().unwrap();
        assert!(said.contains(info), "{said}");
        socket.say(&message("close", 2, json!({"reason": "disconnect"})));
        assert_eq!(socket.hear().unwrap()["type"], "closed");
        assert!(socket.closed().1.contains(info));
    }
}

/// As Genesys tries a connection that was set up.
#[test]
fn a_connection_that_is_tried_is_no_call() {
    let running = serve();
    let mut socket = running.connect("/v1/streams/genesys").unwrap();
    let mut probe = open();
    probe["parameters"]["conversationId"] = json!("00000000-0000-0000-0000-000000000000");
    socket.say(&probe);
    assert_eq!(socket.hear().unwrap()["type"], "opened");
    socket.send(&[0xff; 1_600]);
    socket.say(&message("close", 2, json!({"reason": "end"})));
    assert_eq!(socket.hear().unwrap()["type"], "closed");
    assert_eq!(socket.closed().0, 1_000);
    assert_eq!(running.json("/v1/calls")["calls"], json!([]));
    let mut socket = running.connect("/v1/streams/genesys").unwrap();
    let mut old = open();
    old["version"] = json!("1");
    socket.say(&old);
    let (code, why) = socket.closed();
    assert!(code == 1_008 && why.contains("version `1`"), "{why}");
    let (_, metrics) = running.get("/metrics");
    let failed = "voxhumana_streams_failed_total{reason=\"bad_frame\"} 1";
    assert!(metrics.contains(failed), "{metrics}");
}

/// Who does not read the answers that it asks for is ended by the limits as others are.
#[test]
fn a_client_that_does_not_read_is_given_up() {
    let running = serve_with(Options {
        limits: Limits {
            max_idle: Duration::from_secs(2),
            ..Limits::default()
        },
        ..options()
    });
    let mut socket = running.connect("/v1/streams/genesys").unwrap();
    socket.say(&open());
    let stream = socket.0.get_ref();
    stream
        .set_write_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut ping = message("ping", 2, json!({}));
    ping["id"] = json!("x".repeat(60_000));
    let ping = tungstenite::Message::text(ping.to_string());
    // Until nothing fits any more, neither there nor back.
    let blocked = (0..10_000).any(|_| socket.0.send(ping.clone()).is_err());
    assert!(blocked);
    let view = running.ended("090eaa2f-72fa-480a-83e0-8667ff89c0ec");
    assert_eq!(view["reason"], "idle");
}
