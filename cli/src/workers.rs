//! Many recordings at once.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How often an interruption is looked for while no result comes.
const PATIENCE: Duration = Duration::from_millis(50);

/// What happens to whoever takes the results.
pub enum Event<R> {
    /// A result is there.
    Done(R),
    /// The program is to end. What is under way takes its time and cannot be stopped: to end soon,
    /// end the process.
    Interrupted,
}

/// Name of the threads that work.
const WORKER: &str = "voxhumana-worker";

/// How many recordings to work on at once, where `asked` for so many, or for none in particular.
pub fn jobs(asked: Option<u16>, recordings: usize) -> usize {
    asked
        .map_or_else(processors, usize::from)
        .clamp(1, recordings.max(1))
}

/// Processors that this program may use.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Works on `inputs` on `jobs` threads and hands each result to `each` as soon as it is there,
/// until `interrupted`.
///
/// A panic is a bug in the decoder or the model; `crashed` makes a result of its message, and the
/// rest goes on. When `each` fails, what is under way is finished and dropped, and nothing else is
/// begun.
///
/// # Errors
///
/// Those of `each`, and of the operating system when it gives no threads.
pub fn all<I: Sync, R: Send>(
    inputs: &[I],
    jobs: usize,
    work: impl Fn(&I) -> R + Sync,
    crashed: impl Fn(&I, &str) -> R + Sync,
    interrupted: impl Fn() -> bool + Sync,
    each: impl FnMut(Event<R>) -> io::Result<()>,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    // Bounded, so that a slow reader of the results does not let them pile up.
    let (sender, receiver) = mpsc::sync_channel(jobs);
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, next, work, crashed) = (sender.clone(), &next, &work, &crashed);
            let interrupted = &interrupted;
            let until_done = move || {
                while let Some(input) = inputs.get(next.fetch_add(1, Ordering::Relaxed))
                    && !interrupted()
                {
                    let result = catch_unwind(AssertUnwindSafe(|| work(input)))
                        .unwrap_or_else(|panic| crashed(input, &message_of(panic.as_ref())));
                    if sender.send(result).is_err() {
                        break;
                    }
                }
            };
            thread::Builder::new()
                .name(WORKER.into())
                .spawn_scoped(scope, until_done)?;
        }
        drop(sender);
        receive(receiver, &interrupted, each)
    })
}

/// Hands on what comes. The receiver goes with this function, so that nobody sends to it in vain.
fn receive<R>(
    receiver: Receiver<R>,
    interrupted: impl Fn() -> bool,
    mut each: impl FnMut(Event<R>) -> io::Result<()>,
) -> io::Result<()> {
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(result) => each(Event::Done(result))?,
            Err(RecvTimeoutError::Disconnected) if !interrupted() => return Ok(()),
            Err(_) => {}
        }
        if interrupted() {
            return each(Event::Interrupted);
        }
    }
}

/// Keeps the message of a panic that [`all`] catches from standard error: it is in the result.
pub fn silence_their_panics() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().name() != Some(WORKER) {
            print(info);
        }
    }));
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    format!(
        "internal error: {text}; this is a bug in voxhumana: please report it with the recording"
    )
}
