//! Default billing and shipping address: flags of addresses and ids of the customer
//! (`spec/accs-customer-operations.md` 1.2 op 1 and 3).

use super::{Customer, input::AddressInput};

/// Applies an address's flags: true sets, false clears what it set before, absent and null keep.
pub fn apply_flags(customer: &mut Customer, address_id: i64, sent: &AddressInput) {
    apply(&mut customer.default_billing, address_id, sent.default_billing.copied());
    apply(&mut customer.default_shipping, address_id, sent.default_shipping.copied());
}

fn apply(default: &mut Option<i64>, address_id: i64, flag: Option<bool>) {
    match flag {
        Some(true) => *default = Some(address_id),
        Some(false) if *default == Some(address_id) => *default = None,
        _ => {}
    }
}

/// Forgets a deleted address.
pub fn forget(customer: &mut Customer, address_id: i64) {
    for default in [&mut customer.default_billing, &mut customer.default_shipping] {
        if *default == Some(address_id) {
            *default = None;
        }
    }
}
