//! A channel's speech is its own: what leaks into it from another counts for neither, in a
//! recording and in a stream.
#![allow(clippy::unwrap_used)]

mod common;

use common::{RATE, marked, tiny, voice};
use voxhumana::audio::Resampler;
use voxhumana::{CallTracks, ChannelReport, DecodeOptions, Reason, TrackStart, Verdict};

/// Turns of 6 s: the first side starts, half a second between two.
fn turns(first: &[f32], second: &[f32]) -> [Vec<f32>; 2] {
    let (turn, pause) = (6 * RATE as usize, RATE as usize / 2);
    let mut sides = [Vec::new(), Vec::new()];
    for (a, b) in first.chunks_exact(turn).zip(second.chunks_exact(turn)) {
        sides[0].extend(a.iter().copied().chain(vec![0.0; pause + turn + pause]));
        sides[1].extend(vec![0.0; turn + pause]);
        sides[1].extend(b.iter().copied().chain(vec![0.0; pause]));
    }
    sides
}

fn add_leak(samples: &mut [f32], source: &[f32], late_s: f64, db: f32) {
    let late = (late_s * f64::from(RATE)) as usize;
    let gain = 10.0_f32.powf(db / 20.0);
    for (x, leak) in samples[late..].iter_mut().zip(source) {
        *x += gain * leak;
    }
}

fn scan(sides: &[&[f32]]) -> Vec<ChannelReport> {
    let detector = tiny().build().unwrap();
    detector.scan_channels(sides, RATE).unwrap().channels
}

/// Without what only the other's presence changes.
fn assert_alike(a: &ChannelReport, b: &ChannelReport) {
    assert_eq!(a.verdict, b.verdict);
    // A short gap between the leak and the voice counts as speech, as a gap between words does.
    assert!(
        (a.speech_s - b.speech_s).abs() < 0.05 * b.speech_s,
        "{a:?}\n{b:?}"
    );
    assert!((a.llr.unwrap() - b.llr.unwrap()).abs() < 0.1);
}

#[test]
fn a_voice_that_leaks_does_not_accuse_who_hears_it() {
    let [clone, human] = turns(&marked(30.0, 1), &voice(30.0, 2));
    let clean = scan(&[&clone, &human]);
    assert_eq!(clean[0].verdict, Verdict::Synthetic);
    assert_eq!(clean[1].verdict, Verdict::BonaFide);
    for (late_s, db) in [(0.0, -12.0), (0.03, -20.0), (0.11, -26.0), (0.24, -34.0)] {
        let mut leaky = human.clone();
        add_leak(&mut leaky, &clone, late_s, db);
        for swapped in [false, true] {
            let mut found = if swapped {
                let mut found = scan(&[&leaky, &clone]);
                found.reverse();
                found
            } else {
                scan(&[&clone, &leaky])
            };
            assert_alike(&found[1], &clean[1]);
            assert!(found[1].crosstalk_s > 15.0, "{late_s} {db}: {:?}", found[1]);
            // The clone's own channel is as it was.
            found[0].index = 0;
            found[0].name.clone_from(&clean[0].name);
            assert_eq!(found[0], clean[0]);
        }
    }
}

#[test]
fn a_channel_of_nothing_but_crosstalk_says_so() {
    let source = voice(20.0, 3);
    let mut echo = vec![0.0; source.len()];
    add_leak(&mut echo, &source, 0.05, -26.0);
    let channels = scan(&[&source, &echo]);
    assert_eq!(channels[0].verdict, Verdict::BonaFide);
    assert_eq!(channels[0].crosstalk_s, 0.0);
    let echo = &channels[1];
    assert_eq!(echo.verdict, Verdict::Inconclusive, "{echo:?}");
    assert_eq!(echo.reason, Some(Reason::Crosstalk));
    assert!(echo.speech_s < 0.1 * echo.crosstalk_s, "{echo:?}");
    assert_eq!(
        Reason::Crosstalk.to_string(),
        "crosstalk of another channel"
    );
}

#[test]
fn two_voices_at_once_are_kept() {
    let (a, b) = (voice(30.0, 4), voice(30.0, 5));
    for side in scan(&[&a, &b]) {
        assert_eq!(side.crosstalk_s, 0.0);
    }
    // The first starts alone, so that its leak is known when the second joins it.
    let mut leaky = b.clone();
    leaky[..8 * RATE as usize].fill(0.0);
    let own = scan(&[&leaky])[0].speech_s;
    add_leak(&mut leaky, &a, 0.06, -20.0);
    let found = scan(&[&a, &leaky]);
    assert!(
        found[1].speech_s > 0.9 * own,
        "{} of {own}",
        found[1].speech_s
    );
    assert!(found[1].crosstalk_s > 5.0);
}

