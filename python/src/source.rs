//! Where a recording comes from: a path, bytes, or a file-like object.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use voxhumana::audio::RawFormat;
use voxhumana::{AudioReader, DecodeOptions, Error};

use crate::errors::to_exception;

/// The forms that the Python side hands in; it has told the three apart already.
#[derive(FromPyObject)]
pub(crate) enum Source {
    /// The content of a file.
    Bytes(PyBackedBytes),
    /// The name of a file.
    Path(PathBuf),
    /// An object with a method `read(n) -> bytes`.
    File(Py<PyAny>),
}

/// `(codec, sample rate in Hz, channels)` of headerless bytes.
pub(crate) type Raw = (String, u32, u16);

pub(crate) fn decode_options(
    py: Python<'_>,
    raw: Option<Raw>,
    tracks: Vec<String>,
) -> PyResult<DecodeOptions> {
    let mut options = match raw {
        Some(raw) => raw_options(py, raw)?,
        None => DecodeOptions::default(),
    };
    options.tracks = tracks;
    Ok(options)
}

fn raw_options(py: Python<'_>, (codec, sample_rate_hz, channels): Raw) -> PyResult<DecodeOptions> {
    let codec = codec.parse().map_err(|e| to_exception(py, &e))?;
    Ok(DecodeOptions::raw(RawFormat {
        codec,
        sample_rate_hz,
        channels,
    }))
}

/// Holds what a file-like object raised, which an `io::Error` cannot carry.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    /// Prefers what the object raised over what the crate made of it: a `KeyboardInterrupt` in
    /// `read` must come through, and a failing read must not look like a recording that was cut
    /// short.
    pub(crate) fn or<T>(self, result: PyResult<T>) -> PyResult<T> {
        let raised = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        raised.map_or(result, Err)
    }
}

struct FileLike {
    object: Py<PyAny>,
    raised: Raised,
}

impl FileLike {
    fn call(&self, buf: &mut [u8]) -> PyResult<usize> {
        Python::attach(|py| {
            let answer = self.object.bind(py).call_method1("read", (buf.len(),))?;
            let bytes = answer.extract::<PyBackedBytes>().map_err(|_| {
                PyTypeError::new_err(
                    "read() of the file-like object must return bytes; open it in binary mode",
                )
            })?;
            let target = buf.get_mut(..bytes.len()).ok_or_else(|| {
                PyTypeError::new_err("read(n) of the file-like object returned more than n bytes")
            })?;
            target.copy_from_slice(&bytes);
            Ok(bytes.len())
        })
    }
}

impl FileLike {
    /// Keeps what the object raised.
    fn failed(&self, method: &str, error: PyErr) -> io::Error {
        *self.raised.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        io::Error::other(format!("{method}() of the file-like object failed"))
    }
}

impl Read for FileLike {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.call(buf).map_err(|error| self.failed("read", error))
    }
}

/// A file-like object that can be sought. The place where it stood is its start.
pub(crate) struct Sought {
    file: FileLike,
    start: u64,
}

impl Sought {
    /// If the object says that it can be.
    fn of(object: &Bound<'_, PyAny>, raised: &Raised) -> Option<Self> {
        let can: bool = object.call_method0("seekable").ok()?.extract().ok()?;
        let start = object.call_method0("tell").ok()?.extract().ok()?;
        let file = FileLike {
            object: object.clone().unbind(),
            raised: raised.clone(),
        };
        can.then_some(Self { file, start })
    }
}

impl Read for Sought {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read(buf)
    }
}

impl Seek for Sought {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (offset, whence) = match to {
            SeekFrom::Start(n) => (i128::from(n) + i128::from(self.start), 0),
            SeekFrom::Current(n) => (i128::from(n), 1),
            SeekFrom::End(n) => (i128::from(n), 2),
        };
        let object = &self.file.object;
        let at: PyResult<u64> = Python::attach(|py| {
            let object = object.bind(py);
            object.call_method1("seek", (offset, whence))?;
            object.call_method0("tell")?.extract()
        });
        let at = at.map_err(|error| self.file.failed("seek", error))?;
        at.checked_sub(self.start)
            .ok_or_else(|| io::Error::other("a place before the start"))
    }
}

/// A source as the crate reads it.
pub(crate) enum Opened {
    Path(PathBuf),
    Bytes(PyBackedBytes),
    Sought(Box<Sought>),
    Reader(Box<dyn Read + Send + Sync>),
}

impl Source {
    pub(crate) fn open(self, py: Python<'_>, raised: &Raised) -> Opened {
        match self {
            Self::Path(path) => Opened::Path(path),
            Self::Bytes(bytes) => Opened::Bytes(bytes),
            Self::File(object) => match Sought::of(object.bind(py), raised) {
                Some(sought) => Opened::Sought(Box::new(sought)),
                None => Opened::Reader(Box::new(FileLike {
                    object,
                    raised: raised.clone(),
                })),
            },
        }
    }
}

impl Opened {
    pub(crate) fn audio(
        self,
        hint: Option<&str>,
        options: &DecodeOptions,
    ) -> Result<AudioReader, Error> {
        match self {
            Self::Path(path) => AudioReader::open(&path, options),
            Self::Bytes(bytes) => AudioReader::from_seekable(Cursor::new(bytes), hint, options),
            Self::Sought(file) => AudioReader::from_seekable(*file, hint, options),
            Self::Reader(reader) => AudioReader::from_reader(reader, hint, options),
        }
    }
}
