//! Sending mail: takes what waits in the queue and hands it to a mail server. Requests only ever write to the queue.
//!
//! | file | thought |
//! |---|---|
//! | [`settings`] | what an operator says |
//! | [`message`] | a mail as a MIME message |
//! | [`smtp`] | a message to a mail server |
//! | [`worker`] | the thread that does it |

mod message;
mod settings;
mod smtp;
mod worker;

use anyhow::{Context, Result};
use lettre::Address;
use patron_commerce::mail::Templates;

pub use settings::Settings;
pub use worker::start;

/// What reading and sending mail needs: words, a sender and perhaps a mail server.
pub struct Mailer {
    /// Values to words.
    pub templates: Templates,
    /// Who writes where a store does not say.
    sender: Address,
    /// Without one, mails stay in the inbox.
    server: Option<smtp::Server>,
    settings: Settings,
}

impl Mailer {
    /// Reads the templates and checks the settings. Does not talk to the mail server: a start never waits for one.
    pub fn open(settings: Settings) -> Result<Self> {
        let folder = (!settings.templates.as_os_str().is_empty()).then_some(settings.templates.as_path());
        Ok(Self {
            templates: Templates::load(folder).context("the mail templates cannot be used")?,
            sender: settings.sender()?,
            server: settings.server().context("the mail server's URL cannot be used")?,
            settings,
        })
    }

    /// Is there a mail server? Without one mails wait in the inbox for good, which is no trouble.
    pub fn sends(&self) -> bool {
        self.server.is_some()
    }

    /// The address that a mail comes from.
    pub fn sender_of<'m>(&'m self, mail: &'m patron_commerce::mail::Mail) -> &'m str {
        if mail.sender.is_empty() { self.sender.as_ref() } else { &mail.sender }
    }
}
