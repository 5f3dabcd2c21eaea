//! What was done, on disk: which files, as they were then, and which pages stand for them.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use redb::{
    Database, DatabaseError, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition,
};
use serde::{Deserialize, Serialize};
use voxhumana::report::Recording;

use crate::scan::Stamp;

/// By the bytes of absolute paths, values in JSON.
const FILES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("files");
/// Likewise.
const LISTED: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("listed");

/// First bytes of the file.
const MAGIC: &[u8] = b"redb";

/// Memory for parts of the file, bytes: the library would take a gigabyte.
const CACHE_BYTES: usize = 8 << 20;

/// How long a file may be gone before its state is dropped, s: a share that is away for a weekend
/// comes back to a program that knows its files.
const ABSENT_S: u64 = 7 * 24 * 3_600;

/// A file that was scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// As it was then.
    pub stamp: Stamp,
    /// That of its result; `None` where it could not be read.
    pub scan_key: Option<String>,
    /// Since when it is gone, s since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_since_s: Option<u64>,
}

/// A recording on the index of pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// When, s since 1970.
    pub made_s: u64,
    /// Its page, if it has one.
    pub page: Option<String>,
    /// Its result, as far as the index shows it.
    pub recording: Recording,
}

/// The state in its file, of which this program is the only user.
pub struct State(Database);

/// The state at one moment.
pub struct Seen(ReadOnlyTable<&'static [u8], &'static [u8]>);

impl State {
    /// Opens the file, or begins one.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display();
        let mut head = Vec::new();
        if let Ok(file) = File::open(path) {
            file.take(MAGIC.len() as u64).read_to_end(&mut head)?;
        }
        if !head.is_empty() && head != MAGIC {
            bail!(
                "{name}: is no state of voxhumana watch, and is left as it is; give another --state"
            );
        }
        let open = Database::builder().set_cache_size(CACHE_BYTES).create(path);
        let database = open.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => anyhow!(
                "{name}: another voxhumana watch is at work with it; stop that one, or give \
                 another --state"
            ),
            error => anyhow!(
                "{name}: the state cannot be opened: {error}; check that its folder is there and \
                 that you may write into it"
            ),
        })?;
        let state = Self(database);
        state.begin().with_context(|| format!("{name}"))?;
        Ok(state)
    }

    /// Makes the tables, and drops what could not be read: a start is the time to try it again.
    fn begin(&self) -> Result<()> {
        let write = self.0.begin_write()?;
        write.open_table(LISTED)?;
        write
            .open_table(FILES)?
            .retain(|_, done| read::<Done>(done).is_ok_and(|done| done.scan_key.is_some()))?;
        Ok(write.commit()?)
    }

    /// What was done until now.
    pub fn seen(&self) -> Result<Seen> {
        Ok(Seen(self.0.begin_read()?.open_table(FILES)?))
    }

    /// A file is done, for good once this returns.
    pub fn put(&self, path: &Path, done: &Done, listed: Option<&Listed>) -> Result<()> {
        let key = key(path)?;
        let write = self.0.begin_write()?;
        write
            .open_table(FILES)?
            .insert(&*key, &*serde_json::to_vec(done)?)?;
        {
            let mut index = write.open_table(LISTED)?;
            match listed {
                Some(listed) => index.insert(&*key, &*serde_json::to_vec(listed)?)?,
                None => index.remove(&*key)?,
            };
        }
        Ok(write.commit()?)
    }

    /// Notes which files are gone, and drops those that have been for long. Returns whether there
    /// was something to note.
    pub fn note_absent(&self, present: &HashSet<PathBuf>, now_s: u64) -> Result<bool> {
        let present: HashSet<Vec<u8>> = present.iter().map(|p| key(p)).collect::<Result<_>>()?;
        let mut changed = Vec::new();
        for entry in self.0.begin_read()?.open_table(FILES)?.iter()? {
            let (key, done) = entry?;
            let mut done: Done = read(done.value())?;
            let since = match (present.contains(key.value()), done.absent_since_s) {
                (true, _) => None,
                (false, since) => Some(since.unwrap_or(now_s)),
            };
            let is_long = since.is_some_and(|since| now_s.saturating_sub(since) > ABSENT_S);
            if is_long || since != done.absent_since_s {
                done.absent_since_s = since;
                changed.push((key.value().to_vec(), (!is_long).then_some(done)));
            }
        }
        let write = self.0.begin_write()?;
        {
            let mut files = write.open_table(FILES)?;
            for (key, done) in &changed {
                match done {
                    Some(done) => files.insert(&**key, &*serde_json::to_vec(done)?)?,
                    None => files.remove(&**key)?,
                };
            }
        }
        write.commit()?;
        Ok(!changed.is_empty())
    }

    /// Hands out what is on the index, with the key of each.
    pub fn each_listed(&self, mut take: impl FnMut(&[u8], Listed)) -> Result<()> {
        for entry in self.0.begin_read()?.open_table(LISTED)?.iter()? {
            let (key, listed) = entry?;
            take(key.value(), read(listed.value())?);
        }
        Ok(())
    }

    /// Takes these from the index.
    pub fn unlist(&self, keys: &[Vec<u8>]) -> Result<()> {
        let write = self.0.begin_write()?;
        {
            let mut listed = write.open_table(LISTED)?;
            for key in keys {
                listed.remove(&**key)?;
            }
        }
        Ok(write.commit()?)
    }
}

