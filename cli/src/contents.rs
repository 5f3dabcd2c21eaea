//! Whether a file holds a recording, by what is in it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// First bytes of a file that are looked at.
const MAX_HEAD_BYTES: u64 = 1 << 16;

/// Why a file cannot be an earlier result; `None` if it can, or is not there. All that this program
/// writes is text, so that what is none is somebody's data, a recording without a header among it.
pub fn foreign(path: &Path) -> Option<String> {
    let head = head(path)?;
    match kind(&head) {
        Some(kind) => Some(format!("is a recording ({kind})")),
        None if is_text(&head) => None,
        None => Some("holds no text, as recordings do and results do not".to_owned()),
    }
}

/// The kind of a recording, by what is in it; of one without a header, by its extension as well.
pub fn recording(path: &Path) -> Option<&'static str> {
    /// Of headerless recordings, in lower case.
    const HEADERLESS: [&str; 15] = [
        "al", "alaw", "g722", "g729", "gsm", "mulaw", "pcm", "pcma", "pcmu", "raw", "sln", "sln16",
        "ul", "ulaw", "vox",
    ];
    let head = head(path)?;
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    kind(&head).or_else(|| {
        let named = HEADERLESS.contains(&extension.to_ascii_lowercase().as_str());
        (named && !is_text(&head)).then_some("headerless")
    })
}

/// The first bytes of a regular file that has some.
fn head(path: &Path) -> Option<Vec<u8>> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut head = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MAX_HEAD_BYTES).read_to_end(&mut head).ok()?;
    (!head.is_empty()).then_some(head)
}

/// The container of a recording by its first bytes, also of those that this program cannot decode.
fn kind(head: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 19] = [
        (b"RIFF", "WAV"),
        (b"RIFX", "WAV"),
        (b"RF64", "WAV"),
        (b"BW64", "WAV"),
        (b"riff", "W64"),
        (b".snd", "AU"),
        (b"dns.", "AU"),
        (b"fLaC", "FLAC"),
        (b"OggS", "Ogg"),
        (b"FORM", "AIFF"),
        (b"caff", "CAF"),
        (b"ID3", "MP3 or AAC"),
        (b"ADIF", "AAC"),
        (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA"),
        (b"#!SILK", "SILK"),
        (b"\x02#!SILK", "SILK"),
        (b"wvpk", "WavPack"),
        (b"MAC ", "Monkey's Audio"),
    ];
    // Those that begin as text; of the others none goes on as such, where a table of results may
    // begin with the name of a folder `riff`.
    const TEXTS: [(&[u8], &str); 3] = [
        (b"#!AMR", "AMR"),
        (b"NIST_1A", "SPHERE"),
        (b"data:audio/", "a data URL"),
    ];
    let is_data = !is_text(head);
    let mut starts = STARTS.iter().filter(|_| is_data).chain(&TEXTS);
    if let Some((_, kind)) = starts.find(|(start, _)| head.starts_with(start)) {
        return Some(kind);
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Some("MP4");
    }
    is_mpeg(head).then_some("MP3 or AAC")
}

/// Whether an MPEG frame starts here (ISO 11172-3, 2.4.1.3; ADTS: ISO 13818-7, 6.2): a sync word,
/// and none of the values that are reserved.
fn is_mpeg(head: &[u8]) -> bool {
    let [0xff, second, third, ..] = head else {
        return false;
    };
    let (sync, version, layer) = (second >> 5, second >> 3 & 3, second >> 1 & 3);
    let is_adts = second & 0xf6 == 0xf0 && third >> 2 & 15 < 13;
    // Layer I is left out: nobody has it, and UTF-16 text starts like it.
    let is_audio = version != 1
        && (layer == 1 || layer == 2)
        && !matches!(third >> 4, 0 | 15)
        && third >> 2 & 3 != 3;
    sync == 7 && (is_adts || is_audio)
}

/// Whether bytes are UTF-8 text, up to a letter that the end may cut.
fn is_text(head: &[u8]) -> bool {
    let end_is_cut = |e: std::str::Utf8Error| e.error_len().is_none();
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) if end_is_cut(e) => return is_text(&head[..e.valid_up_to()]),
        Err(_) => return false,
    };
    // Escapes are those of a table in colours.
    text.chars()
        .all(|c| !c.is_control() || "\n\r\t\u{b}\u{c}\u{1b}\u{85}".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_told_by_what_is_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        for (bytes, is_ours) in [
            (&b""[..], true),
            (b"{\"type\":\"recording\"}\n", true),
            (b"path,status\r\n\"a\xc3\xa4\",ok\n", true),
            (b"\x1b[1mcall.wav\x1b[0m\n", true),
            (b"cut inside a letter \xe5\xbd", true),
            (b"RIFF\x24\0\0\0WAVE", false),
            (b"riff/call.wav  0:03.0, wav pcm_s16le\n", true),
            (b"#!AMR\n", false),
            (b"NIST_1A\n   1024\n", false),
            (b"\0\0\0\x18ftypM4A ", false),
            (b"\xff\xfb\x90\x64 and more", false),
            (b"\xff\xf1\x50\x80 and more", false),
            // Headerless: mu-law, A-law and 16-bit silence.
            (b"\xff\xff\xff\xff", false),
            (b"\xd5\xd5\xd5\xd5", false),
            (b"\0\0\0\0", false),
        ] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(foreign(&path).is_none(), is_ours, "{bytes:?}");
        }
        // UTF-16 text is no recording, and no result.
        fs::write(&path, b"\xff\xfep\0a\0t\0h\0").unwrap();
        assert!(recording(&path).is_none() && foreign(&path).is_some());
    }
}
