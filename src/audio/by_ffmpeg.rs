//! What ffmpeg leaves unread of a file and does not say: its readers end where the first recording
//! in a file does, and take one that is cut for whole.

use super::behind;
use super::kind::{self, Kind};
use super::limits::MAX_UNREAD_BYTES;
use super::next;
use super::source::{ByteReader, Section, Source};
use super::unread::Unread;

/// First bytes of ASF (WMA), and of its object that counts the bytes of the file (Advanced Systems
/// Format specification, sections 10.1 and 10.4).
const ASF: [u8; 16] = [
    0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C,
];
const ASF_PROPERTIES: [u8; 16] = [
    0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11, 0x8E, 0xE4, 0x00, 0xC0, 0x0C, 0x20, 0x53, 0x65,
];
/// Where in that object the length of the file stands, and its flags, of which the lowest says that
/// nobody knew it.
const ASF_BYTES_AT: usize = 40;
const ASF_FLAGS_AT: usize = 88;

/// What is left of a file.
#[derive(Default)]
pub(crate) struct Left {
    pub(crate) unread: Vec<Unread>,
    /// The file ends before it says it would.
    pub(crate) is_cut: bool,
}

/// What is left of the file that starts with `head`.
pub(crate) fn left(file: &Section, head: &[u8]) -> Left {
    let mut left = Left::default();
    let declared = declared_bytes(head);
    left.is_cut = declared.is_some_and(|bytes| bytes > file.len());
    let again = starts(head).and_then(|starts| next::start(file.from(0), &starts));
    let end = match (again, declared) {
        (Some(again), _) => again,
        (None, Some(bytes)) => bytes.min(file.len()),
        (None, None) => return left,
    };
    let mut behind = ByteReader::new(Source::Seekable(file.from(end)));
    // What explains itself has nothing to say.
    behind::look(&mut behind);
    let bytes = behind.left().unwrap_or(0);
    if bytes > MAX_UNREAD_BYTES {
        let reason = match again {
            Some(_) => "another recording, and ffmpeg reads the first",
            None => "of no known kind",
        };
        left.unread.push(Unread {
            what: "behind the recording".into(),
            bytes,
            reason: reason.into(),
        });
    }
    left
}

/// How another recording of the same kind would start.
fn starts(head: &[u8]) -> Option<fn(&[u8]) -> bool> {
    let wav = |bytes: &[u8]| bytes.starts_with(b"RIFF") && bytes.get(8..16) == Some(b"WAVEfmt ");
    let mp4 = |bytes: &[u8]| matches!(bytes, [0, 0, 0, 16..=64, b'f', b't', b'y', b'p', ..]);
    let asf = |bytes: &[u8]| bytes.starts_with(&ASF);
    let flv = |bytes: &[u8]| matches!(bytes, [b'F', b'L', b'V', 1, 1 | 4 | 5, 0, 0, 0, 9, ..]);
    let tta = |bytes: &[u8]| bytes.starts_with(b"TTA1\x01\0");
    let kinds: [fn(&[u8]) -> bool; 5] = [wav, mp4, asf, flv, tta];
    kinds.into_iter().find(|starts| starts(head))
}

/// The length of the file by its own account, bytes.
fn declared_bytes(head: &[u8]) -> Option<u64> {
    if kind::by_magic(head) == Some(Kind::Wav) {
        let size = u32::from_le_bytes(head.get(4..8)?.try_into().ok()?);
        let is_known = head.starts_with(b"RIFF") && size != 0 && size != u32::MAX;
        return is_known.then_some(u64::from(size) + 8);
    }
    if head.starts_with(&ASF) {
        let mut windows = head.windows(ASF_PROPERTIES.len());
        let at = windows.position(|bytes| bytes == ASF_PROPERTIES)?;
        let number = |at: usize| Some(u64::from_le_bytes(head.get(at..at + 8)?.try_into().ok()?));
        let is_live = head.get(at + ASF_FLAGS_AT)? & 1 == 1;
        return number(at + ASF_BYTES_AT).filter(|&bytes| !is_live && bytes > 0);
    }
    None
}
