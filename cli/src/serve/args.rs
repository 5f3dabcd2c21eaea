//! The command line of the server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ValueEnum, value_parser};
use humantime::parse_duration;
use voxhumana::Runtime;
use voxhumana_serve::{Demo, IpNet, LogFormat, Options, PortRange};

use super::limits::LimitArgs;
use super::webhook::WebhookArgs;
use crate::sample;

const EXAMPLES: &str = "\
Examples:
  voxhumana serve --demo
      Play the call that comes with the program, and watch it at http://127.0.0.1:8080/
  voxhumana serve
      HTTP and WebSocket on 127.0.0.1:8080, for a telephone system or a proxy on this machine.
  voxhumana serve --audiosocket 127.0.0.1:9019 --events calls.jsonl
      Asterisk's AudioSocket as well; each event of each call is a line of the file.
  voxhumana serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem --token-file tokens
      For the network, with a token.
  curl -s http://127.0.0.1:8080/v1/calls
  curl -sN http://127.0.0.1:8080/v1/calls/ID/events
  curl -s --data-binary @call.wav http://127.0.0.1:8080/v1/scan
      The calls on the line; the events of one, as they happen; a recording and its result.
  voxhumana serve --rtp 127.0.0.1:20000-20999
  curl -s --data-binary @offer.sdp http://127.0.0.1:8080/v1/calls
      A call over RTP: the answer, in SDP, says to which ports.

Ways in, below the address of --listen:
  /v1/streams/twilio     Twilio, SignalWire: <Stream url=\"wss://HOST/v1/streams/twilio\"/>
  /v1/streams/telnyx     Telnyx: stream_url
  /v1/streams/asterisk   Asterisk's chan_websocket
  /v1/streams/genesys    Genesys AudioHook

Without an alert nothing is said about who speaks: \"bona fide\" is no proof of identity.";

/// The arguments of the server.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Where HTTP and WebSocket are spoken
    ///
    /// Beyond this machine, --token-file or --client-ca is needed.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Play the call that comes with the program to the server, in real time
    ///
    /// It shows what a live call looks like, before a telephone system is connected.
    #[arg(long)]
    pub demo: bool,

    /// Where Asterisk's AudioSocket is spoken [default: nowhere]
    ///
    /// Beyond this machine, --allow-from is needed: AudioSocket carries no token.
    #[arg(long, value_name = "ADDR")]
    pub audiosocket: Option<SocketAddr>,

    /// Where RTP is taken, for calls that POST /v1/calls offers in SDP [default: nowhere]
    ///
    /// Each track has two ports. Beyond this machine, --allow-from is needed.
    #[arg(long, value_name = "ADDR:FIRST-LAST")]
    pub rtp: Option<PortRange>,

    /// Network whose machines may speak AudioSocket and send RTP, as 10.0.0.0/8
    ///
    /// Can be repeated. Without it, only this machine may.
    #[arg(long, value_name = "NETWORK")]
    pub allow_from: Vec<IpNet>,

    /// Ask for one of the tokens in this file, one a line
    ///
    /// Clients send Authorization: Bearer TOKEN, or x-api-key: TOKEN, or ?token=TOKEN.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// Certificate of the server, PEM: TLS instead of plain HTTP
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of the certificate, PEM
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// Serve only clients with a certificate that this authority signed
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    pub client_ca: Option<PathBuf>,

    /// Serve only streams of Twilio that are signed with the auth token in this file
    #[arg(long, value_name = "FILE", requires = "public_url")]
    pub twilio_auth_token_file: Option<PathBuf>,

    /// How Twilio names this server, e.g. wss://calls.example.org; a part of its signature, and
    /// without a token the only host but localhost that is answered
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,

    /// Append the events of all calls to this file, a JSON object a line
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,

    /// Put telephone numbers into events and answers, where the telephone system tells them
    #[arg(long)]
    pub log_numbers: bool,

    /// Form of the log on standard error
    #[arg(long, value_enum, default_value_t)]
    pub log_format: Form,

    /// How long calls may go on when the server is asked to stop
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub drain: Duration,

    /// Threads that score [default: one per processor]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1_024))]
    pub workers: Option<u16>,

    /// Operating point of the model (balanced, low-false-alarm, high-recall), or a number
    #[arg(
        short,
        long,
        value_name = "NAME|LLR",
        default_value = "balanced",
        allow_negative_numbers = true
    )]
    pub threshold: String,

    /// How likely a call is synthetic at this desk, before it is heard, e.g. 0.001
    ///
    /// The probability in results follows from it, and nothing else does.
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    pub prior: Option<f64>,

    /// Alert where the log-likelihood ratio of a synthetic track is below this [default: -3.3]
    #[arg(long, value_name = "LLR", allow_negative_numbers = true)]
    pub alert_llr: Option<f64>,

    /// How much lower that limit is after each doubling of the speech beyond 5 s [default: 2]
    ///
    /// A call is judged every second, and each look is a chance of a false alert: late ones have to
    /// be surer.
    #[arg(long, value_name = "LLR", allow_negative_numbers = true)]
    pub alert_fall: Option<f64>,

    /// Alert only after so many seconds of speech [default: 3]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub alert_speech: Option<f64>,

    /// Alert only if it is so for so many seconds in a row [default: 1]
    #[arg(long, value_name = "SECONDS")]
    pub alert_seconds: Option<u32>,

    /// Score with this ONNX file instead of the model inside the program
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,

    /// The runtime of the model: auto, tract (compiled in) or onnxruntime (a library on this
    /// machine)
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub runtime: Runtime,

    /// Where events are sent.
    #[command(flatten)]
    pub webhook: WebhookArgs,

    /// What is too much.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// `--log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// A line for people
    #[default]
    Text,
    /// A JSON object a line
    Json,
}

impl From<Form> for LogFormat {
    fn from(form: Form) -> Self {
        match form {
            Form::Text => Self::Text,
            Form::Json => Self::Json,
        }
    }
}

impl Args {
    /// What they ask of the server.
    pub fn options(&self) -> Options {
        Options {
            listen: self.listen,
            audiosocket: self.audiosocket,
            rtp: self.rtp,
            allow_from: self.allow_from.clone(),
            token_file: self.token_file.clone(),
            tls: self.tls_cert.clone().zip(self.tls_key.clone()),
            client_ca: self.client_ca.clone(),
            twilio_auth_token_file: self.twilio_auth_token_file.clone(),
            public_url: self.public_url.clone(),
            events_log: self.events.clone(),
            webhook: self.webhook.options(),
            log_numbers: self.log_numbers,
            drain: self.drain,
            workers: self.workers.map(usize::from),
            limits: self.limits.limits(),
            demo: self.demo.then_some(Demo {
                name: sample::CALL,
                recording: sample::BYTES,
            }),
            alert_llr: self.alert_llr,
            alert_fall: self.alert_fall,
            alert_speech_s: self.alert_speech,
            alert_seconds: self.alert_seconds,
        }
    }
}
