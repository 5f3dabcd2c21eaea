//! The bytes of a recording: what can be sought, or a stream that is read once.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use symphonia::core::io::{MediaSource, ReadOnlySource};

/// Where the bytes come from.
pub(crate) enum Source {
    /// A file, or bytes in memory.
    Seekable(Section),
    /// Anything else: a pipe, a socket.
    Stream(Box<dyn Read + Send + Sync>),
    /// A stream that was read in part.
    Rest(Box<ByteReader>),
}

impl Source {
    /// The same bytes from their start, where they can be sought.
    pub(crate) fn again(&self) -> Option<Section> {
        match self {
            Self::Seekable(section) => Some(section.from(0)),
            Self::Stream(_) | Self::Rest(_) => None,
        }
    }

    /// The form symphonia reads.
    pub(crate) fn into_media_source(self) -> Box<dyn MediaSource> {
        match self {
            Self::Seekable(section) => Box::new(section),
            Self::Stream(stream) => Box::new(ReadOnlySource::new(stream)),
            Self::Rest(rest) => Box::new(ReadOnlySource::new(rest)),
        }
    }
}

/// What a [`Section`] is cut from.
pub(crate) trait Bytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> Bytes for T {}

/// A stretch of bytes that can be sought. Its copies have places of their own.
#[derive(Clone)]
pub(crate) struct Section {
    bytes: Arc<Mutex<dyn Bytes>>,
    start: u64,
    end: u64,
    at: u64,
    /// Bytes that are read in place of those there, by their place.
    patch: Option<(u64, Arc<[u8]>)>,
}

impl Section {
    /// All of `bytes`.
    pub(crate) fn new(mut bytes: impl Bytes + 'static) -> io::Result<Self> {
        let end = bytes.seek(SeekFrom::End(0))?;
        Ok(Self {
            bytes: Arc::new(Mutex::new(bytes)),
            start: 0,
            end,
            at: 0,
            patch: None,
        })
    }

    pub(crate) fn len(&self) -> u64 {
        self.end - self.start
    }

    /// From byte `at` to the end.
    pub(crate) fn from(&self, at: u64) -> Self {
        let start = self.start.saturating_add(at).min(self.end);
        Self {
            start,
            at: 0,
            ..self.clone()
        }
    }

    /// The first `bytes`.
    pub(crate) fn first(&self, bytes: u64) -> Self {
        Self {
            end: self.start.saturating_add(bytes).min(self.end),
            at: 0,
            ..self.clone()
        }
    }

    /// The same with other bytes at `at`.
    pub(crate) fn patched(&self, at: u64, bytes: &[u8]) -> Self {
        Self {
            patch: Some((self.start + at, bytes.into())),
            ..self.clone()
        }
    }
}

impl Read for Section {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let at = self.start + self.at;
        let room = usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX);
        let room = room.min(buf.len());
        if room == 0 {
            return Ok(0);
        }
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.seek(SeekFrom::Start(at))?;
        let n = bytes.read(&mut buf[..room])?;
        if let Some((place, new)) = &self.patch {
            for (i, &byte) in new.iter().enumerate() {
                let place = (place + i as u64).checked_sub(at);
                let place = place.and_then(|p| usize::try_from(p).ok());
                if let Some(old) = place.and_then(|p| buf[..n].get_mut(p)) {
                    *old = byte;
                }
            }
        }
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.len().checked_add_signed(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl MediaSource for Section {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len())
    }
}

/// A source that is read from start to end, and knows its place.
pub(crate) struct ByteReader {
    reader: Box<dyn Read + Send + Sync>,
    section: Option<Section>,
    /// Bytes looked at; those before `used` were read.
    ahead: Vec<u8>,
    used: usize,
    taken: u64,
    /// Where it ends for whoever reads, until [`ByteReader::into_source`].
    stop: u64,
}

/// Bytes that are read, and that are forgotten, at a time.
const BUFFER_BYTES: usize = 1 << 16;

impl ByteReader {
    pub(crate) fn new(source: Source) -> Self {
        let (reader, section): (Box<dyn Read + Send + Sync>, _) = match source {
            Source::Seekable(section) => {
                let reader = BufReader::with_capacity(BUFFER_BYTES, section.clone());
                (Box::new(reader), Some(section))
            }
            Source::Stream(stream) => (
                Box::new(BufReader::with_capacity(BUFFER_BYTES, stream)),
                None,
            ),
            Source::Rest(rest) => {
                return Self {
                    taken: 0,
                    stop: u64::MAX,
                    ..*rest
                };
            }
        };
        Self {
            reader,
            section,
            ahead: Vec::new(),
            used: 0,
            taken: 0,
            stop: u64::MAX,
        }
    }

    /// Ends after so many more bytes.
    pub(crate) fn limit(&mut self, bytes: u64) {
        self.stop = self.taken.saturating_add(bytes);
    }

    /// Bytes that the limit left room for.
    pub(crate) fn missing(&self) -> u64 {
        match self.stop {
            u64::MAX => 0,
            stop => stop - self.taken,
        }
    }

    /// Bytes read so far.
    #[cfg(test)]
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// Bytes left, where their number is known.
    pub(crate) fn left(&self) -> Option<u64> {
        let end = self.section.as_ref()?.len().min(self.stop);
        Some(end.saturating_sub(self.taken))
    }

    /// Whether its length was known to what wrote it.
    pub(crate) fn is_file(&self) -> bool {
        self.section.is_some()
    }

    /// Up to `n` bytes, which will be read again.
    pub(crate) fn peek(&mut self, n: usize) -> &[u8] {
        let room = usize::try_from(self.stop - self.taken).unwrap_or(usize::MAX);
        let n = n.min(room);
        let have = self.ahead.len() - self.used;
        if n > have {
            // Not for every few bytes: there may be millions of small chunks.
            if self.used >= BUFFER_BYTES {
                self.ahead.drain(..self.used);
                self.used = 0;
            }
            let mut more = self.reader.by_ref().take((n - have) as u64);
            // What cannot be read any more ends the recording, as its end does.
            let _ = more.read_to_end(&mut self.ahead);
        }
        let ahead = &self.ahead[self.used..];
        &ahead[..n.min(ahead.len())]
    }

    /// Reads past `n` bytes; the number of those that were there.
    pub(crate) fn skip(&mut self, n: u64) -> u64 {
        io::copy(&mut self.take(n), &mut io::sink()).unwrap_or_default()
    }

    /// What was not read, its first bytes replaced by these, which were looked at before.
    pub(crate) fn into_source_with(mut self, head: &[u8]) -> Source {
        if let Some(section) = &self.section {
            return Source::Seekable(section.from(self.taken).patched(0, head));
        }
        let ahead = &mut self.ahead[self.used..];
        let n = head.len().min(ahead.len());
        ahead[..n].copy_from_slice(&head[..n]);
        Source::Rest(Box::new(self))
    }

    /// What was not read.
    pub(crate) fn into_source(self) -> Source {
        match &self.section {
            Some(section) => Source::Seekable(section.from(self.taken)),
            None => Source::Rest(Box::new(self)),
        }
    }
}

impl Read for ByteReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.stop - self.taken).unwrap_or(usize::MAX);
        let room = room.min(buf.len());
        let buf = &mut buf[..room];
        let ahead = &self.ahead[self.used..];
        let n = if ahead.is_empty() {
            self.reader.read(buf)?
        } else {
            let n = buf.len().min(ahead.len());
            buf[..n].copy_from_slice(&ahead[..n]);
            self.used += n;
            n
        };
        self.taken += n as u64;
        Ok(n)
    }
}
