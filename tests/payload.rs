//! Packets of a call, one by one: the samples are those of the same bytes in a file.
#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use voxhumana::audio::{MAX_PAYLOAD_BYTES, PayloadCodec, PayloadDecoder, RawCodec, RawFormat};
use voxhumana::{AudioReader, DecodeOptions, Error};

fn bytes(n: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(5);
    std::iter::repeat_with(|| random.u8(..)).take(n).collect()
}

fn packets(codec: PayloadCodec, rate_hz: u32, bytes: &[u8], size: usize) -> (u32, Vec<f32>) {
    let mut decoder = PayloadDecoder::new(codec, rate_hz).unwrap();
    let mut samples = Vec::new();
    for payload in bytes.chunks(size) {
        decoder.decode(payload, &mut samples).unwrap();
    }
    (decoder.sample_rate_hz(), samples)
}

/// The same bytes as a headerless recording.
fn recording(codec: RawCodec, rate_hz: u32, bytes: &[u8]) -> Vec<f32> {
    let format = RawFormat {
        codec,
        sample_rate_hz: rate_hz,
        channels: 1,
    };
    let source = Box::new(Cursor::new(bytes.to_vec()));
    let mut reader = AudioReader::from_reader(source, None, &DecodeOptions::raw(format)).unwrap();
    let (mut block, mut all) = (Vec::new(), Vec::new());
    while reader.next_block(&mut block).unwrap() {
        all.extend_from_slice(&block[0]);
    }
    all
}

#[test]
fn packets_give_the_samples_of_a_recording() {
    let bytes = bytes(4_800);
    for (packet, raw, declared, rate) in [
        (PayloadCodec::Pcmu, RawCodec::Mulaw, 8_000, 8_000),
        (PayloadCodec::Pcma, RawCodec::Alaw, 8_000, 8_000),
        (PayloadCodec::G722, RawCodec::G722, 8_000, 16_000),
        (PayloadCodec::G722, RawCodec::G722, 16_000, 16_000),
        (PayloadCodec::Slin, RawCodec::Slin, 24_000, 24_000),
    ] {
        let expected = recording(raw, rate, &bytes);
        for size in [2, 160, 320, 4_800] {
            let found = packets(packet, declared, &bytes, size);
            assert_eq!(found, (rate, expected.clone()), "{packet} by {size} bytes");
        }
    }
    // Big-endian samples are the little-endian ones with their bytes swapped.
    let swapped: Vec<u8> = bytes.chunks(2).flat_map(|b| [b[1], b[0]]).collect();
    assert_eq!(
        packets(PayloadCodec::L16, 16_000, &swapped, 320),
        packets(PayloadCodec::Slin, 16_000, &bytes, 640)
    );
}

/// One frame of 20 ms of CELT, "silence" as libopus writes it: a table of contents and nothing.
#[test]
fn opus_is_decoded_at_48_khz_and_garbage_is_an_error() {
    let mut decoder = PayloadDecoder::new(PayloadCodec::Opus, 16_000).unwrap();
    assert_eq!(decoder.sample_rate_hz(), 48_000);
    let mut samples = Vec::new();
    decoder.decode(&[0xf8, 0xff, 0xfe], &mut samples).unwrap();
    assert_eq!(samples.len(), 960);
    let before = samples.clone();
    // A packet that claims 63 frames of 20 ms (RFC 6716, section 3.2.5: 120 ms at most).
    let error = decoder.decode(&[0xfb, 63, 1, 2], &mut samples).unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    assert_eq!(samples, before);
    decoder.decode(&[0xf8, 0xff, 0xfe], &mut samples).unwrap();
    assert_eq!(samples.len(), 2 * 960);
}

#[test]
fn garbage_never_panics_and_never_gives_what_is_no_number() {
    let mut random = fastrand::Rng::with_seed(9);
    for &codec in PayloadCodec::ALL {
        let mut decoder = PayloadDecoder::new(codec, 16_000).unwrap();
        let mut samples = Vec::new();
        for _ in 0..2_000 {
            let n = random.usize(0..400);
            let payload: Vec<u8> = (0..n).map(|_| random.u8(..)).collect();
            samples.clear();
            let _ = decoder.decode(&payload, &mut samples);
            assert!(samples.iter().all(|x| x.is_finite()), "{codec}");
        }
        decoder.decode(&[], &mut samples).unwrap();
    }
}

#[test]
fn what_was_not_declared_is_refused() {
    let refused = |codec, rate| PayloadDecoder::new(codec, rate).unwrap_err().to_string();
    let g722 = refused(PayloadCodec::G722, 48_000);
    assert_eq!(
        g722,
        "sample rate in Hz is 48000 for G722; accepted: 16000, or 8000 as RTP's clock"
    );
    assert!(refused(PayloadCodec::Opus, 44_100).contains("8000, 12000, 16000, 24000, 48000"));
    assert!(refused(PayloadCodec::Pcmu, 0).contains("0 Hz"));
    assert!(refused(PayloadCodec::L16, 1_000_000).contains("limit"));
    let name = "AMR-WB".parse::<PayloadCodec>().unwrap_err().to_string();
    assert_eq!(
        name,
        "payload codec is `AMR-WB`; accepted: PCMU, PCMA, G722, L16, slin, opus"
    );
    for &codec in PayloadCodec::ALL {
        assert_eq!(
            codec
                .to_string()
                .to_lowercase()
                .parse::<PayloadCodec>()
                .unwrap(),
            codec
        );
    }

    let mut decoder = PayloadDecoder::new(PayloadCodec::L16, 16_000).unwrap();
    let mut samples = Vec::new();
    let odd = decoder.decode(&[1, 2, 3], &mut samples).unwrap_err();
    assert!(odd.to_string().contains("3 bytes of L16"), "{odd}");
    let long = vec![0; MAX_PAYLOAD_BYTES + 2];
    let long = decoder.decode(&long, &mut samples).unwrap_err();
    assert!(matches!(long, Error::LimitExceeded { .. }));
    assert!(samples.is_empty());
}
