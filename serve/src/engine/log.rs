//! Events as JSON Lines in a file. A thread of its own writes, so that a slow disk holds up no
//! call.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::event::Event;

/// Events that may wait for the disk.
const WAITING: usize = 4_096;

/// Bytes that are written at a time, more or less.
const BLOCK_BYTES: usize = 1 << 16;

/// The log; complete once it is closed.
pub struct EventLog {
    sender: Mutex<Option<Sender<Task>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    lost: Arc<AtomicU64>,
}

/// What the writer has to do.
enum Task {
    Write(Arc<Event>),
    /// The file was moved away: another one begins under its name.
    Reopen,
}

impl EventLog {
    /// Appends to a file.
    ///
    /// # Errors
    ///
    /// Those of the file, and of the operating system when it gives no thread.
    pub fn open(path: &Path) -> io::Result<Self> {
        let lost = Arc::default();
        let writer = Writer {
            file: appended(path)?,
            path: path.to_owned(),
            lines: Vec::new(),
            events: 0,
            has_failed: false,
            lost: Arc::clone(&lost),
        };
        let (sender, receiver) = bounded(WAITING);
        let writer = thread::Builder::new()
            .name("voxhumana-log".into())
            .spawn(move || writer.write_all(&receiver))?;
        Ok(Self {
            sender: Mutex::new(Some(sender)),
            writer: Mutex::new(Some(writer)),
            lost,
        })
    }

    /// Goes on in a new file of the same name, where the old one was moved away.
    pub(super) fn reopen(&self) {
        if let Some(sender) = self.sender() {
            let _ = sender.send(Task::Reopen);
        }
    }

    /// Events that could not be written, since the last call of this.
    pub(super) fn take_lost(&self) -> u64 {
        self.lost.swap(0, Relaxed)
    }

    fn sender(&self) -> Option<Sender<Task>> {
        let sender = self.sender.lock();
        sender.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands an event to the disk; `false` if it had no room. Only scores are dropped: the others
    /// wait for it.
    pub(super) fn put(&self, event: Arc<Event>) -> bool {
        let Some(sender) = self.sender() else {
            return false;
        };
        if event.body.is_periodic() {
            sender.try_send(Task::Write(event)).is_ok()
        } else {
            sender.send(Task::Write(event)).is_ok()
        }
    }

    /// Waits until all of it is on its way to the disk.
    pub fn close(&self) {
        self.sender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the writer of the event log has crashed");
        }
    }
}

fn appended(path: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(path)
}

/// The thread that writes.
struct Writer {
    file: File,
    path: PathBuf,
    /// Lines that are not written yet, and how many.
    lines: Vec<u8>,
    events: u64,
    has_failed: bool,
    lost: Arc<AtomicU64>,
}

impl Writer {
    fn write_all(mut self, tasks: &Receiver<Task>) {
        for task in tasks {
            match task {
                Task::Write(event) => {
                    self.lines
                        .extend(serde_json::to_vec(&*event).unwrap_or_default());
                    self.lines.push(b'\n');
                    self.events += 1;
                    if tasks.is_empty() || self.lines.len() > BLOCK_BYTES {
                        self.flush();
                    }
                }
                Task::Reopen => {
                    self.flush();
                    match appended(&self.path) {
                        Ok(file) => self.file = file,
                        Err(error) => {
                            tracing::error!(%error, "the event log cannot be opened again");
                        }
                    }
                }
            }
        }
        self.flush();
    }

    /// Writes what waits, or counts it as lost: whole lines in either case.
    fn flush(&mut self) {
        let before = self.file.metadata().ok().filter(|m| m.is_file());
        let written = self.file.write_all(&self.lines);
        if let Err(error) = &written {
            // A part of a line would spoil the next one.
            if let Some(before) = before {
                let _ = self.file.set_len(before.len());
            }
            self.lost.fetch_add(self.events, Relaxed);
            // Once, until it works again: a full disk would fill the other log as well.
            if !self.has_failed {
                tracing::error!(%error, "the event log cannot be written");
            }
        }
        self.has_failed = written.is_err();
        self.lines.clear();
        self.events = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::SystemTime;

    use super::*;
    use crate::engine::{Body, EVENT_SCHEMA_VERSION};

    fn event(sequence: u64) -> Arc<Event> {
        Arc::new(Event {
            body: Body::Speech {
                track: "inbound".into(),
                start_s: 0.5,
            },
            schema_version: EVENT_SCHEMA_VERSION,
            call_id: "call".into(),
            peer_id: None,
            sequence,
            time: SystemTime::UNIX_EPOCH,
        })
    }

    #[test]
    fn a_file_that_was_moved_away_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("e"), folder.path().join("e.1"));
        let log = EventLog::open(&path).unwrap();
        assert!(log.put(event(1)));
        // Behind what is under way.
        while fs::read(&path).unwrap().is_empty() {}
        fs::rename(&path, &moved).unwrap();
        log.reopen();
        assert!(log.put(event(2)) && log.put(event(3)));
        log.close();
        let lines = |path| fs::read_to_string(path).unwrap().lines().count();
        assert_eq!((lines(&moved), lines(&path), log.take_lost()), (1, 2, 0));
        assert!(!log.put(event(4)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_no_disk_takes_is_counted() {
        let log = EventLog::open(Path::new("/dev/full")).unwrap();
        for sequence in 1..=3 {
            assert!(log.put(event(sequence)));
        }
        log.close();
        assert_eq!((log.take_lost(), log.take_lost()), (3, 0));
    }
}
