//! Features and scores of windows, on as many threads as wanted.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ndarray::{Array3, Axis, Slice};

use crate::features::{FeatureExtractor, FrontEnd};
use crate::model::{Model, WindowOutput};
use crate::{Error, Result};

/// Windows that one thread takes at a time: enough to keep a batch of a vector unit busy, 2 MB of
/// samples.
pub(super) const WINDOWS_PER_THREAD: usize = 8;

/// Working memory of one thread; lent out and reused, so that nothing is planned or allocated per
/// window.
struct Worker {
    /// One per front end of the model.
    views: Vec<View>,
}

/// A front end, and its features of the windows at hand.
struct View {
    extractor: FeatureExtractor,
    features: Array3<f32>,
}

/// Scores windows of samples.
pub(super) struct Scorer {
    model: Arc<Model>,
    threads: usize,
    idle: Mutex<Vec<Worker>>,
}

impl Scorer {
    pub(super) fn new(model: Arc<Model>, threads: usize) -> Self {
        Self {
            model,
            threads,
            idle: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// Windows worth collecting before they are scored together.
    pub(super) fn batch(&self) -> usize {
        self.threads * WINDOWS_PER_THREAD
    }

    /// The network's outputs for each window, in order.
    pub(super) fn score(&self, windows: &[&[f32]]) -> Result<Vec<WindowOutput>> {
        let threads = self.threads.min(windows.len());
        if threads <= 1 {
            return self.score_here(windows);
        }
        let share = windows.len().div_ceil(threads);
        let parts = thread::scope(|scope| {
            let mut shares = windows.chunks(share);
            let mine = shares.next().unwrap_or_default();
            let others: Vec<_> = shares
                .map(|part| scope.spawn(|| self.score_here(part)))
                .collect();
            let mut parts = vec![self.score_here(mine)];
            parts.extend(others.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|_| {
                    Err(Error::Runtime {
                        runtime: self.model.runtime(),
                        reason: "a scoring thread panicked".to_owned(),
                    })
                })
            }));
            parts
        });
        let mut scores = Vec::with_capacity(windows.len());
        for part in parts {
            scores.extend(part?);
        }
        Ok(scores)
    }

    fn score_here(&self, windows: &[&[f32]]) -> Result<Vec<WindowOutput>> {
        let idle = self.lock().pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => Worker::new(&self.model)?,
        };
        let mut scores = Vec::with_capacity(windows.len());
        for part in windows.chunks(WINDOWS_PER_THREAD) {
            for view in &mut worker.views {
                let planes = view.features.axis_iter_mut(Axis(0));
                for (window, plane) in part.iter().zip(planes) {
                    view.extractor.extract_into(window, plane)?;
                }
            }
            let used = Slice::from(..part.len());
            let features: Vec<_> = worker
                .views
                .iter()
                .map(|view| view.features.slice_axis(Axis(0), used))
                .collect();
            scores.extend(self.model.score(&features)?);
        }
        self.lock().push(worker);
        Ok(scores)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    fn new(model: &Model) -> Result<Self> {
        let front_ends = &model.metadata().front_ends;
        let views = front_ends.iter().zip(model.input_shapes());
        let view = |(front_end, &(frames, bins)): (&FrontEnd, &(usize, usize))| {
            Ok(View {
                extractor: FeatureExtractor::new(front_end.clone())?,
                features: Array3::zeros((WINDOWS_PER_THREAD, frames, bins)),
            })
        };
        Ok(Self {
            views: views.map(view).collect::<Result<_>>()?,
        })
    }
}
