"""What the story that starts these scripts gives them, and a user's browser for the sign-in page."""

import os
import re
import warnings
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import requests

# Where a library still talks of what will change in its next version, that is not what is tested here.
warnings.simplefilter("ignore", DeprecationWarning)

BASE = os.environ["IMS_URL"]
REST = os.environ["REST_ENDPOINT"]
S2S = SimpleNamespace(id=os.environ["CLIENT_ID"], secret=os.environ["CLIENT_SECRET"])
WEB = SimpleNamespace(id=os.environ["WEB_CLIENT_ID"], secret=os.environ["WEB_CLIENT_SECRET"])
PAGE = SimpleNamespace(id=os.environ["PAGE_CLIENT_ID"])
CALLBACK = os.environ["REDIRECT_URI"]
USER = SimpleNamespace(
    id=os.environ["USER_ID"], email=os.environ["USER_EMAIL"], password=os.environ["USER_PASSWORD"]
)


def customer(email):
    """The smallest customer, in the body of a create."""
    return {
        "customer": {
            "email": email, "firstname": "Ada", "lastname": "Lovelace", "store_id": 1, "website_id": 1,
        }
    }


def token():
    """An access token of the server-to-server credential, asked for without any client library."""
    answer = requests.post(
        f"{BASE}/ims/token/v3",
        data={
            "grant_type": "client_credentials",
            "client_id": S2S.id,
            "client_secret": S2S.secret,
            "scope": "openid,AdobeID,commerce.accs",
        },
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def refused(kind, call):
    """The error of this class that the call raises."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def sign_in(address):
    """Opens an authorization address as a user does: signs in, agrees, and returns the address that the browser is sent back to."""
    browser = requests.Session()
    answer = browser.get(address, allow_redirects=False, timeout=30)
    for _ in range(8):
        location = answer.headers.get("location")
        if location:
            location = urljoin(answer.url, location)
            if urlsplit(location).netloc != urlsplit(BASE).netloc:
                return location
            answer = browser.get(location, allow_redirects=False, timeout=30)
            continue
        assert answer.status_code == 200, answer.text
        form = {"csrf": re.search(r'name="csrf" value="([^"]+)"', answer.text)[1]}
        if 'name="password"' in answer.text:
            form |= {"step": "sign_in", "email": USER.email, "password": USER.password}
        else:
            form |= {"step": "allow"}
        answer = browser.post(answer.url, data=form, allow_redirects=False, timeout=30)
    raise AssertionError(f"still on {answer.url} after signing in")
