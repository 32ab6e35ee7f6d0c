//! Writes made-up customers to standard output, the same for the same number: what the import is measured with.
//!
//! `make_customers 1000000 > customers.csv`, or `make_customers 1000000 --addresses > customers.jsonl` for JSON Lines with one address
//! each.

use std::io::{BufWriter, Write};

use anyhow::Result;
use clap::Parser;
use serde_json::json;

#[derive(Parser)]
struct Options {
    /// How many.
    customers: u64,
    /// JSON Lines with an address each, instead of CSV without.
    #[arg(long)]
    addresses: bool,
}

const FIRST_NAMES: [&str; 8] = ["Ada", "Alan", "Barbara", "Grace", "Edsger", "Zoë", "Katherine", "Dennis"];

fn main() -> Result<()> {
    let options = Options::parse();
    let mut out = BufWriter::new(std::io::stdout().lock());
    if !options.addresses {
        writeln!(out, "email,_website,_store,created_at,dob,firstname,gender,group_id,lastname")?;
    }
    for number in 1..=options.customers {
        // Neither addresses nor family names come sorted, or the indexes would have it too easy.
        let random = mixed(number);
        let (first, last) = (FIRST_NAMES[random as usize % FIRST_NAMES.len()], random / 64 % 200_000);
        let (day, group) = (number % 28 + 1, number % 3 + 1);
        let email = format!("c{random:x}@example.com");
        if options.addresses {
            let customer = json!({
                "id": number, "group_id": group, "email": email, "firstname": first, "lastname": format!("Last{last}"),
                "store_id": 1, "website_id": 1, "addresses": [{
                    "id": number, "firstname": first, "lastname": format!("Last{last}"), "street": [format!("{day} Main St")],
                    "city": "Austin", "postcode": format!("{}", 10_000 + last % 90_000), "country_id": "US", "region_id": 57,
                    "telephone": format!("512-{:07}", random % 10_000_000), "default_billing": true, "default_shipping": true
                }]
            });
            writeln!(out, "{customer}")?;
        } else {
            writeln!(
                out,
                "{email},base,default,2020-01-{day:02} 10:00:00,,{first},Female,{group},Last{last}"
            )?;
        }
    }
    Ok(out.flush()?)
}

/// A number that looks like none of its neighbours' (splitmix64), and never another's.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
