//! The findings of a check, for people and for programs.

use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use voxhumana::report::evidence::{Finding, Status};
use voxhumana::report::printable;

use crate::say::say;

/// The findings so far.
pub struct Findings {
    json: bool,
    failed: usize,
    missing: usize,
}

impl Findings {
    /// None yet. As `json`, each will be an object, else words.
    pub fn new(json: bool) -> Self {
        Self {
            json,
            failed: 0,
            missing: 0,
        }
    }

    /// One line; `about` is the recording's name.
    pub fn say(&mut self, finding: &Finding, about: &str) -> Result<()> {
        self.failed += usize::from(finding.status == Status::Failed);
        let mut out = anstream::stdout();
        let written = if self.json {
            writeln!(out, "{}", serde_json::to_string(finding)?)
        } else {
            let style = match finding.status {
                Status::Ok => AnsiColor::Green.on_default(),
                Status::NotChecked => Style::new(),
                Status::Failed => AnsiColor::Red.on_default().bold(),
            };
            let part = match finding.part.as_str() {
                "" => "(form)",
                part => part,
            };
            let about = match about {
                "" => String::new(),
                name => format!("{name}: "),
            };
            let Finding { status, detail, .. } = finding;
            // The words of a record are those of whoever made it.
            let words = format!("{part}  {about}{detail}");
            writeln!(out, "{style}{status:11}{style:#}  {}", printable(&words))
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// Something that was asked for cannot be checked.
    pub fn missing(&mut self, part: &str, why: impl Into<String>, about: &str) -> Result<()> {
        self.missing += 1;
        self.say(&Finding::not_checked(part, why), about)
    }

    /// Says on standard error what it comes to.
    pub fn verdict(&self, name: &str) -> ExitCode {
        let (code, words) = match (self.failed, self.missing) {
            (0, 0) => (0, "what was checked matches".to_owned()),
            (0, n) => (
                2,
                format!("what was checked matches; {n} could not be checked"),
            ),
            (n, _) => (1, format!("DOES NOT MATCH in {n} parts")),
        };
        say!("{name}: {words}");
        ExitCode::from(code)
    }
}
