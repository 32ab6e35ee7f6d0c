//! What a token of another issuer may do here: the grants that fit it, in roles and resources of the organisations that they name.

use std::collections::BTreeMap;

use patron_sql::Session;
use serde_json::{Map, Value};

use super::{IssuerSettings, Outsider, claims::strings, settings::Grant};
use crate::{
    failure::Result,
    identity::{
        Resources, Role, organisations,
        roles::{self, Rights},
    },
};

/// What the token may do, by organisation; nothing when no grant fits.
pub fn rights(
    sql: Session<'_>,
    settings: &IssuerSettings,
    outsider: &Outsider,
) -> Result<BTreeMap<i64, Rights>> {
    let mut held: BTreeMap<i64, Vec<Role>> = BTreeMap::new();
    for grant in settings.grants.iter().filter(|grant| fits(grant, outsider)) {
        // An organisation that was deleted meanwhile opens nothing; the others do.
        let Some(organisation) = organisations::find_by_ims_org_id(sql, &grant.organization)? else {
            continue;
        };
        let all = roles::of_organisation(sql, organisation.id)?;
        held.entry(organisation.id).or_default().extend(of_grant(grant, organisation.id, &all));
    }
    Ok(held.into_iter().map(|(id, held)| (id, roles::rights(&held, &Resources::All))).collect())
}

fn fits(grant: &Grant, outsider: &Outsider) -> bool {
    let client_fits = grant.client_id.as_ref().is_none_or(|own| *own == outsider.client_id);
    let claim_fits = grant.claim.as_deref().is_none_or(|path| {
        let found = claim(&outsider.claims, path);
        match &grant.value {
            None => found.is_some_and(|value| !value.is_null()),
            Some(wanted) => found.is_some_and(|value| holds(value, wanted)),
        }
    });
    client_fits && claim_fits
}

/// A claim by its name, which may have dots and slashes of its own, or else by a path of members.
fn claim<'c>(claims: &'c Map<String, Value>, path: &str) -> Option<&'c Value> {
    if let Some(found) = claims.get(path) {
        return Some(found);
    }
    let (first, rest) = path.split_once('.')?;
    claim(claims.get(first)?.as_object()?, rest)
}

fn holds(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Bool(truth) => truth.to_string() == wanted,
        Value::Number(number) => number.to_string() == wanted,
        value => strings(value).contains(&wanted),
    }
}

/// A grant as roles: those that it names, and one for its own resources, each only where the grant counts.
fn of_grant(grant: &Grant, organisation_id: i64, all: &[Role]) -> Vec<Role> {
    let named = all.iter().filter(|role| grant.roles.contains(&role.name)).cloned();
    let own = (!grant.resources.is_empty()).then(|| Role {
        id: 0,
        organisation_id,
        name: String::new(),
        instance_code: None,
        resources: match grant.resources.iter().any(|name| name == "all") {
            true => Resources::All,
            false => Resources::from_names(grant.resources.iter().cloned()),
        },
        created_at: 0,
    });
    named.chain(own).flat_map(|role| within(&role, &grant.instances)).collect()
}

/// A role where it counts and one of these instances is; everywhere it counts when there are none.
fn within(role: &Role, instances: &[String]) -> Vec<Role> {
    if instances.is_empty() {
        return vec![role.clone()];
    }
    let counts = |code: &&String| role.instance_code.as_ref().is_none_or(|own| own == *code);
    let there = |code: &String| Role { instance_code: Some(code.clone()), ..role.clone() };
    instances.iter().filter(counts).map(there).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outsider() -> Outsider {
        let claims = json!({"realm": {"roles": ["reader", "writer"]}, "https://corp.example/team": "sales", "level": 3});
        Outsider {
            client_id: "c".into(),
            user_id: "u".into(),
            ends_at: 1,
            claims: claims.as_object().unwrap().clone(),
        }
    }

    fn grant(value: Value) -> Grant {
        let mut grant = json!({"organization": "X@AdobeOrg", "resources": ["A::a"]});
        grant.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(grant).unwrap()
    }

    #[test]
    fn a_grant_fits_when_all_its_conditions_hold() {
        for (conditions, does) in [
            (json!({"client_id": "c"}), true),
            (json!({"client_id": "d"}), false),
            (json!({"claim": "realm.roles", "value": "writer"}), true),
            (json!({"claim": "realm.roles", "value": "admin"}), false),
            (json!({"claim": "realm.roles", "value": "read"}), false),
            (json!({"claim": "https://corp.example/team", "value": "sales"}), true),
            (json!({"claim": "level", "value": "3"}), true),
            (json!({"claim": "realm"}), true),
            (json!({"claim": "missing"}), false),
            (json!({"client_id": "d", "claim": "level", "value": "3"}), false),
        ] {
            assert_eq!(fits(&grant(conditions.clone()), &outsider()), does, "{conditions}");
        }
    }

    #[test]
    fn a_role_of_one_instance_does_not_grow_by_a_grant() {
        let role = |code: Option<&str>| Role {
            id: 1,
            organisation_id: 1,
            name: "r".into(),
            instance_code: code.map(str::to_owned),
            resources: Resources::All,
            created_at: 0,
        };
        let codes = |role: &Role, instances: &[&str]| {
            let instances: Vec<String> = instances.iter().map(|code| (*code).to_owned()).collect();
            within(role, &instances).into_iter().map(|role| role.instance_code).collect::<Vec<_>>()
        };
        assert_eq!(codes(&role(None), &[]), [None]);
        assert_eq!(codes(&role(None), &["a", "b"]), [Some("a".to_owned()), Some("b".to_owned())]);
        assert_eq!(codes(&role(Some("a")), &["b"]), []);
        assert_eq!(codes(&role(Some("a")), &[]), [Some("a".to_owned())]);
    }
}
