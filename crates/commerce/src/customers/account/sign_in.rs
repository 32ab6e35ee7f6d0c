//! Is this the customer's password? In two calls with the hashing between them, because hashing is done by a pool, never in a unit of
//! work: [`stored_hash`] reads what to verify against, [`verify_password`] judges, and [`upgrade`] replaces a hash of an older kind (one
//! that Commerce wrote, say) by one of today's.
//!
//! Locks after failed attempts are the caller's rule.

use patron_sql::params;
use patron_token::password::{self, Verdict};

use crate::{Call, customers::store, failure::Result};

/// What a password is verified against.
#[derive(Clone)]
pub struct StoredHash {
    /// The customer; None where nobody has the e-mail address, or the customer has no password.
    customer_id: Option<i64>,
    hash: String,
}

impl StoredHash {
    /// The hash for the pool. Nobody's is a decoy, so that a stranger cannot tell by the clock who has an account.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// What the password of this e-mail address in a website is verified against.
pub fn stored_hash(call: &Call<'_>, email: &str, website_id: i64) -> Result<StoredHash> {
    let id = store::id_by_email(call.sql, call.catalogue, email, website_id)?;
    let hash = match id {
        Some(id) => {
            let query = "SELECT password_hash FROM customer WHERE tenant_id = ?1 AND id = ?2";
            call.sql.one(query, params![call.tenant(), id], |row| row.opt_string(0))?
        }
        None => None,
    };
    Ok(match hash.filter(|hash| !hash.is_empty()) {
        Some(hash) => StoredHash { customer_id: id, hash },
        None => StoredHash { customer_id: None, hash: password::DECOY.to_owned() },
    })
}

/// Who signs in with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// Nobody: another password, or no such customer.
    Refused,
    /// This customer.
    Customer(i64),
    /// This customer, whose hash is of an older kind: hash the password again and [`upgrade`].
    WithOldHash(i64),
}

/// What the pool's verdict on [`StoredHash::hash`] means.
pub fn verify_password(stored: &StoredHash, verdict: Verdict) -> SignIn {
    match (stored.customer_id, verdict) {
        (Some(id), Verdict::Right) => SignIn::Customer(id),
        (Some(id), Verdict::RightButOld) => SignIn::WithOldHash(id),
        _ => SignIn::Refused,
    }
}

/// Replaces the hash that was verified by one of today's; a password that was changed meanwhile stays.
pub fn upgrade(call: &Call<'_>, stored: &StoredHash, hash: &str) -> Result<()> {
    call.sql.execute(
        "UPDATE customer SET password_hash = ?4 WHERE tenant_id = ?1 AND id = ?2 AND password_hash = ?3",
        params![call.tenant(), stored.customer_id, stored.hash.as_str(), hash],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use patron_token::memory::Memory;

    use super::*;
    use crate::customers::account::tests::{NOW, World};

    const OLD: &str = "779355c5b07fab8db6fa14274645882a:abcdefghijklmnopqrstuvwxyzABCDEF:0";

    fn sign_in(world: &World, email: &'static str, clear: &str) -> (StoredHash, SignIn) {
        let stored = world.call(NOW, move |call| stored_hash(call, email, 1)).unwrap();
        let verdict = password::verify(clear, stored.hash(), &mut Memory::new());
        let who = verify_password(&stored, verdict);
        (stored, who)
    }

    #[test]
    fn a_hash_that_commerce_wrote_opens_once_and_is_then_one_of_todays() {
        let world = World::new();
        world.add(7, "ada@example.com");
        world.call(NOW, |call| store::set_password_hash(call.sql, call.tenant(), 7, OLD)).unwrap();
        assert_eq!(sign_in(&world, "ada@example.com", "passw0rd!").1, SignIn::Refused);
        let (stored, who) = sign_in(&world, "ADA@example.com", "Passw0rd!");
        assert_eq!(who, SignIn::WithOldHash(7));
        let new = password::hash("Passw0rd!", b"0123456789abcdef", &mut Memory::new());
        world.call(NOW, move |call| upgrade(call, &stored, &new)).unwrap();
        assert_eq!(sign_in(&world, "ada@example.com", "Passw0rd!").1, SignIn::Customer(7));
    }

    #[test]
    fn nobody_signs_in_as_nobody() {
        let world = World::new();
        world.add(7, "ada@example.com");
        for email in ["ada@example.com", "nobody@example.com"] {
            let (stored, who) = sign_in(&world, email, "");
            assert_eq!((stored.hash(), who), (password::DECOY, SignIn::Refused), "{email}");
        }
    }

    #[test]
    fn an_upgrade_never_undoes_a_change_of_the_password() {
        let world = World::new();
        world.add(7, "ada@example.com");
        world.call(NOW, |call| store::set_password_hash(call.sql, call.tenant(), 7, OLD)).unwrap();
        let (stored, _) = sign_in(&world, "ada@example.com", "Passw0rd!");
        world.call(NOW, |call| store::set_password_hash(call.sql, call.tenant(), 7, "changed")).unwrap();
        world.call(NOW, move |call| upgrade(call, &stored, "upgraded")).unwrap();
        let now = world.call(NOW, |call| stored_hash(call, "ada@example.com", 1)).unwrap();
        assert_eq!(now.hash(), "changed");
    }
}
