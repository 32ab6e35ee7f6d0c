//! Identity over a real database: what a token opens, and how it stops.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use jiff::Timestamp;
use patron_sql::{Database, Location, Session};
use patron_token::{Claims, Scopes, TokenType, jwt};

use super::{authority::Inspection, grants::Granted, *};
use crate::{Failure, Moment, Random, failure::Result, schema};

const NOW: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;

/// Numbers that never repeat and are the same in every run.
struct Seeded(AtomicU64);
impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}
static RANDOM: Seeded = Seeded(AtomicU64::new(7));

fn at(now_ms: i64) -> Moment<'static> {
    Moment { now: Timestamp::from_millisecond(now_ms).unwrap(), random: &RANDOM }
}

/// A database with one provisioned organisation, and a node on it.
struct World {
    database: Database,
    node: Authority,
    provisioned: Arc<Provisioned>,
}

impl World {
    fn new() -> Self {
        let database = schema::open(&Location::Memory).unwrap();
        let node = Authority::new();
        node.ensure_key(&database, at(NOW)).unwrap();
        let provisioned = database.write_now(|sql| provision(sql, at(NOW), "Demo")).unwrap();
        Self { database, node, provisioned: Arc::new(provisioned) }
    }

    fn write<T: Send + 'static>(&self, work: impl FnMut(Session<'_>) -> Result<T> + Send + 'static) -> T {
        self.database.write_now(work).unwrap()
    }

    fn credential(&self) -> &CreatedCredential {
        &self.provisioned.credential
    }

    fn request(&self) -> TokenRequest {
        TokenRequest {
            grant_type: Some("client_credentials".to_owned()),
            client_id: Some(self.credential().client_id.clone()),
            client_secret: Some(GivenSecret::from(self.credential().client_secret.to_string())),
            ..TokenRequest::default()
        }
    }

    fn grant(&self, request: &TokenRequest, now_ms: i64) -> Result<Granted, NotGranted> {
        self.database.read(|sql| grants::grant(sql, at(now_ms), request))
    }

    fn refusal(&self, request: &TokenRequest) -> (&'static str, String) {
        match self.grant(request, NOW).unwrap_err() {
            NotGranted::Refused(refusal) => (refusal.error, refusal.description.into_owned()),
            NotGranted::Failed(failure) => panic!("{failure}"),
        }
    }

    fn sign(&self, claims: &Claims) -> String {
        let ring = self.database.read(|sql| self.node.ring(sql, NOW)).unwrap();
        jwt::sign(&ring.signing_key().unwrap(), claims).unwrap()
    }

    fn token(&self) -> String {
        self.sign(&self.grant(&self.request(), NOW).unwrap().claims)
    }

    fn opens(&self, node: &Authority, token: &str, now_ms: i64) -> bool {
        self.database.read(|sql| node.consumer(sql, token, ("", 0), now_ms)).unwrap().is_some()
    }
}

#[test]
fn a_new_instances_credential_gets_a_token_that_names_its_organisation() {
    let world = World::new();
    let token = world.token();
    let consumer =
        world.database.read(|sql| world.node.consumer(sql, &token, ("", 0), NOW)).unwrap().unwrap();

    assert_eq!(consumer.organisation_id, world.provisioned.organisation.id);
    assert_eq!(consumer.client_id, world.credential().client_id);
    assert_eq!(consumer.user_id, world.credential().technical_account_id);
    assert!(consumer.may("Magento_Customer::manage"));
    let again = world.database.read(|sql| world.node.consumer(sql, &token, ("", 0), NOW)).unwrap().unwrap();
    assert!(Arc::ptr_eq(&consumer, &again), "the second call verified again");
}

