//! Recordings to verdicts, with a model that is rigged to hear a tone: what is tested here is
//! everything around the model.
#![allow(clippy::unwrap_used)]

mod common;

use common::{RATE, embedding_model, marked, tiny, voice, write_wav};
use voxhumana::{ChannelReport, Detector, Error, Reason, RecordingReport, Verdict};

fn only(report: &RecordingReport) -> &ChannelReport {
    assert_eq!(report.channels.len(), 1);
    &report.channels[0]
}

#[test]
fn voices_with_and_without_the_mark_are_told_apart() {
    let detector = tiny().build().unwrap();
    let natural = detector.scan_samples(&voice(20.0, 1), RATE).unwrap();
    let channel = only(&natural);
    assert_eq!(channel.verdict, Verdict::BonaFide, "{channel:?}");
    assert!(channel.llr.unwrap() > 2.0 && channel.synthetic_probability.unwrap() < 0.2);
    assert!(channel.speech_s > 14.0 && channel.speech_s < 20.0);
    let spoof = detector.scan_samples(&marked(20.0, 1), RATE).unwrap();
    let channel = only(&spoof);
    assert_eq!(channel.verdict, Verdict::Synthetic, "{channel:?}");
    assert!(channel.llr.unwrap() < -1.0 && channel.synthetic_probability.unwrap() > 0.7);
    assert_eq!(spoof.verdict(), Verdict::Synthetic);
    assert_eq!(spoof.model.name, "tiny");
    assert_eq!(spoof.operating_point, "balanced");
    assert_eq!(spoof.input.sample_rate_hz, RATE);
    assert!((spoof.duration_s - 20.0).abs() < 1e-9);
}

#[test]
fn the_verdict_follows_the_threshold() {
    let samples = voice(12.0, 2);
    let llr = |detector: &Detector| {
        only(&detector.scan_samples(&samples, RATE).unwrap())
            .llr
            .unwrap()
    };
    let balanced = tiny().build().unwrap();
    let at = llr(&balanced);
    for (threshold, verdict) in [
        (at - 0.1, Verdict::BonaFide),
        (at + 0.1, Verdict::Synthetic),
    ] {
        let detector = tiny().threshold_llr(threshold).build().unwrap();
        let report = detector.scan_samples(&samples, RATE).unwrap();
        assert_eq!(report.verdict(), verdict);
        assert_eq!(report.operating_point, "custom");
        assert_eq!(report.threshold_llr, threshold);
        // The threshold for stretches moves along: -2 at a threshold of 0.
        assert!((report.stretch_threshold_llr - (threshold - 2.0)).abs() < 1e-9);
    }
    let point = tiny().operating_point("low-false-alarm").build().unwrap();
    assert_eq!(point.operating_point().0, "low-false-alarm");
    assert_eq!(llr(&point), at);
    let error = tiny().operating_point("paranoid").build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "operating point is paranoid; accepted: balanced, high-recall, low-false-alarm"
    );
    assert!(tiny().threshold_llr(f64::NAN).build().is_err());
    assert!(tiny().threads(0).build().is_err());
}

#[test]
fn a_prior_moves_the_probability_and_nothing_else() {
    let samples = voice(12.0, 2);
    let scanned = |prior: f64| {
        let detector = tiny().spoof_prior(prior).build().unwrap();
        detector.scan_samples(&samples, RATE).unwrap()
    };
    let (usual, rare) = (scanned(0.5), scanned(0.001));
    assert_eq!(
        (usual.spoof_prior, rare.spoof_prior),
        (Some(0.5), Some(0.001))
    );
    let odds = |report: &RecordingReport| {
        let probability = only(report).synthetic_probability.unwrap();
        (probability / (1.0 - probability)).ln()
    };
    assert!((odds(&usual) - odds(&rare) - 999.0_f64.ln()).abs() < 1e-9);
    let mut same = rare;
    same.spoof_prior = usual.spoof_prior;
    same.channels[0].synthetic_probability = only(&usual).synthetic_probability;
    assert_eq!(same, usual);
    for prior in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(tiny().spoof_prior(prior).build().is_err(), "{prior}");
    }
}

/// 60 s of one voice, 10 s of the other, 30 s of the first again.
fn partly_marked() -> Vec<f32> {
    let mut samples = voice(60.0, 3);
    samples.extend(marked(10.0, 4));
    samples.extend(voice(30.0, 5));
    samples
}

