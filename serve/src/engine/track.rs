//! One side of a call: payloads to samples to scores, on a worker.

use voxhumana::audio::{PayloadCodec, PayloadDecoder};
use voxhumana::verdict::{Reason, Verdict};
use voxhumana::{CallTracks, ChannelReport, Detector, Error, Stream, TrackStart};

use super::alert::{Alarm, AlertRule};
use super::event::Body;
use super::order::{Faults, Order, Place, Step};

/// Silence is pushed in parts of at most so many samples, half a second at 8 kHz: a frame whose
/// time stamp jumps stands for a quarter of an hour of it, and others wait for the worker.
const SILENCE: [f32; 4_096] = [0.0; 4_096];

/// So many frames in a row that cannot be decoded are no damage by the line (a second of 20 ms):
/// the sender sends something else.
const MAX_DAMAGED: u32 = 50;

/// The facts about a track, known before its first frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTrack {
    /// Its name: `inbound`, `outbound`, …
    pub name: String,
    /// Codec of its payloads.
    pub codec: PayloadCodec,
    /// Rate that the telephone system declares, Hz.
    pub sample_rate_hz: u32,
}

/// A track under way.
pub struct Track {
    pub(super) name: String,
    index: usize,
    decoder: PayloadDecoder,
    /// `None` once it is finished.
    stream: Option<Stream>,
    /// The other tracks of the call, until it has joined them.
    others: Option<CallTracks>,
    rate_hz: u32,
    order: Order,
    /// Samples of a frame whose place the next one decides.
    held: Option<Vec<f32>>,
    /// Silence that is still to be pushed before the samples of the last frame, samples.
    owed: u64,
    /// Where the track starts, seconds from the start of the call.
    starts_s: f64,
    damaged: u64,
    /// Those in a row, until now.
    damaged_in_row: u32,
    strays: u64,
    samples: Vec<f32>,
    /// Samples that were pushed.
    clock: u64,
    judged_s: u64,
    spans: usize,
    said: Option<(Verdict, Option<Reason>)>,
    alarm: Alarm,
    report: ChannelReport,
}

impl Track {
    /// A track, the `index`th of its call, with whose others it is compared.
    ///
    /// # Errors
    ///
    /// Those of the decoder: a codec or rate that is not decoded.
    pub fn new(
        detector: &Detector,
        new: &NewTrack,
        index: usize,
        others: &CallTracks,
    ) -> Result<Self, Error> {
        let decoder = PayloadDecoder::new(new.codec, new.sample_rate_hz)?;
        let rate_hz = decoder.sample_rate_hz();
        // A track is one party's.
        let stream = detector.without_voices().stream(rate_hz)?;
        let mut track = Self {
            name: new.name.clone(),
            index,
            report: stream.so_far(),
            decoder,
            stream: Some(stream),
            others: Some(others.clone()),
            rate_hz,
            order: Order::default(),
            held: None,
            owed: 0,
            starts_s: 0.0,
            damaged: 0,
            damaged_in_row: 0,
            strays: 0,
            samples: Vec::new(),
            clock: 0,
            judged_s: 0,
            spans: 0,
            said: None,
            alarm: Alarm::default(),
        };
        track.named();
        Ok(track)
    }

    /// Takes one payload; appends what there is to tell. Where silence belongs before it, it may
    /// not be done yet: [`Track::owes`] says so. `call_s` is how far the call has come, seconds.
    ///
    /// # Errors
    ///
    /// Those of the decoder and of the detector.
    pub fn push(
        &mut self,
        payload: &[u8],
        place: Place,
        call_s: f64,
        rule: &AlertRule,
        events: &mut Vec<Body>,
    ) -> Result<(), Error> {
        if let (Some(stream), Some(others)) = (&mut self.stream, self.others.take()) {
            // A time counts from the start of the call, with silence up to the first frame.
            let (start, starts_s) = match place.at_ns {
                Some(_) => (TrackStart::Call, 0.0),
                None => (TrackStart::Now, call_s),
            };
            stream.join(&others, start)?;
            self.starts_s = starts_s;
        }
        self.samples.clear();
        // A frame is decoded before its place is known, since its length is part of the place. One
        // that is dropped has no effect on G.711 and L16, and little on the others.
        self.decoder.decode(payload, &mut self.samples)?;
        if !payload.is_empty() {
            self.damaged_in_row = 0;
        }
        let frame_ns = self.samples.len() as u64 * 1_000_000_000 / u64::from(self.rate_hz);
        let silence_ns = match self.order.step(place, frame_ns) {
            Step::Drop => return Ok(()),
            Step::Hold => {
                self.held = Some(std::mem::take(&mut self.samples));
                return Ok(());
            }
            Step::TakeBoth { silence_ns } => {
                let held = self.held.take().unwrap_or_default();
                self.samples.splice(..0, held);
                silence_ns
            }
            Step::Take { silence_ns } => silence_ns,
        };
        self.held = None;
        let owed = u128::from(silence_ns) * u128::from(self.rate_hz) / 1_000_000_000;
        self.owed = u64::try_from(owed).unwrap_or(0);
        self.go_on(rule, events)
    }

