//! What an IMS token says: members, their order and their JSON types as `spec/ims.md` 2.2 and
//! `spec/ims-open-questions.md` 17 give them.
//!
//! There is no `exp`, `iat`, `iss`, `aud` or `sub` in such a token: it ends at `created_at + expires_in`, both
//! in milliseconds and both *strings*. Access tokens, refresh tokens and authorization codes share this form
//! and differ in `type`. This module signs nothing and knows no key.

use serde::{Deserialize, Serialize};
use uuid::Builder;

use crate::scope::Scopes;

/// Life of an access token: 24 hours, in milliseconds.
pub const ACCESS_TOKEN_LIFE_MS: i64 = 86_400_000;
/// Life of a refresh token: 14 days, in milliseconds.
pub const REFRESH_TOKEN_LIFE_MS: i64 = 14 * 86_400_000;
/// Life of an authorization code: five minutes, in milliseconds.
pub const CODE_LIFE_MS: i64 = 5 * 60_000;
/// `ctp` of a token that a user got by logging in.
pub const CTP_USER: u8 = 0;
/// `ctp` of a token that a server got with its own credential.
pub const CTP_SERVER: u8 = 3;
/// The name of the issuing service: `as` in production.
pub const ISSUING_SERVICE: &str = "ims-na1";
/// The data centre at the end of a token id.
const DATA_CENTRE: &str = "ue1";

/// What a token is for; the `type` member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// Opens the API.
    AccessToken,
    /// Buys another access token.
    RefreshToken,
    /// Is exchanged once for the tokens of a login.
    AuthorizationCode,
    /// A service's own token; never issued here, named by `validate_token`.
    ServiceToken,
    /// A device's own token; never issued here, named by `validate_token`.
    DeviceToken,
}

impl TokenType {
    /// How long a token of this type lives, in milliseconds.
    pub fn life_ms(self) -> i64 {
        match self {
            Self::AuthorizationCode => CODE_LIFE_MS,
            Self::RefreshToken => REFRESH_TOKEN_LIFE_MS,
            Self::AccessToken | Self::ServiceToken | Self::DeviceToken => ACCESS_TOKEN_LIFE_MS,
        }
    }

    /// The `itt` member of the token's header. Only `at` is proven (`spec/ims-open-questions.md` 19).
    pub fn itt(self) -> &'static str {
        match self {
            Self::AccessToken => "at",
            Self::RefreshToken => "rt",
            Self::AuthorizationCode => "ac",
            Self::ServiceToken => "st",
            Self::DeviceToken => "dt",
        }
    }
}

/// The claims of a token, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// `<epoch ms>_<uuid v4>_<data centre>`; see [`token_id`].
    pub id: String,
    /// What the token is for.
    #[serde(rename = "type")]
    pub token_type: TokenType,
    /// The credential that asked: 32 lower-case hex digits.
    pub client_id: String,
    /// `<24 HEX>@techacct.adobe.com` for a server, `<24 HEX>@AdobeID` or `<24 HEX>@<24 hex>` for a user.
    pub user_id: String,
    /// What the client wanted back after a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The issuing service; clients turn it into a host name.
    #[serde(rename = "as", default)]
    pub issuing_service: String,
    /// The account that authenticated, in the form of `user_id`.
    #[serde(default)]
    pub aa_id: String,
    /// [`CTP_USER`] or [`CTP_SERVER`].
    #[serde(default)]
    pub ctp: u8,
    /// The session of a login, in the form of `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The refresh token that was issued beside this token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtid: Option<String>,
    /// When that refresh token ends: epoch milliseconds, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtea: Option<String>,
    /// Eight lower-case hex digits.
    #[serde(default)]
    pub moi: String,
    /// Life in milliseconds, counted from `created_at`.
    #[serde(with = "millis")]
    pub expires_in: i64,
    /// When the token was made: epoch milliseconds.
    #[serde(with = "millis")]
    pub created_at: i64,
    /// What the token may be used for.
    #[serde(default)]
    pub scope: Scopes,
}

impl Claims {
    /// An access token for a server's own credential. The first 16 bytes of `random` become the id's UUID, the
    /// other four `moi`.
    pub fn server_to_server(
        client_id: &str,
        technical_account_id: &str,
        scope: Scopes,
        now_ms: i64,
        random: [u8; 20],
    ) -> Self {
        Self::new(TokenType::AccessToken, CTP_SERVER, client_id, technical_account_id, scope, now_ms, random)
    }

    /// A token of any type that a user's login gives. `sid` names the login's family of tokens; `random` as in
    /// [`Self::server_to_server`].
    pub fn of_user(
        token_type: TokenType,
        client_id: &str,
        user_id: &str,
        sid: &str,
        scope: Scopes,
        now_ms: i64,
        random: [u8; 20],
    ) -> Self {
        let claims = Self::new(token_type, CTP_USER, client_id, user_id, scope, now_ms, random);
        Self { sid: Some(sid.to_owned()), ..claims }
    }

