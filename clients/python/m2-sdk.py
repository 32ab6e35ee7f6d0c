"""m2-sdk, a client of Magento's REST API: its queries have raw brackets, and its keys are in camel case."""

import os

from m2_sdk import APIError, AuthError, AuthManager, M2Client, get_config
from world import REST, customer, refused, token

os.environ["MAGENTO_API_URL"] = f"{REST}/V1"
os.environ["MAGENTO_API_KEY"] = token()
config = get_config()

with M2Client(config, AuthManager(config)) as client:
    made = [client.customers().post(customer(f"m2-{n}@example.com")) for n in range(5)]
    assert [one["email"] for one in made] == [f"m2-{n}@example.com" for n in range(5)]
    id = made[0]["id"]

    changed = client.customers(id=id).put({"customer": {**made[0], "lastname": "Byron"}})
    assert changed["lastname"] == "Byron" and client.customers(id=id).get() == changed

    search = client.resource("customers/search")
    found = search.where("email", "==", "m2-3@example.com").limit(5).get()
    assert [one["id"] for one in found["items"]] == [made[3]["id"]], found
    found = client.resource("customers/search").where("lastname", "like", "Love%").sort_by("email", "desc").limit(2)
    pages = [page["items"] for page in found.iter_pages(page_size=3)]
    emails = [one["email"] for page in pages for one in page]
    assert emails == [f"m2-{n}@example.com" for n in (4, 3, 2, 1)], emails

    groups = client.catalog("customerGroups/search", key_field="code")
    assert {"NOT LOGGED IN", "General", "Wholesale", "Retailer"} <= set(groups), groups

    error = refused(APIError, lambda: client.customers().post(customer("m2-1@example.com")))
    assert error.status_code == 400 and "already exists" in str(error), error
    error = refused(APIError, lambda: client.customers(id=987654).get())
    assert error.status_code == 404 and "No such entity" in str(error), error

    assert client.customers(id=id).delete() is True

config.api_key = "x.y.z"
with M2Client(config, AuthManager(config)) as stranger:
    refused(AuthError, lambda: stranger.customers(id=1).get())
