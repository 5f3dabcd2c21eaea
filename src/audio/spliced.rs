//! Bytes put together from stretches of others: without what is broken, and with lengths that fit.

use std::io::{self, Read, Seek, SeekFrom};

use super::source::Section;

/// Stretches of a section, and bytes between them, as one.
pub(crate) struct Spliced {
    section: Section,
    pieces: Vec<Piece>,
    at: u64,
}

struct Piece {
    /// Where it starts in the whole.
    start: u64,
    bytes: u64,
    from: From,
}

enum From {
    /// A place in the section.
    Section(u64),
    These(Box<[u8]>),
}

impl Spliced {
    pub(crate) fn new(section: &Section) -> Self {
        Self {
            section: section.from(0),
            pieces: Vec::new(),
            at: 0,
        }
    }

    /// Appends the bytes of the section from one place to another.
    pub(crate) fn keep(&mut self, from: u64, to: u64) {
        self.push(to.saturating_sub(from), From::Section(from));
    }

    /// Appends these.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.push(bytes.len() as u64, From::These(bytes.into()));
    }

    fn push(&mut self, bytes: u64, from: From) {
        let start = self.end();
        if bytes > 0 {
            self.pieces.push(Piece { start, bytes, from });
        }
    }

    fn end(&self) -> u64 {
        let last = self.pieces.last();
        last.map_or(0, |piece| piece.start + piece.bytes)
    }
}

impl Read for Spliced {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let before = |piece: &Piece| piece.start + piece.bytes <= self.at;
        let next = self.pieces.partition_point(before);
        let Some(piece) = self.pieces.get(next) else {
            return Ok(0);
        };
        let inside = self.at - piece.start;
        let n = match &piece.from {
            From::Section(place) => {
                self.section.seek(SeekFrom::Start(place + inside))?;
                let left = piece.bytes - inside;
                (&mut self.section).take(left).read(buf)?
            }
            From::These(bytes) => (&bytes[inside as usize..]).read(buf)?,
        };
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Spliced {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.end().checked_add_signed(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_and_sought_as_one() {
        let section = Section::new(io::Cursor::new((0..100_u8).collect::<Vec<_>>())).unwrap();
        let mut spliced = Spliced::new(&section);
        spliced.keep(10, 13);
        spliced.put(&[200, 201]);
        spliced.keep(20, 20);
        spliced.keep(97, 100);
        let mut bytes = Vec::new();
        spliced.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [10, 11, 12, 200, 201, 97, 98, 99]);
        assert_eq!(spliced.seek(SeekFrom::End(-4)).unwrap(), 4);
        let mut two = [0; 2];
        spliced.read_exact(&mut two).unwrap();
        assert_eq!(two, [201, 97]);
        assert_eq!(spliced.seek(SeekFrom::Start(500)).unwrap(), 500);
        assert_eq!(spliced.read(&mut two).unwrap(), 0);
    }
}
