//! Speech and the rest told apart, on signals made here, on the sample call, and on the corpus when
//! it is there.

use std::f32::consts::PI;
use std::path::{Path, PathBuf};

use voxhumana::audio::Resampler;
use voxhumana::speech::{FrameDecision, SpeechDetector};
use voxhumana::{AudioReader, DecodeOptions};

const RATE: usize = 16_000;

fn decide_in_blocks(samples: &[f32], block: usize) -> Vec<FrameDecision> {
    let mut detector = SpeechDetector::new(RATE as u32).expect("a rate the detector takes");
    let mut decisions = Vec::new();
    for block in samples.chunks(block) {
        detector.push(block, &mut decisions);
    }
    detector.finish(&mut decisions);
    decisions
}

/// Share of frames called speech.
fn share(samples: &[f32]) -> f64 {
    let decisions = decide_in_blocks(samples, RATE);
    decisions.iter().filter(|d| d.is_speech).count() as f64 / decisions.len().max(1) as f64
}

fn seconds(s: f32) -> usize {
    (s * RATE as f32) as usize
}

/// Tones of equal level, `amplitude` in all.
fn tones(hz: &[f32], s: f32, amplitude: f32) -> Vec<f32> {
    (0..seconds(s))
        .map(|i| {
            let t = i as f32 / RATE as f32;
            hz.iter().map(|f| (2.0 * PI * f * t).sin()).sum::<f32>() * amplitude / hz.len() as f32
        })
        .collect()
}

/// Tones switched on and off.
fn cadence(hz: &[f32], on_s: f32, off_s: f32, times: usize) -> Vec<f32> {
    let mut once = tones(hz, on_s, 0.3);
    once.extend(vec![0.0; seconds(off_s)]);
    once.repeat(times)
}

fn white_noise(s: f32, rms_db: f32) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(7);
    let amplitude = 3.0_f32.sqrt() * 10.0_f32.powf(rms_db / 20.0);
    (0..seconds(s))
        .map(|_| amplitude * (2.0 * random.f32() - 1.0))
        .collect()
}

/// Plucked notes with eight partials: chords, or a broken chord, twice a second.
fn music(s: f32, broken: bool) -> Vec<f32> {
    let mut out = vec![0.0; seconds(s)];
    let chords = [[60, 64, 67], [57, 60, 64], [65, 69, 72], [55, 59, 62]];
    for beat in 0..(s * 2.0) as usize {
        let chord = chords[beat / 4 % 4];
        let notes = if broken {
            &chord[beat % 3..beat % 3 + 1]
        } else {
            &chord[..]
        };
        for note in notes {
            let hz = 440.0 * 2.0_f32.powf((*note as f32 - 69.0) / 12.0);
            for (i, y) in out[beat * RATE / 2..].iter_mut().take(RATE).enumerate() {
                let t = i as f32 / RATE as f32;
                let decay = (-t / 0.4).exp() * (t / 0.01).min(1.0);
                let partials = (1..9).map(|k| (2.0 * PI * hz * k as f32 * t).sin() / k as f32);
                *y += 0.08 * decay * partials.sum::<f32>();
            }
        }
    }
    out
}

