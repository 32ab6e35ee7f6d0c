//! A node is lost while others serve the same database.

use std::{env, thread};

use patron_harness::{consistency, postgres};

use super::{clients::Clients, node};
use crate::random::Random;

/// Kills; three nodes take turns at random. `PATRON_KILLS` says otherwise.
const KILLS: u64 = 6;

#[test]
fn three_nodes_of_which_one_is_killed_again_and_again_lose_nothing_acknowledged() {
    let url = postgres::database();
    let mut nodes = [node(&url), node(&url), node(&url)];
    let clients = Clients::of(&nodes.each_ref());
    let kills = env::var("PATRON_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let mut random = Random::seeded();
    clients.write_while(|| {
        for _ in 0..kills {
            clients.wait_for(5);
            thread::sleep(random.pause(120));
            let victim = random.below(3) as usize;
            nodes[victim].kill9();
            // The others go on without it.
            clients.wait_for(5);
            thread::sleep(random.pause(60));
            nodes[victim].restart();
            clients.moved(victim, &nodes[victim]);
        }
        clients.wait_for(5);
    });
    assert!(clients.put_off() > 0, "no kill was noticed by anybody");
    (0..3).for_each(|node| clients.assert_kept(node));
    consistency::assert_whole(&nodes[0]);
}
