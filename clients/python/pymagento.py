"""PyMagento, a client of Magento's REST API: its filters are in snake case, and it shows the refusals with their parameters filled in."""

from magento import Magento, MagentoException, make_field_value_query
from world import REST, customer, refused, token


class Accs(Magento):
    """The same client for the cloud service, whose addresses have no `/rest/{scope}`."""

    def make_full_path(self, path, **_):
        return path


client = Accs(token=token(), base_url=REST, batch_page_size=2)
made = [client.post_json_api("/V1/customers", json=customer(f"py-{n}@example.com")) for n in range(5)]

query = make_field_value_query("email", "py-%", "like", sort_orders=[("entity_id", "desc")])
found = list(client.get_customers(query=query))
assert [one["id"] for one in found] == [one["id"] for one in reversed(made)], found
assert client.get_customer(made[0]["id"]) == made[0]
assert client.get_customer(987654, none_on_404=True) is None

error = refused(MagentoException, lambda: client.get_customer(987654, none_on_404=False))
assert str(error) == "No such entity with customerId = 987654", error
error = refused(MagentoException, lambda: client.post_json_api("/V1/customers", json={"customer": {"email": "x"}}))
assert error.response.status_code == 400, error
