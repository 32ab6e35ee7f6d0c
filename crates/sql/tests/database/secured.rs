//! TLS to the server: who shows a certificate that counts is believed, and nobody else.
#![allow(clippy::unwrap_used, missing_docs)]

use std::error::Error as _;

use patron_harness::postgres::{Authority, Cluster};
use patron_sql::{Database, Error, Location, Postgres, params};
use tempfile::TempDir;

use crate::postgres::{ONE, texts};

const PASSWORD: &str = "correct horse";
const ENCRYPTED: &str =
    "SELECT version || ' ' || (bits >= 128) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";

/// A server that shows a certificate of this name, who signed it, and where that can be read.
fn secured(name: &str) -> (Cluster, TempDir, String) {
    let (authority, folder) = (Authority::new().unwrap(), TempDir::new().unwrap());
    let file = authority.write(folder.path(), "authority.pem").unwrap().display().to_string();
    let (key, certificate) = authority.certify(name).unwrap();
    let mut cluster = Cluster::start();
    cluster.secure(&key, &certificate, PASSWORD).unwrap();
    (cluster, folder, file)
}

fn open(url: &str) -> Result<Database, Error> {
    Database::open(&Location::Postgres(Postgres::at(url)?.password(PASSWORD)), &[ONE])
}

/// The whole chain of a refusal.
fn why(refused: Result<Database, Error>) -> String {
    let error = refused.err().expect("it was let in");
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    assert!(!text.contains(PASSWORD), "{text}");
    text
}

#[test]
fn a_server_is_believed_that_shows_a_certificate_of_its_name_from_the_named_authority() {
    let (cluster, _folder, file) = secured("127.0.0.1");
    for mode in ["require", "verify-ca", "verify-full"] {
        let database = open(&format!("{}?sslmode={mode}&sslrootcert={file}", cluster.url())).unwrap();
        assert_eq!(texts(&database, ENCRYPTED), ["TLSv1.3 true"], "{mode}");
        let add = |sql: patron_sql::Session<'_>| {
            sql.execute("INSERT INTO note VALUES (1, 'a') ON CONFLICT DO NOTHING", params![])
        };
        database.write_now(add).unwrap();
    }
    // What is not verified is encrypted all the same.
    let database = open(&format!("{}?sslmode=prefer", cluster.url())).unwrap();
    assert_eq!(texts(&database, ENCRYPTED), ["TLSv1.3 true"]);
    // The Unix socket needs neither.
    let database = open(&cluster.socket_url()).unwrap();
    assert_eq!(texts(&database, ENCRYPTED), [] as [&str; 0]);
}

#[test]
fn a_server_that_shows_anything_else_is_refused_before_it_hears_the_password() {
    let (cluster, folder, file) = secured("127.0.0.1");
    let stranger = Authority::new().unwrap().write(folder.path(), "stranger.pem").unwrap();
    let unknown =
        why(open(&format!("{}?sslmode=verify-full&sslrootcert={}", cluster.url(), stranger.display())));
    assert!(unknown.contains("invalid peer certificate"), "{unknown}");
    let by_system = why(open(&format!("{}?sslmode=require", cluster.url())));
    assert!(by_system.contains("certificate"), "{by_system}");
    let other_name = cluster.url().replace("127.0.0.1", "localhost");
    let wrong = why(open(&format!("{other_name}?sslmode=verify-full&sslrootcert={file}")));
    assert!(wrong.contains("not valid for name"), "{wrong}");
    let missing = why(open(&format!("{}?sslmode=require&sslrootcert=/nowhere.pem", cluster.url())));
    assert!(missing.contains("/nowhere.pem"), "{missing}");
    let in_clear = why(open(&format!("{}?sslmode=disable", cluster.url())));
    assert!(in_clear.contains("no encryption"), "{in_clear}");
    let wrong_password = Postgres::at(&format!("{}?sslrootcert={file}&sslmode=require", cluster.url()));
    let wrong_password = wrong_password.unwrap().password("incorrect horse");
    let refused = why(Database::open(&Location::Postgres(wrong_password), &[ONE]));
    assert!(refused.contains("password authentication failed") && !refused.contains("horse"), "{refused}");
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_wanted() {
    let cluster = Cluster::start();
    let refused = why(open(&format!("{}?sslmode=require", cluster.url())));
    assert!(refused.contains("TLS"), "{refused}");
    assert!(open(&cluster.url()).is_ok(), "prefer takes what there is");
}