#[test]
fn made_up_names_have_the_forms_of_ims() {
    let world = World::new();
    let (organisation, created) = (&world.provisioned.organisation, world.credential());
    let is_hex = |text: &str, wanted: usize, digits: &str| {
        text.len() == wanted && text.chars().all(|c| digits.contains(c))
    };
    assert!(is_hex(&created.client_id, 32, "0123456789abcdef"), "{}", created.client_id);
    assert!(created.client_secret.starts_with("p8e-") && created.client_secret.len() == 47);
    for (name, domain) in
        [(&organisation.ims_org_id, "AdobeOrg"), (&created.technical_account_id, "techacct.adobe.com")]
    {
        let (id, at) = name.split_once('@').unwrap();
        assert!(is_hex(id, 24, "0123456789ABCDEF") && at == domain, "{name}");
    }
    assert_eq!(organisation.console_id(), 100_000 + organisation.id);
    assert_eq!(created.credential.name, "Credential in Demo - Production");
    assert_eq!(created.credential.scopes, Scopes::parse(model::DEFAULT_SCOPES));
    assert!(!format!("{created:?}").contains("p8e-"), "the secret shows");
}

#[test]
fn every_refusal_has_its_code_and_text() {
    let world = World::new();
    let with = |change: fn(&mut TokenRequest)| {
        let mut request = world.request();
        change(&mut request);
        world.refusal(&request)
    };
    let client_id = ("invalid_client", "invalid client_id parameter".to_owned());
    let client_secret = ("invalid_client", "invalid client_secret parameter".to_owned());
    assert_eq!(with(|r| r.client_id = None), client_id);
    assert_eq!(with(|r| r.client_id = Some("0".repeat(32))), client_id);
    assert_eq!(with(|r| r.client_secret = None), client_secret);
    assert_eq!(with(|r| r.client_secret = Some("p8e-wrong".to_owned().into())), client_secret);
    assert_eq!(with(|r| r.grant_type = None), ("invalid_request", "missing grant_type parameter".to_owned()));
    assert_eq!(with(|r| r.grant_type = Some("password".into())).0, "unsupported_grant_type");
    assert_eq!(with(|r| r.grant_type = Some("refresh_token".into())).0, "unauthorized_client");
    let (error, description) = with(|r| r.scope = Some("openid,org.write".into()));
    assert_eq!(error, "invalid_scope");
    assert!(description.contains("org.write"), "{description}");
}

#[test]
fn scopes_are_granted_as_asked_or_all_when_none_is_named() {
    let world = World::new();
    let granted = |scope: Option<&str>| {
        let request = TokenRequest { scope: scope.map(str::to_owned), ..world.request() };
        world.grant(&request, NOW).unwrap().claims.scope.to_string()
    };
    assert_eq!(granted(None), model::DEFAULT_SCOPES);
    assert_eq!(granted(Some(" ,")), model::DEFAULT_SCOPES);
    assert_eq!(granted(Some("openid AdobeID,openid commerce.accs")), "openid,AdobeID,commerce.accs");
}

#[test]
fn a_token_ends_when_its_time_is_over_or_its_words_were_changed() {
    let world = World::new();
    let token = world.token();
    assert!(world.opens(&world.node, &token, NOW + DAY - 1));
    assert!(!world.opens(&world.node, &token, NOW + DAY));
    assert!(!world.opens(&world.node, &format!("{token}x"), NOW));
    for text in ["", "x", "a.b.c", &token[1..]] {
        assert!(!world.opens(&world.node, text, NOW), "{text}");
    }
}

#[test]
fn a_token_without_the_commerce_scope_opens_nothing_and_is_valid_all_the_same() {
    let world = World::new();
    let request = TokenRequest { scope: Some("openid".to_owned()), ..world.request() };
    let token = world.sign(&world.grant(&request, NOW).unwrap().claims);

    assert!(!world.opens(&world.node, &token, NOW));
    assert!(matches!(inspect(&world, &token, TokenType::AccessToken, None), Inspection::Valid(_)));
}

#[test]
fn a_token_of_another_type_opens_nothing() {
    let world = World::new();
    let mut claims = world.grant(&world.request(), NOW).unwrap().claims;
    claims.token_type = TokenType::RefreshToken;
    assert!(!world.opens(&world.node, &world.sign(&claims), NOW));
}