impl Seen {
    /// What was done of this file.
    pub fn of(&self, path: &Path) -> Result<Option<Done>> {
        match self.0.get(&*key(path)?)? {
            Some(done) => Ok(Some(read(done.value())?)),
            None => Ok(None),
        }
    }
}

/// The same wherever the program is started.
fn key(path: &Path) -> Result<Vec<u8>> {
    let whole = std::path::absolute(path)?;
    Ok(whole.into_os_string().into_encoded_bytes())
}

fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T> {
    serde_json::from_slice(json).context("the state of voxhumana watch is not readable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(bytes: u64, key: Option<&str>) -> Done {
        Done {
            stamp: Stamp {
                bytes,
                modified_ns: Some(-5),
            },
            scan_key: key.map(Into::into),
            absent_since_s: None,
        }
    }

    #[test]
    fn what_is_put_is_there_at_the_next_start_but_for_what_could_not_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let state = State::open(&path).unwrap();
        let (a, b) = (Path::new("/x/a"), Path::new("/x/b"));
        state.put(a, &done(1, Some("k")), None).unwrap();
        state.put(a, &done(2, Some("l")), None).unwrap();
        state.put(b, &done(3, None), None).unwrap();
        assert_eq!(state.seen().unwrap().of(b).unwrap(), Some(done(3, None)));
        let second = State::open(&path).err().unwrap().to_string();
        assert!(second.contains("another voxhumana watch"), "{second}");
        drop(state);
        let seen = State::open(&path).unwrap().seen().unwrap();
        assert_eq!(seen.of(a).unwrap(), Some(done(2, Some("l"))));
        assert_eq!(seen.of(b).unwrap(), None);
    }

    #[test]
    fn files_that_are_gone_for_long_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("s")).unwrap();
        let (a, b) = (PathBuf::from("/x/a"), PathBuf::from("/x/b"));
        for path in [&a, &b] {
            state.put(path, &done(1, Some("k")), None).unwrap();
        }
        let only_a = HashSet::from([a.clone()]);
        assert!(state.note_absent(&only_a, 100).unwrap());
        assert!(!state.note_absent(&only_a, 100 + ABSENT_S).unwrap());
        let both = HashSet::from([a.clone(), b.clone()]);
        assert!(state.note_absent(&both, 200 + ABSENT_S).unwrap());
        assert!(state.note_absent(&only_a, 300 + ABSENT_S).unwrap());
        assert!(state.note_absent(&only_a, 301 + 2 * ABSENT_S).unwrap());
        let seen = state.seen().unwrap();
        assert!(seen.of(&a).unwrap().is_some() && seen.of(&b).unwrap().is_none());
    }

    #[test]
    fn another_file_is_no_state() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.csv");
        std::fs::write(&path, "path,queue\n").unwrap();
        let error = State::open(&path).err().unwrap().to_string();
        assert!(error.contains("left as it is"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"path,queue\n");
    }
}