#[test]
fn a_clone_that_speaks_for_a_while_shows_in_verdict_and_timeline() {
    let detector = tiny().build().unwrap();
    let report = detector.scan_samples(&partly_marked(), RATE).unwrap();
    let channel = only(&report);
    // The whole speaks for a human: only the stretch tells.
    assert!(channel.llr.unwrap() > 0.0);
    assert_eq!(channel.verdict, Verdict::Synthetic, "{channel:?}");
    assert!(channel.synthetic_probability.unwrap() > 0.5);
    let stretch = channel.worst_stretch.unwrap();
    assert!(
        stretch.start_s > 59.0 && stretch.end_s < 71.5,
        "{stretch:?}"
    );
    let low: Vec<_> = channel.segments.iter().filter(|s| s.llr < 1.0).collect();
    let (first, last) = (low.first().unwrap(), low.last().unwrap());
    assert!((first.start_s - 60.0).abs() <= 2.0, "{first:?}");
    assert!((last.end_s - 70.0).abs() <= 2.0, "{last:?}");
    // Nothing natural in between.
    let inside = channel
        .segments
        .iter()
        .filter(|s| s.start_s > 62.0 && s.end_s < 68.0);
    assert!(inside.clone().count() >= 4);
    assert!(inside.clone().all(|s| s.llr < 0.0));
}

#[test]
fn segments_lie_in_the_speech_and_tile_it() {
    let detector = tiny().build().unwrap();
    let mut samples = voice(10.0, 6);
    samples.extend(vec![0.0; RATE as usize * 30]);
    samples.extend(voice(10.0, 7));
    let report = detector.scan_samples(&samples, RATE).unwrap();
    let channel = only(&report);
    assert!(
        channel
            .segments
            .iter()
            .all(|s| s.end_s <= 10.5 || s.start_s >= 39.5)
    );
    for pair in channel.segments.windows(2) {
        assert!(pair[0].end_s <= pair[1].start_s + 1e-9);
    }
    for pair in channel.speech_spans.windows(2) {
        assert!(pair[0][1] < pair[1][0]);
    }
    let spans: f64 = channel.speech_spans.iter().map(|s| s[1] - s[0]).sum();
    assert!((spans - channel.speech_s).abs() < 1e-6);
    for [start, end] in &channel.speech_spans {
        let covered: f64 = channel
            .segments
            .iter()
            .map(|s| (s.end_s.min(*end) - s.start_s.max(*start)).max(0.0))
            .sum();
        assert!((covered - (end - start)).abs() < 1e-6, "{start} to {end}");
    }
}

/// Everything but the way the samples were handed over must be equal.
fn assert_same(a: &ChannelReport, b: &ChannelReport) {
    let mut b = b.clone();
    b.name.clone_from(&a.name);
    b.index = a.index;
    b.same_as = a.same_as;
    assert_eq!(a, &b);
}

#[test]
fn a_stream_gives_what_a_scan_gives_whatever_the_blocks() {
    let samples = partly_marked();
    let detector = tiny().build().unwrap();
    let whole = detector.scan_samples(&samples, RATE).unwrap();
    let mut random = fastrand::Rng::with_seed(9);
    for largest in [100, 3_000, 200_000] {
        let mut stream = detector.stream(RATE).unwrap();
        let mut segments = Vec::new();
        let mut rest = samples.as_slice();
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(random.usize(1..=largest).min(rest.len()));
            let at_s = (samples.len() - tail.len()) as f64 / f64::from(RATE);
            for segment in stream.push(head).unwrap() {
                assert!(segment.end_s <= at_s);
                segments.push(segment);
            }
            rest = tail;
        }
        let report = stream.finish().unwrap();
        assert_same(only(&whole), &report);
        assert_eq!(segments, report.segments[..segments.len()]);
        assert!(report.segments.len() - segments.len() <= 5);
    }
}

#[test]
fn a_stream_says_what_it_knows_so_far() {
    let detector = tiny().build().unwrap();
    let mut stream = detector.stream(RATE).unwrap();
    assert_eq!(stream.so_far().reason, Some(Reason::NoSpeech));
    let samples = marked(12.0, 8);
    stream.push(&samples).unwrap();
    assert!(stream.so_far().llr.is_some());
    let error = stream.push(&[0.0, f32::NAN]).unwrap_err();
    let index = samples.len() + 1;
    assert!(matches!(error, Error::NonFiniteSample { index: i, .. } if i == index));
    assert!(stream.finish().unwrap().llr.is_some());
}

