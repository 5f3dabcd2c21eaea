//! Ogg whose granule positions are wrong: all sound is read all the same.

use crate::ffmpeg::have_ffmpeg;
use crate::fixtures::*;
use crate::mutated::mend_ogg;
use crate::sloppy::made;

/// Puts other granule positions on the pages behind the headers.
fn regranuled(original: &[u8], rule: impl Fn(usize, u64) -> u64) -> Vec<u8> {
    let mut bytes = original.to_vec();
    let (mut at, mut page) = (0, 0);
    while bytes.len() >= at + 27 {
        let segments = usize::from(bytes[at + 26]);
        let body: usize = bytes[at + 27..at + 27 + segments]
            .iter()
            .map(|&n| usize::from(n))
            .sum();
        let place = at + 6..at + 14;
        let old = u64::from_le_bytes(bytes[place.clone()].try_into().unwrap());
        if old != 0 && old != u64::MAX {
            bytes[place].copy_from_slice(&rule(page, old).to_le_bytes());
            page += 1;
        }
        at += 27 + segments + body;
    }
    mend_ogg(&mut bytes);
    bytes
}

#[test]
fn wrong_positions_hide_nothing() {
    if !have_ffmpeg() {
        return;
    }
    type Rule = fn(usize, u64) -> u64;
    let rules: &[(&str, Rule)] = &[
        ("zero", |_, _| 0),
        ("a third", |_, old| old / 3),
        ("a sixth", |_, old| old / 6),
        ("restarts", |page, old| {
            if page < 2 {
                old
            } else {
                old.saturating_sub(96_000)
            }
        }),
        ("stands still", |_, old| old.min(48_000)),
    ];
    for (name, options, slack) in [
        ("a.opus", "-c:a libopus -b:a 24k", 2_000),
        (
            "a.opus",
            "-c:a libopus -b:a 24k -page_duration 20000",
            2_000,
        ),
        ("a.ogg", "-c:a libvorbis", 5_000),
    ] {
        let original = made(name, options);
        let whole = read_file(name, &original).unwrap();
        for (what, rule) in rules {
            let bytes = regranuled(&original, rule);
            for got in [
                read_file(name, &bytes).unwrap(),
                read_stream(&bytes).unwrap(),
            ] {
                let (want, have) = (whole.planes[0].len(), got.planes[0].len());
                assert!(
                    have + 1 >= want && have <= want + slack,
                    "{name} {what}: {have} of {want}"
                );
                let same = got.planes[0]
                    .iter()
                    .zip(&whole.planes[0])
                    .take(want - 3_000);
                assert!(same.clone().all(|(a, b)| a == b), "{name} {what}");
            }
        }
    }
}

#[test]
fn positions_that_run_too_fast_stretch_no_file_and_are_told_of_a_stream() {
    if !have_ffmpeg() {
        return;
    }
    for page_s in ["1000000", "200000"] {
        let options = format!("-c:a libopus -b:a 24k -page_duration {page_s}");
        let original = made("a.opus", &options);
        for times in [2, 3] {
            let bytes = regranuled(&original, |_, old| old * times);
            let got = read_file("a.opus", &bytes).unwrap();
            let frames = got.planes[0].len();
            assert!(
                (239_000..243_000).contains(&frames),
                "{page_s} {times}: {frames}"
            );
            let got = read_stream(&bytes).unwrap();
            assert!(got.planes[0].len() >= 239_000);
            assert!(got.reader.truncated());
        }
    }
}

#[test]
fn a_stream_that_was_joined_while_it_ran_is_whole() {
    if !have_ffmpeg() {
        return;
    }
    for (name, options) in [
        ("a.opus", "-c:a libopus -b:a 24k"),
        ("a.ogg", "-c:a libvorbis"),
    ] {
        let original = made(name, options);
        let whole = read_file(name, &original).unwrap();
        let late = regranuled(&original, |_, old| old + 3_600 * 48_000);
        let got = read_file(name, &late).unwrap();
        let (want, have) = (whole.planes[0].len(), got.planes[0].len());
        assert!(want.abs_diff(have) < 5_000, "{name}: {have} of {want}");
        assert!(!got.reader.truncated(), "{name}: {:?}", got.reader.unread());
    }
}

#[test]
fn discrete_channels_of_opus_are_all_read() {
    if !have_ffmpeg() || !cfg!(feature = "opus") {
        return;
    }
    let options = "-ac 3 -c:a libopus -mapping_family 255 -b:a 96k";
    let bytes = made("a.opus", options);
    for got in [
        read_file("a.opus", &bytes).unwrap(),
        read_stream(&bytes).unwrap(),
    ] {
        assert_eq!(got.planes.len(), 3);
        assert_eq!(got.planes[0].len(), 240_000);
        assert!(!got.reader.truncated());
    }
}
