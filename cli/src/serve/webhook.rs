//! Where events are sent.

use std::path::{Path, PathBuf};

use voxhumana_serve::WebhookOptions;

/// The flags of webhooks.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Webhooks")]
pub struct WebhookArgs {
    /// Post events to this address, signed as Standard Webhooks are [default: nowhere]
    ///
    /// https, or http on this machine. No other address is called, redirects are not followed.
    #[arg(
        long,
        value_name = "URL",
        requires = "webhook_secret_file",
        requires = "webhook_queue"
    )]
    webhook: Option<String>,

    /// File with the secret that signs: whsec_ and Base64 of at least 24 random bytes
    #[arg(long, value_name = "FILE", requires = "webhook")]
    webhook_secret_file: Option<PathBuf>,

    /// File of the queue, from which events are sent, also after a restart
    #[arg(long, value_name = "FILE", requires = "webhook")]
    webhook_queue: Option<PathBuf>,

    /// Kinds of events that are posted: started, speech, verdict, quiet, alert, ended
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        default_value = "alert,ended",
        requires = "webhook"
    )]
    webhook_events: Vec<String>,
}

impl WebhookArgs {
    /// The file that holds the secret.
    pub fn secret_file(&self) -> Option<&Path> {
        self.webhook_secret_file.as_deref()
    }

    /// The file of the queue.
    pub fn queue(&self) -> Option<&Path> {
        self.webhook_queue.as_deref()
    }

    /// What they ask for.
    pub fn options(&self) -> Option<WebhookOptions> {
        let url = self.webhook.clone()?;
        let secret_file = self.webhook_secret_file.clone()?;
        let queue = self.webhook_queue.clone()?;
        Some(WebhookOptions {
            events: self.webhook_events.clone(),
            ..WebhookOptions::new(url, secret_file, queue)
        })
    }
}