/// One channel of a recording at the detector's rate.
fn channel(path: &Path, index: usize) -> Vec<f32> {
    let mut reader = AudioReader::open(path, &DecodeOptions::default()).expect("a recording");
    let mut resampler =
        Resampler::new(reader.sample_rate_hz(), RATE as u32).expect("rates of the recording");
    let (mut block, mut out) = (Vec::new(), Vec::new());
    while reader.next_block(&mut block).expect("a block") {
        resampler.push(&block[index], &mut out);
    }
    resampler.finish(&mut out);
    out
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sample_call(index: usize) -> Vec<f32> {
    channel(&repository().join("examples/data/sample-call.wav"), index)
}

#[test]
fn signalling_tones_are_no_speech() {
    let signals = [
        ("dial tone, North America", tones(&[350.0, 440.0], 8.0, 0.3)),
        ("dial tone, Europe", tones(&[425.0], 8.0, 0.3)),
        (
            "ring-back, North America",
            cadence(&[440.0, 480.0], 2.0, 4.0, 3),
        ),
        ("ring-back, Europe", cadence(&[425.0], 1.0, 4.0, 3)),
        (
            "busy, North America",
            cadence(&[480.0, 620.0], 0.5, 0.5, 10),
        ),
        ("busy, Europe", cadence(&[425.0], 0.5, 0.5, 10)),
        ("reorder", cadence(&[480.0, 620.0], 0.25, 0.25, 20)),
        ("fax calling tone", cadence(&[1100.0], 0.5, 3.0, 3)),
        ("voice-mail beep", cadence(&[1400.0], 0.4, 3.0, 3)),
    ];
    for (name, samples) in signals {
        assert_eq!(share(&samples), 0.0, "{name}");
    }
}

#[test]
fn dtmf_is_no_speech() {
    let digits: Vec<f32> = [697.0, 770.0, 852.0, 941.0]
        .iter()
        .flat_map(|&low| [1209.0, 1336.0, 1477.0, 1633.0].map(|high| [low, high]))
        .flat_map(|pair| cadence(&pair, 0.1, 0.1, 1))
        .collect();
    assert_eq!(share(&digits), 0.0);
    let fast: Vec<f32> = (0..40)
        .flat_map(|_| cadence(&[770.0, 1336.0], 0.05, 0.05, 1))
        .collect();
    assert_eq!(share(&fast), 0.0);
}

/// Recorders mark a recorded line with such a beep every 15 s.
#[test]
fn a_beep_amid_speech_is_no_speech() {
    let call = sample_call(0);
    // Amid the agent's second turn.
    let at = seconds(9.6);
    let samples = [&call[..at], &tones(&[1400.0], 0.4, 0.2), &call[at..]].concat();
    let decisions = decide_in_blocks(&samples, RATE);
    assert!(
        decisions[at / 160 - 50..at / 160 - 10]
            .iter()
            .any(|d| d.is_speech)
    );
    assert!(
        decisions[at / 160 + 2..at / 160 + 38]
            .iter()
            .all(|d| !d.is_speech)
    );
}

/// On-hold music before and after speech leaks into it for less than the second that is looked at.
#[test]
fn music_around_speech_is_left_out() {
    let speech = &sample_call(1)[seconds(13.8)..seconds(18.0)];
    let samples = [&music(8.0, false), speech, &music(8.0, false)].concat();
    let decisions = decide_in_blocks(&samples, RATE);
    let count = |from: f32, to: f32| {
        let frames = &decisions[(from * 100.0) as usize..(to * 100.0) as usize];
        frames.iter().filter(|d| d.is_speech).count()
    };
    assert_eq!(count(0.0, 7.0), 0);
    assert!(
        count(8.0, 12.2) > 300,
        "{} frames of speech",
        count(8.0, 12.2)
    );
    assert_eq!(count(13.2, 20.2), 0);
}

#[test]
fn music_is_no_speech() {
    assert_eq!(share(&music(12.0, false)), 0.0, "chords");
    assert_eq!(share(&music(12.0, true)), 0.0, "broken chords");
}

#[test]
fn silence_and_noise_are_no_speech() {
    assert_eq!(share(&vec![0.0; seconds(5.0)]), 0.0, "digital silence");
    assert_eq!(share(&vec![0.25; seconds(5.0)]), 0.0, "DC");
    for rms_db in [-70.0, -50.0, -30.0, -10.0] {
        assert_eq!(
            share(&white_noise(5.0, rms_db)),
            0.0,
            "white noise at {rms_db} dB"
        );
    }
    let step = [white_noise(4.0, -60.0), white_noise(4.0, -40.0)].concat();
    assert_eq!(share(&step), 0.0, "noise that grows by 20 dB");
    let hum: Vec<f32> = tones(&[50.0, 100.0, 150.0, 250.0, 350.0], 5.0, 0.2);
    assert_eq!(share(&hum), 0.0, "mains hum");
}

#[test]
fn the_two_sides_of_a_call_take_turns() {
    let sides = [0, 1].map(|index| decide_in_blocks(&sample_call(index), RATE));
    let count = |side: &[FrameDecision]| side.iter().filter(|d| d.is_speech).count();
    // The script lays 14.0 s of agent and 12.6 s of caller, pauses within the turns included.
    assert!(
        (1_050..=1_400).contains(&count(&sides[0])),
        "agent: {} frames",
        count(&sides[0])
    );
    assert!(
        (1_050..=1_265).contains(&count(&sides[1])),
        "caller: {} frames",
        count(&sides[1])
    );
    let both = sides[0]
        .iter()
        .zip(&sides[1])
        .filter(|(a, b)| a.is_speech && b.is_speech)
        .count();
    assert_eq!(both, 0, "the turns do not overlap");
}

#[test]
fn level_and_noise_matter_little() {
    let call = sample_call(0);
    let plain = share(&call);
    for gain_db in [-25.0_f32, 8.0] {
        let moved: Vec<f32> = call
            .iter()
            .map(|x| x * 10.0_f32.powf(gain_db / 20.0))
            .collect();
        assert!(
            (share(&moved) - plain).abs() < 0.03,
            "{gain_db} dB: {} for {plain}",
            share(&moved)
        );
    }
    let noise = white_noise(call.len() as f32 / RATE as f32 + 0.1, -42.0);
    let noisy: Vec<f32> = call.iter().zip(noise).map(|(x, n)| x + n).collect();
    assert!(
        (share(&noisy) - plain).abs() < 0.1,
        "noise: {} for {plain}",
        share(&noisy)
    );
}

#[test]
fn decisions_do_not_depend_on_blocks() {
    let call = &sample_call(1)[..seconds(12.0)];
    let whole = decide_in_blocks(call, call.len());
    assert_eq!(whole.len(), 1_200);
    assert!(whole.iter().any(|d| d.is_speech));
    for block in [1, 37, 160, 161, 4_096] {
        assert_eq!(decide_in_blocks(call, block), whole, "blocks of {block}");
    }
}

#[test]
fn decisions_come_within_their_delay() {
    let call = sample_call(0);
    let mut detector = SpeechDetector::new(RATE as u32).expect("a rate the detector takes");
    let mut decisions = Vec::new();
    for (i, block) in call.chunks(RATE / 100).enumerate() {
        detector.push(block, &mut decisions);
        assert!(
            decisions.len() + 185 > i,
            "{} decisions after {i} frames",
            decisions.len()
        );
    }
}

#[test]
fn a_detector_starts_afresh_after_finish() {
    let call = sample_call(1);
    let mut detector = SpeechDetector::new(RATE as u32).expect("a rate the detector takes");
    let runs = [(); 2].map(|()| {
        let mut decisions = Vec::new();
        detector.push(&call[..seconds(9.99)], &mut decisions);
        detector.finish(&mut decisions);
        decisions
    });
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn rates_that_do_not_fit_are_refused_by_name() {
    for rate in [0, 4_000, 11_025, 44_100, 96_000, u32::MAX] {
        let error = SpeechDetector::new(rate)
            .expect_err("a rate that does not fit")
            .to_string();
        assert!(
            error.contains(&rate.to_string()) && error.contains("sample_rate_hz"),
            "{error}"
        );
    }
    for rate in [8_000, 16_000, 48_000] {
        assert!(SpeechDetector::new(rate).is_ok());
    }
}

#[test]
fn hostile_samples_do_no_harm() {
    let hostile = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        1e38,
        -1e38,
        1e-42,
    ]
    .repeat(20_000);
    let decisions = decide_in_blocks(&hostile, 777);
    assert!(decisions.iter().all(|d| d.energy_db.is_finite()));
    // The sound after it is judged as if nothing had been.
    let call = sample_call(0);
    let after = decide_in_blocks(&[&hostile[..seconds(5.0)], &call[..]].concat(), RATE);
    let alone = decide_in_blocks(&call, RATE);
    let differing = after[500..]
        .iter()
        .zip(&alone)
        .filter(|(a, b)| a.is_speech != b.is_speech);
    assert!(differing.count() <= 110);
}

/// Mean share of speech over clips that were cut by energy, by class: high, and alike.
#[test]
fn human_and_synthetic_clips_are_treated_alike() {
    let corpus = repository().join("../shared/corpus/dev");
    if !corpus.is_dir() {
        eprintln!("skipped: no corpus at {}", corpus.display());
        return;
    }
    let [human, synthetic] = ["bonafide", "spoof"].map(|class| {
        let mut clips: Vec<PathBuf> = std::fs::read_dir(corpus.join(class))
            .expect("the folder of the class")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        clips.sort();
        let shares: Vec<f64> = clips
            .iter()
            .step_by(5)
            .map(|clip| share(&channel(clip, 0)))
            .collect();
        shares.iter().sum::<f64>() / shares.len() as f64
    });
    assert!(human > 0.85, "human: {human}");
    assert!(synthetic > 0.85, "synthetic: {synthetic}");
    assert!(
        (human - synthetic).abs() < 0.06,
        "human {human}, synthetic {synthetic}"
    );
}
