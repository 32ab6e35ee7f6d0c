//! Who a token speaks for, in the three forms that clients ask for: `/userinfo/v2` and `/v1`, `/profile/v1`, `/organizations/v5` and `/v6`
//! (`spec/ims.md` 3.5 to 3.7). A server's own token speaks for its technical account.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use patron_commerce::{
    identity::{Bearer, Organisation, Role, organisations, roles, users},
    instances,
};
use serde_json::{Map, Value, json};

use super::{
    answer::{self, Problem},
    bearer,
};
use crate::state::App;

/// `GET /ims/userinfo/v2`: what the token's scopes allow to see.
pub async fn userinfo(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let bearer = match bearer::holder(&app, &headers)? {
        Ok(bearer) => bearer,
        Err(refused) => return Ok(refused),
    };
    Ok(answer::json(StatusCode::OK, &claims(&bearer, Verified::Flag)))
}

/// How `email_verified` is written: version 1 of the token endpoint has a text (`spec/ims.md` 1.5).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// `true`
    Flag,
    /// `"true"`
    Text,
}

/// The claims about the holder that the token's scopes allow.
pub fn claims(bearer: &Bearer, verified: Verified) -> Map<String, Value> {
    let person = Person::of(bearer);
    let has = |scope: &str| bearer.claims.scope.contains(scope);
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    if has("openid") {
        put("sub", json!(bearer.claims.user_id));
    }
    if has("profile") {
        put("account_type", json!("ent"));
    }
    if has("email") {
        put("email_verified", if verified == Verified::Flag { json!(true) } else { json!("true") });
    }
    if has("address") {
        put("address", json!({ "country": person.country }));
    }
    if has("profile") {
        put("name", json!(person.name));
        put("given_name", json!(person.first_name));
        put("family_name", json!(person.last_name));
    }
    if has("email") {
        put("email", json!(person.email));
    }
    claims
}

/// `GET /ims/profile/v1`.
pub async fn profile(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let bearer = match bearer::holder(&app, &headers)? {
        Ok(bearer) => bearer,
        Err(refused) => return Ok(refused),
    };
    let person = Person::of(&bearer);
    let mut profile = json!({
        "account_type": "type2",
        "authId": bearer.claims.aa_id,
        "countryCode": person.country,
        "displayName": person.name,
        "email": person.email,
        "emailVerified": "true",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name": person.name,
        "preferred_languages": ["en-us"],
        "userId": bearer.claims.user_id,
    });
    let Some((organisation, roles)) = belongs_to(&app, &bearer)? else {
        return Ok(answer::json(StatusCode::OK, &profile));
    };
    let org_id = &organisation.ims_org_id;
    if bearer.claims.scope.contains("additional_info.roles") {
        let listed = roles.iter().map(|role| {
            json!({
                "principal": format!("{org_id}:{}", role.id),
                "organization": org_id,
                "named_role": role.name,
                "target": org_id,
                "target_type": "TRG_ORG",
                "target_data": {},
            })
        });
        profile["roles"] = listed.collect();
    }
    if bearer.claims.scope.contains("additional_info.projectedProductContext") {
        let all = app.database.read(instances::store::all)?;
        let own = all.iter().filter(|instance| instance.organisation_id == organisation.id);
        let listed = own.map(|instance| {
            json!({ "prodCtx": {
                "statusCode": "ACTIVE",
                "ident": instance.code,
                "organization_id": org_id,
                "owningEntity": org_id,
                "serviceCode": "ACCS-REST-API",
                "label": instance.name,
                "serviceLevel": "standard",
            }})
        });
        profile["projectedProductContext"] = listed.collect();
    }
    Ok(answer::json(StatusCode::OK, &profile))
}

/// `GET /ims/organizations/v5` and `/v6`: the one that the holder belongs to.
pub async fn organizations(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let bearer = match bearer::holder(&app, &headers)? {
        Ok(bearer) => bearer,
        Err(refused) => return Ok(refused),
    };
    let listed: Vec<Value> = belongs_to(&app, &bearer)?
        .iter()
        .map(|(organisation, roles)| {
            let (ident, source) = organisation.ims_org_id.split_once('@').unwrap_or_default();
            let group =
                |role: &Role| json!({ "groupName": role.name, "role": "GRP_MEMBER", "ident": role.id });
            json!({
                "orgName": organisation.name,
                "orgRef": { "ident": ident, "authSrc": source },
                "orgType": "Enterprise",
                "countryCode": Person::of(&bearer).country,
                "groups": roles.iter().map(group).collect::<Vec<_>>(),
            })
        })
        .collect();
    Ok(answer::json(StatusCode::OK, &listed))
}

fn belongs_to(app: &App, bearer: &Bearer) -> Result<Option<(Organisation, Vec<Role>)>, Problem> {
    let found = app.database.read(|sql| {
        let organisation = organisations::find(sql, bearer.credential.organisation_id)?;
        let roles = match &bearer.user {
            Some(user) => users::roles_of(sql, user)?,
            None => roles::of_credential(sql, bearer.credential.id)?,
        };
        Ok::<_, patron_commerce::Failure>(organisation.map(|organisation| (organisation, roles)))
    });
    Ok(found?)
}

/// The words about a holder.
struct Person<'b> {
    name: String,
    first_name: &'b str,
    last_name: &'b str,
    email: &'b str,
    country: &'b str,
}

impl<'b> Person<'b> {
    fn of(bearer: &'b Bearer) -> Self {
        match &bearer.user {
            Some(user) => Self {
                name: user.name(),
                first_name: &user.first_name,
                last_name: &user.last_name,
                email: &user.email,
                country: &user.country,
            },
            None => Self {
                name: bearer.credential.name.clone(),
                first_name: "",
                last_name: "",
                email: &bearer.credential.technical_account_email,
                country: "US",
            },
        }
    }
}
