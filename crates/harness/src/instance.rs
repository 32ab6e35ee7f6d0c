//! A fresh instance of a running server, with a token: what most stories begin with.

use anyhow::{Context, Result, bail, ensure};
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The nine scopes of the customer tutorial, as a token request names them.
pub const SCOPES: &str = "openid,AdobeID,email,additional_info.projectedProductContext,profile,\
                          commerce.aco.ingestion,commerce.accs,org.read,additional_info.roles";

/// What `POST /_/instances` answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Made {
    /// The control API's name for the instance.
    pub instance_id: String,
    /// The first segment of the instance's paths.
    pub tenant_id: String,
    /// Where `/V1/…` begins, no slash at the end.
    pub rest_endpoint: String,
    /// The URL of the storefront's GraphQL.
    pub graphql_endpoint: String,
    /// The organisation that owns the instance.
    pub org_id: String,
    /// The credential's public half.
    pub client_id: String,
    /// The credential's secret, shown only here.
    pub client_secret: String,
}

/// An answer read to its end. `body` is the JSON, or the text when it is not JSON, or null when it is empty.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers of the answer.
    pub headers: HeaderMap,
    /// The body as JSON.
    pub body: Value,
}

impl Answer {
    /// The answer's body, when the status is the wanted one; fails the test otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "wanted {status}, got {} {}", self.status, self.body);
        self.body
    }

    /// The `message` of an error, or an empty string.
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

/// An instance and a token for it. Cheap to clone; a clone shares the connections.
#[derive(Clone, Debug)]
pub struct Instance {
    base: String,
    /// What the control API said about it.
    pub made: Made,
    /// An access token of the instance's credential, with all nine scopes.
    pub token: String,
    client: Client,
}

impl Instance {
    /// Makes an instance through the control API at `base` and gets a token for it.
    ///
    /// # Errors
    /// The server is unreachable or answers otherwise than the contract says.
    pub fn fresh(base: &str) -> Result<Self> {
        Self::with_key(base, None)
    }

    /// As [`Instance::fresh`], where the control API wants a key.
    ///
    /// # Errors
    /// As [`Instance::fresh`].
    pub fn with_key(base: &str, control_key: Option<&str>) -> Result<Self> {
        let client = client();
        let mut request = client.post(format!("{base}/_/instances")).json(&json!({"name": "harness"}));
        if let Some(key) = control_key {
            request = request.bearer_auth(key);
        }
        let answer = send(request)?;
        if answer.status != 201 {
            bail!("POST /_/instances answered {} {}", answer.status, answer.body);
        }
        let made: Made = serde_json::from_value(answer.body).context("reading the new instance")?;
        Self::known(base, made)
    }

    /// An instance that was made before, whose credential's secret somebody has kept; gets a token for it.
    ///
    /// # Errors
    /// The server is unreachable or refuses the credential.
    pub fn known(base: &str, made: Made) -> Result<Self> {
        let client = client();
        let answer = request_token(&client, base, &made.client_id, &made.client_secret)?;
        let Some(token) = answer.body["access_token"].as_str() else {
            bail!("POST /ims/token/v3 answered {} {}", answer.status, answer.body);
        };
        Ok(Self { base: base.to_owned(), made, token: token.to_owned(), client })
    }

    /// GET a path below the REST endpoint, such as `/V1/customers/1`.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.call(self.client.get(self.url(path)))
    }

    /// POST JSON.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(self.client.post(self.url(path)).json(body))
    }

    /// PUT JSON.
    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(self.client.put(self.url(path)).json(body))
    }

    /// DELETE a path.
    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.call(self.client.delete(self.url(path)))
    }

    /// Any request, with headers of its own.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let method = method.parse().expect("a method is a token");
        let mut request = self.client.request(method, self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.call(match body {
            Some(body) => request.json(body),
            None => request,
        })
    }

    /// POST JSON, where the connection may break: for tests that kill the server.
    ///
    /// # Errors
    /// No whole answer came back.
    pub fn try_post(&self, path: &str, body: &Value) -> Result<Answer> {
        send(self.client.post(self.url(path)).json(body).bearer_auth(&self.token))
    }

    /// Any request, where the connection may break.
    ///
    /// # Errors
    /// No whole answer came back.
    pub fn try_send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        self.try_send_with(method, path, &[], body)
    }

    /// As [`Instance::send`], where the connection may break.
    ///
    /// # Errors
    /// No whole answer came back.
    pub fn try_send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer> {
        let mut request = self.client.request(method.parse().context("the method")?, self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        send(request.bearer_auth(&self.token))
    }

    /// Creates a customer called Ada Lovelace and returns it.
    #[track_caller]
    pub fn add_customer(&self, email: &str) -> Value {
        self.post("/V1/customers", &customer(email)).expect(200)
    }

    /// Asks the token service with this instance's credential; whatever it answers.
    #[track_caller]
    pub fn ask_token(&self) -> Answer {
        request_token(&self.client, &self.base, &self.made.client_id, &self.made.client_secret)
            .unwrap_or_else(|error| panic!("no answer of the token service: {error:#}"))
    }

    /// The same instance called with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same instance after its server was started again, perhaps on another port.
    pub fn moved_to(&self, base: &str) -> Self {
        Self { base: base.to_owned(), client: client(), ..self.clone() }
    }

    /// Deletes the instance through the control API.
    ///
    /// # Errors
    /// No answer, or another than 204.
    pub fn remove(&self, control_key: Option<&str>) -> Result<()> {
        let mut request = self.client.delete(format!("{}/_/instances/{}", self.base, self.made.instance_id));
        if let Some(key) = control_key {
            request = request.bearer_auth(key);
        }
        let answer = send(request)?;
        ensure!(answer.status == 204, "DELETE of the instance answered {} {}", answer.status, answer.body);
        Ok(())
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{}{path}", self.base, self.made.tenant_id)
    }

    #[track_caller]
    fn call(&self, request: RequestBuilder) -> Answer {
        send(request.bearer_auth(&self.token)).unwrap_or_else(|error| panic!("no answer: {error:#}"))
    }
}

/// The smallest customer that is accepted, without a password.
pub fn customer(email: &str) -> Value {
    json!({"customer": {"email": email, "firstname": "Ada", "lastname": "Lovelace"}})
}

fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client without TLS needs nothing from its surroundings")
}

fn request_token(client: &Client, base: &str, id: &str, secret: &str) -> Result<Answer> {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", SCOPES),
    ];
    send(client.post(format!("{base}/ims/token/v3")).form(&form))
}

pub(crate) fn send(request: RequestBuilder) -> Result<Answer> {
    let response: Response = request.send()?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes()?;
    Ok(Answer { status, headers, body: crate::wire::json_or_text(&bytes) })
}
