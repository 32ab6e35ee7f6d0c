//! Search criteria as the `WHERE`, `ORDER BY` and `LIMIT` of a statement.

use patron_sql::{Engine, Value};
use patron_webapi::{Fault, SearchCriteria, search::Filter};

use super::{
    Repository,
    condition::{Parameters, condition},
    expression,
};

/// Criteria compiled for one repository; `?1` is the tenant.
#[derive(Debug)]
pub struct Compiled {
    /// What stands after `FROM`, without `ORDER BY`: counting needs no more.
    pub matching: String,
    /// `ORDER BY` and `LIMIT`.
    pub paging: String,
    parameters: Parameters,
    /// How many of the parameters belong to `matching`.
    of_matching: usize,
}

impl Compiled {
    /// Compiles; a field that is none of the repository's is refused, filters before sort keys.
    pub fn new(
        repository: &Repository,
        criteria: &SearchCriteria,
        tenant: i64,
        engine: Engine,
    ) -> Result<Self, Fault> {
        let mut parameters = Parameters::beginning_with(tenant);
        let mut matching = format!("{} WHERE {} = ?1", repository.from, repository.tenant);
        for filters in criteria.filter_groups.iter().filter(|filters| !filters.is_empty()) {
            let either = alternatives(repository, filters, &mut parameters, engine)?;
            matching.push_str(&format!(" AND ({})", either.join(" OR ")));
        }
        let of_matching = parameters.values().len();
        Ok(Self { matching, paging: paging(repository, criteria, &mut parameters)?, parameters, of_matching })
    }

    /// The parameters of a statement with both clauses.
    pub fn parameters(&self) -> &[Value<'static>] {
        self.parameters.values()
    }

    /// The parameters of a statement that only counts.
    pub fn counting_parameters(&self) -> &[Value<'static>] {
        &self.parameters.values()[..self.of_matching]
    }
}

/// The conditions of a group, one of which must hold. A `from` and a `to` on the same field are one of them: a range.
fn alternatives(
    repository: &Repository,
    filters: &[Filter],
    parameters: &mut Parameters,
    engine: Engine,
) -> Result<Vec<String>, Fault> {
    let mut alternatives = Vec::with_capacity(filters.len());
    let mut taken = vec![false; filters.len()];
    for (at, filter) in filters.iter().enumerate() {
        let column = repository.column(filter.field.as_deref())?;
        if filter.condition_type == "regexp" {
            expression::check(filter.value.as_deref().unwrap_or_default(), filter.field.as_deref())?;
        }
        if taken[at] {
            continue;
        }
        let mut one = |filter: &Filter| {
            condition(column, &filter.condition_type, filter.value.as_deref(), parameters, engine)
        };
        let other =
            (at + 1..filters.len()).find(|other| !taken[*other] && bounds_a_range(filter, &filters[*other]));
        alternatives.push(match other {
            Some(other) => {
                taken[other] = true;
                format!("({} AND {})", one(filter), one(&filters[other]))
            }
            None => one(filter),
        });
    }
    Ok(alternatives)
}

fn bounds_a_range(one: &Filter, other: &Filter) -> bool {
    let words = (one.condition_type.as_str(), other.condition_type.as_str());
    one.field == other.field
        && matches!(words, ("from", "to") | ("to", "from"))
        && one.value.is_some()
        && other.value.is_some()
}

/// Sort keys without a field are passed over; one without a direction sorts down. The key comes last, so pages do not overlap.
fn paging(
    repository: &Repository,
    criteria: &SearchCriteria,
    parameters: &mut Parameters,
) -> Result<String, Fault> {
    let mut keys = Vec::new();
    for sort in criteria.sort_orders.iter().filter(|sort| sort.field.is_some()) {
        let column = repository.column(sort.field.as_deref())?;
        // As the original's database and SQLite do by themselves.
        let is_up = sort.direction.as_deref() == Some("ASC");
        let direction = if is_up { "ASC NULLS FIRST" } else { "DESC NULLS LAST" };
        keys.push(format!("{} {direction}", column.comparable()));
    }
    keys.push(repository.key.to_owned());
    let order = format!("ORDER BY {}", keys.join(", "));
    Ok(match criteria.limit() {
        Some(limit) => {
            let (limit, offset) = (parameters.add(limit), parameters.add(criteria.offset()));
            format!("{order} LIMIT {limit} OFFSET {offset}")
        }
        None => order,
    })
}