    /// Pushes a part of the silence that is owed, and behind the last part the frame.
    ///
    /// # Errors
    ///
    /// Those of the detector.
    pub fn go_on(&mut self, rule: &AlertRule, events: &mut Vec<Body>) -> Result<(), Error> {
        let part = usize::try_from(self.owed).unwrap_or(usize::MAX);
        let part = part.min(SILENCE.len());
        self.owed -= part as u64;
        self.take(&SILENCE[..part], rule, events)?;
        if self.owes() {
            return Ok(());
        }
        let samples = std::mem::take(&mut self.samples);
        let pushed = self.take(&samples, rule, events);
        self.samples = samples;
        pushed
    }

    /// Whether there is more to do for the last frame, by [`Track::go_on`].
    pub fn owes(&self) -> bool {
        self.owed > 0
    }

    /// Leaves out the silence that is still owed, for want of time.
    pub fn forgive(&mut self) {
        self.owed = 0;
    }

    /// Passes over a frame that cannot be decoded; `false` where there are too many in a row.
    pub fn pass_over(&mut self) -> bool {
        self.damaged += 1;
        self.damaged_in_row += 1;
        self.damaged_in_row <= MAX_DAMAGED
    }

    /// Counts packets that were dropped before they became frames.
    pub fn count_strays(&mut self, strays: u64) {
        self.strays += strays;
    }

    /// Pushes samples, and judges after each full second of them.
    fn take(
        &mut self,
        mut samples: &[f32],
        rule: &AlertRule,
        events: &mut Vec<Body>,
    ) -> Result<(), Error> {
        let rate = u64::from(self.rate_hz);
        while let Some(stream) = &mut self.stream
            && !samples.is_empty()
        {
            let room = usize::try_from(rate - self.clock % rate).unwrap_or(usize::MAX);
            let (now, later) = samples.split_at(room.min(samples.len()));
            stream.push(now)?;
            samples = later;
            self.clock += now.len() as u64;
            if self.clock / rate > self.judged_s {
                self.judged_s = self.clock / rate;
                stream.refresh(&mut self.report);
                self.judge(rule, events);
            }
        }
        Ok(())
    }

    /// What a second has brought.
    fn judge(&mut self, rule: &AlertRule, events: &mut Vec<Body>) {
        let (report, track, at_s) = (&self.report, &self.name, self.at_s());
        for span in report.speech_spans.iter().skip(self.spans) {
            events.push(Body::Speech {
                track: track.clone(),
                start_s: span[0],
            });
        }
        self.spans = report.speech_spans.len();
        events.push(Body::Score {
            track: track.clone(),
            at_s,
            speech_s: report.speech_s,
            verdict: report.verdict,
            llr: report.llr,
            decision_llr: report.decision_llr,
            worst_stretch: report.worst_stretch,
        });
        let found = (report.verdict, report.reason);
        let too_little = [Some(Reason::NoSpeech), Some(Reason::TooLittleSpeech)];
        let is_first = self.said.is_none() && !too_little.contains(&report.reason);
        if is_first || self.said.is_some_and(|said| said != found) {
            self.said = Some(found);
            events.push(self.verdict(false));
        }
        if let Some(decision_llr) = self.alarm.look(rule, &(&self.report).into()) {
            events.push(Body::Alert {
                track: self.name.clone(),
                at_s,
                speech_s: self.report.speech_s,
                decision_llr,
                threshold_llr: rule.limit(self.report.speech_s),
                worst_stretch: self.report.worst_stretch,
            });
        }
    }

    fn verdict(&self, last: bool) -> Body {
        Body::Verdict {
            track: self.name.clone(),
            at_s: self.at_s(),
            verdict: self.report.verdict,
            reason: self.report.reason,
            llr: self.report.llr,
            synthetic_probability: self.report.synthetic_probability,
            speech_s: self.report.speech_s,
            last,
        }
    }

    /// Ends its samples. All tracks of a call end before one is finished: they are compared.
    ///
    /// # Errors
    ///
    /// Those of the detector.
    pub fn end(&mut self) -> Result<(), Error> {
        self.stream.as_mut().map_or(Ok(()), Stream::end)
    }

    /// Finishes the track: its last verdict is that of an offline scan.
    ///
    /// # Errors
    ///
    /// Those of the detector.
    pub fn finish(&mut self, events: &mut Vec<Body>) -> Result<(), Error> {
        if let Some(stream) = self.stream.take() {
            self.report = stream.finish()?;
            self.named();
            events.push(self.verdict(true));
        }
        Ok(())
    }

    fn named(&mut self) {
        self.report.index = self.index;
        self.report.name.clone_from(&self.name);
    }

    /// Seconds so far.
    pub fn at_s(&self) -> f64 {
        self.clock as f64 / f64::from(self.rate_hz)
    }

    /// Where it starts, seconds from the start of the call.
    pub fn starts_s(&self) -> f64 {
        self.starts_s
    }

    /// The report so far, not older than a second of the track.
    pub fn report(&self) -> &ChannelReport {
        &self.report
    }

    /// Faults of the line so far.
    pub fn faults(&self) -> Faults {
        let faults = self.order.faults();
        Faults {
            damaged: self.damaged,
            strays: faults.strays + self.strays,
            ..faults
        }
    }

    /// Whether there was an alert.
    pub fn alerted(&self) -> bool {
        self.alarm.raised()
    }
}
