"""requests-oauthlib: client credentials, the code flow with PKCE, and a refresh that happens by itself when the token has ended."""

import os

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # The server of a test has no TLS.
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"

from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError, InvalidGrantError
from requests_oauthlib import OAuth2Session
from world import BASE, CALLBACK, REST, S2S, WEB, customer, refused, sign_in

TOKEN = f"{BASE}/ims/token/v3"

own = OAuth2Session(client=BackendApplicationClient(client_id=S2S.id))
token = own.fetch_token(
    TOKEN, client_secret=S2S.secret, include_client_id=True, scope=["openid", "AdobeID", "commerce.accs"]
)
assert (token["token_type"], token["expires_in"]) == ("bearer", 86399), token
answer = own.post(f"{REST}/V1/customers", json=customer("oauthlib@example.com"))
assert answer.status_code == 200, answer.text
path = f"{REST}/V1/customers/{answer.json()['id']}"
error = refused(
    InvalidClientError,
    lambda: own.fetch_token(TOKEN, client_secret="wrong", include_client_id=True, scope=["openid"]),
)
assert error.description == "invalid client_secret parameter", error

renewed = []
own = OAuth2Session(
    WEB.id,
    scope=["openid", "commerce.accs", "offline_access"],
    redirect_uri=CALLBACK,
    pkce="S256",
    auto_refresh_url=TOKEN,
    auto_refresh_kwargs={"client_id": WEB.id, "client_secret": WEB.secret},
    token_updater=renewed.append,
)
address, _ = own.authorization_url(f"{BASE}/ims/authorize/v2")
first = own.fetch_token(TOKEN, authorization_response=sign_in(address), client_secret=WEB.secret)
assert own.get(path).status_code == 200

own.token = {**first, "expires_at": 1.0}
assert own.get(path, client_id=WEB.id, client_secret=WEB.secret).status_code == 200
assert len(renewed) == 1 and renewed[0]["access_token"] != first["access_token"], renewed
error = refused(InvalidGrantError, lambda: own.refresh_token(TOKEN, refresh_token="x.y.z"))
assert error.status_code == 400, error
