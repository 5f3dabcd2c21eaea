//! Results to standard output or a file.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use voxhumana::report::{Recording, ReportWriter, Summary};

use super::args::Args;
use super::output_format::OutputFormat;
use super::table::Table;

/// Where results go, in which form.
pub enum Output {
    /// For people.
    Table(Table<Box<dyn Write>>),
    /// For programs.
    Machine(ReportWriter<Box<dyn Write>>),
}

impl Output {
    /// Opens the file, if one is asked for.
    pub fn create(args: &Args) -> Result<Self> {
        let out: Box<dyn Write> = match &args.output {
            Some(path) => Box::new(open(path, args.resume)?),
            // Leaves colours out where they do not belong: in a pipe, or with NO_COLOR.
            None if args.format == OutputFormat::Table => Box::new(anstream::stdout()),
            None => Box::new(io::stdout()),
        };
        let format = match args.format {
            OutputFormat::Table if args.output.is_some() => {
                return Ok(Self::Table(Table::new(Box::new(
                    anstream::StripStream::new(out),
                ))));
            }
            OutputFormat::Table => return Ok(Self::Table(Table::new(out))),
            OutputFormat::Machine(format) => format,
        };
        Ok(Self::Machine(ReportWriter::new(format, out)))
    }

    /// Writes one result. People read of a failure on standard error, unless the table has it.
    pub fn recording(&mut self, recording: &Recording) -> io::Result<()> {
        match self {
            Self::Table(table) => table.recording(recording),
            Self::Machine(writer) => {
                if let Some(error) = recording.error() {
                    anstream::eprintln!("error: {error}");
                }
                writer.recording(recording)
            }
        }
    }

    /// Writes what stands at the end.
    pub fn finish(self, summary: &Summary) -> io::Result<()> {
        match self {
            Self::Table(_) => Ok(()),
            Self::Machine(writer) => writer.finish(summary).map(drop),
        }
    }
}

/// Opens the file for this run alone: two that write into one file would destroy each other's
/// lines.
fn open(path: &Path, resume: bool) -> Result<File> {
    let name = path.display();
    let file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| {
            format!(
                "{name}: cannot be written; check that the folder is there and that you may write \
                 into it"
            )
        })?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            bail!("{name}: another scan is writing to it; wait for it, or give another --output")
        }
        // Some network shares know no locks.
        Err(TryLockError::Error(_)) => {}
    }
    if !resume {
        file.set_len(0)?;
    }
    Ok(file)
}

/// The error of a full disk, a share that went away and the like.
pub fn cannot_write(args: &Args, error: &io::Error) -> anyhow::Error {
    let place = args
        .output
        .as_ref()
        .map_or_else(|| "standard output".to_owned(), |p| p.display().to_string());
    anyhow!("{place}: results cannot be written: {error}; check that there is space left")
}
