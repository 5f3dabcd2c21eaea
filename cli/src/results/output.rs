//! Results to standard output or a file.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;
use voxhumana::report::{Recording, ReportWriter, Summary};

use super::output_file;
use super::output_format::OutputFormat;
use super::table::Table;
use crate::say::say;

/// Where results go, in which form.
pub enum Output {
    /// For people.
    Table(Table<Box<dyn Write>>),
    /// For programs.
    Machine(ReportWriter<Box<dyn Write>>),
}

impl Output {
    /// Opens the file, if one is asked for; `append` goes on behind what is in it. `columns` are
    /// those of the metadata.
    pub fn create(
        format: OutputFormat,
        path: Option<&Path>,
        append: bool,
        columns: &[String],
    ) -> Result<Self> {
        let out: Box<dyn Write> = match (path, format) {
            // Leaves colours out where they do not belong: in a pipe, or with NO_COLOR.
            (None, OutputFormat::Table) => Box::new(anstream::stdout()),
            (Some(_), OutputFormat::Table) => {
                Box::new(anstream::StripStream::new(output_file::open(path, append)?))
            }
            _ => output_file::open(path, append)?,
        };
        Ok(match format {
            OutputFormat::Table => Self::Table(Table::new(out)),
            OutputFormat::Machine(format) => {
                Self::Machine(ReportWriter::new(format, out).metadata_columns(columns))
            }
        })
    }

    /// Writes one result. People read of a failure on standard error, unless the table has it.
    pub fn recording(&mut self, recording: &Recording) -> io::Result<()> {
        match self {
            Self::Table(_) => self.row(recording),
            Self::Machine(_) => {
                if let Some(error) = recording.error() {
                    say!("error: {error}");
                }
                self.row(recording)
            }
        }
    }

    /// Writes one result beside another output, which says what failed.
    pub fn row(&mut self, recording: &Recording) -> io::Result<()> {
        match self {
            Self::Table(table) => table.recording(recording),
            Self::Machine(writer) => writer.recording(recording),
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
