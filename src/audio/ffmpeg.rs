//! ffmpeg as a child process, for codecs that nothing here decodes. Off unless asked for: it is
//! another program, and hostile files are written for it.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::source::Source;
use crate::{Error, Result};

/// The program, found in `PATH`.
pub(crate) const PROGRAM: &str = "ffmpeg";

/// Longest wait for its next output. Time that the reader takes is not counted.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Most that it may give out, bytes: 24 hours of two channels of 16 bits at 48 kHz.
const MAX_OUTPUT_BYTES: u64 = 24 * 3_600 * 48_000 * 4;

/// Most memory that it may ask for at once, and in all (where the system has `ulimit`), bytes.
const MAX_ALLOCATION_BYTES: u64 = 256 << 20;
const MAX_MEMORY_BYTES: u64 = 4 << 30;

/// The exit code of a shell that does not find the program.
const NOT_FOUND: i32 = 127;

/// How many ticks it has to end once its output has.
const LAST_WORDS: usize = 20;

/// How often the wait is looked at.
const TICK: Duration = Duration::from_millis(100);

/// All tracks of sound in the file, as PCM in Matroska, which keeps their names and times.
pub(crate) fn decode(path: &Path) -> Result<(Source, Complaints)> {
    // `file:` keeps it from taking the name for an address; it may read nothing but files.
    let mut input = std::ffi::OsString::from("file:");
    input.push(path);
    let mut command = limited();
    command
        .args(["-v", "error", "-nostdin", "-threads", "1"])
        .args(["-max_alloc", &MAX_ALLOCATION_BYTES.to_string()])
        .args(["-protocol_whitelist", "file,pipe"])
        .arg("-i")
        .arg(input)
        .args(["-map", "0:a", "-c:a", "pcm_s16le", "-f", "matroska", "-"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| failed(path, &e))?;
    let stdout = child.stdout.take();
    let stdout = stdout.ok_or_else(|| failed(path, &io::ErrorKind::BrokenPipe.into()))?;
    let stderr = child.stderr.take();
    let output = Output::new(child, stdout);
    let said = Arc::new(AtomicBool::new(false));
    let hears = Arc::clone(&said);
    let listener = thread::spawn(move || {
        let copied = stderr.map(|mut stderr| io::copy(&mut stderr, &mut io::sink()));
        hears.store(!matches!(copied, None | Some(Ok(0))), Ordering::Release);
    });
    let complaints = Complaints {
        shared: Arc::clone(&output.shared),
        listener,
        said,
    };
    Ok((Source::Stream(Box::new(output)), complaints))
}

/// Whether the program found fault with the recording. It says so on its standard error, or by its
/// exit code.
pub(crate) struct Complaints {
    shared: Arc<Mutex<Shared>>,
    listener: thread::JoinHandle<()>,
    said: Arc<AtomicBool>,
}

impl Complaints {
    /// Whether there are any; to be asked at the end of its output.
    pub(crate) fn any(&self) -> bool {
        // It ends with its output, or was ended.
        for _ in 0..LAST_WORDS {
            if self.listener.is_finished() {
                break;
            }
            thread::sleep(TICK);
        }
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = matches!(shared.child.try_wait(), Ok(Some(status)) if !status.success());
        self.said.load(Ordering::Acquire) || failed && !shared.done
    }

    /// Whether there was no such program; to be asked when nothing came of it.
    pub(crate) fn not_found(&self) -> bool {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(shared.child.try_wait(), Ok(Some(status)) if status.code() == Some(NOT_FOUND))
    }
}

/// Nothing is known of the recording: it can be tried again.
pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    let problem =
        format!("{PROGRAM} cannot be started: {error}; install it, or convert the recording");
    Error::Io {
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::Unsupported, problem),
    }
}

/// The program with a limit on its memory.
#[cfg(unix)]
fn limited() -> Command {
    let mut command = Command::new("sh");
    let kib = MAX_MEMORY_BYTES >> 10;
    command.args([
        "-c",
        &format!("ulimit -v {kib}; exec \"$@\""),
        "sh",
        PROGRAM,
    ]);
    command
}

#[cfg(not(unix))]
fn limited() -> Command {
    Command::new(PROGRAM)
}

/// What the program writes. Dropping it ends the program.
struct Output {
    stdout: ChildStdout,
    left: u64,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    child: Child,
    /// When the read under way began.
    waits_since: Option<Instant>,
    killed: bool,
    done: bool,
}

impl Output {
    fn new(child: Child, stdout: ChildStdout) -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            child,
            waits_since: None,
            killed: false,
            done: false,
        }));
        let watched = Arc::clone(&shared);
        thread::spawn(move || {
            while !is_over(&watched) {
                thread::sleep(TICK);
            }
        });
        Self {
            stdout,
            left: MAX_OUTPUT_BYTES,
            shared,
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Shared) -> T) -> T {
        change(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Ends the program if it keeps its reader waiting; whether there is nothing more to watch.
fn is_over(shared: &Mutex<Shared>) -> bool {
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if shared
        .waits_since
        .is_some_and(|since| since.elapsed() > MAX_WAIT)
    {
        shared.killed = true;
        // It may have ended meanwhile.
        let _ = shared.child.kill();
    }
    shared.done || shared.killed
}

impl Read for Output {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.with(|shared| shared.waits_since = Some(Instant::now()));
        let n = self.stdout.read(buf);
        self.with(|shared| shared.waits_since = None);
        let n = n?;
        self.left = self.left.saturating_sub(n as u64);
        if self.left == 0 || n == 0 && self.with(|shared| shared.killed) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(n)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.with(|shared| {
            shared.done = true;
            let _ = shared.child.kill();
            let _ = shared.child.wait();
        });
    }
}
