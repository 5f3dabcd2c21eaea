//! Look, scan what is complete, wait.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use voxhumana::Verdict;
use voxhumana::report::{ErrorCode, Outcome, Recording};

use super::args::Args;
use super::behind::{self, Behind};
use super::lines::Lines;
use super::recover::recover;
use super::shelf::{Shelf, now_s};
use super::spool::{Ready, Spool};
use super::state::{Done, State};
use crate::interrupt;
use crate::place::{self, Output};
use crate::results::{Labels, Pages};
use crate::say::{self, say};
use crate::scan::{self, Input, Job, Settings, Stamp, Wanted, Work, detector};
use crate::workers::{self, Event};

/// Recordings between two looks, for each that is scanned at once.
const BATCH: usize = 8;

/// How often it is looked which files are gone.
const ABSENT_EVERY: Duration = Duration::from_secs(3_600);

/// While it waits, a wish to end is looked for so often.
const PATIENCE: Duration = Duration::from_millis(50);

/// What goes on while it watches.
struct Watch<'a> {
    args: &'a Args,
    /// Its own files, which may lie in the folders.
    own: Vec<&'a Path>,
    wanted: Wanted,
    jobs: usize,
    work: &'a Work<'a>,
    state: State,
    lines: Lines,
    spool: Spool,
    shelf: Option<Shelf<'a>>,
    behind: Behind,
    /// Folders that could not be read, and are not named again.
    unread: HashSet<String>,
    absent_noted: Option<Instant>,
}

/// Watches the folders that `args` name, until somebody wants it to end.
pub fn run(args: &Args) -> Result<ExitCode> {
    let state_file = state_file(args)?;
    check(args, &state_file)?;
    let jobs = args
        .detector
        .jobs
        .map_or_else(workers::processors, usize::from);
    let model = detector::build(&args.detector, jobs)?;
    let options = detector::decode_options(&args.detector);
    let state = State::open(&state_file)?;
    let labels = Labels::create(args.labels.as_deref(), &args.inputs)?;
    let pages = Pages::create(&args.pages, options, model.model().metadata())?;
    let settings = Settings::new(&args.detector, &model);
    let work = Work {
        job: Job::new(&model, settings, args.windows),
        labels: labels.as_ref(),
        pages: pages.as_ref(),
    };
    let own = [Some(&args.output), args.status.as_ref(), Some(&state_file)];
    let mut watch = Watch {
        args,
        own: own.into_iter().flatten().map(PathBuf::as_path).collect(),
        wanted: Wanted::new(&args.folders, &args.detector)?,
        jobs,
        work: &work,
        state,
        lines: Lines::new(&args.output),
        spool: Spool::new(args.settle),
        shelf: pages
            .as_ref()
            .map(|pages| Shelf::new(pages, args.keep_pages)),
        behind: Behind::default(),
        unread: HashSet::new(),
        absent_noted: None,
    };
    interrupt::watch()?;
    interrupt::watch_termination()?;
    watch.recover()?;
    watch.until_stopped()?;
    watch.stopped();
    Ok(ExitCode::SUCCESS)
}

/// Where the state is.
fn state_file(args: &Args) -> Result<PathBuf> {
    match &args.state {
        Some(path) => Ok(path.clone()),
        None if place::is_stdout(&args.output) || place::is_special(&args.output) => bail!(
            "{}: no file beside which the state could be; give --state a file",
            args.output.display()
        ),
        None => {
            let mut path = args.output.clone().into_os_string();
            path.push(".state");
            Ok(path.into())
        }
    }
}

/// Refuses what cannot be watched, and outputs that would write over what is not theirs.
fn check(args: &Args, state_file: &Path) -> Result<()> {
    for folder in &args.inputs {
        if !folder.is_dir() {
            bail!(
                "{}: no folder that can be watched; voxhumana scan takes files",
                folder.display()
            );
        }
    }
    if let Some(path) = args
        .status
        .as_ref()
        .filter(|path| !behind::may_replace(path))
    {
        bail!(
            "{}: no status of this program, and is left as it is; give --status another file",
            path.display()
        );
    }
    let output = Some(args.output.clone());
    let outputs = [
        Output::file("--output", &output),
        Output::file("--status", &args.status),
        Output::folder("--html", &args.pages.html),
        Output::folder("--labels", &args.labels),
    ];
    let read = [&args.detector.model, &args.config];
    let read = read.into_iter().flatten().map(PathBuf::as_path);
    // The state is no text, and looks after itself.
    place::check(outputs, &read.chain([state_file]).collect::<Vec<_>>())
}

