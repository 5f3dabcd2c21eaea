//! A record to bytes, recording by recording.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::canonical::{Digests, canonical, digest, parts, parts_of_recording};
use super::key::SigningKey;
use super::record::{EvidenceHeader, RecordingEvidence};
use super::signature::Signature;
use crate::report::SCHEMA_VERSION;

/// Writes an evidence record. What it keeps of a recording are its digests; the record is whole
/// only after
/// [`EvidenceWriter::finish`], so write to a temporary file and rename that.
#[derive(Debug)]
pub struct EvidenceWriter<W: Write> {
    out: W,
    /// The header as JSON.
    header: Value,
    digests: Digests,
    recordings: usize,
}

impl<W: Write> EvidenceWriter<W> {
    /// Begins a record in `out`.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn new(mut out: W, header: EvidenceHeader) -> io::Result<Self> {
        let header = serde_json::to_value(header)?;
        let digests = parts(&header)?;
        // Members in the order of RFC 8785, here and in `finish`.
        out.write_all(b"{\"data\":{\"created\":")?;
        out.write_all(&canonical(&header["created"])?)?;
        out.write_all(b",\"model\":")?;
        out.write_all(&canonical(&header["model"])?)?;
        out.write_all(b",\"recordings\":[")?;
        Ok(Self {
            out,
            header,
            digests,
            recordings: 0,
        })
    }

    /// Writes one recording.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn recording(&mut self, recording: &RecordingEvidence) -> io::Result<()> {
        let recording = serde_json::to_value(recording)?;
        let at = format!("/data/recordings/{}", self.recordings);
        parts_of_recording(&at, &recording, &mut self.digests)?;
        if self.recordings > 0 {
            self.out.write_all(b",")?;
        }
        self.recordings += 1;
        self.out.write_all(&canonical(&recording)?)
    }

    /// Writes what stands at the end, signs it if there is a key, and gives back the output.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn finish(mut self, key: Option<&SigningKey>) -> io::Result<W> {
        let seal = digest(&self.digests)?;
        self.out.write_all(b"],\"settings\":")?;
        self.out.write_all(&canonical(&self.header["settings"])?)?;
        self.out.write_all(b",\"software\":")?;
        self.out.write_all(&canonical(&self.header["software"])?)?;
        self.out.write_all(b"},\"digests\":")?;
        self.out.write_all(&canonical(&self.digests)?)?;
        write!(
            self.out,
            ",\"schema_version\":{SCHEMA_VERSION},\"seal\":{}",
            json!(seal)
        )?;
        if let Some(key) = key {
            self.out.write_all(b",\"signature\":")?;
            self.out
                .write_all(&canonical(&Signature::new(key, &seal)?)?)?;
        }
        self.out.write_all(b",\"type\":\"evidence\"}")?;
        self.out.flush()?;
        Ok(self.out)
    }
}
