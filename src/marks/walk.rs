//! The way from a file to what it declares.

use std::fs::File;
use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::bytes::{Bytes, Stop};
use super::declared::Declared;
use super::found::Found;
use super::{flac, id3, mp4, ogg, riff};
use crate::{Error, Result};

/// Zeros between an ID3 tag and the audio that are passed over, bytes.
const MAX_PADDING_BYTES: u64 = 64 << 10;

/// Reads the declaration of the file at `path`.
///
/// # Errors
/// [`Error::Io`] if it cannot be opened. What is wrong within it is told in the result.
pub fn read(path: impl AsRef<Path>) -> Result<Declared> {
    let path = path.as_ref();
    let file = open(path).and_then(read_from);
    file.map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })
}

/// Opens a file that can be sought in; a pipe would wait for its writer.
fn open(path: &Path) -> std::io::Result<File> {
    if std::fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    let problem = "marks are read from files, not from pipes or folders";
    Err(std::io::Error::new(
        std::io::ErrorKind::InvalidInput,
        problem,
    ))
}

/// Reads the declaration of these bytes, a whole file.
///
/// # Errors
/// If `source` cannot be sought in. What is wrong within it is told in the result.
pub fn read_from(source: impl Read + Seek) -> std::io::Result<Declared> {
    let mut bytes = Bytes::new(source)?;
    let mut found = Found::default();
    // Marks are looked for beside a scan, which a fault in a parser of hostile bytes must not cost.
    let walked = catch_unwind(AssertUnwindSafe(|| walk(&mut bytes, &mut found)));
    let walked = walked.unwrap_or_else(|_| Err(Stop::hides("an internal error: report it")));
    if let Err(stop) = walked {
        found.hidden(stop);
    }
    Ok(found.finish())
}

fn walk(bytes: &mut Bytes<'_>, found: &mut Found) -> std::result::Result<(), Stop> {
    let head = bytes.head(0, 12)?;
    match &head[..] {
        head if is_riff(head) => riff::walk(bytes, found, 0),
        [b'f', b'L', b'a', b'C', ..] => flac::walk(bytes, found, 0),
        [b'O', b'g', b'g', b'S', ..] => ogg::walk(bytes, found),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] | [_, _, _, _, b'm', b'o', b'o', b'v', ..] => {
            mp4::walk(bytes, found)
        }
        [b'I', b'D', b'3', ..] => tagged(bytes, found),
        [0xFF, second, ..] if second & 0xE0 == 0xE0 => {
            found.look("id3v2 frames");
            id3::walk_end(bytes, found, 0)
        }
        _ => {
            found.unseen("a container whose places of marks are not known");
            Ok(())
        }
    }
}

fn is_riff(head: &[u8]) -> bool {
    let names = [b"RIFF", b"RIFX", b"RF64", b"BW64"];
    head.len() == 12 && names.iter().any(|name| head.starts_with(*name))
}

/// A file that begins with an ID3 tag: FLAC, MPEG audio, or WAV by some taggers.
fn tagged(bytes: &mut Bytes<'_>, found: &mut Found) -> std::result::Result<(), Stop> {
    let audio = id3::walk(bytes, found)?;
    if is_riff(&bytes.head(audio, 12)?) {
        return riff::walk(bytes, found, audio);
    }
    let head = bytes.head(audio, 4)?;
    if head == b"fLaC" {
        return flac::walk(bytes, found, audio);
    }
    // A tag that says less than it holds leaves its last frames before the audio.
    let frame = |c: &u8| c.is_ascii_uppercase() || c.is_ascii_digit();
    if head.len() == 4 && head.iter().all(frame) {
        return Err(Stop::hides(format!(
            "after the id3 tag, at byte {audio}, lies a frame and no audio"
        )));
    }
    let padding = bytes.head(audio, MAX_PADDING_BYTES)?;
    let start = padding
        .iter()
        .position(|&byte| byte != 0)
        .unwrap_or(padding.len());
    match padding.get(start..start + 2) {
        Some(&[0xFF, second]) if second & 0xE0 == 0xE0 => {}
        None => {}
        Some(_) => found.unseen(format!(
            "byte {} after the id3 tag is no mpeg audio",
            audio + start as u64
        )),
    }
    id3::walk_end(bytes, found, audio)
}