impl Watch<'_> {
    fn until_stopped(&mut self) -> Result<()> {
        let mut looked: Option<Instant> = None;
        while !interrupt::requested() {
            if looked.is_none_or(|at| at.elapsed() >= self.args.every) {
                self.look()?;
                looked = Some(Instant::now());
            }
            let batch = self.spool.ready(BATCH * self.jobs, Instant::now());
            self.tell()?;
            if let Some(shelf) = &mut self.shelf {
                shelf.tidy(&self.state, batch.is_empty())?;
            }
            if batch.is_empty() {
                wait(self.args.every);
            } else {
                self.scan(&batch)?;
            }
        }
        Ok(())
    }

    /// Files of the folders, but for its own.
    fn found(&self) -> scan::Found {
        let mut found = scan::in_folders(&self.args.inputs, &self.wanted);
        let is_own = |path: &Path| self.own.iter().any(|own| place::is_same(own, path));
        found
            .inputs
            .retain(|input| !input.file().is_some_and(is_own));
        found
    }

    /// Puts the last line of a killed run into the state.
    fn recover(&mut self) -> Result<()> {
        let Some(last) = self.lines.last()? else {
            return Ok(());
        };
        let found = self.found();
        let paths = found.inputs.iter().filter_map(Input::file);
        recover(&last, paths, &self.state, self.shelf.as_ref())
    }

    /// Takes note of what is in the folders.
    fn look(&mut self) -> Result<()> {
        let found = self.found();
        let now = Instant::now();
        let seen = self.state.seen()?;
        let mut present = HashSet::new();
        for path in found.inputs.iter().filter_map(Input::file) {
            // Gone since it was found.
            let Ok(stamp) = Stamp::of(path) else {
                continue;
            };
            if seen.of(path)?.is_some_and(|done| done.stamp == stamp) {
                self.spool.forget(path);
            } else {
                self.spool.observe(path.to_owned(), stamp, now);
            }
            present.insert(path.to_owned());
        }
        if found.failures.is_empty() {
            self.unread.clear();
            self.spool.keep(|path| present.contains(path), now);
            if self
                .absent_noted
                .is_none_or(|at| at.elapsed() >= ABSENT_EVERY)
            {
                self.state.note_absent(&present, now_s())?;
                self.absent_noted = Some(now);
            }
        }
        self.behind.unreadable_folders = found.failures.len();
        for failure in &found.failures {
            if self.unread.insert(failure.path.clone()) {
                say!("warning: {}", failure.error().unwrap_or_default());
            }
        }
        Ok(())
    }

    /// Says how far it is behind.
    fn tell(&mut self) -> Result<()> {
        let waiting = self.spool.sum(Instant::now());
        if !self.args.quiet {
            self.behind.say(&waiting);
        }
        if let Some(path) = &self.args.status {
            self.behind
                .write(path, &waiting)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
        }
        Ok(())
    }

    fn scan(&mut self, batch: &[Ready]) -> Result<()> {
        let start = Instant::now();
        let work = self.work;
        let input = |ready: &Ready| Input::File(ready.path.clone());
        workers::all(
            batch,
            self.jobs.min(batch.len()),
            |ready| (ready.clone(), work.run(&input(ready))),
            |ready, problem| (ready.clone(), Some(scan::crashed(&input(ready), problem))),
            interrupt::requested,
            |event| match event {
                Event::Done((ready, Some(recording))) => self
                    .take(&ready, &recording)
                    .map_err(|error| io::Error::other(format!("{error:#}"))),
                Event::Done((_, None)) => Ok(()),
                // Recordings under way may take minutes yet; the next start scans them.
                Event::Interrupted => {
                    self.stopped();
                    process::exit(0)
                }
            },
        )
        .map_err(|error| anyhow!("{error}"))?;
        let bytes = batch.iter().map(|ready| ready.stamp.bytes).sum();
        self.behind.took(bytes, start.elapsed());
        Ok(())
    }

    /// Writes a result, then notes that it is done.
    fn take(&mut self, ready: &Ready, recording: &Recording) -> Result<()> {
        let (path, now) = (&ready.path, Instant::now());
        if self.is_for_later(path, recording, now) {
            let error = recording.error().unwrap_or_default();
            say!("warning: {error}; it is tried again later");
            return Ok(());
        }
        let before = self.state.seen()?.of(path)?;
        let is_known =
            |before: &Done| recording.scan_key.is_some() && before.scan_key == recording.scan_key;
        if !before.as_ref().is_some_and(is_known) {
            self.lines.add(recording)?;
            self.behind.count(recording);
            self.say(recording);
        }
        self.spool.forget(path);
        if code(recording) == Some(ErrorCode::NotFound) {
            // Should it come back, it is a new one.
            return Ok(());
        }
        let listed = self.shelf.as_ref().and_then(|s| s.listing(recording));
        let has_page = listed.as_ref().is_some_and(|listed| listed.page.is_some());
        let done = Done {
            stamp: ready.stamp,
            scan_key: recording.scan_key.clone(),
            absent_since_s: None,
        };
        self.state.put(path, &done, listed.as_ref())?;
        if let Some(shelf) = &mut self.shelf {
            if before.is_some() && !has_page {
                shelf.take_away(recording)?;
            }
            shelf.is_stale = true;
        }
        Ok(())
    }

    /// Whether a recording could not be read as it is, and may be another time.
    fn is_for_later(&mut self, path: &Path, recording: &Recording, now: Instant) -> bool {
        match code(recording) {
            Some(ErrorCode::ChangedWhileRead) => {
                self.spool.changed(path, now);
                true
            }
            Some(_) if recording.scan_key.is_none() => self.spool.put_off(path, now),
            _ => false,
        }
    }

    /// Tells people what they should look at.
    fn say(&self, recording: &Recording) {
        match recording.verdict() {
            _ if self.args.quiet => {}
            Some(Verdict::BonaFide) => {}
            Some(verdict) => say!("{}: {verdict}", recording.path),
            None => say!("error: {}", recording.error().unwrap_or_default()),
        }
    }

    fn stopped(&self) {
        if !self.args.quiet {
            let sum = self.behind.sum();
            say!(
                "stopped: {} since the start, {} synthetic, {} inconclusive, {} failed",
                say::count(sum.recordings, "recording"),
                sum.synthetic,
                sum.inconclusive,
                sum.errors
            );
        }
    }
}

/// Waits so long, or until somebody wants it to end.
fn wait(time: Duration) {
    let start = Instant::now();
    while !interrupt::requested() && start.elapsed() < time {
        thread::sleep(PATIENCE.min(time));
    }
}

fn code(recording: &Recording) -> Option<ErrorCode> {
    match recording.outcome {
        Outcome::Error { error_code, .. } => error_code,
        Outcome::Ok { .. } => None,
    }
}
