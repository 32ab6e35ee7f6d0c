"""Authlib: client credentials with the secret in the body and in the header, the code flow with PKCE, refresh, revocation."""

from authlib.common.security import generate_token
from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OAuthError, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from world import BASE, CALLBACK, PAGE, REST, S2S, USER, WEB, customer, refused, sign_in

TOKEN = f"{BASE}/ims/token/v3"
SCOPE = "openid,AdobeID,commerce.accs"


def session(client, method, **more):
    return OAuth2Session(client.id, getattr(client, "secret", None), token_endpoint_auth_method=method, **more)


made = None
for method in ("client_secret_post", "client_secret_basic"):
    with session(S2S, method, scope=SCOPE) as own:
        token = own.fetch_token(TOKEN, grant_type="client_credentials")
        assert set(token) == {"access_token", "token_type", "expires_in", "expires_at"}, token
        answer = own.post(f"{REST}/V1/customers", json=customer(f"{method}@example.com"))
        assert answer.status_code == 200, answer.text
        made = answer.json()
        assert made["email"] == f"{method}@example.com"
        found = own.get(
            f"{REST}/V1/customers/search",
            params={
                "searchCriteria[filter_groups][0][filters][0][field]": "email",
                "searchCriteria[filter_groups][0][filters][0][value]": made["email"],
            },
        ).json()
        assert (found["total_count"], found["items"][0]["id"]) == (1, made["id"]), found

        # A token that was revoked opens nothing, at once.
        assert own.revoke_token(f"{BASE}/ims/revoke").status_code == 200
        assert own.get(f"{REST}/V1/customers/{made['id']}").status_code == 401

        own.client_secret = "wrong"
        error = refused(OAuthError, lambda: own.fetch_token(TOKEN, grant_type="client_credentials"))
        assert (error.error, error.description) == ("invalid_client", "invalid client_secret parameter"), error


class App(OAuth2Mixin, OpenIDMixin, BaseApp):
    """What Authlib makes its clients for web frameworks of, without a framework."""

    client_cls = OAuth2Session


def code_flow(client, method, scope):
    """Through the sign-in page, with PKCE; the id token is verified by what discovery and the published keys say."""
    own = session(client, method, scope=scope, redirect_uri=CALLBACK, code_challenge_method="S256")
    verifier, nonce = generate_token(64), generate_token(20)
    address, state = own.create_authorization_url(f"{BASE}/ims/authorize/v2", code_verifier=verifier, nonce=nonce)
    back = sign_in(address)
    token = own.fetch_token(TOKEN, authorization_response=back, state=state, code_verifier=verifier)
    discovery = f"{BASE}/ims/.well-known/openid-configuration"
    claims = App(None, client_id=client.id, server_metadata_url=discovery).parse_id_token(token, nonce)
    assert claims["sub"] == token["sub"] == USER.id
    assert own.get(f"{BASE}/ims/userinfo/v2").json()["email"] == USER.email
    assert own.get(f"{REST}/V1/customers/{made['id']}").status_code == 200
    return own


code_flow(PAGE, "none", "openid email commerce.accs")

own = code_flow(WEB, "client_secret_basic", "openid email commerce.accs offline_access")
before = own.token["access_token"]
own.refresh_token(TOKEN)
assert own.token["access_token"] != before
assert own.get(f"{REST}/V1/customers/{made['id']}").status_code == 200
used = own.token["refresh_token"]
assert own.revoke_token(f"{BASE}/ims/revoke", token=used, token_type_hint="refresh_token").status_code == 200
error = refused(OAuthError, lambda: own.refresh_token(TOKEN, refresh_token=used))
assert error.error == "invalid_grant", error
