//! The primary is lost: its synchronous standby has every write that was acknowledged, and nodes find it by themselves.

use std::thread;

use patron_harness::{consistency, postgres::Cluster};

use super::{Random, clients::Clients, node};

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
