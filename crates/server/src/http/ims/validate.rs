//! `/ims/validate_token/v1`: whether a token is good, and what it says (`spec/ims.md` 3.2). The status is 200 either way.

use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use patron_commerce::identity::authority::Inspection;
use patron_token::{Claims, TokenType};
use serde::{
    Deserialize, Serialize,
    de::value::{Error, StrDeserializer},
};

use super::{
    answer::{self, Problem},
    bearer,
    parameters::Parameters,
};
use crate::state::App;

#[derive(Serialize)]
#[serde(untagged)]
enum Verdict {
    Valid { valid: bool, token: Box<Claims> },
    Invalid { valid: bool, reason: &'static str },
}

/// GET and POST. The token comes as a parameter or as a bearer; without `type` it is an access token.
pub async fn validate(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let bearer = bearer::token(request.headers()).map(str::to_owned);
    let given = Parameters::read(request).await?;
    let token = given.one("token")?.or(bearer.as_deref()).unwrap_or_default();
    let inspection = match wanted(given.one("type")?) {
        Some(wanted) => {
            let (client_id, now_ms) = (given.one("client_id")?, app.moment().millis());
            app.database.read(|sql| app.authority.inspect(sql, token, wanted, client_id, now_ms))?
        }
        None => Inspection::Invalid("wrong_type"),
    };
    let verdict = match inspection {
        Inspection::Valid(token) => Verdict::Valid { valid: true, token },
        Inspection::Invalid(reason) => Verdict::Invalid { valid: false, reason },
    };
    Ok(answer::json(StatusCode::OK, &verdict))
}

/// The type by its name in tokens; None when there is no such type.
fn wanted(name: Option<&str>) -> Option<TokenType> {
    let Some(name) = name else { return Some(TokenType::AccessToken) };
    TokenType::deserialize(StrDeserializer::<Error>::new(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_types_are_read_by_their_names_in_tokens() {
        assert_eq!(wanted(None), Some(TokenType::AccessToken));
        assert_eq!(wanted(Some("authorization_code")), Some(TokenType::AuthorizationCode));
        assert_eq!(wanted(Some("AccessToken")), None);
    }
}
