//! All SQL of customers' addresses.

use patron_sql::{Error, Row, Session, params};
use patron_webapi::collation::fold;

use super::{super::Address, attributes, folded};
use crate::{failure::Result, instances::Catalogue};

/// The columns that [`address`] reads.
pub(crate) const ADDRESS: &str = "id, country_id, region, region_id, street, company, telephone, fax, postcode, city, firstname, lastname, \
     middlename, prefix, suffix, vat_id";

/// The addresses of a customer, by id.
pub fn addresses_of(sql: Session<'_>, tenant: i64, customer_id: i64) -> Result<Vec<Address>> {
    let query = format!(
        "SELECT {ADDRESS} FROM customer_address WHERE tenant_id = ?1 AND customer_id = ?2 ORDER BY id"
    );
    let mut addresses = sql.all(&query, params![tenant, customer_id], address)?;
    for address in &mut addresses {
        address.attributes = attributes::of_address(sql, tenant, address.id)?;
    }
    Ok(addresses)
}

/// The customer that an address belongs to.
pub fn owner_of_address(sql: Session<'_>, tenant: i64, address_id: i64) -> Result<Option<i64>> {
    let query = "SELECT customer_id FROM customer_address WHERE tenant_id = ?1 AND id = ?2";
    Ok(sql.first(query, params![tenant, address_id], |row| row.int(0))?)
}

/// Reads [`ADDRESS`].
pub(crate) fn address(row: &Row<'_>) -> std::result::Result<Address, Error> {
    Ok(Address {
        id: row.int(0)?,
        country_id: row.string(1)?,
        region: row.opt_string(2)?,
        region_id: row.opt_int(3)?,
        street: row.text(4)?.split('\n').map(str::to_owned).collect(),
        company: row.opt_string(5)?,
        telephone: row.opt_string(6)?,
        fax: row.opt_string(7)?,
        postcode: row.opt_string(8)?,
        city: row.string(9)?,
        firstname: row.string(10)?,
        lastname: row.string(11)?,
        middlename: row.opt_string(12)?,
        prefix: row.opt_string(13)?,
        suffix: row.opt_string(14)?,
        vat_id: row.opt_string(15)?,
        attributes: Vec::new(),
    })
}

/// Adds an address, or overwrites the one with its id.
pub fn put_address(
    sql: Session<'_>,
    catalogue: &Catalogue,
    customer_id: i64,
    address: &Address,
) -> Result<()> {
    let tenant = catalogue.instance.tenant.0;
    sql.execute(
        "INSERT INTO customer_address (tenant_id, id, customer_id, country_id, region, region_id, street, company, telephone, \
         fax, postcode, city, firstname, lastname, middlename, prefix, suffix, vat_id, region_folded, company_folded, \
         telephone_folded, postcode_folded, city_folded) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23) \
         ON CONFLICT (tenant_id, id) DO UPDATE SET country_id = excluded.country_id, region = excluded.region, \
         region_id = excluded.region_id, street = excluded.street, company = excluded.company, telephone = excluded.telephone, \
         fax = excluded.fax, postcode = excluded.postcode, city = excluded.city, firstname = excluded.firstname, \
         lastname = excluded.lastname, middlename = excluded.middlename, prefix = excluded.prefix, suffix = excluded.suffix, \
         vat_id = excluded.vat_id, region_folded = excluded.region_folded, company_folded = excluded.company_folded, \
         telephone_folded = excluded.telephone_folded, postcode_folded = excluded.postcode_folded, \
         city_folded = excluded.city_folded",
        params![
            tenant,
            address.id,
            customer_id,
            &address.country_id,
            &address.region,
            address.region_id,
            address.street.join("\n"),
            &address.company,
            &address.telephone,
            &address.fax,
            &address.postcode,
            &address.city,
            &address.firstname,
            &address.lastname,
            &address.middlename,
            &address.prefix,
            &address.suffix,
            &address.vat_id,
            folded(&address.region),
            folded(&address.company),
            folded(&address.telephone),
            folded(&address.postcode),
            fold(&address.city)
        ],
    )?;
    attributes::delete_of_address(sql, tenant, address.id)?;
    attributes::put_of_address(sql, catalogue, address)
}

/// Deletes an address.
pub fn delete_address(sql: Session<'_>, tenant: i64, id: i64) -> Result<()> {
    attributes::delete_of_address(sql, tenant, id)?;
    sql.execute("DELETE FROM customer_address WHERE tenant_id = ?1 AND id = ?2", params![tenant, id])?;
    Ok(())
}
