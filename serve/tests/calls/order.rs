//! Frames that do not come as they should.

use crate::common::voice;
use crate::harness::{
    assert_offline, big_endian, offline, pcm, serve, stop, telnyx_media, telnyx_start,
};

/// Sends frames of 20 ms by their numbers, from 1; gives the state of the call at its end.
fn call(id: &str, samples: &[i16], order: &[(u64, u64)]) -> serde_json::Value {
    let running = serve();
    let mut socket = running.connect("/v1/streams/telnyx").unwrap();
    socket.say(&telnyx_start(id, "L16", 16_000));
    for &(frame, number) in order {
        let start = (frame as usize - 1) * 320;
        let payload = big_endian(&samples[start..start + 320]);
        socket.say(&telnyx_media("inbound", number, &payload));
    }
    socket.say(&stop());
    assert_eq!(socket.closed().0, 1_000);
    running.ended(id)
}

#[test]
fn gaps_become_silence_and_late_frames_are_left_out() {
    let samples = pcm(&voice(6.0, 5));
    let mut order: Vec<(u64, u64)> = (1..=300).map(|n| (n, n)).collect();
    // Five frames never come, and one comes too late to be waited for.
    order.retain(|(n, _)| !(100..105).contains(n));
    let at = order.iter().position(|(n, _)| *n == 200).unwrap();
    let late = order.remove(at);
    order.insert(at + 70, late);
    let view = call("gaps", &samples, &order);

    let mut expected = samples.clone();
    expected[99 * 320..104 * 320].fill(0);
    expected[199 * 320..200 * 320].fill(0);
    assert_offline(&view["channels"][0], &offline(&expected, 16_000));
    let faults = &view["faults"][0];
    assert_eq!(faults["lost"], 6, "{faults}");
    assert_eq!(faults["late"], 1);
    assert_eq!(faults["silence_ms"], 120);
    assert_eq!(view["duration_s"], 6.0);
}

#[test]
fn frames_that_overtake_each_other_are_put_back() {
    let samples = pcm(&voice(6.0, 5));
    let mut order: Vec<(u64, u64)> = (1..=300).map(|n| (n, n)).collect();
    for pair in order[1..].chunks_exact_mut(2).step_by(3) {
        pair.swap(0, 1);
    }
    let view = call("overtaken", &samples, &order);
    assert_offline(&view["channels"][0], &offline(&samples, 16_000));
    let faults = &view["faults"][0];
    assert_eq!(
        (&faults["lost"], &faults["late"]),
        (&0.into(), &0.into()),
        "{faults}"
    );
}

#[test]
fn a_sender_that_starts_again_is_a_reset_and_no_loss() {
    let samples = pcm(&voice(6.0, 6));
    let order: Vec<(u64, u64)> = (1..=300)
        .map(|n| (n, if n <= 150 { n } else { n - 150 }))
        .collect();
    let view = call("again", &samples, &order);
    assert_offline(&view["channels"][0], &offline(&samples, 16_000));
    let faults = &view["faults"][0];
    assert_eq!(
        (faults["resets"].as_u64(), faults["lost"].as_u64()),
        (Some(1), Some(0))
    );
}

#[test]
fn frames_that_come_twice_are_taken_once() {
    let samples = pcm(&voice(4.0, 7));
    let order: Vec<(u64, u64)> = (1..=200).flat_map(|n| [(n, n), (n, n)]).take(399).collect();
    let view = call("twice", &samples, &order);
    assert_offline(&view["channels"][0], &offline(&samples, 16_000));
    assert_eq!(view["faults"][0]["repeated"], 199);
}

#[test]
fn frames_in_a_row_that_come_twice_are_no_reset() {
    let samples = pcm(&voice(4.0, 7));
    // Each pair twice: 1 2 1 2 3 4 3 4.
    let pairs: Vec<(u64, u64)> = (1..=200).map(|n| (n, n)).collect();
    let order: Vec<(u64, u64)> = pairs
        .chunks(2)
        .flat_map(|pair| [pair, pair].concat())
        .collect();
    let view = call("pairs", &samples, &order);
    assert_offline(&view["channels"][0], &offline(&samples, 16_000));
    let faults = &view["faults"][0];
    assert_eq!(
        (faults["repeated"].as_u64(), faults["resets"].as_u64()),
        (Some(200), Some(0))
    );
}
