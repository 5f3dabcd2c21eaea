//! Pages: an index of those that are there, and their end after the time that they are kept.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use voxhumana::report::html::page_name;
use voxhumana::report::{Outcome, Recording, Summary};

use super::state::{Listed, State};
use crate::results::Pages;

/// While there is work, the index is written no more often.
const INDEX_EVERY: Duration = Duration::from_secs(10);

/// Most recordings on the index, the newest: more, and a browser takes seconds to sort them.
const MAX_LISTED: usize = 10_000;

/// The folder of pages.
pub struct Shelf<'a> {
    pages: &'a Pages<'a>,
    keep_s: Option<u64>,
    /// Whether the index is out of date.
    pub is_stale: bool,
    written: Option<Instant>,
    /// When the next page is too old, s since 1970.
    next_end_s: u64,
}

impl<'a> Shelf<'a> {
    /// As an earlier run left it.
    pub fn new(pages: &'a Pages<'a>, keep: Option<Duration>) -> Self {
        Self {
            pages,
            keep_s: keep.map(|keep| keep.as_secs()),
            is_stale: true,
            written: None,
            next_end_s: 0,
        }
    }

    /// How a recording stands on the index: with its page, or as a failure; `None` if it does not.
    pub fn listing(&self, recording: &Recording) -> Option<Listed> {
        let page = self.pages.name_of(recording);
        if page.is_none() && recording.error().is_none() {
            return None;
        }
        Some(Listed {
            made_s: now_s(),
            page,
            recording: brief(recording),
        })
    }

    /// Takes away the page of what a recording was before it changed.
    pub fn take_away(&self, recording: &Recording) -> Result<()> {
        let page = page_name(recording);
        self.pages
            .remove(&page)
            .with_context(|| format!("{page}: the page of an earlier result cannot be deleted"))
    }

    /// Deletes what is too old, and brings the index up to date, at the latest when there is
    /// nothing else to do.
    pub fn tidy(&mut self, state: &State, is_idle: bool) -> Result<()> {
        if self.keep_s.is_some() && now_s() >= self.next_end_s {
            self.end_old(state)?;
        }
        let is_time = is_idle || self.written.is_none_or(|at| at.elapsed() >= INDEX_EVERY);
        if self.is_stale && is_time {
            self.write_index(state)?;
            self.is_stale = false;
            self.written = Some(Instant::now());
        }
        Ok(())
    }

    fn end_old(&mut self, state: &State) -> Result<()> {
        let keep_s = self.keep_s.unwrap_or(u64::MAX);
        let now_s = now_s();
        let mut old = Vec::new();
        // One that is made from now on ends no sooner.
        let mut next_s = now_s.saturating_add(keep_s);
        state.each_listed(|key, listed| {
            let end_s = listed.made_s.saturating_add(keep_s);
            if end_s <= now_s {
                old.push((key.to_vec(), listed.page));
            } else {
                next_s = next_s.min(end_s);
            }
        })?;
        for page in old.iter().filter_map(|(_, page)| page.as_deref()) {
            self.pages
                .remove(page)
                .with_context(|| format!("{page}: an old page cannot be deleted"))?;
        }
        if !old.is_empty() {
            let keys: Vec<Vec<u8>> = old.into_iter().map(|(key, _)| key).collect();
            state.unlist(&keys)?;
            self.is_stale = true;
        }
        self.next_end_s = next_s;
        Ok(())
    }

    fn write_index(&self, state: &State) -> Result<()> {
        let mut newest = Vec::new();
        state.each_listed(|_, listed| newest.push(listed))?;
        newest.sort_by_key(|listed| std::cmp::Reverse(listed.made_s));
        newest.truncate(MAX_LISTED);
        let mut sum = Summary::default();
        for listed in &newest {
            sum.add(&listed.recording);
            self.pages.list(&listed.recording);
        }
        self.pages.finish(&sum)
    }
}

/// Without the lists that grow with the length of the recording, which the index does not show.
fn brief(recording: &Recording) -> Recording {
    let mut brief = recording.clone();
    if let Outcome::Ok { report, .. } = &mut brief.outcome {
        for channel in &mut report.channels {
            channel.segments.clear();
            channel.speech_spans.clear();
            channel.windows = None;
        }
    }
    brief
}

/// Seconds since 1970.
pub fn now_s() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
