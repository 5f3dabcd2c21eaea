//! From a whole recording to a finished scan and its report.

use super::channels::{Mixer, check_count, common_length, names};
use super::detector::Detector;
use super::result::{InputSummary, ModelId, RecordingReport};
use super::scan::Scan;
use crate::Result;
use crate::audio::{AudioReader, Unread};

/// Where samples come from.
#[derive(Default)]
struct Origin<'a> {
    container: &'a str,
    codec: &'a str,
    rate: u32,
    channels: usize,
    truncated: bool,
    unread: Vec<Unread>,
    full_scale: Option<f64>,
    time_reference_s: Option<f64>,
    guessed: bool,
    decoded_by: Option<&'a str>,
}

impl Detector {
    /// Scans what is left in `audio`; `look` sees each block of its channels.
    pub(super) fn read(
        &self,
        mut audio: AudioReader,
        mut look: impl FnMut(&[&[f32]]),
    ) -> Result<(Scan, RecordingReport)> {
        let channels = audio.channels();
        let rate = audio.sample_rate_hz();
        let names = names(&self.settings, channels, audio.channel_names())?;
        let mut scan = self.start(rate, names.len(), self.scorer.batch())?;
        let mut mixer = Mixer::new(&self.settings);
        let mut block = Vec::new();
        while audio.next_block(&mut block)? {
            let planes: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
            self.interrupt.check()?;
            look(&planes);
            mixer.push(&mut scan, &planes)?;
        }
        let origin = Origin {
            container: audio.container(),
            codec: audio.codec(),
            rate,
            channels,
            truncated: audio.truncated(),
            unread: audio.unread(),
            full_scale: audio.full_scale(),
            time_reference_s: audio.time_reference_s(),
            guessed: audio.guessed(),
            decoded_by: audio.decoded_by(),
        };
        let report = self.report(&mut scan, &names, origin)?;
        Ok((scan, report))
    }

    /// Scans samples in memory; `look` sees each block of their channels.
    pub(super) fn read_channels(
        &self,
        channels: &[&[f32]],
        sample_rate_hz: u32,
        mut look: impl FnMut(&[&[f32]]),
    ) -> Result<(Scan, RecordingReport)> {
        let length = common_length(channels)?;
        check_count(channels.len())?;
        let names = names(&self.settings, channels.len(), &[])?;
        let mut scan = self.start(sample_rate_hz, names.len(), self.scorer.batch())?;
        let mut mixer = Mixer::new(&self.settings);
        // Blocks of a second, as a reader gives them.
        let step = sample_rate_hz as usize;
        for start in (0..length).step_by(step) {
            let end = length.min(start + step);
            let planes: Vec<&[f32]> = channels.iter().map(|c| &c[start..end]).collect();
            self.interrupt.check()?;
            look(&planes);
            mixer.push(&mut scan, &planes)?;
        }
        let origin = Origin {
            container: "samples",
            codec: "pcm_f32",
            rate: sample_rate_hz,
            channels: channels.len(),
            ..Origin::default()
        };
        let report = self.report(&mut scan, &names, origin)?;
        Ok((scan, report))
    }

    fn report(
        &self,
        scan: &mut Scan,
        names: &[String],
        origin: Origin<'_>,
    ) -> Result<RecordingReport> {
        scan.finish()?;
        let model = self.model();
        Ok(RecordingReport {
            duration_s: scan.frames() as f64 / f64::from(origin.rate),
            truncated: origin.truncated,
            unread: origin.unread,
            input: InputSummary {
                container: origin.container.to_owned(),
                codec: origin.codec.to_owned(),
                sample_rate_hz: origin.rate,
                channels: origin.channels,
                bandwidth_hz: scan.bandwidth_hz(),
                clipped_share: scan.clipped_share(),
                full_scale: origin.full_scale,
                time_reference_s: origin.time_reference_s,
                guessed: origin.guessed.then_some(true),
                decoded_by: origin.decoded_by.map(ToOwned::to_owned),
            },
            model: ModelId {
                name: model.metadata().name.clone(),
                version: model.metadata().version.clone(),
                sha256: model.sha256().to_owned(),
            },
            runtime: model.runtime().to_owned(),
            operating_point: self.settings.operating_point.clone(),
            threshold_llr: self.settings.thresholds.threshold_llr,
            stretch_threshold_llr: self.settings.thresholds.stretch_threshold_llr,
            spoof_prior: Some(self.settings.thresholds.spoof_prior),
            channels: scan.reports(names, &scan.decisions()),
        })
    }
}
