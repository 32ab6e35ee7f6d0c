//! Lines to paste: an `.env` file and calls with curl, for a credential and an instance.

use patron_commerce::{
    identity::{Credential, CredentialKind, Organisation},
    instances::Instance,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a query's value.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What stands for a secret that nobody can show any more.
const UNKNOWN_SECRET: &str = "<client secret>";

/// See the module.
pub struct Snippet {
    /// The names that Adobe's starter kits read.
    pub env: String,
    /// A token, and a first call with it.
    pub curl: String,
}

/// Writes both; with the secret, if it is known at the moment.
pub fn of(
    base_url: &str,
    organisation: &Organisation,
    instance: &Instance,
    credential: &Credential,
    secret: Option<&str>,
) -> Snippet {
    let rest = format!("{base_url}/{}", instance.code);
    let place = Place { base_url, rest: &rest, credential, secret: secret.unwrap_or(UNKNOWN_SECRET) };
    let curl = match credential.kind {
        CredentialKind::ServerToServer => place.server_token(),
        _ => place.user_token(),
    };
    Snippet { env: place.env(organisation), curl: format!("{curl}\n\n{}", place.first_call()) }
}

struct Place<'p> {
    base_url: &'p str,
    rest: &'p str,
    credential: &'p Credential,
    secret: &'p str,
}

impl Place<'_> {
    fn env(&self, organisation: &Organisation) -> String {
        let scopes = self.credential.scopes.to_string();
        let mut lines = vec![
            ("COMMERCE_BASE_URL", self.rest.to_owned()),
            ("COMMERCE_GRAPHQL_ENDPOINT", format!("{}/graphql", self.rest)),
            ("OAUTH_HOST", self.base_url.to_owned()),
            ("OAUTH_CLIENT_ID", self.credential.client_id.clone()),
        ];
        if !self.credential.kind.is_public() {
            lines.push(("OAUTH_CLIENT_SECRET", self.secret.to_owned()));
        }
        if self.credential.kind.is_for_users() {
            lines.push(("OAUTH_REDIRECT_URI", self.credential.redirects.default_uri.clone()));
        } else {
            lines.push(("OAUTH_TECHNICAL_ACCOUNT_ID", self.credential.technical_account_id.clone()));
            lines.push(("OAUTH_TECHNICAL_ACCOUNT_EMAIL", self.credential.technical_account_email.clone()));
        }
        lines.push(("OAUTH_ORG_ID", organisation.ims_org_id.clone()));
        lines.push(("OAUTH_SCOPES", scopes));
        lines.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect::<Vec<_>>().join("\n")
    }

    fn server_token(&self) -> String {
        let parameters = [
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", self.credential.client_id.clone()),
            ("client_secret", self.secret.to_owned()),
            ("scope", self.credential.scopes.to_string()),
        ];
        self.token_call(&parameters.map(|(name, value)| format!("{name}={value}")))
    }

    /// A browser in between: the user signs in there, and the code comes back to the redirect URI.
    fn user_token(&self) -> String {
        let redirect_uri = &self.credential.redirects.default_uri;
        let escaped = |text: &str| utf8_percent_encode(text, QUERY).to_string();
        let address = format!(
            "{}/ims/authorize/v2?client_id={}&response_type=code&redirect_uri={}&scope={}",
            self.base_url,
            self.credential.client_id,
            escaped(redirect_uri),
            escaped(&self.credential.scopes.to_string()),
        );
        let mut parameters = vec![
            "grant_type=authorization_code".to_owned(),
            format!("client_id={}", self.credential.client_id),
        ];
        if !self.credential.kind.is_public() {
            parameters.push(format!("client_secret={}", self.secret));
        }
        let mut call = self.token_call(&parameters);
        call = call.replace(
            " \\\n  | sed",
            " \\\n  --data-urlencode \"code=$CODE\" \\\n  --data-urlencode \"code_verifier=$VERIFIER\" \\\n  | sed",
        );
        [
            "VERIFIER=$(openssl rand -hex 32)",
            "CHALLENGE=$(printf %s \"$VERIFIER\" | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '=')",
            "# open this, sign in, and take the code from the address that the browser is sent to",
            &format!("echo {}\"&code_challenge=$CHALLENGE&code_challenge_method=S256\"", quoted(&address)),
            "read -r CODE",
            "",
            &call,
        ]
        .join("\n")
    }

    fn token_call(&self, parameters: &[String]) -> String {
        let mut lines =
            vec![format!("TOKEN=$(curl -s {}", quoted(&format!("{}/ims/token/v3", self.base_url)))];
        lines.extend(parameters.iter().map(|pair| format!("  --data-urlencode {}", quoted(pair))));
        lines.push(r#"  | sed 's/.*"access_token":"\([^"]*\)".*/\1/')"#.to_owned());
        lines.join(" \\\n")
    }

    fn first_call(&self) -> String {
        let address = quoted(&format!("{}/V1/customers", self.rest));
        format!(
            "curl -s {address} \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  \
             -d '{{\"customer\": {{\"email\": \"john.doe@example.com\", \"firstname\": \"John\", \"lastname\": \"Doe\"}}, \
             \"password\": \"TempPa55word!\"}}'"
        )
    }
}

/// A value for a shell and for an `.env` file alike.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@,+=%".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_into_a_shell_stays_one_word() {
        assert_eq!(quoted("http://127.0.0.1:8080/a"), "http://127.0.0.1:8080/a");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("$(reboot)'"), r"'$(reboot)'\'''");
        assert_eq!(quoted("<client secret>"), "'<client secret>'");
    }
}
