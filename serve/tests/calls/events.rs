//! What a call tells, by all ways out.

use std::fs;

use serde_json::Value;
use voxhumana_serve::Options;
use voxhumana_serve::engine::EVENT_SCHEMA;

use crate::common::{marked, voice};
use crate::harness::{
    assert_offline, big_endian, events, of, offline, options, pcm, serve_with, stop, telnyx_media,
    telnyx_start,
};

/// Two tracks: a human who calls, and a machine that answers.
#[test]
fn a_call_tells_its_speech_scores_verdicts_and_one_alert() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("events.jsonl");
    let running = serve_with(Options {
        events_log: Some(log.clone()),
        ..options()
    });
    let (human, machine) = (pcm(&voice(9.5, 1)), pcm(&marked(9.5, 2)));
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&serde_json::json!({"event": "connected", "version": "1.0.0"}));
    socket.say(&telnyx_start("call-1", "L16", 16_000));
    let call = running.call("call-1");
    // One who reads along from the start, over WebSocket.
    let mut along = running
        .connect(&format!("/v1/calls/{}/events", call.id()))
        .unwrap();
    let tracks = human.chunks(320).zip(machine.chunks(320));
    for (i, (human, machine)) in tracks.enumerate() {
        let chunk = i as u64 + 1;
        socket.say(&telnyx_media("inbound", chunk, &big_endian(human)));
        socket.say(&telnyx_media("outbound", chunk, &big_endian(machine)));
    }
    socket.say(&stop());
    assert_eq!(socket.closed(), (1_000, "hang_up".to_owned()));

    // One who comes when it is over gets the same: all of it is kept that long.
    let told = events(&running, "call-1");
    let read_along: Vec<Value> = std::iter::from_fn(|| along.hear()).collect();
    assert_eq!(told, read_along);

    let schema: Value = serde_json::from_str(EVENT_SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (i, event) in told.iter().enumerate() {
        let found = schema.validate(event);
        assert!(found.is_ok(), "{event}: {}", found.unwrap_err());
        assert_eq!(event["sequence"], i + 1);
        assert_eq!(event["call_id"], call.id());
        assert_eq!(event["peer_id"], "call-1");
    }
    assert_eq!(told[0]["type"], "started");
    assert_eq!(told[0]["data"].get("from"), None, "numbers are not told");

    for (track, samples, verdict) in [
        ("inbound", &human, "bona_fide"),
        ("outbound", &machine, "synthetic"),
    ] {
        let expected = offline(samples, 16_000);
        let scores = of(&told, "score", Some(track));
        let at: Vec<f64> = scores
            .iter()
            .map(|e| e["data"]["at_s"].as_f64().unwrap())
            .collect();
        assert_eq!(at, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        let starts = of(&told, "speech", Some(track));
        let starts: Vec<f64> = starts
            .iter()
            .map(|e| e["data"]["start_s"].as_f64().unwrap())
            .collect();
        assert!(!starts.is_empty() && starts.is_sorted(), "{starts:?}");
        let verdicts = of(&told, "verdict", Some(track));
        let last = verdicts.last().unwrap();
        assert_eq!(last["data"]["last"], true);
        assert_eq!(last["data"]["verdict"], verdict);
        assert_eq!(last["data"]["llr"].as_f64(), expected.llr);
        assert!(
            verdicts[..verdicts.len() - 1]
                .iter()
                .all(|e| e["data"]["last"] == false)
        );
        let first = &verdicts[0]["data"];
        assert!(first["at_s"].as_f64().unwrap() <= 5.0, "{first}");
    }
    assert!(of(&told, "alert", Some("inbound")).is_empty());
    assert_eq!(of(&told, "alert", Some("outbound")).len(), 1);
    let ended = told.last().unwrap();
    assert_eq!(ended["type"], "ended");
    assert_eq!(ended["data"]["reason"], "hang_up");
    assert_eq!(ended["data"]["duration_s"], 9.5);

    // The state of the call has what the events had.
    let view = running.ended("call-1");
    assert_eq!(view["alerts"], serde_json::json!(["outbound"]));
    assert_eq!(view["channels"], ended["data"]["channels"]);
    for (channel, samples) in [(0, &human), (1, &machine)] {
        assert_offline(&view["channels"][channel], &offline(samples, 16_000));
    }
    let all = running.json("/v1/calls");
    assert_eq!(all["calls"].as_array().unwrap().len(), 1);
    assert_eq!(all["calls"][0]["id"], call.id());

    // What was not seen yet, for a reader that comes back.
    let (_, rest) = running.get(&format!("/v1/calls/call-1/events?after={}", told.len() - 2));
    assert_eq!(rest.matches("data: ").count(), 2, "{rest}");
    // One that has seen all is told to come no more, and is not left to wait for what never comes.
    let path = |after: u64| format!("/v1/calls/call-1/events?after={after}");
    let all = told.len() as u64;
    assert_eq!(running.get(&path(all)), (204, String::new()));
    // More than there is was heard of another call of its name.
    for seen in [1_000_000, u64::MAX] {
        assert_eq!(
            running.get(&path(seen)).1.matches("data: ").count(),
            told.len()
        );
    }
    // A browser that connects again has the address with which it began, and what it has seen.
    let id = |call: &str, number: u64| format!("{call}/{number}");
    for (last, left) in [
        (id(call.id(), all - 2), 2),
        (id("another", all - 2), told.len()),
        ((all - 1).to_string(), 1),
        ("no number".into(), told.len() - 1),
    ] {
        let (_, rest) = running.get_with(&path(1), &[("last-event-id", &last)]);
        assert_eq!(rest.matches("data: ").count(), left, "{last}");
    }
    let (status, _) = running.get_with(&path(1), &[("last-event-id", &id(call.id(), all))]);
    assert_eq!(status, 204);
    let (status, refused) = running.get("/v1/calls/call-1/events?since=3");
    assert!(status == 400 && refused.contains("since"), "{refused}");

    running.stop_and_wait();
    let lines = fs::read_to_string(&log).unwrap();
    let logged: Vec<Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(logged, told);
}

#[test]
fn while_the_call_lasts_its_state_has_the_verdict_so_far() {
    let running = serve_with(options());
    let machine = pcm(&marked(8.0, 3));
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&telnyx_start("live", "L16", 16_000));
    for (i, frame) in machine.chunks(320).enumerate() {
        socket.say(&telnyx_media("inbound", i as u64 + 1, &big_endian(frame)));
    }
    running.call("live");
    let view = crate::harness::until(|| {
        let view = running.json("/v1/calls/live");
        (view["duration_s"].as_f64()? >= 8.0).then_some(view)
    });
    assert_eq!(view["state"], "live");
    assert_eq!(view["channels"][0]["verdict"], "synthetic");
    assert_eq!(view["channels"][0]["name"], "inbound");
    assert_eq!(view["alerts"], serde_json::json!(["inbound"]));
    let live = running.json("/v1/calls");
    assert_eq!(live["calls"][0]["state"], "live");
    drop(socket);
    assert_eq!(running.ended("live")["reason"], "disconnected");
}

