//! Headers of frames: MPEG audio (ISO/IEC 11172-3, 13818-3, and "MPEG 2.5") and ADTS
//! (ISO/IEC 13818-7, section 6.2).

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3,
};

/// Bytes that a header needs at most, without a checksum.
pub(crate) const HEADER_BYTES: usize = 7;

/// kbit/s by layer, and by MPEG-1 or not.
const KBITS: [[u32; 14]; 5] = [
    [
        32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
    ],
    [
        32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
    ],
    [
        32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ],
    [
        32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
    ],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// ADTS' sampling_frequency_index.
const AAC_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// What a frame's header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) codec: AudioCodecId,
    /// Length of the frame with its header, bytes.
    pub(crate) bytes: usize,
    /// Bytes in front of what the decoder takes.
    pub(crate) before: usize,
    /// Samples a channel.
    pub(crate) samples: usize,
    pub(crate) rate_hz: u32,
    pub(crate) channels: usize,
    /// Where a Xing or Info tag would be in it.
    pub(crate) tag_at: usize,
    /// Version and layer, which do not change within a stream.
    pub(crate) kind: u8,
}

impl Header {
    /// The header at the start of these bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, b, ..] if b & 0xF6 == 0xF0 => adts(bytes),
            [0xFF, b, ..] if b & 0xE0 == 0xE0 => mpeg(bytes),
            _ => None,
        }
    }

    /// Whether the two can be of one stream.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        self.kind == other.kind && self.rate_hz == other.rate_hz
    }
}

fn mpeg(bytes: &[u8]) -> Option<Header> {
    let &[_, b, c, d, ..] = bytes else {
        return None;
    };
    let (version, layer) = (b >> 3 & 3, b >> 1 & 3);
    // 0 is MPEG 2.5, 2 is MPEG-2, 3 is MPEG-1; layers count down from 3.
    let is_first = version == 3;
    let halvings = match version {
        3 => 0,
        2 => 1,
        0 => 2,
        _ => return None,
    };
    let rate_hz = *[44_100_u32, 48_000, 32_000].get(usize::from(c >> 2 & 3))? >> halvings;
    let table = match (is_first, layer) {
        (true, 3) => 0,
        (true, 2) => 1,
        (true, 1) => 2,
        (false, 3) => 3,
        (false, 1 | 2) => 4,
        _ => return None,
    };
    // Index 0 is "free format", which symphonia does not decode, and 15 is none.
    let kbits = usize::from(c >> 4).checked_sub(1)?;
    let bits = KBITS[table].get(kbits)? * 1_000;
    if d & 3 == 2 {
        // An emphasis that does not exist.
        return None;
    }
    let padding = u32::from(c >> 1 & 1);
    let (codec, bytes, samples) = match (layer, is_first) {
        (3, _) => (CODEC_ID_MP1, (12 * bits / rate_hz + padding) * 4, 384),
        (2, _) => (CODEC_ID_MP2, 144 * bits / rate_hz + padding, 1_152),
        (_, true) => (CODEC_ID_MP3, 144 * bits / rate_hz + padding, 1_152),
        (_, false) => (CODEC_ID_MP3, 72 * bits / rate_hz + padding, 576),
    };
    let channels = if d >> 6 == 3 { 1 } else { 2 };
    let side_info = match (is_first, channels) {
        (true, 2) => 32,
        (true, _) | (false, 2) => 17,
        (false, _) => 9,
    };
    Some(Header {
        codec,
        bytes: bytes as usize,
        before: 0,
        samples,
        rate_hz,
        channels,
        tag_at: 4 + side_info,
        kind: b & 0x1E,
    })
}

fn adts(bytes: &[u8]) -> Option<Header> {
    let &[_, b, c, d, e, f, g, ..] = bytes else {
        return None;
    };
    let rate_hz = *AAC_RATES.get(usize::from(c >> 2 & 15))?;
    let channels = match (c & 1) << 2 | d >> 6 {
        // 0: told by the first packet, which symphonia does not read.
        0 => return None,
        7 => 8,
        n => usize::from(n),
    };
    let length = usize::from(d & 3) << 11 | usize::from(e) << 3 | usize::from(f >> 5);
    let blocks = usize::from(g & 3) + 1;
    // A checksum follows unless "protection" is "absent".
    let before = if b & 1 == 1 { 7 } else { 9 };
    (length > before).then_some(Header {
        codec: CODEC_ID_AAC,
        bytes: length,
        before,
        samples: 1_024 * blocks,
        rate_hz,
        channels,
        tag_at: usize::MAX,
        // No layer of MPEG audio, and the same for MPEG-2 and MPEG-4.
        kind: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_the_standards_say() {
        // MPEG-1 layer III, 128 kbit/s, 44.1 kHz, joint stereo; MPEG-2, 24 kHz, 16 kbit/s, mono.
        let a = Header::parse(&[0xFF, 0xFB, 0x90, 0x64]).unwrap();
        assert_eq!(
            (a.bytes, a.samples, a.rate_hz, a.channels),
            (417, 1_152, 44_100, 2)
        );
        let b = Header::parse(&[0xFF, 0xF3, 0x24, 0xC4]).unwrap();
        assert_eq!(
            (b.bytes, b.samples, b.rate_hz, b.channels),
            (48, 576, 24_000, 1)
        );
        // ADTS, 16 kHz, mono, 100 bytes.
        let c = Header::parse(&[0xFF, 0xF1, 0x60, 0x40, 0x0C, 0x9F, 0xFC]).unwrap();
        assert_eq!(
            (c.bytes, c.before, c.rate_hz, c.channels),
            (100, 7, 16_000, 1)
        );
        assert!(a.fits(&a) && !a.fits(&b));
        for wrong in [
            [0xFF, 0xFF, 0xFF, 0xFF],
            [0xFF, 0xFB, 0x00, 0x00],
            [0xFF, 0xEB, 0x90, 0],
        ] {
            assert_eq!(Header::parse(&wrong), None);
        }
    }
}
