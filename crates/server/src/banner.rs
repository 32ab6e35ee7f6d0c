//! What a start prints, for people: where things are, and lines to paste.

use std::fmt::Write;

use crate::first_start::{ConsoleUser, Greeting};

const SCOPES: &str = "openid,AdobeID,email,additional_info.projectedProductContext,profile,commerce.aco.ingestion,\
                      commerce.accs,org.read,additional_info.roles";

/// The text of a start in development mode.
pub fn text(base_url: &str, greeting: &Greeting, user: Option<&ConsoleUser>, took_ms: u128) -> String {
    let rest = format!("{base_url}/{}", greeting.instance.code);
    let mut out = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(out, "{text}");
    };
    line("");
    line(&format!("  Patron {} is ready ({took_ms} ms)", env!("CARGO_PKG_VERSION")));
    line("");
    line(&format!("  REST endpoint     {rest}"));
    line(&format!("  GraphQL endpoint  {rest}/graphql"));
    line(&format!("  Token endpoint    {base_url}/ims/token/v3"));
    line(&format!("  Console           {base_url}/console"));
    if let Some(user) = user {
        line(&format!("  Console user      {}", user.email));
        line(&format!("  Console password  {}", user.password.as_str()));
        line("                    shown this once: it is stored hashed");
    }
    line(&format!(
        "  Client ID         {}",
        greeting.client_id.as_deref().unwrap_or("(its credential was deleted)")
    ));
    match (&greeting.client_secret, &greeting.client_id) {
        (Some(secret), Some(id)) => {
            line(&format!("  Client secret     {secret}"));
            line("                    shown this once: it is stored hashed");
            line("");
            line("  A token and a first customer, to paste:");
            line("");
            line(&format!("    TOKEN=$(curl -s '{base_url}/ims/token/v3' \\"));
            line("      -d grant_type=client_credentials \\");
            line(&format!("      -d client_id={id} \\"));
            line(&format!("      -d client_secret={secret} \\"));
            line(&format!("      -d scope={SCOPES} \\"));
            line("      | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')");
            line("");
            line(&format!("    curl -s '{rest}/V1/customers' -H \"Authorization: Bearer $TOKEN\" \\"));
            line(
                "      -H 'Content-Type: application/json' -d '{\"customer\": {\"email\": \"john.doe@example.com\",",
            );
            line(
                "      \"firstname\": \"John\", \"lastname\": \"Doe\", \"store_id\": 1, \"website_id\": 1}, \"password\": \"TempPa55word!\"}'",
            );
        }
        _ => {
            line("  Client secret     shown on the first start; a new instance with a secret of its own:");
            line(&format!("                    curl -s -X POST '{base_url}/_/instances'"));
        }
    }
    out
}