/// Numbers come only where they are asked for.
#[test]
fn numbers_are_told_when_asked_for() {
    let running = serve_with(Options {
        log_numbers: true,
        ..options()
    });
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&telnyx_start("with-numbers", "PCMU", 8_000));
    socket.say(&stop());
    socket.closed();
    let view = running.ended("with-numbers");
    assert_eq!(view["from"], "+13122010094");
    assert_eq!(view["to"], "+13122123456");
    assert_eq!(
        events(&running, "with-numbers")[0]["data"]["from"],
        "+13122010094"
    );
}

/// A side that says nothing while the other speaks is said once.
#[test]
fn a_quiet_side_is_said_once() {
    let running = serve_with(options());
    let human = pcm(&voice(24.0, 4));
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&telnyx_start("quiet", "L16", 16_000));
    let silence = vec![0; 640];
    for (i, frame) in human.chunks(320).enumerate() {
        let chunk = i as u64 + 1;
        socket.say(&telnyx_media("inbound", chunk, &big_endian(frame)));
        socket.say(&telnyx_media("outbound", chunk, &silence));
    }
    socket.say(&stop());
    socket.closed();
    let told = events(&running, "quiet");
    assert_eq!(of(&told, "quiet", Some("outbound")).len(), 1);
    assert!(of(&told, "quiet", Some("inbound")).is_empty());
}

/// A side that stops sending, or never begins, is quiet too, although its clock stands still.
#[test]
fn a_side_that_sends_nothing_is_quiet_as_well() {
    let running = serve_with(options());
    let human = pcm(&voice(24.0, 4));
    for (id, frames) in [("never", 0), ("stops", 100)] {
        let mut socket = running.connect("/v1/streams/twilio").unwrap();
        socket.say(
            &serde_json::json!({"event": "start", "start": {"callSid": id,
            "tracks": ["inbound", "outbound"], "mediaFormat":
            {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}}}),
        );
        let narrow: Vec<i16> = human.iter().step_by(2).copied().collect();
        let payload = crate::harness::mulaw(&narrow);
        for (i, frame) in payload.chunks(160).enumerate() {
            let chunk = i as u64 + 1;
            socket.say(&telnyx_media("inbound", chunk, frame));
            if i < frames {
                socket.say(&telnyx_media("outbound", chunk, &[0xff; 160]));
            }
        }
        socket.say(&stop());
        socket.closed();
        let told = events(&running, id);
        assert_eq!(of(&told, "quiet", Some("outbound")).len(), 1, "{id}");
        assert!(of(&told, "quiet", Some("inbound")).is_empty(), "{id}");
    }
}
