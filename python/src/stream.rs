//! Scans that go on while the samples arrive.

use std::sync::{Mutex, PoisonError};

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use voxhumana::{Error, TrackStart};

use crate::convert::{copied, json};
use crate::errors::without_gil;

/// A scan under way. `finish` takes the crate's stream out, hence the `Option`.
struct UnderWay<S>(Mutex<Option<S>>);

impl<S: Send> UnderWay<S> {
    fn new(stream: S) -> Self {
        Self(Mutex::new(Some(stream)))
    }

    /// The lock is taken without the GIL: a thread that waits for it while holding the GIL would
    /// block the one that holds the lock and wants the GIL.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut S) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        without_gil(py, || work(self.lock().as_mut().ok_or_else(finished)?))
    }

    fn finish<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(S) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        without_gil(py, || work(self.lock().take().ok_or_else(finished)?))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn finished() -> Error {
    Error::InvalidArgument {
        name: "stream",
        value: "finished".into(),
        accepted: "a stream that has not been finished".into(),
    }
}

/// A scan of one channel.
#[pyclass(frozen, module = "voxhumana._voxhumana")]
pub(crate) struct Stream(UnderWay<voxhumana::Stream>);

impl Stream {
    pub(crate) fn new(stream: voxhumana::Stream) -> Self {
        Self(UnderWay::new(stream))
    }
}

#[pymethods]
impl Stream {
    fn push(&self, py: Python<'_>, samples: PyReadonlyArray1<'_, f32>) -> PyResult<String> {
        let samples = samples.as_array().to_vec();
        json(py, &self.0.with(py, |stream| stream.push(&samples))?)
    }

    /// Compares it with the other tracks of its call; `now`: from where these are, else from the
    /// start of the call.
    fn join(&self, py: Python<'_>, call: &CallTracks, now: bool) -> PyResult<()> {
        let start = if now {
            TrackStart::Now
        } else {
            TrackStart::Call
        };
        self.0.with(py, |stream| stream.join(&call.0, start))
    }

    fn so_far(&self, py: Python<'_>) -> PyResult<String> {
        json(py, &self.0.with(py, |stream| Ok(stream.so_far()))?)
    }

    fn end(&self, py: Python<'_>) -> PyResult<()> {
        self.0.with(py, voxhumana::Stream::end)
    }

    fn finish(&self, py: Python<'_>) -> PyResult<String> {
        json(py, &self.0.finish(py, voxhumana::Stream::finish)?)
    }
}

/// The tracks of one call, each a stream of its own.
#[pyclass(frozen, module = "voxhumana._voxhumana")]
pub(crate) struct CallTracks(voxhumana::CallTracks);

#[pymethods]
impl CallTracks {
    #[new]
    fn new() -> Self {
        Self(voxhumana::CallTracks::new())
    }
}

/// A scan of all channels of a call.
#[pyclass(frozen, module = "voxhumana._voxhumana")]
pub(crate) struct CallStream(UnderWay<voxhumana::CallStream>);

impl CallStream {
    pub(crate) fn new(stream: voxhumana::CallStream) -> Self {
        Self(UnderWay::new(stream))
    }
}

#[pymethods]
impl CallStream {
    /// Takes samples, shape (channels, n); the new segments, each with the index of its channel.
    fn push(&self, py: Python<'_>, samples: PyReadonlyArray2<'_, f32>) -> PyResult<String> {
        let planes = copied(&samples);
        let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        json(py, &self.0.with(py, |stream| stream.push(&planes))?)
    }

    fn so_far(&self, py: Python<'_>) -> PyResult<String> {
        json(py, &self.0.with(py, |stream| Ok(stream.so_far()))?)
    }

    fn finish(&self, py: Python<'_>) -> PyResult<String> {
        json(py, &self.0.finish(py, voxhumana::CallStream::finish)?)
    }
}