#[test]
fn a_deleted_credentials_tokens_stop_at_once_on_every_node() {
    let world = World::new();
    let (token, other_node) = (world.token(), Authority::new());
    assert!(world.opens(&world.node, &token, NOW) && world.opens(&other_node, &token, NOW));

    let id = world.credential().credential.id;
    assert!(world.write(move |sql| credentials::delete(sql, at(NOW), id)));

    assert!(!world.opens(&world.node, &token, NOW) && !world.opens(&other_node, &token, NOW));
    assert_eq!(inspect(&world, &token, TokenType::AccessToken, None), Inspection::Invalid("unknown_client"));
    assert_eq!(world.refusal(&world.request()).0, "invalid_client");
}

#[test]
fn a_deletion_that_is_rolled_back_changes_nothing() {
    let world = World::new();
    let token = world.token();
    let id = world.credential().credential.id;
    let node = Arc::new(Authority::new());
    let (inside, seen) = (Arc::clone(&node), token.clone());
    let undone: Result<()> = world.database.write_now(move |sql| {
        credentials::delete(sql, at(NOW), id)?;
        assert!(
            inside.consumer(sql, &seen, ("", 0), NOW)?.is_none(),
            "the unit of work sees its own deletion"
        );
        Err(Failure::Internal(anyhow::anyhow!("undo")))
    });
    assert!(undone.is_err());
    assert!(world.opens(&node, &token, NOW));
}

#[test]
fn deleting_an_organisation_deletes_all_that_is_its_and_nothing_else() {
    let world = World::new();
    let other = world.write(|sql| provision(sql, at(NOW), "Other"));
    let token = world.token();
    let id = world.provisioned.organisation.id;
    assert!(world.write(move |sql| organisations::delete_with_everything(sql, at(NOW), id)));

    assert!(!world.opens(&world.node, &token, NOW));
    world
        .database
        .read::<_, Failure>(|sql| {
            assert!(organisations::find(sql, id)?.is_none());
            assert!(projects::of_organisation(sql, id)?.is_empty());
            assert!(credentials::of_organisation(sql, id)?.is_empty());
            assert!(secrets::of_credential(sql, world.credential().credential.id)?.is_empty());
            assert_eq!(organisations::find(sql, other.organisation.id)?.unwrap(), other.organisation);
            assert_eq!(credentials::of_organisation(sql, other.organisation.id)?.len(), 1);
            Ok(())
        })
        .unwrap();
    assert!(!world.write(move |sql| organisations::delete_with_everything(sql, at(NOW), id)));
}

#[test]
fn a_revoked_token_is_refused_and_its_siblings_are_not() {
    let world = World::new();
    let (revoked, sibling) = (world.token(), world.token());
    assert!(world.opens(&world.node, &revoked, NOW));
    let claims = world.database.read(|sql| world.node.read(sql, &revoked, NOW)).unwrap().unwrap();
    for _ in 0..2 {
        let claims = claims.clone();
        world.write(move |sql| revocation::revoke(sql, at(NOW), &claims));
    }

    assert!(!world.opens(&world.node, &revoked, NOW) && world.opens(&world.node, &sibling, NOW));
    assert_eq!(inspect(&world, &revoked, TokenType::AccessToken, None), Inspection::Invalid("revoked_token"));
    assert_eq!(world.write(|sql| revocation::tidy(sql, NOW + DAY - 1)), 0);
    assert_eq!(world.write(|sql| revocation::tidy(sql, NOW + DAY)), 1);
}