#[test]
fn a_report_brought_up_to_date_is_a_new_one() {
    let detector = tiny().build().unwrap();
    let mut stream = detector.stream(RATE).unwrap();
    let mut report = stream.so_far();
    let (mut spans, mut segments) = (0, 0);
    for part in partly_marked().chunks(RATE as usize / 3) {
        stream.push(part).unwrap();
        stream.refresh(&mut report);
        assert_eq!(report, stream.so_far());
        spans = report.speech_spans.len();
        segments = report.segments.len();
    }
    assert!(spans > 0 && segments > 1, "{spans} {segments}");
}

#[test]
fn threads_do_not_change_the_result() {
    let samples = partly_marked();
    let reports: Vec<_> = [1, 2, 7]
        .map(|n| {
            let detector = tiny().threads(n).build().unwrap();
            detector.scan_samples(&samples, RATE).unwrap()
        })
        .into();
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0], reports[2]);
}

#[test]
fn channels_are_scored_on_their_own_and_named() {
    let (agent, caller) = (voice(15.0, 10), marked(15.0, 11));
    let detector = tiny().channel_names(["agent", "caller"]).build().unwrap();
    let report = detector.scan_channels(&[&agent, &caller], RATE).unwrap();
    assert_eq!(report.channels[0].name, "agent");
    assert_eq!(report.channels[0].verdict, Verdict::BonaFide);
    assert_eq!(report.channels[1].name, "caller");
    assert_eq!(report.channels[1].verdict, Verdict::Synthetic);
    assert_eq!(report.verdict(), Verdict::Synthetic);
    let alone = tiny().build().unwrap();
    assert_same(
        &report.channels[0],
        only(&alone.scan_samples(&agent, RATE).unwrap()),
    );
    assert_same(
        &report.channels[1],
        only(&alone.scan_samples(&caller, RATE).unwrap()),
    );

    let three = detector
        .scan_channels(&[&agent, &caller, &agent], RATE)
        .unwrap_err();
    assert_eq!(
        three.to_string(),
        "number of channel names is 2; accepted: 3, the channels of the recording"
    );
    assert_eq!(
        only(&detector.scan_samples(&agent, RATE).unwrap()).name,
        "mono"
    );
    let names = |n: usize| -> Vec<String> {
        let channels = vec![&[0.0_f32; 100][..]; n];
        let report = alone.scan_channels(&channels, RATE).unwrap();
        report.channels.into_iter().map(|c| c.name).collect()
    };
    assert_eq!(names(2), ["left", "right"]);
    assert_eq!(names(3), ["0", "1", "2"]);
    let mix = tiny().mix(true).build().unwrap();
    let report = mix.scan_channels(&[&agent, &caller], RATE).unwrap();
    assert_eq!(only(&report).name, "mix");
    assert_eq!(report.input.channels, 2);
}

#[test]
fn identical_channels_are_noticed_and_scored_once() {
    let samples = partly_marked();
    let detector = tiny().build().unwrap();
    let alone = detector.scan_samples(&samples, RATE).unwrap();
    let report = detector.scan_channels(&[&samples, &samples], RATE).unwrap();
    assert_eq!(report.channels[0].same_as, None);
    assert_eq!(report.channels[1].same_as, Some(0));
    assert_same(only(&alone), &report.channels[0]);
    assert_same(only(&alone), &report.channels[1]);
}

#[test]
fn channels_that_part_late_are_those_they_would_have_been_alone() {
    let a = partly_marked();
    let mut b = a.clone();
    let from = 63 * RATE as usize + 123;
    let other = marked(40.0, 12);
    b[from..].copy_from_slice(&other[..a.len() - from]);
    let mut c = b.clone();
    let detector = tiny().build().unwrap();
    let alone = |samples: &[f32]| {
        detector
            .scan_samples(samples, RATE)
            .unwrap()
            .channels
            .remove(0)
    };
    // 0 and 1 part at 63 s; 2 goes with 1 and stays with it.
    let report = detector.scan_channels(&[&a, &b, &c], RATE).unwrap();
    assert_same(&report.channels[0], &alone(&a));
    assert_same(&report.channels[1], &alone(&b));
    assert_same(&report.channels[2], &alone(&b));
    assert_eq!(report.channels[2].same_as, Some(1));
    // And parts from it at 80 s.
    for x in &mut c[80 * RATE as usize..] {
        *x *= 0.5;
    }
    let report = detector.scan_channels(&[&a, &b, &c], RATE).unwrap();
    assert_same(&report.channels[1], &alone(&b));
    assert_same(&report.channels[2], &alone(&c));
    assert_eq!(report.channels[2].same_as, None);
}

