//! Standard input. Most containers can only be read whole from a file: their index follows the
//! sound, or only their bytes tell where one recording ends and the next begins. Those are put into
//! a temporary one first; all else is read as it comes.

use std::io::{self, Cursor, Read, Write};

use tempfile::NamedTempFile;
use voxhumana::audio::needs_a_file;

/// Bytes that tell the kind.
const HEAD_BYTES: u64 = 12;

/// Most bytes that are put into a file: 4 GiB. What is longer is read as it comes.
const MAX_FILE_BYTES: u64 = 4 << 30;

/// Bytes that are copied at a time.
const BLOCK_BYTES: usize = 1 << 16;

/// What comes over standard input.
pub enum StandardInput {
    /// All of it.
    File(NamedTempFile),
    /// To be read once.
    Stream(Box<dyn Read + Send + Sync>),
}

impl StandardInput {
    /// Reads the start, and the rest where a file is needed.
    pub fn open() -> Self {
        Self::of(Box::new(io::stdin()))
    }

    fn of(mut input: Box<dyn Read + Send + Sync>) -> Self {
        let mut head = Vec::new();
        // What cannot be read ends it, as its end does.
        let _ = input.by_ref().take(HEAD_BYTES).read_to_end(&mut head);
        match needs_a_file(&head).then(NamedTempFile::new) {
            Some(Ok(file)) => Self::copied(file, head, input),
            // Without a place for temporary files, it is read as it comes.
            _ => Self::Stream(Box::new(Cursor::new(head).chain(input))),
        }
    }

    fn copied(
        mut file: NamedTempFile,
        head: Vec<u8>,
        mut input: Box<dyn Read + Send + Sync>,
    ) -> Self {
        let (mut block, mut bytes) = (head, 0);
        while !block.is_empty() {
            let room = bytes + block.len() as u64 <= MAX_FILE_BYTES;
            if !room || file.write_all(&block).is_err() {
                // The disk may have taken a part of the block.
                let begun = file.reopen().map(|file| file.take(bytes));
                let rest = Cursor::new(block).chain(input);
                return match begun {
                    Ok(begun) => Self::Stream(Box::new(begun.chain(rest))),
                    Err(_) => Self::Stream(Box::new(rest)),
                };
            }
            bytes += block.len() as u64;
            block.clear();
            let _ = input
                .by_ref()
                .take(BLOCK_BYTES as u64)
                .read_to_end(&mut block);
        }
        Self::File(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_go_into_a_file_and_nothing_is_lost() {
        let long = |start: &[u8]| {
            let mut bytes = start.to_vec();
            bytes.extend((0..200_000_u32).map(|i| (i >> 3) as u8));
            bytes
        };
        for (start, in_file) in [
            (&b"\0\0\0\x18ftypM4A "[..], true),
            (b"OggS\0\x02", true),
            (b"RIFF\0\0\0\0WAVE", false),
            (b"", false),
        ] {
            let bytes = long(start);
            let (mut got, mut was_file) = (Vec::new(), false);
            match StandardInput::of(Box::new(Cursor::new(bytes.clone()))) {
                StandardInput::File(file) => {
                    was_file = true;
                    file.reopen().unwrap().read_to_end(&mut got).unwrap();
                }
                StandardInput::Stream(mut stream) => {
                    stream.read_to_end(&mut got).unwrap();
                }
            }
            assert_eq!(was_file, in_file);
            assert!(got == bytes);
        }
    }
}