#[test]
fn two_secrets_work_side_by_side_and_a_third_is_refused() {
    let world = World::new();
    let id = world.credential().credential.id;
    let second = world.write(move |sql| secrets::add(sql, at(NOW + 1), id));
    let third = world.database.write_now(move |sql| secrets::add(sql, at(NOW), id));
    assert!(matches!(third, Err(Failure::Fault(fault)) if fault.status == 400));

    let with_second =
        TokenRequest { client_secret: Some(second.value.to_string().into()), ..world.request() };
    assert!(world.grant(&with_second, NOW).is_ok() && world.grant(&world.request(), NOW).is_ok());
    let uuids = |world: &World| -> Vec<_> {
        let infos = world.database.read(|sql| secrets::of_credential(sql, id)).unwrap();
        infos.into_iter().map(|info| info.uuid).collect()
    };
    let first = uuids(&world).remove(0);
    let token = world.token();
    assert!(world.write(move |sql| secrets::delete(sql, id, &first)));
    assert_eq!(uuids(&world), [second.info.uuid]);
    assert_eq!(world.refusal(&world.request()).1, "invalid client_secret parameter");
    assert!(world.opens(&world.node, &token, NOW), "a token outlives the secret that got it");
    assert!(world.database.write_now(move |sql| secrets::add(sql, at(NOW), id)).is_ok());
}

#[test]
fn a_secrets_use_is_written_down_once_a_minute() {
    let world = World::new();
    let usage = |now| world.grant(&world.request(), now).unwrap().secret_use;
    let first = usage(NOW).unwrap();
    world.write(move |sql| secrets::record(sql, &first));
    assert_eq!(usage(NOW + 59_999), None);
    assert!(usage(NOW + 60_000).is_some());
    let id = world.credential().credential.id;
    let infos = world.database.read(|sql| secrets::of_credential(sql, id)).unwrap();
    assert_eq!(infos[0].last_used_at, Some(NOW));
}

#[test]
fn nodes_that_start_at_once_end_with_one_first_key() {
    let database = schema::open(&Location::Memory).unwrap();
    let starts: Vec<_> = (0..3)
        .map(|_| {
            let database = database.clone();
            thread::spawn(move || {
                let key = Authority::new().ensure_key(&database, at(NOW)).unwrap();
                (key.kid().to_owned(), key.sign(b"m").unwrap())
            })
        })
        .collect();
    let keys: Vec<_> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    assert_eq!(keys[0].0, "ims_na1-key-at-1");
    assert!(keys.iter().all(|key| *key == keys[0]), "the nodes sign with different keys");
}

#[test]
fn a_rotated_key_signs_no_more_and_is_believed_until_its_tokens_are_over() {
    let world = World::new();
    let (old, other_node) = (world.token(), Authority::new());
    assert!(world.opens(&other_node, &old, NOW));
    let made = world.node.rotate(&world.database, at(NOW)).unwrap();

    assert_eq!(made.kid(), "ims_na1-key-at-2");
    let new = world.token();
    for node in [&world.node, &other_node] {
        assert!(world.opens(node, &old, NOW) && world.opens(node, &new, NOW));
    }
    let listed = |now: i64| -> Vec<_> {
        let ring = world.database.read(|sql| world.node.ring(sql, now)).unwrap();
        ring.jwks(now).keys.into_iter().map(|key| key.kid).collect()
    };
    assert_eq!(listed(NOW + DAY), ["ims_na1-key-at-2", "ims_na1-key-at-1"]);
    assert_eq!(listed(NOW + keys::RETIREMENT_MS), ["ims_na1-key-at-2"]);
    assert_eq!(world.write(|sql| revocation::tidy(sql, NOW + keys::RETIREMENT_MS)), 1);
}

#[test]
fn a_withdrawn_keys_tokens_stop_at_once_but_the_key_that_signs_stays() {
    let world = World::new();
    let token = world.token();
    assert!(world.opens(&world.node, &token, NOW));
    let refused = world.database.write_now(|sql| keys::withdraw(sql, at(NOW), "ims_na1-key-at-1"));
    assert!(matches!(refused, Err(Failure::Fault(_))));

    world.node.rotate(&world.database, at(NOW)).unwrap();
    assert!(world.write(|sql| keys::withdraw(sql, at(NOW), "ims_na1-key-at-1")));
    assert!(!world.opens(&world.node, &token, NOW));
    assert!(world.opens(&world.node, &world.token(), NOW));
}

