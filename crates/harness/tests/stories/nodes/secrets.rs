//! The database's password: where it may come from, and where it must not be seen.

use std::fs;

use patron_harness::postgres::{Authority, Cluster};
use patron_harness::{Data, Options, Patron, command};
use tempfile::TempDir;

const PASSWORD: &str = "correct-horse-battery";

/// A server that wants TLS and a password, and the arguments with which it is found.
fn secured() -> (Cluster, TempDir, String) {
    let (authority, folder) = (Authority::new().unwrap(), TempDir::new().unwrap());
    let file = authority.write(folder.path(), "authority.pem").unwrap();
    let (key, certificate) = authority.certify("127.0.0.1").unwrap();
    let mut cluster = Cluster::start();
    cluster.secure(&key, &certificate, PASSWORD).unwrap();
    let url = format!("{}?sslmode=verify-full&sslrootcert={}", cluster.url(), file.display());
    (cluster, folder, url)
}

fn options(url: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Options {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Options {
        data: Data::Database(url.to_owned()),
        arguments: arguments.iter().map(ToString::to_string).collect(),
        environment: environment.iter().map(own).collect(),
    }
}

#[test]
fn the_databases_password_comes_from_a_file_or_a_variable_and_is_seen_nowhere() {
    let (_cluster, folder, url) = secured();
    let file = folder.path().join("password");
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let file = file.display().to_string();
    let loud = ("PATRON_LOG", "trace");
    for (arguments, variable) in [
        (vec!["--database-password-file", &file], None),
        (vec![], Some(("PATRON_DATABASE_PASSWORD", PASSWORD))),
    ] {
        let environment: Vec<_> = variable.into_iter().chain([loud]).collect();
        let mut server = Patron::start(options(&url, &arguments, &environment));
        server.instance().add_customer("ada@example.com");
        let seen = fs::read(format!("/proc/{}/cmdline", server.pid())).unwrap();
        assert!(!String::from_utf8_lossy(&seen).contains(PASSWORD), "it is in the list of processes");
        assert!(server.stop().success());
        for output in [server.stdout(), server.stderr()] {
            assert!(!output.contains(PASSWORD), "it is in the log");
        }
        assert!(server.stderr().len() > 1000, "nothing was logged");

        let mut printing = command(["config", "--database", &url]);
        let printed = printing.args(&arguments).envs(environment).output().unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert!(printed.contains("database") && !printed.contains(PASSWORD), "{printed}");
    }
}

#[test]
fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let (_cluster, _folder, url) = secured();
    let wrong = "incorrect-horse-battery";
    let by_variable = options(&url, &[], &[("PATRON_DATABASE_PASSWORD", wrong)]);
    let in_url = options(&url.replace("patron@", &format!("patron:{wrong}@")), &[], &[]);
    let unreadable = format!("postgres://patron:{wrong}@127.0.0.1/patron?sslmode=perhaps");
    for (options, why) in [
        (by_variable, "password authentication failed"),
        (in_url, "password authentication failed"),
        (options(&unreadable, &[], &[]), "sslmode"),
    ] {
        let Err(refused) = Patron::try_start(options) else { panic!("it started") };
        let refused = format!("{refused:#}");
        assert!(refused.contains(why) && !refused.contains(wrong), "{refused}");
    }
}
