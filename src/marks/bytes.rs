//! A file of known length, read at places.

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::limits::MAX_ELEMENTS;

/// Why a walk ends before the end of the file.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) reason: String,
    /// Whether a mark may lie behind: a size lies, or a limit was met.
    pub(super) hides: bool,
}

impl Stop {
    /// A part of the file in which a mark may lie cannot be seen.
    pub(super) fn hides(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self {
            reason,
            hides: true,
        }
    }

    /// The walk cannot go on, and nothing says that a mark follows.
    pub(super) fn ends(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self {
            reason,
            hides: false,
        }
    }
}

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// No read goes past the end; the elements walked are counted against [`MAX_ELEMENTS`].
pub(super) struct Bytes<'a> {
    source: BufReader<Box<dyn ReadSeek + 'a>>,
    position: u64,
    length: u64,
    elements: u32,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(mut source: impl Read + Seek + 'a) -> std::io::Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(0))?;
        Ok(Self {
            source: BufReader::new(Box::new(source)),
            position: 0,
            length,
            elements: 0,
        })
    }

    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// Counts one more element.
    pub(super) fn element(&mut self) -> Result<(), Stop> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(Stop::hides(format!("more than {MAX_ELEMENTS} elements")));
        }
        Ok(())
    }

    /// Checks that `bytes` from `at` on lie within the file.
    pub(super) fn hold(&self, what: &str, at: u64, bytes: u64) -> Result<(), Stop> {
        let end = at.checked_add(bytes).filter(|&end| end <= self.length);
        end.map(|_| ()).ok_or_else(|| {
            Stop::hides(format!(
                "{what} at byte {at} says {bytes} bytes; the file ends at byte {}",
                self.length
            ))
        })
    }

    /// Reads into all of `into`, from `at` on.
    pub(super) fn fill(&mut self, at: u64, into: &mut [u8]) -> Result<(), Stop> {
        self.hold("a read", at, into.len() as u64)?;
        let failed = |e: std::io::Error| Stop::hides(format!("byte {at} cannot be read: {e}"));
        // Both lie within the file, whose length an i64 holds.
        self.source
            .seek_relative(at as i64 - self.position as i64)
            .map_err(failed)?;
        self.position = at;
        self.source.read_exact(into).map_err(failed)?;
        self.position += into.len() as u64;
        Ok(())
    }

    /// `bytes` bytes from `at` on; the caller has held `bytes` against a limit.
    pub(super) fn read(&mut self, at: u64, bytes: u64) -> Result<Vec<u8>, Stop> {
        self.hold("a read", at, bytes)?;
        let mut out = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
        self.fill(at, &mut out)?;
        Ok(out)
    }

    /// Up to `bytes` bytes from `at` on.
    pub(super) fn head(&mut self, at: u64, bytes: u64) -> Result<Vec<u8>, Stop> {
        let there = self.length.saturating_sub(at);
        self.read(at.min(self.length), bytes.min(there))
    }

    pub(super) fn array<const N: usize>(&mut self, at: u64) -> Result<[u8; N], Stop> {
        let mut out = [0; N];
        self.fill(at, &mut out)?;
        Ok(out)
    }
}

/// A big-endian number at `at`; 0 past the end.
pub(super) fn be32(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..at + 4) {
        Some(&[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
        _ => 0,
    }
}

/// A little-endian number at `at`; 0 past the end.
pub(super) fn le32(bytes: &[u8], at: usize) -> u32 {
    be32(bytes, at).swap_bytes()
}

/// Four letters as text.
pub(super) fn name(id: &[u8]) -> String {
    id.iter().map(|&byte| char::from(byte)).collect()
}
