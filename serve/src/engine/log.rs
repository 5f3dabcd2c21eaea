//! Events as JSON Lines in a file. A thread of its own writes, so that a slow disk holds up no
//! call.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::event::Event;

/// Events that may wait for the disk.
const WAITING: usize = 4_096;

/// The log; complete once it is closed.
pub struct EventLog {
    sender: Mutex<Option<Sender<Arc<Event>>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl EventLog {
    /// Appends to a file.
    ///
    /// # Errors
    ///
    /// Those of the file, and of the operating system when it gives no thread.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let (sender, receiver) = bounded(WAITING);
        let writer = thread::Builder::new()
            .name("voxhumana-log".into())
            .spawn(move || write_all(&receiver, file))?;
        Ok(Self {
            sender: Mutex::new(Some(sender)),
            writer: Mutex::new(Some(writer)),
        })
    }

    /// Hands an event to the disk; `false` if it had no room. Only scores are dropped: the others
    /// wait for it.
    pub(super) fn put(&self, event: Arc<Event>) -> bool {
        let sender = self
            .sender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Some(sender) = sender else { return false };
        if event.body.is_periodic() {
            sender.try_send(event).is_ok()
        } else {
            sender.send(event).is_ok()
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

fn write_all(events: &Receiver<Arc<Event>>, file: File) {
    let mut out = BufWriter::new(file);
    let mut failed = false;
    for event in events {
        let mut line = serde_json::to_vec(&*event).unwrap_or_default();
        line.push(b'\n');
        let mut written = out.write_all(&line);
        if events.is_empty() {
            written = written.and_then(|()| out.flush());
        }
        // Once, until it works again: a full disk would fill the other log as well.
        if let Err(error) = &written
            && !failed
        {
            tracing::error!(%error, "the event log cannot be written");
        }
        failed = written.is_err();
    }
}
