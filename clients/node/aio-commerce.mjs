// @adobe/aio-commerce-lib-api with @adobe/aio-commerce-lib-auth: Adobe's SDK for apps of this very API, once with a token handed to it
// and once with a credential, for which it asks the token service itself.

import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { AdobeCommerceHttpClient, buildSearchCriteria } from '@adobe/aio-commerce-lib-api';
import { getForwardedImsAuthProvider, getImsAuthProvider, resolveImsAuthParams } from '@adobe/aio-commerce-lib-auth';
import { account, base, customer, org, rest, s2s } from './world.mjs';

// The one thing that its settings cannot move is the host of the token service: the name is led to the server under test.
const { request } = https;
https.request = (options, ...rest) => {
  if (options.hostname !== 'ims-na1.adobelogin.com') return request(options, ...rest);
  const { hostname, port } = new URL(base);
  return http.request({ ...options, protocol: 'http:', hostname, port, agent: undefined }, ...rest);
};

const scopes = ['openid', 'AdobeID', 'additional_info.projectedProductContext', 'commerce.accs'];
const asking = getImsAuthProvider(
  resolveImsAuthParams({
    AIO_COMMERCE_AUTH_IMS_CLIENT_ID: s2s.id,
    AIO_COMMERCE_AUTH_IMS_CLIENT_SECRETS: [s2s.secret],
    AIO_COMMERCE_AUTH_IMS_TECHNICAL_ACCOUNT_ID: account.id,
    AIO_COMMERCE_AUTH_IMS_TECHNICAL_ACCOUNT_EMAIL: account.email,
    AIO_COMMERCE_AUTH_IMS_ORG_ID: org,
    AIO_COMMERCE_AUTH_IMS_SCOPES: scopes,
  }),
);
const token = await asking.getAccessToken();
const given = getForwardedImsAuthProvider({
  from: 'params',
  params: { AIO_COMMERCE_AUTH_IMS_TOKEN: token, AIO_COMMERCE_AUTH_IMS_API_KEY: s2s.id },
});

for (const [name, auth] of Object.entries({ asking, given })) {
  const client = new AdobeCommerceHttpClient({ auth, config: { baseUrl: `${rest}/`, flavor: 'saas' } });
  const made = await client.post('customers', { json: { ...customer(`${name}@example.com`), password: 'TempPa55word!' } }).json();
  assert.equal(made.email, `${name}@example.com`);

  const changed = await client.put(`customers/${made.id}`, { json: { customer: { ...made, lastname: 'Byron' } } }).json();
  assert.deepEqual([changed.id, changed.lastname], [made.id, 'Byron']);
  assert.deepEqual(await client.get(`customers/${made.id}`).json(), changed);

  const searchParams = buildSearchCriteria({
    filterGroups: [
      [{ field: 'email', value: `${name}@%`, conditionType: 'like' }, { field: 'email', value: 'nobody@example.com' }],
      [{ field: 'lastname', value: ['Byron', 'Lovelace'], conditionType: 'in' }],
    ],
    sortOrders: [{ field: 'entity_id', direction: 'DESC' }],
    pageSize: 5,
    currentPage: 1,
  });
  const found = await client.get('customers/search', { searchParams }).json();
  assert.deepEqual([found.total_count, found.items[0].id, found.search_criteria.page_size], [1, made.id, 5]);

  // A refusal is the error of the library's HTTP client, with the message in it.
  const refusal = async (call) => {
    const error = await call.then(() => assert.fail('it was not refused'), (error) => error);
    assert.equal(error.name, 'HTTPError', `${error.stack}`);
    return [error.response.status, (error.data ?? (await error.response.json())).message];
  };
  assert.deepEqual(await refusal(client.post('customers', { json: customer(`${name}@example.com`) })), [
    400,
    'A customer with the same email address already exists in an associated website.',
  ]);
  assert.deepEqual(await refusal(client.get('customers/987654')), [404, 'No such entity with %fieldName = %fieldValue']);

  assert.equal(await client.delete(`customers/${made.id}`).json(), true);
}

const without = getForwardedImsAuthProvider({ from: 'params', params: { AIO_COMMERCE_AUTH_IMS_TOKEN: 'x.y.z' } });
const stranger = new AdobeCommerceHttpClient({ auth: without, config: { baseUrl: `${rest}/`, flavor: 'saas' } });
await assert.rejects(stranger.get('customers/1'), (error) => error.response.status === 401);
