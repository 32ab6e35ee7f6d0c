//! What a call needs to know of its instance, read once and kept until the instance's version changes.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use patron_sql::Session;

use super::{
    Instance, StoreGroup, StoreView, Website,
    settings::{self, Setting},
    store,
};
use crate::{
    attributes::{
        self,
        custom::{CustomAttribute, Entity},
    },
    failure::Result,
};

/// An instance with its websites, stores and settings. Websites, groups and views include the admin's (0), by id.
#[derive(Debug)]
pub struct Catalogue {
    /// The instance.
    pub instance: Instance,
    /// Websites by id.
    pub websites: Vec<Website>,
    /// Stores by id.
    pub store_groups: Vec<StoreGroup>,
    /// Store views by id.
    pub store_views: Vec<StoreView>,
    settings: HashMap<(String, StoredScope), String>,
    customer_attributes: Vec<CustomAttribute>,
    address_attributes: Vec<CustomAttribute>,
}

/// Where a setting's value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoredScope {
    /// For the whole instance.
    Default,
    /// For one website.
    Website(i64),
    /// For one store view.
    Store(i64),
}

impl Catalogue {
    /// Reads an instance's catalogue.
    pub fn load(sql: Session<'_>, instance: Instance) -> Result<Self> {
        let tenant = instance.tenant.0;
        let (customer_attributes, address_attributes) =
            attributes::store::all(sql, tenant)?.into_iter().partition(|a| a.entity == Entity::Customer);
        Ok(Self {
            customer_attributes,
            address_attributes,
            websites: store::websites(sql, tenant)?,
            store_groups: store::store_groups(sql, tenant)?,
            store_views: store::store_views(sql, tenant)?,
            settings: store::settings(sql, tenant)?,
            instance,
        })
    }

    /// The attributes that were added to an entity, by sort order.
    pub fn attributes(&self, entity: Entity) -> &[CustomAttribute] {
        match entity {
            Entity::Customer => &self.customer_attributes,
            Entity::CustomerAddress => &self.address_attributes,
        }
    }

    /// An added attribute by its id.
    pub fn attribute(&self, entity: Entity, id: i64) -> Option<&CustomAttribute> {
        self.attributes(entity).iter().find(|attribute| attribute.id == id)
    }

    /// A website by id.
    pub fn website(&self, id: i64) -> Option<&Website> {
        self.websites.iter().find(|website| website.id == id)
    }

    /// A store view by id.
    pub fn store_view(&self, id: i64) -> Option<&StoreView> {
        self.store_views.iter().find(|view| view.id == id)
    }

    /// A store view by its code; case matters.
    pub fn store_view_by_code(&self, code: &str) -> Option<&StoreView> {
        self.store_views.iter().find(|view| view.code == code)
    }

    /// The store view that stands for a website: its default store's default view.
    pub fn default_store_of(&self, website: &Website) -> Option<&StoreView> {
        let group = self.store_groups.iter().find(|group| group.id == website.default_group_id)?;
        self.store_view(group.default_store_id)
    }

    /// The website that stands for the installation: the first one that is not the admin's.
    pub fn default_website(&self) -> &Website {
        self.websites
            .iter()
            .find(|website| website.id != 0)
            .unwrap_or_else(|| self.websites.first().expect("an instance has an admin website"))
    }

    /// The store view that stands for the installation.
    pub fn default_store_id(&self) -> i64 {
        self.default_store_of(self.default_website()).map_or(0, |view| view.id)
    }

    /// The value of a setting for a store view: its own, its website's, the instance's, or the default.
    pub fn setting(&self, setting: &'static Setting, store_id: i64) -> &str {
        let website = self.store_view(store_id).map_or(0, |view| view.website_id);
        let scopes = [StoredScope::Store(store_id), StoredScope::Website(website), StoredScope::Default];
        self.first_of(setting, &scopes)
    }

    /// The value of a setting for a website.
    pub fn website_setting(&self, setting: &'static Setting, website_id: i64) -> &str {
        self.first_of(setting, &[StoredScope::Website(website_id), StoredScope::Default])
    }

