// openid-client, a certified OpenID Connect client: discovery, client credentials, the code flow with PKCE, refresh, userinfo, revocation.

import assert from 'node:assert/strict';
import * as oidc from 'openid-client';
import { base, callback, customer, page, rest, s2s, signIn, user, web } from './world.mjs';

const discovery = new URL(`${base}/ims/.well-known/openid-configuration`);
// The library wants TLS unless told otherwise; the server of a test has none.
const discover = (id, secret, authentication) =>
  oidc.discovery(discovery, id, secret, authentication, { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] });

async function clientCredentials(authentication) {
  const config = await discover(s2s.id, s2s.secret, authentication(s2s.secret));
  assert.equal(config.serverMetadata().issuer, base);
  const tokens = await oidc.clientCredentialsGrant(config, { scope: 'openid AdobeID commerce.accs' });
  assert.deepEqual(Object.keys(tokens), ['access_token', 'token_type', 'expires_in']);
  assert.ok(tokens.expiresIn() > 86_000, `${tokens.expiresIn()}`);
  return { config, tokens };
}

const call = (config, token, path, method = 'GET', body) =>
  oidc.fetchProtectedResource(config, token, new URL(`${rest}/V1${path}`), method, body && JSON.stringify(body),
    new Headers({ 'content-type': 'application/json' }));

// A secret in the body, a secret in the header.
const { config: server, tokens } = await clientCredentials(oidc.ClientSecretPost);
await clientCredentials(oidc.ClientSecretBasic);

const made = await (await call(server, tokens.access_token, '/customers', 'POST', customer('oidc@example.com'))).json();
assert.equal(made.email, 'oidc@example.com');

// A token that was revoked opens nothing, at once.
await oidc.tokenRevocation(server, tokens.access_token);
assert.equal((await call(server, tokens.access_token, `/customers/${made.id}`)).status, 401);

// A wrong secret and a scope that the credential has not got are the library's own kind of error.
const wrong = await discover(s2s.id, 'wrong', oidc.ClientSecretPost('wrong'));
await assert.rejects(oidc.clientCredentialsGrant(wrong, { scope: 'openid' }), (error) => {
  assert.ok(error instanceof oidc.ResponseBodyError, `${error}`);
  assert.deepEqual([error.status, error.error], [400, 'invalid_client']);
  assert.equal(error.error_description, 'invalid client_secret parameter');
  return true;
});
await assert.rejects(oidc.clientCredentialsGrant(server, { scope: 'org.write' }), { error: 'invalid_scope' });

// The code flow, through the sign-in page, as a web application and as a page in a browser.
async function codeFlow(client, authentication, scope) {
  const config = await discover(client.id, client.secret, authentication);
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const back = await signIn(address);
  // The library checks the state, the nonce, the issuer, the audience and, by the published keys, the signature of the id token.
  const granted = await oidc.authorizationCodeGrant(config, back, checks);
  assert.equal(granted.claims().sub, user.id);
  const info = await oidc.fetchUserInfo(config, granted.access_token, user.id);
  assert.equal(info.email, user.email);
  assert.equal((await call(config, granted.access_token, `/customers/${made.id}`)).status, 200);
  await assert.rejects(oidc.authorizationCodeGrant(config, back, checks), { error: 'invalid_grant', status: 400 });
  return { config, granted };
}

await codeFlow(page, oidc.None(), 'openid email profile commerce.accs');

const scope = 'openid email profile commerce.accs offline_access';
const { config, granted } = await codeFlow(web, oidc.ClientSecretBasic(web.secret), scope);
assert.ok(granted.refresh_token, 'a web application with offline_access may refresh');

const again = await codeFlowForRefresh();
async function codeFlowForRefresh() {
  // The second use of the code above ended what the first gave; refreshing begins with a flow of its own.
  const verifier = oidc.randomPKCECodeVerifier();
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback, scope, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  return oidc.authorizationCodeGrant(config, await signIn(address), { pkceCodeVerifier: verifier });
}
const refreshed = await oidc.refreshTokenGrant(config, again.refresh_token);
assert.notEqual(refreshed.access_token, again.access_token);
assert.equal((await call(config, refreshed.access_token, `/customers/${made.id}`)).status, 200);
await oidc.tokenRevocation(config, refreshed.refresh_token);
await assert.rejects(oidc.refreshTokenGrant(config, refreshed.refresh_token), { error: 'invalid_grant' });
