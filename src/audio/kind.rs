//! Which kind of recording starts at some bytes.

use super::codec::{CODECS, Sign};
use super::frames;

/// Extensions of containers.
const EXTENSIONS: &[&str] = &[
    "3g2", "3ga", "3gp", "aif", "aifc", "aiff", "au", "avi", "bwf", "caf", "m4a", "m4b", "mka",
    "mkv", "mov", "mp4", "nist", "oga", "ogg", "rf64", "snd", "sph", "w64", "wav", "wav49", "wave",
    "webm",
];

/// Extensions by which recordings are known, without the dot, in lower case: those of containers,
/// of codecs, and of headerless telephone audio; also of those that will be refused, since an error
/// that names the codec is better than a call that is passed over.
pub fn extensions() -> impl Iterator<Item = &'static str> {
    let codecs = CODECS.iter().flat_map(|codec| codec.signs);
    let named = codecs.filter_map(|sign| match sign {
        Sign::Extension(extension, _) | Sign::Named(extension) => Some(*extension),
        _ => None,
    });
    EXTENSIONS.iter().copied().chain(named)
}

/// Whether a container starts with these bytes (12 tell it) that is read whole only from a file:
/// its index follows the sound, or only its bytes tell where one recording ends and another starts.
/// [`scan_reader`](crate::Detector::scan_reader) reads it as far as it goes without going back;
/// whoever has a stream of it writes it to a file first.
pub fn needs_a_file(head: &[u8]) -> bool {
    let starts: [&[u8]; 5] = [b"FORM", b"fLaC", b"OggS", b"caff", MATROSKA];
    let boxes: [&[u8]; 6] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"];
    starts.iter().any(|magic| head.starts_with(magic))
        || head.get(4..8).is_some_and(|name| boxes.contains(&name))
}

/// Bytes that tell the kind.
pub(crate) const HEAD_BYTES: usize = 1 << 16;

/// The EBML header's identifier (RFC 8794, section 11.2.1).
const MATROSKA: &[u8] = b"\x1a\x45\xdf\xa3";

/// The GUID that opens a Wave64 file (Sony Pictures Digital, "Wave64 file format").
const WAVE64: &[u8] = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";

/// A kind of recording that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Wav,
    Wave64,
    Avi,
    Au,
    Sphere,
    Caf,
    Aiff,
    Flac,
    Ogg,
    Matroska,
    Mp4,
    /// MPEG audio or ADTS: frames without a container.
    Frames,
}

impl Kind {
    /// ffmpeg's name of it, the one that people know.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Wave64 => "w64",
            Self::Avi => "avi",
            Self::Au => "au",
            Self::Sphere => "nist",
            Self::Caf => "caf",
            Self::Aiff => "aiff",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
            Self::Matroska => "matroska",
            Self::Mp4 => "mov",
            Self::Frames => "mp3",
        }
    }
}

/// What starts with `head`.
pub(crate) fn of(head: &[u8]) -> Option<Kind> {
    by_magic(head).or_else(|| frames::start_at(head).then_some(Kind::Frames))
}

/// The same of kinds whose first bytes leave no doubt.
pub(crate) fn by_magic(head: &[u8]) -> Option<Kind> {
    let form = head.get(8..12).unwrap_or_default();
    let is_riff = [b"RIFF", b"RIFX", b"RF64", b"BW64"]
        .iter()
        .any(|id| head.starts_with(*id));
    let starts: [(&[u8], Kind); 8] = [
        (WAVE64, Kind::Wave64),
        (b".snd", Kind::Au),
        (b"NIST_1A\n", Kind::Sphere),
        (b"caff", Kind::Caf),
        (b"fLaC", Kind::Flac),
        (b"OggS\0", Kind::Ogg),
        (MATROSKA, Kind::Matroska),
        (b"NIST_1A\r\n", Kind::Sphere),
    ];
    match form {
        b"WAVE" if is_riff => return Some(Kind::Wav),
        b"AVI " if head.starts_with(b"RIFF") => return Some(Kind::Avi),
        b"AIFF" | b"AIFC" if head.starts_with(b"FORM") => return Some(Kind::Aiff),
        _ => {}
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Some(Kind::Mp4);
    }
    let found = starts.iter().find(|(magic, _)| head.starts_with(magic));
    found.map(|(_, kind)| *kind)
}

/// Where a recording starts behind something else: a line end, the head of an HTTP answer, junk.
pub(crate) fn find(head: &[u8]) -> Option<(usize, Kind)> {
    // `.snd` and `ftyp` are too short to be searched for, and are words.
    let sure = |kind| !matches!(kind, Kind::Au | Kind::Mp4 | Kind::Caf);
    let magic = (1..head.len())
        .find_map(|at| Some((at, by_magic(&head[at..]).filter(|&kind| sure(kind))?)));
    magic.or_else(|| frames::find(head).map(|at| (at, Kind::Frames)))
}

/// Whether a Matroska segment has "unknown size" (RFC 8794, section 6.2), as live recorders write
/// it.
pub(crate) fn is_endless_matroska(head: &[u8]) -> bool {
    const SEGMENT_OF_UNKNOWN_SIZE: &[u8] = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff";
    head.starts_with(MATROSKA)
        && head
            .windows(SEGMENT_OF_UNKNOWN_SIZE.len())
            .take(256)
            .any(|w| w == SEGMENT_OF_UNKNOWN_SIZE)
}
