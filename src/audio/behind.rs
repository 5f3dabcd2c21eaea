//! What lies behind the audio, or before it, and explains itself: tags, padding, chunks.

use super::kind::{self, HEAD_BYTES};
use super::riff;
use super::source::ByteReader;

/// The start of what lies behind a recording.
#[derive(Debug, PartialEq)]
pub(crate) enum Behind {
    /// Nothing more.
    Nothing,
    /// Another recording.
    Recording,
    /// Bytes that explain nothing.
    Unknown,
}

/// Reads past what explains itself.
pub(crate) fn look(reader: &mut ByteReader) -> Behind {
    loop {
        let left = reader.left();
        let head = reader.peek(HEAD_BYTES);
        if head.is_empty() {
            return Behind::Nothing;
        }
        if let Some(bytes) = tag_bytes(head) {
            reader.skip(believable(bytes, left));
            continue;
        }
        if kind::of(head).is_some() {
            return Behind::Recording;
        }
        let blank = head.iter().take_while(|b| is_blank(**b)).count();
        if blank > 0 {
            reader.skip(blank as u64);
            continue;
        }
        match riff::chunk_bytes(head, left) {
            Some(bytes) => reader.skip(bytes),
            None => return Behind::Unknown,
        };
    }
}

/// How much of a tag of `bytes` is passed over where so much is `left` of the file: one that would
/// be longer lies about its size, and only its header is passed.
pub(crate) fn believable(bytes: u64, left: Option<u64>) -> u64 {
    const HEADER_BYTES: u64 = 10;
    if left.is_some_and(|left| bytes > left) {
        HEADER_BYTES
    } else {
        bytes
    }
}

/// Padding, or the line end that a transfer left.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\r' | b'\n' | b' ')
}

/// Length of the tag that starts here: ID3v2, ID3v1, APE, Lyrics3.
pub(crate) fn tag_bytes(head: &[u8]) -> Option<u64> {
    if let [b'I', b'D', b'3', major, minor, flags, s0, s1, s2, s3, ..] = *head
        && major < 0xFF
        && minor < 0xFF
        && [s0, s1, s2, s3].iter().all(|&s| s < 0x80)
    {
        // "Synchsafe" (ID3v2.4, section 3.1), without header and footer.
        let size = [s0, s1, s2, s3]
            .iter()
            .fold(0, |n, &s| n << 7 | u64::from(s));
        return Some(10 + size + if flags & 0x10 == 0 { 0 } else { 10 });
    }
    if head.starts_with(b"APETAGEX") {
        let size = head.get(12..16)?;
        let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]);
        // The size counts the footer and not the header; a bit says which of them this is.
        let is_header = head.get(23).is_some_and(|flags| flags & 0x20 != 0);
        return Some(32 + if is_header { u64::from(size) } else { 0 });
    }
    if head.starts_with(b"LYRICSBEGIN") {
        let ends: [&[u8]; 2] = [b"LYRICS200", b"LYRICSEND"];
        let end = head.windows(9).position(|w| ends.contains(&w));
        return end.map(|at| at as u64 + 9);
    }
    // ID3v1 is the last of a file, or stands between joined files.
    let is_id3v1 = head.starts_with(b"TAG") && (head.len() <= 128 || is_id3v1(&head[..128]));
    is_id3v1.then_some(128)
}

/// Whether the fields of the tag are text that zeros or blanks fill up.
fn is_id3v1(tag: &[u8]) -> bool {
    tag[3..127].chunks(30).all(|field| {
        let text = field.iter().take_while(|&&b| b != 0).count();
        field[..text].iter().all(|&b| b >= b' ')
    })
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    fn look_at(bytes: Vec<u8>) -> (Behind, u64) {
        let stream = Box::new(std::io::Cursor::new(bytes));
        let mut reader = ByteReader::new(Source::Stream(stream));
        let behind = look(&mut reader);
        (behind, reader.taken())
    }

    #[test]
    fn what_explains_itself_is_passed() {
        let mut id3v1 = b"TAGname".to_vec();
        id3v1.resize(128, 0);
        let id3v2 = [b"ID3\x04\0\0\0\0\x01\x00".as_slice(), &[7; 128]].concat();
        let ape = [
            b"APETAGEX\xd0\x07\0\0\x04\0\0\0\0\0\0\0\0\0\0\xa0".as_slice(),
            &[0; 12],
        ];
        let list = b"LIST\x04\0\0\0INFO".to_vec();
        for explained in [id3v1, id3v2, ape.concat(), list, vec![0; 70_000]] {
            let n = explained.len() as u64;
            assert_eq!(look_at(explained.clone()), (Behind::Nothing, n));
            let then = [explained.clone(), b".snd more".to_vec()].concat();
            assert_eq!(look_at(then), (Behind::Recording, n));
            let then = [explained, vec![0xA7; 300]].concat();
            assert_eq!(look_at(then), (Behind::Unknown, n));
        }
    }
}