    /// The instance's value of a setting.
    pub fn default_setting(&self, setting: &'static Setting) -> &str {
        self.first_of(setting, &[StoredScope::Default])
    }

    /// Are accounts shared by all websites?
    pub fn shares_accounts(&self) -> bool {
        self.default_setting(&settings::ACCOUNT_SHARING) == "0"
    }

    /// Every stored value: path, scope, value; for the control API.
    pub fn stored_settings(&self) -> impl Iterator<Item = (&str, StoredScope, &str)> {
        self.settings.iter().map(|((path, scope), value)| (path.as_str(), *scope, value.as_str()))
    }

    fn first_of(&self, setting: &'static Setting, scopes: &[StoredScope]) -> &str {
        if self.settings.is_empty() {
            return setting.default;
        }
        let stored = |scope: &StoredScope| self.settings.get(&(setting.path.to_owned(), *scope));
        scopes.iter().find_map(stored).map_or(setting.default, String::as_str)
    }
}

/// The catalogues read so far, by tenant code. The instance's version tells whether the kept one is current, so every node and every
/// unit of work sees a change at once.
#[derive(Debug, Default)]
pub struct Catalogues(RwLock<HashMap<String, Arc<Catalogue>>>);

impl Catalogues {
    /// The current catalogue of a tenant; None when there is no such instance.
    pub fn find(&self, sql: Session<'_>, code: &str) -> Result<Option<Arc<Catalogue>>> {
        let Some(version) = store::version(sql, code)? else {
            self.0.write().unwrap_or_else(PoisonError::into_inner).remove(code);
            return Ok(None);
        };
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner).get(code).cloned();
        if let Some(kept) = kept.filter(|kept| kept.instance.version == version) {
            return Ok(Some(kept));
        }
        let Some(instance) = store::find(sql, code)? else { return Ok(None) };
        let read = Arc::new(Catalogue::load(sql, instance)?);
        self.keep(code, &read);
        Ok(Some(read))
    }

    /// Keeps what was read: a unit of work may see a version that is later rolled back, so only what matches on the next call is ever used.
    fn keep(&self, code: &str, read: &Arc<Catalogue>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(code.to_owned(), Arc::clone(read));
    }
}

#[cfg(test)]
mod tests {
    use patron_sql::{Database, Location};

    use super::*;
    use crate::{
        Failure, Moment, Random,
        instances::create::{self, NewInstance},
    };

    struct Nothing;

    impl Random for Nothing {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(1);
        }
    }

    fn open() -> Database {
        crate::schema::open(&Location::Memory).unwrap()
    }

    fn instance(database: &Database) -> Instance {
        let moment = Moment { now: "2026-11-23T10:00:00Z".parse().unwrap(), random: &Nothing };
        database.write_now(move |sql| create::create(sql, moment, 1, NewInstance::default())).unwrap()
    }

    /// Names the first website, and looks at the catalogue as a call of the same unit of work would.
    fn rename(sql: Session<'_>, kept: &Catalogues, instance: &Instance, name: &str) -> Result<String> {
        let mut website = store::websites(sql, instance.tenant.0)?.remove(1);
        website.name = name.into();
        store::change_website(sql, instance.tenant.0, &website)?;
        store::touch(sql, instance.tenant.0)?;
        Ok(kept.find(sql, &instance.code)?.unwrap().websites[1].name.clone())
    }

    #[test]
    fn a_catalogue_of_a_change_that_was_rolled_back_is_never_believed() {
        let database = open();
        let instance = instance(&database);
        let kept = Arc::new(Catalogues::default());
        let (there, of) = (Arc::clone(&kept), instance.clone());
        let refused: Result<()> = database.write_now(move |sql| {
            assert_eq!(rename(sql, &there, &of, "never")?, "never");
            Err(Failure::Internal(anyhow::anyhow!("refused")))
        });
        assert!(refused.is_err());
        let there = Arc::clone(&kept);
        let seen = database.write_now(move |sql| rename(sql, &there, &instance, "later")).unwrap();
        assert_eq!(seen, "later");
    }
}
