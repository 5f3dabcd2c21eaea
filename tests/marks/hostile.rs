//! Files of other tools, damaged by the thousand: nothing panics, nothing takes long, and nothing
//! that was not written comes out as a statement of another kind.

use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use voxhumana::marks::{DeclaredState, read_from};

/// Damaged copies made of each file.
const COPIES: usize = 400;

/// Longest walk of a file of some kilobytes.
const LONGEST: Duration = Duration::from_secs(2);

/// Numbers that sizes go wrong with.
const SIZES: [u32; 8] = [0, 1, 7, 8, 0x7F, 0x7FFF_FFFF, 0xFFFF_FFF0, u32::MAX];

fn files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/marks/files");
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end != "json"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            (name.into_owned(), std::fs::read(&path).unwrap())
        })
        .filter(|(name, _)| name.contains("_plain.") || name.contains("both"))
        .collect();
    files.sort();
    assert!(files.len() >= 11, "{} files", files.len());
    files
}

fn damage(random: &mut fastrand::Rng, bytes: &mut Vec<u8>) {
    for _ in 0..random.usize(1..=3) {
        if bytes.len() < 16 {
            return;
        }
        // Heads of tags and boxes lie at the front more often than not.
        let end = if random.bool() {
            bytes.len()
        } else {
            bytes.len().min(256)
        };
        let at = random.usize(0..end - 8);
        match random.u8(0..6) {
            0 => bytes[at] ^= 1 << random.u8(0..8),
            1 => bytes[at] = random.u8(..),
            2 => {
                let size = SIZES[random.usize(0..SIZES.len())];
                let size = if random.bool() {
                    size.to_be_bytes()
                } else {
                    size.to_le_bytes()
                };
                bytes[at..at + 4].copy_from_slice(&size);
            }
            3 => bytes.truncate(at.max(16)),
            4 => {
                let n = random.usize(1..64).min(bytes.len() - at);
                let copy = bytes[at..at + n].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => {
                let n = random.usize(1..64).min(bytes.len() - at);
                bytes.drain(at..at + n);
            }
        }
    }
}

#[test]
fn damaged_files_are_walked_to_an_end() {
    let mut random = fastrand::Rng::with_seed(22);
    for (name, original) in files() {
        let mut longest = Duration::ZERO;
        for copy in 0..COPIES {
            let mut bytes = original.clone();
            damage(&mut random, &mut bytes);
            let start = Instant::now();
            let declared = read_from(Cursor::new(&bytes)).unwrap();
            longest = longest.max(start.elapsed());
            assert!(longest < LONGEST, "{name} copy {copy}: {longest:?}");
            let broken = declared.marks.iter().any(|mark| mark.is_unreadable());
            if broken || !declared.looked.whole_file {
                let state = declared.state;
                assert!(
                    state != DeclaredState::Captured,
                    "{name} copy {copy}: {declared:?}"
                );
            }
        }
    }
}

#[test]
fn every_cut_of_every_file_is_walked() {
    for (name, original) in files() {
        for end in 0..original.len() {
            let declared = read_from(Cursor::new(&original[..end])).unwrap();
            assert!(
                declared.state != DeclaredState::Captured,
                "{name} cut at {end}"
            );
        }
    }
}

#[test]
fn what_is_no_file_is_walked() {
    let mut random = fastrand::Rng::with_seed(23);
    let heads: [&[u8]; 8] = [
        b"RIFF\xff\0\0\0WAVE",
        b"RF64\xff\xff\xff\xffWAVEds64",
        b"fLaC\0\0\0\x22",
        b"OggS\0\x02",
        b"ID3\x02\0\0\0\0\x02\0",
        b"ID3\x03\0\x80\0\0\x02\0",
        b"ID3\x04\0\x40\0\0\x02\0",
        b"\0\0\0\x10ftypM4A \0\0\0\0",
    ];
    for head in heads {
        for _ in 0..COPIES {
            let mut bytes = head.to_vec();
            bytes.extend((0..random.usize(0..600)).map(|_| random.u8(..)));
            let declared = read_from(Cursor::new(&bytes)).unwrap();
            assert!(
                declared.marks.iter().all(|mark| mark.statement().is_none()),
                "{bytes:?}"
            );
        }
    }
}