#[test]
fn short_speech_is_scored_by_repetition_or_not_at_all() {
    let detector = tiny().build().unwrap();
    // The voice's first 2.6 s are one stretch.
    let scan = |seconds: f64| {
        let mut samples = vec![0.0; RATE as usize];
        samples.extend(&voice(2.6, 13)[..(seconds * f64::from(RATE)) as usize]);
        samples.extend(vec![0.0; RATE as usize]);
        detector
            .scan_samples(&samples, RATE)
            .unwrap()
            .channels
            .remove(0)
    };
    let long = scan(2.4);
    assert_eq!(long.verdict, Verdict::BonaFide, "{long:?}");
    assert!(!long.segments.is_empty() && long.worst_stretch.is_none());
    let short = scan(0.8);
    assert_eq!(short.reason, Some(Reason::TooLittleSpeech), "{short:?}");
    assert!(short.llr.is_some());
    let blip = scan(0.2);
    assert_eq!(blip.verdict, Verdict::Inconclusive);
    assert!(blip.llr.is_none() && blip.segments.is_empty(), "{blip:?}");
    // Their margins fill windows, but short sounds stay too little speech.
    let sound = &voice(2.6, 13)[..RATE as usize / 25];
    let mut sounds = vec![0.0; RATE as usize];
    for _ in 0..10 {
        sounds.extend(sound);
        sounds.extend(vec![0.0; RATE as usize]);
    }
    let report = detector.scan_samples(&sounds, RATE).unwrap();
    let few = only(&report);
    assert!(few.speech_s > 0.0 && few.speech_s < 0.5, "{few:?}");
    assert!(few.llr.is_none() && few.segments.is_empty(), "{few:?}");
}

#[test]
fn poor_input_is_inconclusive_with_its_reason() {
    let detector = tiny().build().unwrap();
    let loud: Vec<f32> = voice(10.0, 14)
        .iter()
        .map(|x| (x * 40.0).clamp(-1.0, 1.0))
        .collect();
    let clipped = detector.scan_samples(&loud, RATE).unwrap();
    assert_eq!(only(&clipped).reason, Some(Reason::Clipped));
    assert_eq!(only(&clipped).verdict, Verdict::Inconclusive);
    assert!(only(&clipped).llr.is_some());
    // 4 kHz sampling carries 2 kHz.
    let narrow: Vec<f32> = voice(10.0, 15).iter().step_by(4).copied().collect();
    let narrow = detector.scan_samples(&narrow, RATE / 4).unwrap();
    assert_eq!(only(&narrow).reason, Some(Reason::NarrowBand), "{narrow:?}");
}

#[test]
fn a_file_a_reader_and_its_samples_give_one_result() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let (a, b) = (voice(9.0, 16), marked(9.0, 17));
    write_wav(&path, RATE, &[&a, &b]);
    let detector = tiny().build().unwrap();
    let from_file = detector.scan_file(&path).unwrap();
    assert_eq!(from_file.input.codec, "pcm_s16le");
    assert!(!from_file.truncated);
    let bytes = std::fs::read(&path).unwrap();
    let from_reader = detector
        .scan_reader(Box::new(std::io::Cursor::new(bytes)), None)
        .unwrap();
    assert_eq!(from_file.channels, from_reader.channels);
    let round = |x: &[f32]| -> Vec<f32> {
        x.iter()
            .map(|v| (v * 32_767.0).round() / 32_768.0)
            .collect()
    };
    let from_samples = detector
        .scan_channels(&[&round(&a), &round(&b)], RATE)
        .unwrap();
    assert_eq!(from_file.channels, from_samples.channels);
    let missing = detector
        .scan_file(folder.path().join("gone.wav"))
        .unwrap_err();
    assert!(missing.to_string().contains("gone.wav"), "{missing}");
}

#[test]
fn a_detector_serves_many_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let detector = tiny().threads(1).build().unwrap();
    shared(&detector);
    let samples = marked(8.0, 18);
    let expected = detector.scan_samples(&samples, RATE).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                assert_eq!(detector.scan_samples(&samples, RATE).unwrap(), expected);
            });
        }
    });
}

