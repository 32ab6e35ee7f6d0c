//! The thread that sends: takes mails in batches, hands each to the mail server and writes down what became of it.
//!
//! A thread of its own, not a task: a mail server may hang for as long as it likes, and neither a request nor the end of the process
//! waits for it. What was taken and not settled is sent by the next start, or by another node, once its lease is over.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use patron_commerce::{
    Failure,
    mail::{
        Mail,
        delivery::{self, Outcome, Setback},
    },
};

use super::{
    Mailer, message,
    smtp::{Refusal, Server},
};
use crate::{state::App, workers::Working};

/// Between two looks at the queue, whichever node filled it.
const PAUSE: Duration = Duration::from_millis(500);
/// After the database would not answer.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(30);
/// Between two purges of the inboxes.
const PURGE_EVERY: Duration = Duration::from_secs(60);
/// Mails taken at once, and sent one after the other.
const BATCH: i64 = 10;
/// How long a batch may take; the rest of it is given back.
const LONGEST_BATCH: Duration = Duration::from_secs(delivery::LEASE_MINUTES.unsigned_abs() * 60 / 3);
/// How long an orderly end waits for the mail that is being sent.
const GRACE: Duration = Duration::from_secs(2);

/// The running thread.
#[must_use = "a worker that is dropped ends"]
pub struct Worker {
    stop: Sender<()>,
    ended: Receiver<()>,
}

impl Worker {
    /// Ends the thread after the mail that it is at; waits two seconds at most.
    pub fn stop(self) {
        drop(self.stop);
        let _ = self.ended.recv_timeout(GRACE);
    }
}

/// Starts the thread.
pub fn start(app: App) -> Worker {
    let (stop, stopped) = channel();
    let (ending, ended) = channel();
    let working = app.workers.begins("mail");
    let work = move || {
        Sending { app, stopped, purged: None, working }.run();
        drop(ending);
    };
    // Without the thread nothing is lost: mails wait.
    if let Err(error) = thread::Builder::new().name("patron-mail".to_owned()).spawn(work) {
        tracing::error!(%error, "The thread that sends mail could not be started; mails wait.");
    }
    Worker { stop, ended }
}

struct Sending {
    app: App,
    stopped: Receiver<()>,
    purged: Option<Instant>,
    working: Working,
}

/// What a batch left behind.
#[derive(PartialEq, Eq)]
enum Round {
    /// There may be more.
    More,
    /// Nothing to do until the next look.
    Idle,
}

impl Sending {
    fn run(mut self) {
        if self.mailer().server.as_ref().is_some_and(Server::is_in_clear) {
            tracing::warn!("Mail goes to the mail server in clear.");
        }
        let mut pause = Duration::ZERO;
        while self.may_go_on(pause) {
            pause = match self.round() {
                Ok(Round::More) => Duration::ZERO,
                Ok(Round::Idle) => PAUSE,
                Err(error) => {
                    tracing::error!(%error, "The mail queue could not be worked on; trying again soon.");
                    PAUSE_AFTER_FAILURE
                }
            };
        }
    }

    fn may_go_on(&self, pause: Duration) -> bool {
        self.working.pauses(pause);
        matches!(self.stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout))
    }

    fn mailer(&self) -> &Mailer {
        &self.app.mail
    }

    fn round(&mut self) -> Result<Round, Failure> {
        self.purge()?;
        let app = self.app.clone();
        let Some(server) = &app.mail.server else { return Ok(Round::Idle) };
        let now = app.moment().now;
        let text = app.moment().text();
        if !app.database.read(|sql| patron_commerce::mail::store::is_due(sql, &text))? {
            return Ok(Round::Idle);
        }
        let taken = Instant::now();
        let mut batch = app.database.write_now(move |sql| delivery::take(sql, now, BATCH))?.into_iter();
        while let Some(mail) = batch.next() {
            let is_server_away = self.send(server, &mail)?;
            // A server that drips its answers must not outlast the lease, or another node sends the rest as well.
            if is_server_away || taken.elapsed() > LONGEST_BATCH || !self.may_go_on(Duration::ZERO) {
                self.give_back(batch.collect())?;
                return Ok(Round::Idle);
            }
        }
        Ok(Round::More)
    }

    /// Sends one mail and writes down what became of it; true when the server is away.
    fn send(&self, server: &Server, mail: &Mail) -> Result<bool, Failure> {
        let words = match self.mailer().templates.render(mail) {
            Ok(words) => words,
            Err(error) => return self.failed(mail, unsendable(&error.into())).map(|()| false),
        };
        let sent = message::of(mail, &words, &self.mailer().sender)
            .map_err(|error| unsendable(&error))
            .and_then(|message| server.send(&message));
        match sent {
            Ok(()) => {
                let (mail, now) = (mail.clone(), self.app.moment().now);
                let (tenant, id, template) = (mail.tenant, mail.id, mail.template.name());
                self.app.database.write_now(move |sql| delivery::sent(sql, &mail, &words, now))?;
                tracing::info!(tenant, mail = id, template, "A mail was sent.");
                Ok(false)
            }
            Err(refusal) => {
                let is_server_away = refusal.is_server_away;
                self.failed(mail, refusal)?;
                Ok(is_server_away)
            }
        }
    }

    fn failed(&self, mail: &Mail, refusal: Refusal) -> Result<(), Failure> {
        let (mail, now, most) = (mail.clone(), self.app.moment().now, self.mailer().settings.attempts);
        let (tenant, id, attempts) = (mail.tenant, mail.id, mail.attempts);
        let Refusal { setback, text, code, .. } = refusal;
        let outcome = self
            .app
            .database
            .write_now(move |sql| delivery::failed(sql, &mail, setback, &text, most, now))?;
        match outcome {
            Outcome::Again => tracing::warn!(
                tenant,
                mail = id,
                attempts,
                code,
                "A mail was not taken; it will be tried again."
            ),
            Outcome::GivenUp => tracing::error!(tenant, mail = id, attempts, code, "A mail was given up."),
        }
        Ok(())
    }

    fn give_back(&self, mails: Vec<Mail>) -> Result<(), Failure> {
        let now = self.app.moment().now;
        self.app
            .database
            .write_now(move |sql| mails.iter().try_for_each(|mail| delivery::give_back(sql, mail, now)))
    }

    fn purge(&mut self) -> Result<(), Failure> {
        if self.purged.is_some_and(|at| at.elapsed() < PURGE_EVERY) {
            return Ok(());
        }
        let (keep, sends) = (self.mailer().settings.keep, self.mailer().server.is_some());
        let deleted = self.app.database.write_now(move |sql| delivery::purge(sql, keep, sends))?;
        if deleted > 0 {
            tracing::info!(deleted, "Old mails were deleted from the inboxes.");
        }
        self.purged = Some(Instant::now());
        Ok(())
    }
}

/// A mail that no server would be asked about.
fn unsendable(error: &anyhow::Error) -> Refusal {
    Refusal {
        setback: Setback::Final,
        is_server_away: false,
        text: format!("{error:#}"),
        code: "unsendable".to_owned(),
    }
}