#[test]
fn a_stream_of_all_channels_gives_what_a_scan_gives() {
    let [clone, mut human] = turns(&marked(18.0, 6), &voice(18.0, 7));
    add_leak(&mut human, &clone, 0.05, -20.0);
    // A third, the same as the first until 9 s.
    let mut third = clone.clone();
    third[9 * RATE as usize..].fill(0.0);
    let sides = [clone.as_slice(), &human, &third];
    let detector = tiny().build().unwrap();
    let whole = detector.scan_channels(&sides, RATE).unwrap().channels;
    assert!(whole[1].crosstalk_s > 5.0);
    for block in [777, 16_000, clone.len()] {
        let mut stream = detector.call_stream(RATE, 3).unwrap();
        let mut segments = vec![Vec::new(); 3];
        for start in (0..clone.len()).step_by(block) {
            let end = clone.len().min(start + block);
            let part = sides.map(|side| &side[start..end]);
            for (channel, segment) in stream.push(&part).unwrap() {
                assert!(segment.end_s <= end as f64 / f64::from(RATE));
                segments[channel].push(segment);
            }
        }
        let reports = stream.finish().unwrap();
        assert_eq!(reports, whole, "blocks of {block}");
        for (given, report) in segments.iter().zip(&reports) {
            assert_eq!(given[..], report.segments[..given.len()]);
            assert!(report.segments.len() - given.len() <= 5);
        }
    }
}

#[test]
fn tracks_of_a_call_give_what_a_scan_of_all_gives() {
    let [clone, mut human] = turns(&marked(18.0, 6), &voice(18.0, 7));
    add_leak(&mut human, &clone, 0.05, -20.0);
    let detector = tiny().build().unwrap();
    let whole = scan(&[&clone, &human]);
    assert!(whole[1].crosstalk_s > 5.0);
    // By turns, one up to 0.3 s ahead.
    for (of_clone, of_human) in [(320, 320), (4_800, 1_600), (777, 4_000)] {
        let call = CallTracks::new();
        let mut streams = [(); 2].map(|()| detector.stream(RATE).unwrap());
        for stream in &mut streams {
            stream.join(&call, TrackStart::Call).unwrap();
        }
        let mut left = [(clone.as_slice(), of_clone), (human.as_slice(), of_human)];
        while let Some(next) = (0..2).max_by_key(|&i| left[i].0.len())
            && !left[next].0.is_empty()
        {
            let (samples, block) = &mut left[next];
            let (now, later) = samples.split_at(samples.len().min(*block));
            streams[next].push(now).unwrap();
            *samples = later;
        }
        for stream in &mut streams {
            stream.end().unwrap();
            // Deaf from here on.
            assert!(stream.push(&[0.5; 100]).unwrap().is_empty());
        }
        for (stream, whole) in streams.into_iter().zip(&whole) {
            let mut found = stream.finish().unwrap();
            found.index = whole.index;
            found.name.clone_from(&whole.name);
            assert_eq!(found, *whole, "blocks of {of_clone} and {of_human}");
        }
    }
}

#[test]
fn a_track_alone_gives_what_a_scan_gives() {
    let samples = voice(12.0, 8);
    let detector = tiny().build().unwrap();
    let whole = scan(&[&samples]);
    let call = CallTracks::new();
    // One that has joined and is never heard holds nobody up for long.
    let mut silent = detector.stream(8_000).unwrap();
    silent.join(&call, TrackStart::Call).unwrap();
    let mut stream = detector.stream(RATE).unwrap();
    stream.join(&call, TrackStart::Now).unwrap();
    for part in samples.chunks(320) {
        stream.push(part).unwrap();
    }
    assert!(whole[0].speech_s - stream.so_far().speech_s < 3.0);
    let found = stream.finish().unwrap();
    assert_eq!(found, whole[0]);
    assert_eq!(silent.finish().unwrap().reason, Some(Reason::NoSpeech));
}

#[test]
fn a_stream_refuses_what_does_not_fit() {
    let detector = tiny().build().unwrap();
    for channels in [0, 65] {
        let error = detector
            .call_stream(RATE, channels)
            .unwrap_err()
            .to_string();
        let told = format!("number of channels is {channels}; accepted: 1 to 64");
        assert_eq!(error, told);
    }
    let mut stream = detector.call_stream(RATE, 2).unwrap();
    let error = stream.push(&[&[0.0]]).unwrap_err().to_string();
    assert_eq!(
        error,
        "number of channels is 1; accepted: 2, as the stream was made"
    );
    let error = stream.push(&[&[0.0], &[]]).unwrap_err().to_string();
    assert!(
        error.starts_with("length of a channel is 0; accepted: 1"),
        "{error}"
    );
    stream.push(&[&[0.0], &[0.0]]).unwrap();
    assert_eq!(stream.so_far()[1].same_as, Some(0));
}

/// The sample call has no leak.
#[test]
fn a_clean_call_loses_nothing() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let call = root.join("examples/data/sample-call.wav");
    let report = tiny().build().unwrap().scan_file(&call).unwrap();
    assert!(report.channels.iter().all(|c| c.crosstalk_s == 0.0));
    // With an echo of 16 kHz speech cut to the telephone band.
    let mut reader = voxhumana::AudioReader::open(&call, &DecodeOptions::default()).unwrap();
    let mut resamplers = [(); 2].map(|()| Resampler::new(reader.sample_rate_hz(), RATE).unwrap());
    let (mut block, mut sides) = (Vec::new(), [Vec::new(), Vec::new()]);
    while reader.next_block(&mut block).unwrap() {
        for ((x, resampler), side) in block.iter().zip(&mut resamplers).zip(&mut sides) {
            resampler.push(x, side);
        }
    }
    let [agent, mut caller] = sides;
    add_leak(&mut caller, &agent, 0.04, -24.0);
    let found = scan(&[&agent, &caller]);
    assert!(
        (found[1].speech_s - report.channels[1].speech_s).abs() < 0.5,
        "{found:?}"
    );
    assert!(found[1].crosstalk_s > 6.0);
}
