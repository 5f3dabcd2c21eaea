//! The options of a server, checked before it starts.

mod demo;
mod port_range;
mod webhook;

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use crate::Error;
use crate::limits::Limits;

pub use demo::Demo;
pub use port_range::PortRange;
pub use webhook::WebhookOptions;

/// How to serve. `Options::default()` listens on the loopback interface alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Where HTTP and WebSocket are spoken.
    pub listen: SocketAddr,
    /// Where AudioSocket is spoken, if it is.
    pub audiosocket: Option<SocketAddr>,
    /// Address and ports of RTP, if it is taken.
    pub rtp: Option<PortRange>,
    /// Who may speak AudioSocket and RTP, beyond this machine.
    pub allow_from: Vec<IpNet>,
    /// File of tokens, one a line, of which a client has to show one.
    pub token_file: Option<PathBuf>,
    /// Certificate chain and key of the server, in PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Certificate authority of the clients, in PEM: only those that it signed are served.
    pub client_ca: Option<PathBuf>,
    /// File with the auth token of a Twilio account: streams have to be signed with it.
    pub twilio_auth_token_file: Option<PathBuf>,
    /// How Twilio names this server, as in `wss://calls.example.org`; part of its signature, and
    /// without a token the only host but localhost that is answered.
    pub public_url: Option<String>,
    /// File to which events are appended.
    pub events_log: Option<PathBuf>,
    /// Where events are sent, if they are.
    pub webhook: Option<WebhookOptions>,
    /// Whether telephone numbers may stand in events, answers and logs.
    pub log_numbers: bool,
    /// How long calls on the line may go on when the server is asked to stop.
    pub drain: Duration,
    /// Threads that score; default: one per processor.
    pub workers: Option<usize>,
    /// The limits.
    pub limits: Limits,
    /// What the server plays to itself when it starts.
    pub demo: Option<Demo>,
    /// The log-likelihood ratio below which a track gets an alert; default: -3.3.
    pub alert_llr: Option<f64>,
    /// How much lower that is after each doubling of the speech beyond 5 s; default: 2.
    pub alert_fall: Option<f64>,
    /// Seconds of speech before an alert; default: 3.
    pub alert_speech_s: Option<f64>,
    /// Judgements in a row before an alert; default: 1.
    pub alert_seconds: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8_080)),
            audiosocket: None,
            rtp: None,
            allow_from: Vec::new(),
            token_file: None,
            tls: None,
            client_ca: None,
            twilio_auth_token_file: None,
            public_url: None,
            events_log: None,
            webhook: None,
            log_numbers: false,
            drain: Duration::from_secs(30),
            workers: None,
            limits: Limits::default(),
            demo: None,
            alert_llr: None,
            alert_fall: None,
            alert_speech_s: None,
            alert_seconds: None,
        }
    }
}

impl Options {
    /// What must hold before anything is opened.
    ///
    /// # Errors
    ///
    /// [`Error::Options`] with the flag and the fix.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |text: String| Err(Error::Options(text));
        if self.client_ca.is_some() && self.tls.is_none() {
            return refuse("--client-ca needs --tls-cert and --tls-key".into());
        }
        let is_guarded = self.token_file.is_some() || self.client_ca.is_some();
        if !is_loopback(self.listen.ip()) && !is_guarded {
            return refuse(format!(
                "--listen {}: beyond this machine, callers must be known; give --token-file, or \
                 --tls-cert, --tls-key and --client-ca, or listen on 127.0.0.1",
                self.listen
            ));
        }
        let without_token = [
            (
                "--audiosocket",
                self.audiosocket.map(|address| address.ip()),
            ),
            ("--rtp", self.rtp.map(|range| range.address)),
        ];
        for (flag, address) in without_token {
            if let Some(address) = address
                && !is_loopback(address)
                && self.allow_from.is_empty()
            {
                return refuse(format!(
                    "{flag} {address}: no token can be shown there; beyond this machine, give \
                     --allow-from with the network of the telephone system, e.g. 10.0.0.0/8"
                ));
            }
        }
        if let Some(range) = self.rtp
            && range.address.is_unspecified()
        {
            return refuse(format!(
                "--rtp {}: answers have to name an address; give one of this machine's",
                range.address
            ));
        }
        if self.twilio_auth_token_file.is_some() && self.public_url.is_none() {
            return refuse(
                "--twilio-auth-token-file needs --public-url, which is part of the signature; \
                 e.g. wss://calls.example.org"
                    .into(),
            );
        }
        if self.alert_llr.is_some_and(|llr| !llr.is_finite()) {
            return refuse("--alert-llr: accepted: any finite number".into());
        }
        for (flag, value) in [
            ("--alert-speech", self.alert_speech_s),
            ("--alert-fall", self.alert_fall),
        ] {
            if value.is_some_and(|x| !x.is_finite() || x < 0.0) {
                return refuse(format!("{flag}: accepted: any finite number from 0 on"));
            }
        }
        if self.alert_seconds == Some(0) {
            return refuse("--alert-seconds: accepted: 1 or more".into());
        }
        if let Some(url) = &self.public_url
            && !["wss://", "ws://", "https://", "http://"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
        {
            return refuse(format!(
                "--public-url {url}: accepted: an address with its scheme, e.g. \
                 wss://calls.example.org"
            ));
        }
        self.limits.check().map_err(Error::Options)?;
        self.webhook.as_ref().map_or(Ok(()), WebhookOptions::check)
    }

    /// Whether a peer of AudioSocket or RTP is one of those that may speak.
    pub(crate) fn allows(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        if self.allow_from.is_empty() {
            return peer.is_loopback();
        }
        self.allow_from
            .iter()
            .any(|network| network.contains(&peer))
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The secrets in a file, one a line.
pub(crate) fn secrets(path: &Path) -> Result<Vec<String>, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Io {
        what: path.display().to_string(),
        source,
    })?;
    let lines = text.lines().map(str::trim);
    let secrets: Vec<_> = lines
        .filter(|l| !l.is_empty())
        .map(ToOwned::to_owned)
        .collect();
    if secrets.is_empty() {
        let path = path.display();
        return Err(Error::Options(format!(
            "{path}: no token in it; write one a line"
        )));
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_no_call_can_meet_is_refused() {
        let speech = |alert_speech_s| Options {
            alert_speech_s: Some(alert_speech_s),
            ..Options::default()
        };
        let fall = |alert_fall| Options {
            alert_fall: Some(alert_fall),
            ..Options::default()
        };
        for wrong in [f64::NAN, f64::INFINITY, -1.0] {
            for (options, flag) in [
                (speech(wrong), "--alert-speech"),
                (fall(wrong), "--alert-fall"),
            ] {
                let error = options.check().unwrap_err().to_string();
                assert!(error.contains(flag), "{wrong}: {error}");
            }
        }
        for right in [0.0, 2.5] {
            assert!(speech(right).check().is_ok() && fall(right).check().is_ok());
        }
    }
}
