//! `/console/organizations/{org}/instances/{instance}/customers`: a grid with search, filters, sorting and pages, and one customer. Both
//! show what the REST API answers.

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::{Path, Query},
    routing::get,
};
use minijinja::{Value, context, value::Serde};
use patron_commerce::{
    Failure,
    mail::{self, Mail},
};
use patron_sql::Session;
use serde::Deserialize;
use serde_json::json;

use super::{
    ask, instances, mails, organizations,
    problem::{Answer, Problem, not_found},
    visit::Visit,
};
use crate::state::App;

/// Customers of a page.
const PAGE: i64 = 20;
/// Mails that a customer's page shows.
const MAILS: i64 = 10;
/// Characters of a search that are looked at.
const LONGEST_SEARCH: usize = 200;
/// What the grid may be sorted by: the API's name of the field.
const SORTABLE: [&str; 5] = ["entity_id", "lastname", "email", "group_id", "created_at"];

/// The routes of this file.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/instances/{instance}/customers", get(list))
        .route("/organizations/{org}/instances/{instance}/customers/{customer}", get(one))
}

/// What the grid is asked for. Whatever makes no sense is as if it were not there: these are links and boxes, not an API.
#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    website: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    page: String,
}

impl Wanted {
    fn sort(&self) -> &str {
        SORTABLE.iter().find(|field| **field == self.sort).copied().unwrap_or("entity_id")
    }

    fn is_descending(&self) -> bool {
        self.order == "desc" || self.sort.is_empty()
    }

    fn page(&self) -> i64 {
        self.page.parse().ok().filter(|page| (1..1_000_000_000).contains(page)).unwrap_or(1)
    }

    /// The search criteria of the REST API that mean this.
    fn criteria(&self) -> serde_json::Value {
        let mut groups = Vec::new();
        let asked: String = self.q.trim().chars().take(LONGEST_SEARCH).collect();
        // Each word has to be somewhere: "ada love" finds Ada Lovelace.
        for word in asked.split_whitespace() {
            let pattern = format!("%{}%", escaped(word));
            let like = |field: &str| json!({ "field": field, "value": pattern, "condition_type": "like" });
            groups.push(json!({ "filters": [like("email"), like("firstname"), like("lastname")] }));
        }
        for (field, value) in [("group_id", &self.group), ("website_id", &self.website)] {
            if value.parse::<i64>().is_ok() {
                groups.push(json!({ "filters": [{ "field": field, "value": value }] }));
            }
        }
        let direction = if self.is_descending() { "DESC" } else { "ASC" };
        json!({
            "filter_groups": groups,
            "sort_orders": [{ "field": self.sort(), "direction": direction }],
            "page_size": PAGE,
            "current_page": self.page(),
        })
    }
}

/// Makes `%` and `_` stand for themselves.
fn escaped(word: &str) -> String {
    word.chars().fold(String::new(), |mut text, c| {
        if matches!(c, '%' | '_' | '\\') {
            text.push('\\');
        }
        text.push(c);
        text
    })
}

