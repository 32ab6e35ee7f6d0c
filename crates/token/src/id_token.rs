//! What an OpenID Connect id token says (`spec/ims.md` 2.3): ordinary claims, in seconds, unlike those of IMS's own tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The claims of an id token, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdToken {
    /// Who says so: the service's own base URL, the same as in the discovery document.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// The client that it is for.
    pub aud: String,
    /// When it ends: seconds since the epoch.
    pub exp: i64,
    /// When it was made: seconds since the epoch.
    pub iat: i64,
    /// When the user gave the password: seconds since the epoch.
    pub auth_time: i64,
    /// The user's organisation, `<24 HEX>@AdobeOrg`.
    pub org_id: String,
    /// What the client sent to recognise its own request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// [`half_hash`] of the access token that came beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// [`half_hash`] of the code that came beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<String>,
}

/// The left half of the SHA-256 of a token or code, base64url (OpenID Connect Core 3.3.2.11): ties it to the id token.
pub fn half_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_standards_example() {
        // OpenID Connect Core, appendix A.4.
        assert_eq!(
            half_hash("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            "LDktKdoQak3Pk0cnXxCltA"
        );
    }

    #[test]
    fn what_was_not_given_is_not_written() {
        let token = IdToken {
            iss: "https://a".to_owned(),
            sub: "s".to_owned(),
            aud: "c".to_owned(),
            exp: 2,
            iat: 1,
            auth_time: 1,
            org_id: "o".to_owned(),
            nonce: None,
            at_hash: None,
            c_hash: None,
        };
        let text = serde_json::to_string(&token).unwrap();
        assert_eq!(
            text,
            r#"{"iss":"https://a","sub":"s","aud":"c","exp":2,"iat":1,"auth_time":1,"org_id":"o"}"#
        );
    }
}
