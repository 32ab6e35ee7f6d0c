//! An instance with a user, a role and a client of any type: what the stories about logins begin with.

use reqwest::blocking::Client;
use serde_json::{Value, json};

use crate::{Answer, Browser, Instance, Page, Patron};

/// The password of every user here.
pub const PASSWORD: &str = "correct horse battery";
/// The address of every user here.
pub const EMAIL: &str = "ada@example.com";
/// Where every client here lives.
pub const CALLBACK: &str = "https://app.example/cb";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636, appendix B.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A server, an instance of it, a user with all rights and a client.
pub struct World {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// The instance.
    pub instance: Instance,
    /// The user, as the control API shows it.
    pub user: Value,
    /// The client, as the control API shows it.
    pub client: Value,
    http: Client,
}

impl World {
    /// A world with a client of this type, such as `oauthwebapp`.
    pub fn with(server: &Patron, kind: &str) -> Self {
        let instance = server.instance();
        let http = Client::builder().no_proxy().build().expect("a client without TLS needs nothing");
        let mut world =
            Self { base: server.base().to_owned(), instance, user: Value::Null, client: Value::Null, http };
        let org = world.org();
        let role = world
            .control(
                "POST",
                &format!("/organizations/{org}/roles"),
                &json!({"name": "Admin", "resources": "all"}),
            )
            .expect(201);
        world.user = world
            .control(
                "POST",
                &format!("/organizations/{org}/users"),
                &json!({"email": EMAIL, "first_name": "Ada", "last_name": "Lovelace", "password": PASSWORD, "roles": [role["id"]]}),
            )
            .expect(201);
        world.client = world.add_client(kind);
        world
    }

    /// The organization's id.
    pub fn org(&self) -> String {
        self.instance.made.org_id.clone()
    }

    /// Another client of this type.
    pub fn add_client(&self, kind: &str) -> Value {
        let mut scopes =
            vec!["openid", "AdobeID", "email", "profile", "additional_info.roles", "commerce.accs"];
        if kind == "oauthwebapp" {
            scopes.push("offline_access");
        }
        let body = json!({
            "type": kind,
            "name": "Test client",
            "scopes": scopes,
            "default_redirect_uri": CALLBACK,
            "redirect_uri_patterns": r"https://app\.example/cb,https://app\.example/other/.*",
        });
        self.control("POST", &format!("/organizations/{}/credentials", self.org()), &body).expect(201)
    }

    /// A call of the control API.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Answer {
        let method = method.parse().expect("a method");
        let request = self.http.request(method, format!("{}/_{path}", self.base));
        let request = if body.is_null() { request } else { request.json(body) };
        crate::instance::send(request).expect("an answer of the control API")
    }

    /// The client's id.
    pub fn client_id(&self) -> &str {
        self.client["client_id"].as_str().unwrap_or_default()
    }

    /// The client's secret, or an empty text.
    pub fn client_secret(&self) -> &str {
        self.client["client_secret"].as_str().unwrap_or_default()
    }

    /// The address at which an authorization begins, with the client's id and these parameters.
    pub fn authorize_url(&self, parameters: &[(&str, &str)]) -> String {
        let mut url = format!("{}/ims/authorize/v2?client_id={}", self.base, self.client_id());
        for (name, value) in parameters {
            let escaped: String = value
                .bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        char::from(byte).to_string()
                    }
                    other => format!("%{other:02X}"),
                })
                .collect();
            url.push_str(&format!("&{name}={escaped}"));
        }
        url
    }

    /// Signs in and agrees, and shows where the browser is sent.
    pub fn authorize(&self, browser: &mut Browser, parameters: &[(&str, &str)]) -> Page {
        self.authorize_at(browser, &self.authorize_url(parameters))
    }

    /// As [`World::authorize`], at an address that a client has made.
    pub fn authorize_at(&self, browser: &mut Browser, url: &str) -> Page {
        let page = browser.open(url);
        let page = self.sign_in(browser, &page, EMAIL, PASSWORD);
        match page.location {
            Some(_) => page,
            None => browser.submit(&page, &[("step", "allow")]),
        }
    }

    /// Fills in the sign-in page, and follows to what comes after it.
    pub fn sign_in(&self, browser: &mut Browser, page: &Page, email: &str, password: &str) -> Page {
        let fields = [("step", "sign_in"), ("email", email), ("password", password)];
        let page = browser.submit(page, &fields);
        browser.follow(&self.base, page)
    }

    /// A code for the client, with a challenge.
    pub fn code(&self) -> String {
        let parameters = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        let page = self.authorize(&mut Browser::new(), &parameters);
        page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))
    }

    /// Asks the token endpoint, the client's id and secret among the parameters.
    pub fn token(&self, parameters: &[(&str, &str)]) -> Answer {
        let mut form = vec![("client_id", self.client_id())];
        if !self.client_secret().is_empty() {
            form.push(("client_secret", self.client_secret()));
        }
        form.extend_from_slice(parameters);
        self.post("/ims/token/v3", &form)
    }

    /// Exchanges a code for tokens.
    pub fn redeem(&self, code: &str) -> Answer {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)])
    }

    /// POSTs a form.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        crate::instance::send(self.http.post(format!("{}{path}", self.base)).form(form)).expect("an answer")
    }

    /// GETs something with a token.
    pub fn get_with(&self, path: &str, token: &str) -> Answer {
        crate::instance::send(self.http.get(format!("{}{path}", self.base)).bearer_auth(token))
            .expect("an answer")
    }

    /// The status of a harmless call of the instance with a token: 404 when the token opens it.
    pub fn call(&self, token: &str) -> u16 {
        self.instance.with_token(token).get("/V1/customers/987654").status
    }
}
