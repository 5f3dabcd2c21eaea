//! Features and scores of windows, on as many threads as wanted.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ndarray::{Array2, Array3, Axis, Slice};

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

    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// Windows worth collecting before they are scored together.
    pub(super) fn batch(&self) -> usize {
        self.threads * WINDOWS_PER_THREAD
    }

    /// The network's outputs for each window, in order; with the embeddings if `embed`.
    pub(super) fn score(&self, windows: &[&[f32]], embed: bool) -> Result<Vec<WindowOutput>> {
        self.shared(windows, |share| self.score_here(share, embed))
    }

    /// The features of one window, a matrix for each front end.
    pub(super) fn features(&self, window: &[f32]) -> Result<Vec<Array2<f32>>> {
        let mut worker = self.lend()?;
        let views = worker.views.iter_mut();
        let features = views.map(|view| view.extractor.extract(window)).collect();
        self.lock().push(worker);
        features
    }

    /// Does `work` on shares of `items`, each on a thread, and returns the results in their order.
    pub(super) fn shared<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(&[T]) -> Result<Vec<R>> + Sync,
    ) -> Result<Vec<R>> {
        let threads = self.threads.min(items.len());
        if threads <= 1 {
            return work(items);
        }
        let share = items.len().div_ceil(threads);
        let parts = thread::scope(|scope| {
            let mut shares = items.chunks(share);
            let mine = shares.next().unwrap_or_default();
            let work = &work;
            let start = |part| {
                let thread = thread::Builder::new();
                (part, thread.spawn_scoped(scope, move || work(part)))
            };
            let others: Vec<_> = shares.map(start).collect();
            let mut parts = vec![work(mine)];
            parts.extend(others.into_iter().map(|(part, thread)| {
                // Where the system gives no more threads, this one does it.
                let Ok(thread) = thread else {
                    return work(part);
                };
                thread.join().unwrap_or_else(|_| {
                    Err(Error::Runtime {
                        runtime: self.model.runtime(),
                        reason: "a scoring thread panicked".to_owned(),
                    })
                })
            }));
            parts
        });
        let mut results = Vec::with_capacity(items.len());
        for part in parts {
            results.extend(part?);
        }
        Ok(results)
    }

    fn score_here(&self, windows: &[&[f32]], embed: bool) -> Result<Vec<WindowOutput>> {
        let mut worker = self.lend()?;
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
            scores.extend(if embed {
                self.model.score_and_embed(&features)?
            } else {
                self.model.score(&features)?
            });
        }
        self.lock().push(worker);
        Ok(scores)
    }

    /// A worker that idles, or a new one.
    fn lend(&self) -> Result<Worker> {
        let idle = self.lock().pop();
        idle.map_or_else(|| Worker::new(&self.model), Ok)
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
