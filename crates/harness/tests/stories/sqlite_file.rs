//! What is so of the embedded database's file alone. These stories are left out where the others run on PostgreSQL (see
//! `.config/nextest.toml`): a database server has no such file, and any number of processes may use it at once.

#![allow(clippy::unwrap_used)]

use patron_harness::{Options, Patron};

#[test]
fn a_transfer_is_refused_while_a_server_uses_the_data() {
    let server = Patron::start(Options::default());
    let instance = server.instance();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.jsonl");
    let (code, said) =
        server.run(&["export", file.to_str().unwrap(), "--instance", &instance.made.instance_id]);
    assert_eq!(code, 1);
    assert!(
        said.contains("another Patron uses this database") && said.contains("must be stopped first"),
        "{said}"
    );
}
