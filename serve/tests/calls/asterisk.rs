//! Asterisk's `chan_websocket`, with the messages of its documentation. No Asterisk is driven.

use crate::common::marked;
use crate::harness::{assert_offline, little_endian, mulaw, offline, pcm, serve};

/// <https://docs.asterisk.org/Configuration/Channel-Drivers/WebSocket/>, `MEDIA_START`.
const PLAIN: &str = "MEDIA_START connection_id:e226e283-c90a-4ea9-9e37-389000b9ef47 \
                     channel:WebSocket/plain format:ulaw optimal_frame_size:160";

#[test]
fn control_messages_are_plain_or_json_and_audio_is_binary() {
    let running = serve();
    let samples = pcm(&marked(6.0, 3));
    let json = r#"{"event": "MEDIA_START", "connection_id": "media1",
        "channel": "WebSocket/json", "format": "slin16", "optimal_frame_size": 640, "ptime": 20}"#;
    // Asterisk asks for this, and so does the client here: without the answer both give up.
    let media = [("Sec-WebSocket-Protocol", "media")];
    let mut socket = running
        .connect_with("/v1/streams/asterisk", &media)
        .unwrap();
    socket.say_text(json);
    for frame in samples.chunks(320) {
        socket.send(&little_endian(frame));
    }
    socket.say_text(r#"{"event": "DTMF_END", "digit": "1"}"#);
    socket.0.close(None).unwrap();
    let view = running.ended("WebSocket/json");
    assert_eq!(view["reason"], "hang_up");
    assert_offline(&view["channels"][0], &offline(&samples, 16_000));
    assert_eq!(view["channels"][0]["verdict"], "synthetic");

    let mut socket = running.connect("/v1/streams/asterisk").unwrap();
    socket.say_text(PLAIN);
    socket.send(&mulaw(&samples[..1_600]));
    socket.say_text("DTMF_END digit:1");
    socket.0.close(None).unwrap();
    let view = running.ended("WebSocket/plain");
    assert_eq!(view["duration_s"], 0.2);
}

#[test]
fn unknown_formats_and_audio_before_the_start_are_refused() {
    let running = serve();
    for (format, accepted) in [
        ("ulaw", true),
        ("slin44", true),
        ("slin13", false),
        ("ilbc", false),
    ] {
        let mut socket = running.connect("/v1/streams/asterisk").unwrap();
        socket.say_text(
            &PLAIN
                .replace("ulaw", format)
                .replace("/plain", &format!("/{format}")),
        );
        if accepted {
            running.call(&format!("WebSocket/{format}"));
        } else {
            assert!(socket.closed().1.contains(&format!("format `{format}`")));
        }
    }
    let mut socket = running.connect("/v1/streams/asterisk").unwrap();
    socket.send(&[0xff; 160]);
    assert!(socket.closed().1.contains("before MEDIA_START"));
}