#[test]
fn every_window_has_its_embedding_where_it_is_asked_for() {
    let detector = tiny().model(embedding_model()).build().unwrap();
    let (left, right) = (voice(12.0, 40), marked(12.0, 41));
    let channels: [&[f32]; 3] = [&left, &right, &left];
    let plain = detector.examine_channels(&channels, RATE).unwrap();
    assert!(plain.embeddings.is_none() && plain.explanations.is_none());
    let asked = detector.with_embeddings().unwrap();
    let examined = asked.examine_channels(&channels, RATE).unwrap();
    assert_eq!(examined.report, plain.report);
    assert_eq!(examined.windows, plain.windows);
    let embeddings = examined.embeddings.unwrap();
    assert_eq!(embeddings.len(), 3);
    for (channel, windows) in embeddings.iter().zip(&examined.windows) {
        assert_eq!(channel.dim(), (windows.len(), 8));
    }
    assert!(embeddings[0].nrows() > 4 && embeddings[0] != embeddings[1]);
    assert_eq!(embeddings[2].nrows(), 0);
    // Whatever the windows share a batch with.
    let alone = asked.examine_channels(&[&left], RATE).unwrap();
    assert_eq!(alone.embeddings.unwrap().len(), 1);
    let error = tiny().build().unwrap().with_embeddings().unwrap_err();
    assert!(error.to_string().contains("no embeddings"), "{error}");
}

/// The tiny model hears the band around 7 kHz, and nothing else in it matters as much.
#[test]
fn an_explanation_names_the_band_and_the_seconds() {
    let detector = tiny().build().unwrap();
    let mut samples = voice(12.0, 42);
    samples.extend(marked(12.0, 43));
    let plain = detector.examine_channels(&[&samples], RATE).unwrap();
    let asked = detector.with_explanations();
    let examined = asked.examine_channels(&[&samples], RATE).unwrap();
    assert_eq!(examined.report, plain.report);
    let explanations = examined.explanations.unwrap();
    let explanation = &explanations[0];
    assert_eq!(explanation.band_edges_hz.len(), 17);
    assert_eq!(explanation.windows.len(), plain.windows[0].len());
    for (explained, window) in explanation.windows.iter().zip(&plain.windows[0]) {
        assert_eq!(
            (explained.start_s, explained.end_s),
            (window.start_s, window.end_s)
        );
        // The calibration of the tiny model changes nothing.
        assert!((explained.llr - window.score).abs() < 1e-4);
        assert_eq!((explained.bands.len(), explained.stretches.len()), (16, 16));
        for pair in explained.stretches.windows(2) {
            assert!(pair[0].start_s < pair[0].end_s && pair[0].end_s <= pair[1].end_s);
        }
        assert!(explained.stretches[0].start_s >= explained.start_s);
        assert!(explained.stretches[15].end_s <= explained.end_s + 1e-9);
        let worst = (0..16).min_by(|&a, &b| explained.bands[a].total_cmp(&explained.bands[b]));
        let heard = if explained.start_s >= 12.0 {
            // 6800 to 7200 Hz lie in two bands.
            assert!(matches!(worst, Some(13 | 14)), "{:?}", explained.bands);
            explained.bands[13] + explained.bands[14]
        } else {
            0.0
        };
        assert!(
            heard <= 0.0 && (explained.start_s < 12.0 || heard < -1.0),
            "{heard}"
        );
    }
    // The mark begins within a window: what comes before it speaks against what comes after.
    let mut latest_first = explanation.windows.iter().rev();
    let across = latest_first.find(|w| w.start_s < 10.5 && w.end_s > 13.5);
    let stretches = &across.unwrap().stretches;
    let before = stretches.iter().filter(|s| s.end_s < 12.0).map(|s| s.llr);
    let after = stretches.iter().filter(|s| s.start_s > 12.0).map(|s| s.llr);
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    assert!(mean(before.collect()) > mean(after.collect()));
}

#[test]
fn long_channels_are_explained_at_a_bounded_cost() {
    let detector = tiny().build().unwrap().with_explanations();
    let samples = voice(70.0, 44);
    let examined = detector
        .examine_channels(&[&samples, &samples], RATE)
        .unwrap();
    let explanations = examined.explanations.unwrap();
    assert!(examined.windows[0].len() > 40);
    assert!((16..=32).contains(&explanations[0].windows.len()));
    // A channel that is the same as another is explained there.
    assert!(explanations[1].windows.is_empty());
}
