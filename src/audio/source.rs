//! The bytes of a recording: a file that can be sought, or a stream that is read once.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::io::{MediaSource, ReadOnlySource};

/// Where the bytes come from.
pub(crate) enum Source {
    /// A regular file.
    File(File),
    /// Anything else: a pipe, a socket, bytes from memory.
    Stream(Box<dyn Read + Send + Sync>),
}

impl Source {
    /// Up to `n` first bytes, which will be read again.
    pub(crate) fn peek(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(n);
        match self {
            Self::File(file) => {
                file.by_ref().take(n as u64).read_to_end(&mut head)?;
                file.seek(SeekFrom::Start(0))?;
            }
            Self::Stream(stream) => {
                stream.by_ref().take(n as u64).read_to_end(&mut head)?;
                let rest = std::mem::replace(stream, Box::new(io::empty()));
                *stream = Box::new(Cursor::new(head.clone()).chain(rest));
            }
        }
        Ok(head)
    }

    /// The same file from its start, if it is one.
    pub(crate) fn try_clone(&self) -> Option<FileAgain> {
        match self {
            Self::File(file) => file.try_clone().ok().map(FileAgain),
            Self::Stream(_) => None,
        }
    }

    /// Whether its length was known to what wrote it.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// The form that is read once, from start to end.
    pub(crate) fn into_reader(self) -> Box<dyn Read + Send + Sync> {
        match self {
            Self::File(file) => Box::new(BufReader::new(file)),
            Self::Stream(stream) => stream,
        }
    }

    /// The form symphonia reads.
    pub(crate) fn into_media_source(self) -> Box<dyn MediaSource> {
        match self {
            Self::File(file) => Box::new(file),
            Self::Stream(stream) => Box::new(ReadOnlySource::new(stream)),
        }
    }
}

/// Counts the bytes that are read through it.
pub(crate) struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Counted<R> {
    /// The reader, and its counter.
    pub(crate) fn new(inner: R) -> (Self, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&count);
        (Self { inner, count }, counter)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// A second handle of a file, for another try once the first has gone with its reader. The two
/// share their place in the file.
pub(crate) struct FileAgain(File);

impl FileAgain {
    /// The file as a stream that cannot be sought.
    pub(crate) fn into_stream(mut self) -> io::Result<Source> {
        self.0.seek(SeekFrom::Start(0))?;
        Ok(Source::Stream(Box::new(BufReader::new(self.0))))
    }
}

impl Read for FileAgain {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Seek for FileAgain {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}
