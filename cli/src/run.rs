//! Many recordings at once.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use voxhumana::report::Recording;

/// Name of the threads that scan.
const WORKER: &str = "scan-worker";

/// Scans `inputs` on `jobs` threads and hands each result to `each` as soon as it is there; `None` for one that an
/// earlier run had done.
///
/// A panic is a bug in the decoder or the model; it becomes the error of its recording, and the rest goes on. When
/// `each` fails, the recordings under way are finished and dropped, and no other is begun.
///
/// # Errors
///
/// Those of `each`, and of the operating system when it gives no threads.
pub fn all<I: Sync + ToString>(
    inputs: &[I],
    jobs: usize,
    scan: impl Fn(&I) -> Option<Recording> + Sync,
    mut each: impl FnMut(Option<Recording>) -> io::Result<()>,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    // Bounded, so that a slow reader of the results does not let them pile up.
    let (sender, receiver) = mpsc::sync_channel(jobs);
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, next, scan) = (sender.clone(), &next, &scan);
            let work = move || {
                while let Some(input) = inputs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let recording = catch_unwind(AssertUnwindSafe(|| scan(input)))
                        .unwrap_or_else(|panic| Some(crashed(input, panic.as_ref())));
                    if sender.send(recording).is_err() {
                        break;
                    }
                }
            };
            thread::Builder::new()
                .name(WORKER.into())
                .spawn_scoped(scope, work)?;
        }
        drop(sender);
        receiver.into_iter().try_for_each(&mut each)
    })
}

/// Keeps the message of a panic that [`all`] catches from standard error: it is in the result.
pub fn silence_panics_of_workers() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().name() != Some(WORKER) {
            print(info);
        }
    }));
}

fn crashed(input: &impl ToString, panic: &(dyn Any + Send)) -> Recording {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let path = input.to_string();
    let error = format!(
        "{path}: internal error: {what}; this is a bug in voxhumana: please report it with the recording"
    );
    Recording::new(path, Err(error))
}
