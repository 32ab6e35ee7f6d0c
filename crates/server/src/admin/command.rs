//! The table as commands and flags. Built with clap's own builder rather than its derive: a struct a command would say everything twice.

use std::path::PathBuf;

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, Subcommand, error::ErrorKind,
    value_parser,
};

use super::table::{Field, Kind, NOUNS, Noun, Shows, Verb};
use crate::config::Secret;

/// A command of the table and what was given with it.
#[derive(Debug)]
pub struct Admin {
    /// Which one.
    pub verb: &'static Verb,
    /// Its arguments and flags.
    pub given: ArgMatches,
    /// Where the server is.
    pub connection: Connection,
}

impl std::fmt::Debug for Verb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// How the server is reached, and in what form its answer is shown.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub struct Connection {
    /// The server's address, such as https://patron.example.com; without it the one that the configuration listens on.
    #[arg(long, env = "PATRON_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// The control key; in development mode none is needed on the same machine.
    #[arg(long, env = "PATRON_CONTROL_KEY", hide_env_values = true, value_name = "KEY")]
    pub control_key: Option<Secret>,
    /// A file of certificates (PEM) to believe, beside the system's: for a server with a certificate of its own making.
    #[arg(long, env = "PATRON_CA_CERTIFICATE", value_name = "FILE")]
    pub ca_certificate: Option<PathBuf>,
    /// The server's configuration file, to find its address and key in.
    #[arg(long, env = "PATRON_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print the server's answer as JSON.
    #[arg(long)]
    pub json: bool,
}

impl Admin {
    /// Whether a machine reads the answer.
    pub fn wants_json(&self) -> bool {
        self.connection.json
    }
}

impl FromArgMatches for Admin {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let missing = || Error::new(ErrorKind::MissingSubcommand);
        let (noun, matches) = matches.subcommand().ok_or_else(missing)?;
        let noun = NOUNS.iter().find(|own| own.name == noun).ok_or_else(missing)?;
        let (verb, given) = matches.subcommand().ok_or_else(missing)?;
        let verb = noun.verbs.iter().find(|own| own.name == verb).ok_or_else(missing)?;
        Ok(Self { verb, given: given.clone(), connection: Connection::from_arg_matches(given)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Admin {
    fn augment_subcommands(command: Command) -> Command {
        NOUNS.iter().fold(command, |command, noun| command.subcommand(of_noun(noun)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        NOUNS.iter().any(|noun| noun.name == name)
    }
}

fn of_noun(noun: &'static Noun) -> Command {
    let command =
        Command::new(noun.name).about(noun.about).subcommand_required(true).arg_required_else_help(true);
    noun.verbs.iter().fold(command, |command, verb| command.subcommand(of_verb(verb)))
}

fn of_verb(verb: &'static Verb) -> Command {
    let mut command = Command::new(verb.name);
    for name in placeholders(verb.path) {
        command = match name {
            "organization" => command.arg(organization()),
            "owner" => command.arg(organization()).arg(
                flag("instance")
                    .value_name("INSTANCE_ID")
                    .conflicts_with("organization")
                    .help("The instance, for its organization"),
            ),
            // An argument on its own: what the command is about.
            _ => command.arg(Arg::new(name).required(true)),
        };
    }
    for field in verb.fields {
        command = match field.kind {
            Kind::Password => with_password(command, field.required),
            _ => command.arg(of_field(field)),
        };
    }
    if matches!(verb.shows, Shows::Nothing(_)) && verb.method == "DELETE" {
        let yes = Arg::new("yes").long("yes").action(ArgAction::SetTrue);
        command = command.arg(yes.help("Do it without being asked"));
    }
    // Last, because the arguments bring a text of their own.
    Connection::augment_args(command).about(verb.about)
}

fn organization() -> Arg {
    flag("organization").value_name("ORG_ID").help("The organization; not needed when there is only one")
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name)
}

fn of_field(field: &Field) -> Arg {
    let arg = flag(field.flag).required(field.required).help(field.about);
    match field.kind {
        Kind::Number => arg.value_name("NUMBER").value_parser(value_parser!(i64)),
        Kind::Numbers => arg.value_name("NUMBER,…").value_delimiter(',').value_parser(value_parser!(i64)),
        Kind::Truth => arg.value_name("true|false").value_parser(value_parser!(bool)),
        Kind::Names | Kind::Resources => arg.value_name("NAME,…").value_delimiter(','),
        Kind::Text | Kind::Password => arg.value_name("TEXT"),
    }
}

fn with_password(command: Command, required: bool) -> Command {
    let file = flag("password-file").value_name("FILE").value_parser(value_parser!(PathBuf));
    let made = flag("generate-password").action(ArgAction::SetTrue).conflicts_with("password-file");
    let group =
        clap::ArgGroup::new("a password").args(["password-file", "generate-password"]).required(required);
    command
        .arg(file.help("Read the password from the first line of this file; - is the standard input"))
        .arg(made.help("Make a password up and show it this once"))
        .group(group)
}

/// The names in braces of a path, in their order.
pub fn placeholders(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_command_that_clap_accepts() {
        let mut command = Admin::augment_subcommands(Command::new("patron"));
        command.build();
        for noun in NOUNS {
            for verb in noun.verbs {
                let found = command.find_subcommand(noun.name).and_then(|own| own.find_subcommand(verb.name));
                assert!(found.is_some(), "{} {}", noun.name, verb.name);
            }
        }
        command.debug_assert();
    }

    #[test]
    fn a_password_is_never_an_argument() {
        let command = Admin::augment_subcommands(Command::new("patron"));
        for arguments in [
            ["patron", "user", "password", "X", "--password", "secret"].as_slice(),
            &["patron", "user", "password", "X"],
        ] {
            assert!(command.clone().try_get_matches_from(arguments).is_err(), "{arguments:?}");
        }
    }
}
