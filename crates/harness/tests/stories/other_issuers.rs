//! Tokens of other issuers: a scripted IMS and a scripted OpenID Connect provider, trusted by configuration.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a token has a time in it

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use patron_harness::{
    Instance, Options, Patron, command,
    issuer::{Issuer, Mood},
    wire,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const CLIENT: &str = "0123456789abcdef0123456789abcdef";
const NOBODY: u64 = 987_654;

/// An issuer, a server that trusts it, and an instance that its tokens may open.
struct World {
    issuer: Issuer,
    server: Patron,
    instance: Instance,
    _folder: TempDir,
}

/// The configuration is written once the organization is known, so the server is started twice on the same data.
fn world(settings: impl Fn(&Issuer, &Instance) -> String) -> World {
    let issuer = Issuer::start();
    let mut server = Patron::start(Options::default());
    let instance = server.instance();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("patron.toml");
    std::fs::write(&file, settings(&issuer, &instance)).unwrap();
    server.stop();
    server.options_mut().arguments.extend(["--config".to_owned(), file.display().to_string()]);
    server.restart();
    let instance = instance.moved_to(server.base());
    World { issuer, server, instance, _folder: folder }
}

fn ims(issuer: &Issuer, instance: &Instance) -> String {
    format!(
        "[[issuers]]\nname = \"adobe\"\nkind = \"ims\"\njwks_url = \"{}/ims/keys\"\n\
         [[issuers.grants]]\nclient_id = \"{CLIENT}\"\norganization = \"{}\"\nresources = [\"all\"]\n",
        issuer.base(),
        instance.made.org_id
    )
}

fn oidc(issuer: &Issuer, instance: &Instance) -> String {
    format!(
        "[[issuers]]\nname = \"corp\"\nkind = \"oidc\"\nissuer = \"{}\"\naudiences = [\"patron\"]\nalgorithms = [\"RS256\", \"PS256\"]\n\
         [[issuers.grants]]\nclaim = \"realm_access.roles\"\nvalue = \"crm\"\norganization = \"{org}\"\nroles = [\"Reader\"]\n\
         [[issuers.grants]]\nclaim = \"realm_access.roles\"\nvalue = \"admin\"\norganization = \"{org}\"\ninstances = [\"{}\"]\nresources = [\"all\"]\n",
        issuer.base(),
        instance.made.tenant_id,
        org = instance.made.org_id
    )
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// The claims of a real IMS token of a server (`spec/ims.md` 2.2).
fn ims_claims() -> Value {
    json!({
        "id": "1700000000000_00000000-0000-4000-8000-000000000001_ue1", "type": "access_token", "client_id": CLIENT,
        "user_id": "AAAABBBBCCCCDDDD0A495C01@techacct.adobe.com", "as": "ims-na1", "ctp": 3, "moi": "d3c4b2a1",
        "expires_in": "86400000", "created_at": now_ms().to_string(), "scope": "AdobeID,openid,commerce.accs",
    })
}

fn oidc_claims(issuer: &Issuer, role: &str) -> Value {
    let now = now_ms() / 1000;
    json!({
        "iss": issuer.base(), "aud": "patron", "sub": "user-7", "azp": "crm-app", "iat": now, "nbf": now, "exp": now + 300,
        "realm_access": {"roles": ["other", role]},
    })
}

fn changed(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

impl World {
    /// 404 when a token opens the instance, because there is no such customer.
    fn call(&self, token: &str) -> u16 {
        self.instance.with_token(token).get(&format!("/V1/customers/{NOBODY}")).status
    }

    fn create(&self, token: &str) -> u16 {
        self.instance
            .with_token(token)
            .post("/V1/customers", &patron_harness::customer("ada@example.com"))
            .status
    }
}

#[test]
fn a_token_of_a_real_ims_opens_what_its_client_was_granted() {
    let world = world(ims);
    // Adobe's keys have the ids that ours have.
    world.issuer.add_key("ims_na1-key-at-1");
    let header =
        json!({"alg": "RS256", "x5u": "ims_na1-key-at-1.cer", "kid": "ims_na1-key-at-1", "itt": "at"});
    let token = |claims: &Value| world.issuer.token_with(&header, "ims_na1-key-at-1", claims);
    assert_eq!(world.call(&token(&ims_claims())), 404);
    assert_eq!(world.create(&token(&ims_claims())), 200);
    for (name, value) in [
        ("client_id", json!("ffffffffffffffffffffffffffffffff")),
        ("type", json!("refresh_token")),
        ("scope", json!("AdobeID,openid")),
        ("created_at", json!((now_ms() - 86_400_000).to_string())),
        ("created_at", json!((now_ms() + 600_000).to_string())),
    ] {
        assert_eq!(world.call(&token(&changed(ims_claims(), name, value))), 401, "{name}");
    }
    let other = world.server.instance();
    let foreign = other.with_token(&token(&ims_claims())).get(&format!("/V1/customers/{NOBODY}"));
    assert_eq!(foreign.status, 403, "an instance of another organization");
    let with_key = [("x-api-key", CLIENT)];
    let path = format!("/V1/customers/{NOBODY}");
    let instance = world.instance.with_token(&token(&ims_claims()));
    assert_eq!(instance.send("GET", &path, &with_key, None).status, 404);
    assert_eq!(instance.send("GET", &path, &[("x-api-key", "other")], None).status, 403);
}

#[test]
fn a_token_of_an_openid_provider_has_the_roles_that_its_claims_are_mapped_to() {
    let world = world(oidc);
    let org = world.instance.made.org_id.clone();
    let role = |verb: &[&str]| {
        let output =
            command(["role"]).args(verb).args(["--json", "--server", world.server.base()]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let crm = world.issuer.token("first", &oidc_claims(&world.issuer, "crm"));
    let made = role(&[
        "create",
        "--organization",
        &org,
        "--name",
        "Reader",
        "--resources",
        "Magento_Customer::customer",
    ]);
    assert_eq!((world.call(&crm), world.create(&crm)), (404, 401), "reads, does not write");
    role(&[
        "change",
        &made["id"].to_string(),
        "--resources",
        "Magento_Customer::customer,Magento_Customer::manage",
    ]);
    assert_eq!(world.create(&crm), 200, "a role that was changed counts at once");

    let admin = oidc_claims(&world.issuer, "admin");
    let ps256 = json!({"alg": "PS256", "kid": "first", "typ": "at+jwt"});
    assert_eq!(world.call(&world.issuer.token_with(&ps256, "first", &admin)), 404);
    assert_eq!(
        world.call(&world.issuer.token("first", &oidc_claims(&world.issuer, "nobody"))),
        401,
        "no grant fits"
    );
    for (name, value) in [
        ("aud", json!("another service")),
        ("iss", json!("https://id.example.com")),
        ("exp", json!(now_ms() / 1000 - 1)),
        ("nbf", json!(now_ms() / 1000 + 600)),
    ] {
        assert_eq!(
            world.call(&world.issuer.token("first", &changed(admin.clone(), name, value))),
            401,
            "{name}"
        );
    }
    for algorithm in ["none", "HS256", "ES256"] {
        let header = json!({"alg": algorithm, "kid": "first"});
        assert_eq!(world.call(&world.issuer.token_with(&header, "first", &admin)), 401, "{algorithm}");
    }
    let stranger = Issuer::start();
    assert_eq!(world.call(&stranger.token("first", &admin)), 401, "another's key of the same id");
}

#[test]
fn a_token_of_nobody_we_trust_is_nobody() {
    let issuer = Issuer::start();
    let server = Patron::start(Options::ephemeral());
    let instance = server.instance().with_token(&issuer.token("first", &ims_claims()));
    assert_eq!(instance.get(&format!("/V1/customers/{NOBODY}")).status, 401);
    assert_eq!(issuer.asked(), 0);
}

#[test]
fn a_new_key_of_an_issuer_is_found_when_a_token_names_it() {
    let world = world(oidc);
    let admin = oidc_claims(&world.issuer, "admin");
    assert_eq!(world.call(&world.issuer.token("first", &admin)), 404);
    world.issuer.add_key("second");
    assert_eq!(world.call(&world.issuer.token("second", &admin)), 404);
}

#[test]
fn unknown_keys_do_not_make_more_than_two_fetches() {
    let world = world(oidc);
    let admin = oidc_claims(&world.issuer, "admin");
    assert_eq!(world.call(&world.issuer.token("first", &admin)), 404);
    let before = world.issuer.asked();
    for number in 0..20 {
        let header = json!({"alg": "RS256", "kid": format!("made-up-{number}")});
        assert_eq!(world.call(&world.issuer.token_with(&header, "first", &admin)), 401);
        assert_eq!(world.call(&world.issuer.token("first", &admin)), 404, "the others go on");
    }
    assert!(world.issuer.asked() <= before + 2, "{} fetches", world.issuer.asked() - before);
}

#[test]
fn a_silent_issuer_holds_up_nobody_elses_tokens() {
    let world = world(ims);
    let known = world.issuer.token("first", &ims_claims());
    assert_eq!(world.call(&known), 404);
    // A token of our own that is refused, signed by a key that the issuer does not have.
    let revoked = world.instance.ask_token().expect(200)["access_token"].as_str().unwrap().to_owned();
    let request = wire::Request {
        method: "POST".into(),
        target: format!("/ims/invalidate_token/v2?token={revoked}"),
        ..wire::Request::default()
    };
    assert_eq!(wire::send(world.server.address(), &request).unwrap().status, 200);

    world.issuer.set_mood(Mood::Silent);
    let unknown = world.issuer.token_with(&json!({"alg": "RS256", "kid": "new"}), "first", &ims_claims());
    let held_up = std::thread::spawn({
        let instance = world.instance.with_token(&unknown);
        move || instance.get(&format!("/V1/customers/{NOBODY}")).status
    });
    let began = Instant::now();
    for _ in 0..50 {
        assert_eq!(world.call(&world.instance.token), 404, "a token of our own");
        assert_eq!(world.call(&revoked), 401, "a token of our own that does not count");
        assert_eq!(world.call(&known), 404, "a token whose key is known");
    }
    // Each would wait for seconds.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!(held_up.join().unwrap(), 401);
    world.issuer.set_mood(Mood::Broken);
    let other =
        world.issuer.token("first", &changed(ims_claims(), "user_id", json!("other@techacct.adobe.com")));
    assert_eq!(world.call(&other), 404, "known keys stay");
}

#[test]
fn an_issuer_that_would_open_too_much_ends_the_start() {
    let start = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("patron.toml");
        std::fs::write(&file, text).unwrap();
        let output = command(["serve", "--ephemeral", "--listen", "127.0.0.1:0", "--config"])
            .arg(&file)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{text}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let grant = "grants = [{ client_id = \"c\", organization = \"X@AdobeOrg\", resources = [\"all\"] }]\n";
    let one = |lines: &str| format!("[[issuers]]\nname = \"corp\"\n{lines}\n");
    let said = start(&one(&format!("kind = \"ims\"\nissuer = \"http://id.example.com\"\n{grant}")));
    assert!(said.contains("https"), "{said}");
    let said = start(&one(&format!("kind = \"oidc\"\nissuer = \"https://id.example.com\"\n{grant}")));
    assert!(said.contains("audiences"), "{said}");
    let said = start(&one(&format!(
        "kind = \"ims\"\nissuer = \"https://id.example.com\"\nalgorithms = [\"HS256\"]\n{grant}"
    )));
    assert!(said.contains("HS256"), "{said}");
    let said = start(&one(
        "kind = \"ims\"\nissuer = \"https://id.example.com\"\ngrants = [{ organization = \"X@AdobeOrg\", resources = [\"all\"] }]",
    ));
    assert!(said.contains("client_id or claim"), "{said}");
}

/// The keys are fetched every ten minutes: in between nobody is silent for too long.
#[test]
fn a_node_that_trusts_somebody_stays_ready() {
    let file = |issuer: &Issuer, instance: &Instance| {
        format!("worker_patience_seconds = 1\n{}", ims(issuer, instance))
    };
    let world = world(file);
    let ready = || {
        let request =
            wire::Request { method: "GET".into(), target: "/_/readyz".into(), ..Default::default() };
        wire::send(world.server.address(), &request).unwrap()
    };
    let begun = Instant::now();
    while ready().status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", ready().json());
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(ready().status, 200, "{}", ready().json());
}
