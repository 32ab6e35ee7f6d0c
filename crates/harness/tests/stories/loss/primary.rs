//! The primary is lost: its synchronous standby has every write that was acknowledged, and nodes find it by themselves.

use std::thread;
use std::time::Duration;

use patron_harness::{Data, Options, Patron, consistency, customer, postgres::Cluster};

use super::{clients, clients::Clients, node};
use crate::random::Random;

#[test]
fn a_primary_that_is_killed_under_load_is_replaced_by_its_standby_and_nothing_acknowledged_is_lost() {
    let primary = Cluster::start();
    let standby = primary.standby();
    let hosts = format!("{},{}", primary.address(), standby.address());
    let url = format!("postgres://patron@{hosts}/postgres?target_session_attrs=read-write");
    let nodes = [node(&url), node(&url)];
    let clients = Clients::of(&nodes.each_ref());
    let mut random = Random::seeded();
    clients.write_while(|| {
        clients.wait_for(40);
        thread::sleep(random.pause(200));
        primary.kill9();
        // Nobody is there who takes writes: everybody hears so at once.
        thread::sleep(random.pause(200));
        standby.promote();
        clients.wait_for(40);
    });
    assert!(clients.put_off() > 0, "the loss was noticed by nobody");
    (0..2).for_each(|node| clients.assert_kept(node));
    let wrong = consistency::of_postgres(&standby.url()).unwrap();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn while_the_standby_is_gone_nothing_is_acknowledged_that_only_one_machine_has() {
    let primary = Cluster::start();
    let standby = primary.standby();
    let environment = vec![("PATRON_DATABASE_TIMEOUT_SECONDS".to_owned(), "2".to_owned())];
    let data = Data::Database(primary.url());
    let server = Patron::start(Options { data, environment, ..Options::default() });
    let instance = server.instance();
    instance.add_customer("ada@example.com");
    standby.stop(false);

    let send = || {
        let new = customer("grace@example.com");
        instance.send("POST", "/V1/customers", &[("Idempotency-Key", "one")], Some(&new))
    };
    clients::assert_honest(&send());
    assert_eq!(instance.get("/V1/customers/1").status, 200, "reads go on");

    standby.restart().unwrap();
    let made = (0..100).map(|_| send()).find(|answer| {
        thread::sleep(Duration::from_millis(100));
        answer.status == 200
    });
    let made = made.expect("a change is taken when the standby is back").body;
    let found = instance.get("/V1/customers/search?searchCriteria[page_size]=0").expect(200);
    assert_eq!(found["total_count"], 2);
    assert_eq!(found["items"][1]["id"], made["id"]);
    consistency::assert_whole(&server);
}
