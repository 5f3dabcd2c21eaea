//! The table of codecs: what each is called, what it is recognised by, and who decodes it.
//!
//! A new codec is a row here and, where symphonia has no decoder of it, a file beside this one.

use serde::{Deserialize, Serialize};
use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, CODEC_ID_NULL_AUDIO};

#[cfg(feature = "g729")]
use super::g729;
use super::packet::PacketDecoder;
use super::vox;
#[cfg(feature = "telephony")]
use super::{g722, gsm};
use crate::Result;

/// One codec.
#[derive(Debug)]
pub(crate) struct Codec {
    /// ffmpeg's name, the one that people know.
    pub(crate) name: &'static str,
    /// symphonia's number, which its containers give.
    pub(crate) id: AudioCodecId,
    pub(crate) decoder: Decoder,
    /// How the codec is recognised where symphonia does not read the container.
    pub(crate) signs: &'static [Sign],
    /// For a codec that telephone systems write without a header.
    pub(crate) raw: Option<RawCodec>,
    /// Help for the owner of a recording that is not decoded.
    pub(crate) advice: &'static str,
}

/// Who decodes.
#[allow(
    dead_code,
    reason = "the features of a build decide which of these it has"
)]
#[derive(Debug, Clone, Copy)]
pub(crate) enum Decoder {
    /// symphonia, a sample of this many bytes at a time: in any container, and without one.
    Pcm(usize),
    /// symphonia. In WAV, each block starts with this many bytes a channel, which hold this many
    /// samples; the rest is 4 bits a sample.
    Adpcm(usize, usize),
    /// symphonia. A stream with frames of its own, also inside WAV.
    Mpeg,
    /// symphonia, in the containers that it reads.
    Track,
    /// This function's decoder, in the containers that symphonia reads.
    OwnTrack(fn(&AudioCodecParameters) -> Result<Box<dyn PacketDecoder>>),
    /// This function's decoder of mono blocks (so many bytes, so many samples), given the rate, Hz.
    OwnBlocks(usize, usize, fn(u32) -> Box<dyn PacketDecoder>),
    /// A decoder that this build leaves out: the Cargo feature that brings it.
    LeftOut(&'static str),
    /// Nobody: the codec is recognised to be named.
    Nobody,
}

/// A sign of a codec.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Sign {
    /// Format tag of WAV (Microsoft's mmreg.h).
    Wav(u16),
    /// Format tag of WAV and bits a sample.
    WavBits(u16, u16),
    /// The same in RIFX, whose samples are big-endian.
    RifxBits(u16, u16),
    /// Encoding of AU.
    Au(u32),
    /// Name of a sample entry of MP4 that symphonia does not know.
    Mp4(&'static [u8; 4]),
    /// First bytes of the first packet in Ogg.
    Ogg(&'static [u8; 8]),
    /// First bytes of a file that holds nothing else.
    Start(&'static [u8]),
    /// A name of the headerless form; the first is the one shown, the others are aliases.
    Raw(&'static str),
    /// Extension of headerless files, and the sample rate that it means, Hz. The first tells the
    /// usual rate of the codec.
    Extension(&'static str, u32),
    /// Extension of files that hold nothing else, and have a header.
    Named(&'static str),
}

/// Codecs that telephone systems write without a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RawCodec {
    /// G.711 mu-law (ITU-T G.711), 8 bits a sample.
    Mulaw,
    /// G.711 A-law (ITU-T G.711), 8 bits a sample.
    Alaw,
    /// G.722 at 64 kbit/s (ITU-T G.722), 4 bits a sample at 16 kHz.
    G722,
    /// Signed 16-bit little-endian samples, Asterisk's `.sln`.
    Slin,
    /// GSM 06.10 full rate (ETSI EN 300 961), frames of 33 bytes for 160 samples.
    Gsm,
    /// G.729 at 8 kbit/s (ITU-T G.729 and Annex A), frames of 10 bytes for 80 samples.
    G729,
    /// Dialogic (OKI) ADPCM, 4 bits a sample: `.vox`.
    Vox,
}

impl RawCodec {
    /// Every codec, for `--help` and error messages.
    pub const ALL: &[Self] = &[
        Self::Mulaw,
        Self::Alaw,
        Self::G722,
        Self::Slin,
        Self::Gsm,
        Self::G729,
        Self::Vox,
    ];
}

/// Help for most recordings that are not decoded.
pub(crate) const CONVERT: &str = "let ffmpeg decode it with --ffmpeg, or convert the recording \
    first, e.g. `ffmpeg -i recording -c:a pcm_s16le converted.wav`";

/// The same for a codec that ffmpeg does not decode either.
const CONVERT_ELSEWHERE: &str =
    "ffmpeg cannot decode it either: convert it to WAV with a program of whoever made the codec";

use Decoder::*;
use Sign::*;

const NO_ID: AudioCodecId = CODEC_ID_NULL_AUDIO;

/// A row whose codec is not written without a header.
const fn row(
    name: &'static str,
    id: AudioCodecId,
    decoder: Decoder,
    signs: &'static [Sign],
) -> Codec {
    Codec {
        name,
        id,
        decoder,
        signs,
        raw: None,
        advice: CONVERT,
    }
}

/// A row whose codec is written without a header as well.
const fn raw_row(raw: RawCodec, row: Codec) -> Codec {
    Codec {
        raw: Some(raw),
        ..row
    }
}

/// The decoder, if the Cargo feature is on that brings it.
macro_rules! with {
    ($feature:literal, $decoder:expr) => {{
        #[cfg(feature = $feature)]
        {
            $decoder
        }
        #[cfg(not(feature = $feature))]
        {
            LeftOut($feature)
        }
    }};
}

/// Every codec that is decoded or named. Signs are tried from the top.
#[rustfmt::skip] // A row a line, so that the table can be read as one.
pub(crate) static CODECS: &[Codec] = &[
    row("pcm_u8", CODEC_ID_PCM_U8, Pcm(1), &[WavBits(1, 8), RifxBits(1, 8)]),
    row("pcm_s8", CODEC_ID_PCM_S8, Pcm(1), &[Au(2)]),
    raw_row(RawCodec::Slin, row("pcm_s16le", CODEC_ID_PCM_S16LE, Pcm(2), &[
        WavBits(1, 16), Raw("slin"), Raw("sln"), Raw("s16le"),
        Extension("sln", 8_000), Extension("slin", 8_000), Extension("sln12", 12_000),
        Extension("sln16", 16_000), Extension("sln24", 24_000), Extension("sln32", 32_000),
        Extension("sln44", 44_100), Extension("sln48", 48_000),
    ])),
    row("pcm_s16be", CODEC_ID_PCM_S16BE, Pcm(2), &[RifxBits(1, 16), Au(3)]),
    row("pcm_s24le", CODEC_ID_PCM_S24LE, Pcm(3), &[WavBits(1, 24)]),
    row("pcm_s24be", CODEC_ID_PCM_S24BE, Pcm(3), &[RifxBits(1, 24), Au(4)]),
    row("pcm_s32le", CODEC_ID_PCM_S32LE, Pcm(4), &[WavBits(1, 32)]),
    row("pcm_s32be", CODEC_ID_PCM_S32BE, Pcm(4), &[RifxBits(1, 32), Au(5)]),
    row("pcm_f32le", CODEC_ID_PCM_F32LE, Pcm(4), &[WavBits(3, 32)]),
    row("pcm_f32be", CODEC_ID_PCM_F32BE, Pcm(4), &[RifxBits(3, 32), Au(6)]),
    row("pcm_f64le", CODEC_ID_PCM_F64LE, Pcm(8), &[WavBits(3, 64)]),
    row("pcm_f64be", CODEC_ID_PCM_F64BE, Pcm(8), &[RifxBits(3, 64), Au(7)]),
    raw_row(RawCodec::Mulaw, row("pcm_mulaw", CODEC_ID_PCM_MULAW, Pcm(1), &[
        Wav(7), Au(1), Mp4(b"ulaw"), Raw("mulaw"), Raw("ulaw"), Raw("pcmu"),
        Extension("ulaw", 8_000), Extension("ul", 8_000), Extension("mulaw", 8_000),
        Extension("pcmu", 8_000), Extension("ulw", 8_000),
    ])),
    raw_row(RawCodec::Alaw, row("pcm_alaw", CODEC_ID_PCM_ALAW, Pcm(1), &[
        Wav(6), Au(27), Mp4(b"alaw"), Raw("alaw"), Raw("pcma"),
        Extension("alaw", 8_000), Extension("al", 8_000), Extension("pcma", 8_000),
        Extension("alw", 8_000),
    ])),
    raw_row(RawCodec::Gsm, row("gsm", NO_ID,
        with!("telephony", OwnBlocks(33, 160, gsm::rfc3551)), &[
        Mp4(b"agsm"), Raw("gsm"), Extension("gsm", 8_000),
    ])),
    row("gsm_ms", NO_ID, with!("telephony", OwnBlocks(65, 320, gsm::microsoft)), &[Wav(0x31)]),
    raw_row(RawCodec::G722, row("adpcm_g722", CODEC_ID_ADPCM_G722,
        with!("telephony", OwnBlocks(1, 2, g722::decoder)), &[
        Wav(0x65), Wav(0x28F), Au(24), Raw("g722"), Extension("g722", 16_000),
    ])),
    raw_row(RawCodec::G729, row("g729", NO_ID, with!("g729", OwnBlocks(10, 80, g729::decoder)), &[
        Wav(0x83), Raw("g729"), Extension("g729", 8_000),
    ])),
    raw_row(RawCodec::Vox, row("adpcm_ima_oki", NO_ID, OwnBlocks(1, 2, vox::decoder), &[
        Wav(0x17), Raw("vox"), Raw("dialogic"), Extension("vox", 8_000),
    ])),
    row("adpcm_ms", CODEC_ID_ADPCM_MS, Adpcm(7, 2), &[Wav(2)]),
    row("adpcm_ima_wav", CODEC_ID_ADPCM_IMA_WAV, Adpcm(4, 1), &[Wav(0x11)]),
    row("adpcm_ima_qt", CODEC_ID_ADPCM_IMA_QT, Track, &[Mp4(b"ima4")]),
    row("mp1", CODEC_ID_MP1, Mpeg, &[Named("mp1")]),
    row("mp2", CODEC_ID_MP2, Mpeg, &[Wav(0x50), Named("mp2")]),
    row("mp3", CODEC_ID_MP3, Mpeg, &[Wav(0x55), Named("mp3"), Named("mpga")]),
    row("aac", CODEC_ID_AAC, Track, &[
        Wav(0xFF), Wav(0x1600), Wav(0x1610), Named("aac"), Named("adts"),
    ]),
    row("alac", CODEC_ID_ALAC, Track, &[]),
    row("flac", CODEC_ID_FLAC, Track, &[Named("flac")]),
    row("vorbis", CODEC_ID_VORBIS, Track, &[]),
    row("opus", CODEC_ID_OPUS, with!("opus", OwnTrack(super::opus::decoder)), &[Named("opus")]),
    // From here on only named.
    row("adpcm_g723", NO_ID, Nobody, &[Wav(0x14), Au(25), Au(26)]),
    row("adpcm_g726", CODEC_ID_ADPCM_G726, Nobody, &[Wav(0x40), Wav(0x45), Wav(0x64), Au(23)]),
    row("adpcm_g726le", CODEC_ID_ADPCM_G726LE, Nobody, &[]),
    row("g723_1", NO_ID, Nobody, &[Wav(0x42)]),
    // The longer of two first bytes that start alike comes first.
    row("amr_wb", NO_ID, Nobody, &[Wav(0x58), Mp4(b"sawb"), Start(b"#!AMR-WB"), Named("awb")]),
    row("amr_nb", NO_ID, Nobody, &[Wav(0x57), Mp4(b"samr"), Start(b"#!AMR"), Named("amr")]),
    row("evrc", NO_ID, Nobody, &[Mp4(b"sevc")]),
    row("qcelp", NO_ID, Nobody, &[Mp4(b"Qclp"), Mp4(b"sqcp")]),
    row("speex", CODEC_ID_SPEEX, Nobody, &[Wav(0xA109), Ogg(b"Speex   "), Named("spx")]),
    Codec { advice: CONVERT_ELSEWHERE, ..row("silk", NO_ID, Nobody, &[
        Start(b"#!SILK_V3"), Start(b"\x02#!SILK_V3"), Named("silk"), Named("slk"),
    ]) },
    row("truespeech", NO_ID, Nobody, &[Wav(0x22)]),
    row("realaudio", NO_ID, Nobody, &[
        Start(b".ra\xfd"), Start(b".RMF"), Named("ra"), Named("rm"),
    ]),
    row("wma", CODEC_ID_WMA, Nobody, &[
        Wav(0x160), Wav(0x161), Wav(0x162), Wav(0x163), Start(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
        Named("wma"), Named("asf"),
    ]),
    row("ac3", CODEC_ID_AC3, Nobody, &[
        Wav(0x2000), Mp4(b"ac-3"), Start(b"\x0b\x77"), Named("ac3")
    ]),
    row("eac3", CODEC_ID_EAC3, Nobody, &[Mp4(b"ec-3")]),
    Codec { advice: CONVERT_ELSEWHERE, ..row("ac4", CODEC_ID_AC4, Nobody, &[]) },
    row("dts", CODEC_ID_DCA, Nobody, &[]),
    row("truehd", CODEC_ID_TRUEHD, Nobody, &[]),
    row("ape", CODEC_ID_MONKEYS_AUDIO, Nobody, &[Start(b"MAC "), Named("ape")]),
    row("musepack", CODEC_ID_MUSEPACK, Nobody, &[Start(b"MPCK"), Start(b"MP+"), Named("mpc")]),
    row("tta", CODEC_ID_TTA, Nobody, &[Start(b"TTA1"), Named("tta")]),
    row("wavpack", CODEC_ID_WAVPACK, Nobody, &[Start(b"wvpk"), Named("wv")]),
];