async fn list(
    visit: Visit,
    Path((org, code)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    ask::at_length(visit, move |visit| {
        let words = visit.app.database.read(|sql| grid(visit, sql, &org, &code, &wanted))?;
        Ok(visit.page("customers.html", words))
    })
    .await
}

fn grid(visit: &Visit, sql: Session<'_>, org: &str, code: &str, wanted: &Wanted) -> Result<Value, Failure> {
    let (organisation, instance) = visit.instance(sql, org, code)?;
    let catalogue = visit.app.catalogues.find(sql, code)?.ok_or_else(not_found)?;
    let arguments = json!({ "searchCriteria": wanted.criteria() });
    let found = ask::get(visit, sql, code, "/V1/customers/search", &arguments)?;
    let total = found["total_count"].as_i64().unwrap_or(0);
    let websites = catalogue.websites.iter().filter(|website| website.id != 0);
    Ok(context! {
        org => organizations::view(&organisation), tab => "instances",
        instance => instances::view(&visit.app, &organisation, &instance),
        customers => Serde(&found["items"]),
        total,
        page => wanted.page(), pages => (total + PAGE - 1) / PAGE, page_size => PAGE,
        groups => groups(visit, sql, code)?,
        websites => websites.map(|one| (one.id.to_string(), one.name.clone())).collect::<BTreeMap<_, _>>(),
        wanted => context! {
            q => wanted.q.as_str(), group => wanted.group.as_str(), website => wanted.website.as_str(),
            sort => wanted.sort(), descending => wanted.is_descending(),
        },
        is_filtered => !wanted.q.trim().is_empty() || !wanted.group.is_empty() || !wanted.website.is_empty(),
        query => wanted.query(),
    })
}

impl Wanted {
    /// The search and the filters as a query, for links that sort and page.
    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.q), ("group", &self.group), ("website", &self.website)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// The names of an instance's groups, by id.
fn groups(visit: &Visit, sql: Session<'_>, code: &str) -> Result<BTreeMap<String, String>, Failure> {
    let all = ask::get(visit, sql, code, "/V1/customerGroups/search", &json!({ "searchCriteria": {} }))?;
    let items = all["items"].as_array().cloned().unwrap_or_default();
    let pair = |group: &serde_json::Value| {
        (group["id"].to_string(), group["code"].as_str().unwrap_or("").to_owned())
    };
    Ok(items.iter().map(pair).collect())
}

async fn one(visit: Visit, Path((org, code, id)): Path<(String, String, String)>) -> Answer {
    let words = visit.app.database.read(|sql| customer(&visit, sql, &org, &code, &id))?;
    Ok(visit.page("customer.html", words))
}

fn customer(visit: &Visit, sql: Session<'_>, org: &str, code: &str, id: &str) -> Result<Value, Problem> {
    let (organisation, instance) = visit.instance(sql, org, code)?;
    let id: i64 = id.parse().map_err(|_| not_found())?;
    let found = ask::get(visit, sql, code, "/V1/customers/:customerId", &json!({ "customerId": id }));
    let customer = found.map_err(|failure| match failure {
        Failure::Fault(fault) if fault.status == 404 => not_found().into(),
        other => other,
    })?;
    let catalogue = visit.app.catalogues.find(sql, code)?.ok_or_else(not_found)?;
    let email = customer["email"].as_str().unwrap_or("");
    let mails: Vec<Mail> = mail::store::page(sql, instance.tenant.0, i64::MAX, MAILS, Some(email))?;
    let views = mails.iter().map(|mail| mails::view(&visit.app, mail)).collect::<Result<Vec<_>, _>>()?;
    let website = customer["website_id"].as_i64().and_then(|id| catalogue.website(id));
    let store = customer["store_id"].as_i64().and_then(|id| catalogue.store_view(id));
    Ok(context! {
        org => organizations::view(&organisation), tab => "instances",
        instance => instances::view(&visit.app, &organisation, &instance),
        customer => Serde(&customer),
        group => groups(visit, sql, code)?.get(&customer["group_id"].to_string()),
        website => website.map(|website| website.name.as_str()),
        store => store.map(|store| store.name.as_str()),
        mails => views,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_looked_for_and_is_no_pattern() {
        assert_eq!(escaped(r"50%_\x"), r"50\%\_\\x");
        let wanted =
            Wanted { q: " ada  love ".into(), group: "1".into(), website: "x".into(), ..Wanted::default() };
        let criteria = wanted.criteria();
        assert_eq!(criteria["filter_groups"].as_array().unwrap().len(), 3);
        assert_eq!(criteria["filter_groups"][1]["filters"][0]["value"], "%love%");
        assert_eq!(criteria["sort_orders"][0], json!({ "field": "entity_id", "direction": "DESC" }));
    }

    #[test]
    fn nonsense_in_a_link_is_the_first_page_in_the_usual_order() {
        let wanted = Wanted {
            sort: "password_hash".into(),
            page: "-3".into(),
            order: "up".into(),
            ..Wanted::default()
        };
        assert_eq!((wanted.sort(), wanted.page(), wanted.is_descending()), ("entity_id", 1, false));
    }
}
