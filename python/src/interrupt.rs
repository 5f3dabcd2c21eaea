//! Ctrl-C, and the end of a scan that nobody waits for, while the crate works without the GIL.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use voxhumana::Error;

use crate::errors::without_gil;

/// A person notices half a second, and a thread that asks for the GIL more often slows the others.
const ASK_EVERY: Duration = Duration::from_millis(100);

thread_local! {
    static UNDER_WAY: RefCell<Option<UnderWay>> = const { RefCell::new(None) };
}

/// The scan that this thread is at.
struct UnderWay {
    cancel: Option<Arc<AtomicBool>>,
    /// Python runs the handlers of signals in the main thread alone.
    main: bool,
    asked: Instant,
    raised: Option<PyErr>,
}

/// Ends the scans that were given it.
#[pyclass(frozen, module = "voxhumana._voxhumana")]
#[derive(Default)]
pub(crate) struct Cancel(Arc<AtomicBool>);

#[pymethods]
impl Cancel {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Whether the scan of this thread is to end: what the detector asks before every second of audio.
pub(crate) fn asked() -> bool {
    UNDER_WAY.with_borrow_mut(|scan| scan.as_mut().is_some_and(UnderWay::asked))
}

impl UnderWay {
    fn asked(&mut self) -> bool {
        let cancelled = self.cancel.as_ref().map(|c| c.load(Ordering::Relaxed));
        if cancelled == Some(true) {
            return true;
        }
        if !self.main || self.asked.elapsed() < ASK_EVERY {
            return false;
        }
        self.asked = Instant::now();
        self.raised = Python::attach(|py| py.check_signals()).err();
        self.raised.is_some()
    }
}

/// Runs a scan without the GIL; a `KeyboardInterrupt` ends it, and so does `cancel`.
pub(crate) fn while_listening<T: Send>(
    py: Python<'_>,
    cancel: Option<&Cancel>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    let scan = UnderWay {
        cancel: cancel.map(|c| Arc::clone(&c.0)),
        main: main.eq(threading.call_method0("get_ident")?)?,
        asked: Instant::now(),
        raised: None,
    };
    // A file-like object may itself scan within `read`.
    let outer = UNDER_WAY.replace(Some(scan));
    let result = without_gil(py, work);
    let raised = UNDER_WAY.replace(outer).and_then(|scan| scan.raised);
    raised.map_or(result, Err)
}
