//! `patron organization|project|credential|instance|user|role|key …`: the control API of a running server, on the command line.
//!
//! | file | thought |
//! |---|---|
//! | `table.rs` | every command: its route, what it takes, what it shows |
//! | `command.rs` | the table as commands and flags |
//! | `call.rs` | flags as a request |
//! | `client.rs` | where the server is, and what an answer means for the exit code |
//! | `password.rs` | where a user's password comes from |
//! | `print.rs` | answers for people |
//!
//! Knows nothing of what the server does: a new endpoint is a new line in the table.

mod call;
mod client;
mod command;
mod password;
mod print;
mod table;

use std::process::ExitCode;

pub use command::Admin;

impl Admin {
    /// Asks the server and shows its answer. The exit code says what kind of failure it was (`docs/command-line.md`).
    pub fn run(self) -> ExitCode {
        match self.answer() {
            Ok(text) => {
                print!("{text}");
                ExitCode::SUCCESS
            }
            Err(failure) => {
                eprintln!("{}", if self.wants_json() { failure.as_json() } else { failure.for_people() });
                ExitCode::from(failure.code())
            }
        }
    }

    fn answer(&self) -> Result<String, client::CallFailure> {
        let server = client::Server::of(&self.connection)?;
        let call = call::make(self.verb, &self.given, &server)?;
        let mut answer = server.send(call.method, &call.path, call.body.as_ref())?;
        if let Some(password) = &call.made_password {
            answer["password"] = password.as_str().into();
        }
        Ok(if self.wants_json() { print::json(&answer) } else { print::for_people(self.verb, &answer) })
    }
}
