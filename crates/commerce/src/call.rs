//! A call in progress: everything a handler may use, and nothing of how the call came in.

use std::sync::Arc;

use patron_sql::Session;

use crate::{
    Moment,
    identity::Consumer,
    instances::{Catalogue, Scope},
};

/// See the module.
#[derive(Clone, Copy)]
pub struct Call<'c> {
    /// The unit of work: committed when the handler returns Ok, rolled back otherwise.
    pub sql: Session<'c>,
    /// The instance's websites, stores, settings and attributes as of this unit of work.
    pub catalogue: &'c Arc<Catalogue>,
    /// The `Store` header.
    pub scope: Scope,
    /// Clock and randomness.
    pub moment: Moment<'c>,
    /// Who calls.
    pub consumer: &'c Consumer,
}

impl Call<'_> {
    /// The key that every row of this instance begins with.
    pub fn tenant(&self) -> i64 {
        self.catalogue.instance.tenant.0
    }

    /// The store view that settings are read for: the header's, or the installation's default for `all`.
    pub fn store_id(&self) -> i64 {
        match self.scope {
            Scope::Store(id) => id,
            _ => self.catalogue.default_store_id(),
        }
    }
}
