//! A fresh instance: one website, one store view, groups 0 to 3, two tax classes, no customers
//! (`spec/magento-limits-and-attributes.md` 3.4 to 3.6).

use patron_sql::Session;
use patron_webapi::Fault;

use super::{
    Instance, StoreGroup, StoreView, TenantId, Website,
    counters::{self, Counter},
    store,
};
use crate::{Moment, failure::Result, groups, moment::BASE62, tax};

/// What the maker of an instance decides.
#[derive(Debug, Clone)]
pub struct NewInstance {
    /// Its name.
    pub name: String,
    /// Region code.
    pub region: String,
    /// `sandbox` or `production`.
    pub environment: String,
}

impl Default for NewInstance {
    fn default() -> Self {
        Self { name: "Patron".to_owned(), region: "na1".to_owned(), environment: "sandbox".to_owned() }
    }
}

impl NewInstance {
    /// Refuses what no instance may be called, with the field that is wrong.
    pub fn check(&self) -> Result<(), Fault> {
        let wrong = |field: &str, rule: &str| {
            Err(Fault::bad_request(format!("{field} must be {rule}.")).with("field", field))
        };
        if self.name.trim().is_empty() || self.name.chars().count() > 255 {
            return wrong("name", "a text of 1 to 255 characters");
        }
        let is_code = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if self.region.is_empty() || self.region.len() > 32 || !is_code(&self.region) {
            return wrong("region", "a region code such as na1");
        }
        if !matches!(self.environment.as_str(), "sandbox" | "production") {
            return wrong("environment", "sandbox or production");
        }
        Ok(())
    }
}

/// Makes an instance that belongs to an organisation.
pub fn create(
    sql: Session<'_>,
    moment: Moment<'_>,
    organisation_id: i64,
    new: NewInstance,
) -> Result<Instance> {
    let instance = Instance {
        tenant: TenantId(counters::next(sql, 0, Counter::Tenant)?),
        code: moment.characters(BASE62, 22),
        organisation_id,
        name: new.name,
        region: new.region,
        environment: new.environment,
        created_at: moment.text(),
        version: 1,
    };
    store::add(sql, &instance)?;
    add_stores(sql, instance.tenant.0)?;
    tax::seed(sql, instance.tenant.0)?;
    groups::seed(sql, instance.tenant.0)?;
    Ok(instance)
}

fn add_stores(sql: Session<'_>, tenant: i64) -> Result<()> {
    let website = |id, code: &str, name: &str| Website {
        id,
        code: code.into(),
        name: name.into(),
        default_group_id: id,
    };
    store::add_website(sql, tenant, &website(0, "admin", "Admin"), 0)?;
    store::add_website(sql, tenant, &website(1, "base", "Main Website"), 0)?;
    let group = |id, code: &str, name: &str, root| StoreGroup {
        id,
        website_id: id,
        root_category_id: root,
        default_store_id: id,
        name: name.into(),
        code: code.into(),
    };
    store::add_store_group(sql, tenant, &group(0, "default", "Default", 0))?;
    store::add_store_group(sql, tenant, &group(1, "main_website_store", "Main Website Store", 2))?;
    let view = |id, code: &str, name: &str| StoreView {
        id,
        code: code.into(),
        name: name.into(),
        website_id: id,
        store_group_id: id,
        is_active: 1,
        sort_order: 0,
    };
    store::add_store_view(sql, tenant, &view(0, "admin", "Admin"))?;
    store::add_store_view(sql, tenant, &view(1, "default", "Default Store View"))?;
    for counter in [Counter::Website, Counter::StoreGroup, Counter::StoreView] {
        counters::start_after(sql, tenant, counter, 1)?;
    }
    Ok(())
}
