// simple-oauth2, which Adobe's starter kits use for the token: client credentials, the code flow, refresh, revocation.

import assert from 'node:assert/strict';
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2';
import { base, callback, customer, rest, s2s, signIn, user, web } from './world.mjs';

const auth = {
  tokenHost: base,
  tokenPath: '/ims/token/v3',
  refreshPath: '/ims/token/v3',
  revokePath: '/ims/revoke',
};
const call = (token, path, body) =>
  fetch(`${rest}/V1${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });

let made;
for (const authorizationMethod of ['body', 'header']) {
  const client = new ClientCredentials({ client: s2s, auth, options: { authorizationMethod } });
  const { token } = await client.getToken({ scope: ['openid', 'AdobeID', 'commerce.accs'] });
  assert.deepEqual([token.token_type, token.expires_in], ['bearer', 86_399]);
  made = await (await call(token.access_token, '/customers', customer(`${authorizationMethod}@example.com`))).json();
  assert.equal(made.email, `${authorizationMethod}@example.com`);

  const wrong = new ClientCredentials({ client: { ...s2s, secret: 'wrong' }, auth, options: { authorizationMethod } });
  await assert.rejects(wrong.getToken({ scope: 'openid' }), (error) => {
    assert.equal(error.output.statusCode, 400);
    assert.equal(error.data.payload.error, 'invalid_client');
    return true;
  });
}

// A revocation is answered with nothing, which the library takes for broken JSON unless it is told to be less strict.
const client = new AuthorizationCode({
  client: web,
  auth: { ...auth, authorizePath: '/ims/authorize/v2' },
  http: { json: true },
});
const address = client.authorizeURL({ redirect_uri: callback, scope: ['openid', 'commerce.accs', 'offline_access'], state: 's' });
const back = await signIn(address);
let access = await client.getToken({ code: back.searchParams.get('code'), redirect_uri: callback });
assert.equal(access.token.sub, user.id);
assert.equal(access.expired(), false);
access = await access.refresh();
assert.equal((await call(access.token.access_token, `/customers/${made.id}`)).status, 200);
await access.revokeAll();
assert.equal((await call(access.token.access_token, `/customers/${made.id}`)).status, 401);
await assert.rejects(access.refresh(), (error) => error.data.payload.error === 'invalid_grant');