#[test]
fn a_keys_certificate_is_found_by_its_file_name() {
    let world = World::new();
    let ring = world.database.read(|sql| world.node.ring(sql, NOW)).unwrap();
    let pem = &ring.certificate("ims_na1-key-at-1.cer").unwrap().unwrap().pem;
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(ring.certificate("ims_na1-key-at-1").unwrap().is_none());
}

#[test]
fn an_inspection_says_why_a_token_is_not_good() {
    let world = World::new();
    let token = world.token();
    let client_id = &world.credential().client_id;
    let Inspection::Valid(claims) = inspect(&world, &token, TokenType::AccessToken, Some(client_id)) else {
        panic!()
    };
    assert_eq!(claims.client_id, *client_id);
    for (text, wanted, client, reason) in [
        (token.as_str(), TokenType::RefreshToken, None, "wrong_type"),
        (&token, TokenType::AccessToken, Some("other"), "invalid_client_id"),
        (&token[..token.len() - 6], TokenType::AccessToken, None, "bad_signature"),
        ("x", TokenType::AccessToken, None, "malformed"),
    ] {
        assert_eq!(inspect(&world, text, wanted, client), Inspection::Invalid(reason));
    }
}

fn inspect(world: &World, token: &str, wanted: TokenType, client_id: Option<&str>) -> Inspection {
    world.database.read(|sql| world.node.inspect(sql, token, wanted, client_id, NOW)).unwrap()
}

#[test]
fn the_first_user_is_made_once_and_may_do_everything() {
    let world = World::new();
    let organisation = world.provisioned.organisation.clone();
    let make = |email: &'static str| {
        let organisation = organisation.clone();
        world.write(move |sql| first_user::ensure(sql, at(NOW), &organisation, email, "hash"))
    };
    let first_user::FirstUser::Made(made) = make("ada@example.com") else { panic!("nobody was there") };
    assert!(made.is_active && made.has_password);
    assert_eq!(make("eve@example.com"), first_user::FirstUser::Known(made.clone()));
    let held = world.database.read(|sql| users::roles_of(sql, &made)).unwrap();
    assert!(held.iter().any(|role| role.resources == Resources::All && role.instance_code.is_none()));
    let reach = world.database.read(|sql| administration::reach(sql, &made)).unwrap();
    assert_eq!(reach, administration::Reach::All, "the first organisation is the operators'");
}

#[test]
fn only_a_role_of_everything_everywhere_administers_and_only_the_operators_administer_others() {
    let world = World::new();
    let operators = world.provisioned.organisation.clone();
    world.write(move |sql| first_user::ensure(sql, at(NOW), &operators, "ada@example.com", "hash").map(drop));
    let reach = world.write(|sql| {
        let other = provision(sql, at(NOW), "Other")?.organisation;
        let second = first_user::ensure(sql, at(NOW), &other, "eve@example.com", "hash")?;
        let first_user::FirstUser::Made(eve) = second else { panic!("nobody was there") };
        let own = administration::reach(sql, &eve)?;
        let narrow = roles::NewRole {
            name: "Narrow".to_owned(),
            resources: Resources::from_names(["Magento_Customer::manage".to_owned()]),
            ..roles::NewRole::default()
        };
        let narrow = roles::create(sql, at(NOW), other.id, narrow)?;
        let change = users::UserChange { roles: Some(vec![narrow.id]), ..users::UserChange::default() };
        let narrowed = users::change(sql, at(NOW), &eve, change)?;
        Ok((own == administration::Reach::One(other.id), administration::reach(sql, &narrowed)?))
    });
    assert_eq!(reach, (true, administration::Reach::Nothing));
}

#[test]
fn a_made_up_password_is_readable_and_another_each_time() {
    let (one, other) = (first_user::password(at(NOW)), first_user::password(at(NOW)));
    assert_ne!(one, other);
    assert_eq!((one.len(), one.split('-').count()), (23, 4));
    assert!(users::check_password(&one).is_ok());
}
