//! The queue on disk: what is in it outlives the process, and is delivered by the next one.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};

/// By the time at which to try, ms since 1970, and the id: tries so far, and the event.
const TABLE: TableDefinition<(u64, &str), (u32, &str)> = TableDefinition::new("webhooks-1");

/// Memory that the queue may hold on to, bytes. It holds few events, and reads each once.
const CACHE_BYTES: usize = 1 << 20;

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The same for each try.
    pub id: String,
    /// The event, in JSON.
    pub body: String,
    /// Tries so far.
    pub tries: u32,
    /// When to try, ms since 1970.
    pub due_ms: u64,
}

impl Waiting {
    fn key(&self) -> (u64, &str) {
        (self.due_ms, &self.id)
    }

    fn value(&self) -> (u32, &str) {
        (self.tries, &self.body)
    }
}

/// Events that wait, those that are due first.
pub struct Queue {
    database: Database,
    max: u64,
}

#[allow(clippy::result_large_err, reason = "the error of the database")]
impl Queue {
    /// Opens a queue, or makes it; for `max` events.
    ///
    /// # Errors
    ///
    /// Those of the file, also where another process has it.
    pub fn open(path: &Path, max: u64) -> Result<Self, redb::Error> {
        let database = Database::builder()
            .set_cache_size(CACHE_BYTES)
            .create(path)?;
        let write = database.begin_write()?;
        write.open_table(TABLE)?;
        write.commit()?;
        Ok(Self { database, max })
    }

    /// Adds events, which are on the disk when this returns; gives how many had room.
    ///
    /// # Errors
    ///
    /// Those of the file: none is in it then.
    pub fn add(&self, events: &[Waiting]) -> Result<usize, redb::Error> {
        let write = self.database.begin_write()?;
        let mut table = write.open_table(TABLE)?;
        let room = usize::try_from(self.max.saturating_sub(table.len()?)).unwrap_or(usize::MAX);
        let added = room.min(events.len());
        for event in &events[..added] {
            table.insert(event.key(), event.value())?;
        }
        drop(table);
        write.commit()?;
        Ok(added)
    }

    /// The event that is due first.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn first(&self) -> Result<Option<Waiting>, redb::Error> {
        let table = self.database.begin_read()?.open_table(TABLE)?;
        let first = table.first()?.map(|(key, value)| {
            let ((due_ms, id), (tries, body)) = (key.value(), value.value());
            Waiting {
                id: id.to_owned(),
                body: body.to_owned(),
                tries,
                due_ms,
            }
        });
        Ok(first)
    }

    /// Takes an event out, and puts it back with its next try, if there is one.
    ///
    /// # Errors
    ///
    /// Those of the file: it stays as it was.
    pub fn replace(&self, event: &Waiting, next: Option<&Waiting>) -> Result<(), redb::Error> {
        let write = self.database.begin_write()?;
        let mut table = write.open_table(TABLE)?;
        table.remove(event.key())?;
        if let Some(next) = next {
            table.insert(next.key(), next.value())?;
        }
        drop(table);
        write.commit()?;
        Ok(())
    }

    /// Events that wait.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn len(&self) -> Result<u64, redb::Error> {
        let table = self.database.begin_read()?.open_table(TABLE)?;
        Ok(table.len()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, due_ms: u64) -> Waiting {
        Waiting {
            id: id.to_owned(),
            body: format!("{{\"of\":\"{id}\"}}"),
            tries: 0,
            due_ms,
        }
    }

    #[test]
    fn what_is_in_it_is_there_again_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue");
        let queue = Queue::open(&path, 3).unwrap();
        let all = [event("b", 20), event("a", 20), event("c", 5), event("d", 1)];
        // The fourth has no room.
        assert_eq!(queue.add(&all).unwrap(), 3);
        assert!(Queue::open(&path, 3).is_err(), "it is open already");
        drop(queue);

        let queue = Queue::open(&path, 3).unwrap();
        assert_eq!(queue.len().unwrap(), 3);
        assert_eq!(queue.first().unwrap(), Some(event("c", 5)));
        let later = Waiting {
            tries: 1,
            ..event("c", 30)
        };
        queue.replace(&event("c", 5), Some(&later)).unwrap();
        for expected in [event("a", 20), event("b", 20), later] {
            assert_eq!(queue.first().unwrap(), Some(expected.clone()));
            queue.replace(&expected, None).unwrap();
        }
        assert_eq!(queue.first().unwrap(), None);
    }
}
