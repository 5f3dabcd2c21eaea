//! Where a recording comes from: a path, bytes, or a file-like object.

use std::io::{self, Cursor, Read};
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

pub(crate) fn decode_options(py: Python<'_>, raw: Option<Raw>) -> PyResult<DecodeOptions> {
    let Some((codec, sample_rate_hz, channels)) = raw else {
        return Ok(DecodeOptions::default());
    };
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

impl Read for FileLike {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.call(buf).map_err(|error| {
            *self.raised.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            io::Error::other("read() of the file-like object failed")
        })
    }
}

/// A source as the crate reads it.
pub(crate) enum Opened {
    Path(PathBuf),
    Reader(Box<dyn Read + Send + Sync>),
}

impl Source {
    pub(crate) fn open(self, raised: &Raised) -> Opened {
        match self {
            Self::Path(path) => Opened::Path(path),
            Self::Bytes(bytes) => Opened::Reader(Box::new(Cursor::new(bytes))),
            Self::File(object) => Opened::Reader(Box::new(FileLike {
                object,
                raised: raised.clone(),
            })),
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
            Self::Reader(reader) => AudioReader::from_reader(reader, hint, options),
        }
    }
}