    fn new(
        token_type: TokenType,
        ctp: u8,
        client_id: &str,
        user_id: &str,
        scope: Scopes,
        now_ms: i64,
        random: [u8; 20],
    ) -> Self {
        let (uuid, moi) = random.split_at(16);
        let uuid = uuid.try_into().expect("twenty bytes split at sixteen leave sixteen");
        Self {
            id: token_id(now_ms, uuid),
            token_type,
            client_id: client_id.to_owned(),
            user_id: user_id.to_owned(),
            state: None,
            issuing_service: ISSUING_SERVICE.to_owned(),
            aa_id: user_id.to_owned(),
            ctp,
            sid: None,
            rtid: None,
            rtea: None,
            moi: hex::encode(moi),
            expires_in: token_type.life_ms(),
            created_at: now_ms,
            scope,
        }
    }

    /// This access token, naming the refresh token that was issued beside it.
    #[must_use]
    pub fn beside(mut self, refresh: &Claims) -> Self {
        self.rtid = Some(refresh.id.clone());
        self.rtea = Some(refresh.ends_at().to_string());
        self
    }

    /// The first moment, in epoch milliseconds, at which the token is no longer good.
    pub fn ends_at(&self) -> i64 {
        self.created_at.saturating_add(self.expires_in)
    }
}

/// A token's id: `<epoch ms>_<uuid v4>_<data centre>`.
pub fn token_id(now_ms: i64, random: [u8; 16]) -> String {
    format!("{now_ms}_{}_{DATA_CENTRE}", Builder::from_random_bytes(random).into_uuid())
}

/// Milliseconds: written as a string, read from a string or a number, as Commerce's own tests sign them
/// (`spec/ims.md` 2.6). Negative values are refused.
mod millis {
    use std::fmt;

    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;

    pub fn serialize<S: Serializer>(value: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        deserializer.deserialize_any(Millis)
    }

    struct Millis;

    impl Visitor<'_> for Millis {
        type Value = i64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("milliseconds, as a number or as its digits")
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<i64, E> {
            i64::try_from(value).map_err(E::custom)
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<i64, E> {
            self.visit_u64(value.parse().map_err(E::custom)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims::server_to_server(
            "0123456789abcdef0123456789abcdef",
            "AAAABBBBCCCCDDDD0A495C01@techacct.adobe.com",
            Scopes::parse("openid AdobeID commerce.accs"),
            1_700_000_000_000,
            [7; 20],
        )
    }

    #[test]
    fn a_servers_token_has_exactly_these_members_in_this_order() {
        assert_eq!(
            serde_json::to_string(&claims()).unwrap(),
            concat!(
                r#"{"id":"1700000000000_07070707-0707-4707-8707-070707070707_ue1","type":"access_token","#,
                r#""client_id":"0123456789abcdef0123456789abcdef","#,
                r#""user_id":"AAAABBBBCCCCDDDD0A495C01@techacct.adobe.com","as":"ims-na1","#,
                r#""aa_id":"AAAABBBBCCCCDDDD0A495C01@techacct.adobe.com","ctp":3,"moi":"07070707","#,
                r#""expires_in":"86400000","created_at":"1700000000000","scope":"openid,AdobeID,commerce.accs"}"#
            )
        );
    }

    #[test]
    fn a_users_access_token_names_its_login_and_the_refresh_token_beside_it() {
        let of = |token_type| {
            Claims::of_user(token_type, "c", "AA@bb", "1_s_ue1", Scopes::parse("openid"), 1_000, [7; 20])
        };
        let refresh = of(TokenType::RefreshToken);
        let access = of(TokenType::AccessToken).beside(&refresh);
        assert_eq!((access.ctp, access.sid.as_deref()), (CTP_USER, Some("1_s_ue1")));
        assert_eq!(access.rtid, Some(refresh.id.clone()));
        assert_eq!(access.rtea, Some((1_000 + REFRESH_TOKEN_LIFE_MS).to_string()));
        assert_eq!(of(TokenType::AuthorizationCode).ends_at(), 301_000);
    }

    #[test]
    fn what_was_written_is_read_back() {
        let mut user = claims();
        user.token_type = TokenType::RefreshToken;
        user.ctp = CTP_USER;
        user.state = Some(r#"{"ac":"x"}"#.to_owned());
        user.sid = Some(token_id(1, [1; 16]));
        for claims in [claims(), user] {
            let text = serde_json::to_string(&claims).unwrap();
            assert_eq!(serde_json::from_str::<Claims>(&text).unwrap(), claims);
        }
    }

    #[test]
    fn times_are_read_from_numbers_too() {
        let text = r#"{"id":"","type":"access_token","client_id":"c","user_id":"u",
            "created_at":1700000000000,"expires_in":"86400000"}"#;
        let claims: Claims = serde_json::from_str(text).unwrap();
        assert_eq!(claims.ends_at(), 1_700_086_400_000);
    }

    #[test]
    fn times_that_are_no_times_are_refused() {
        for created_at in ["-1", "\"-1\"", "\"\"", "\"1e3\"", "1.5", "null", "\"99999999999999999999\""] {
            let text = format!(
                r#"{{"id":"","type":"access_token","client_id":"c","user_id":"u",
                "created_at":{created_at},"expires_in":"1"}}"#
            );
            assert!(serde_json::from_str::<Claims>(&text).is_err(), "{created_at}");
        }
    }

    #[test]
    fn a_life_without_end_does_not_overflow() {
        let mut claims = claims();
        claims.expires_in = i64::MAX;
        assert_eq!(claims.ends_at(), i64::MAX);
    }
}
