// @adobe/aio-lib-ims: Adobe's own client of the token service. It sends multipart bodies, asks v2 for client credentials and v1 for codes,
// reads the tokens instead of the answer, and accepts no status but 200.

import assert from 'node:assert/strict';
import ims from '@adobe/aio-lib-ims';
import { base, callback, org, rest, s2s, signIn, user, web } from './world.mjs';

const service = new ims.Ims('prod');
service.endpoint = base;
const scopes = ['openid', 'AdobeID', 'commerce.accs', 'additional_info.roles'];
const status = async (token) =>
  (await fetch(`${rest}/V1/customerGroups/default`, { headers: { authorization: `Bearer ${token}` } })).status;

const { access_token: access } = await service.getAccessTokenByClientCredentials(s2s.id, s2s.secret, org, scopes);
const lifetime = access.expiry - Date.now();
assert.ok(lifetime > 86_000_000 && lifetime <= 86_400_000, `${lifetime} ms are left`);
const claims = ims.getTokenData(access.token);
assert.deepEqual(
  [claims.type, claims.client_id, typeof claims.created_at, typeof claims.expires_in],
  ['access_token', s2s.id, 'string', 'string'],
);
assert.equal(claims.scope, scopes.join(','));
assert.equal(await status(access.token), 200);

const valid = await service.validateToken(access.token);
assert.deepEqual([valid.valid, valid.token.client_id], [true, s2s.id]);
const ours = (await service.getOrganizations(access.token)).map(({ orgRef }) => `${orgRef.ident}@${orgRef.authSrc}`);
assert.deepEqual(ours, [org]);
const listed = await service.validateTokenAllowList(access.token, ['somebody else']);
assert.deepEqual([listed.valid, /allow list/.test(listed.reason)], [false, true]);

// The whole answer of an error stands in its message, with the reason phrase of the status line.
const wrongSecret = /^400 \(Bad Request\): .*"invalid_client".*"invalid client_secret parameter"/;
await assert.rejects(service.getAccessTokenByClientCredentials(s2s.id, 'wrong', org, scopes), { message: wrongSecret });
// What is no code is refused by the library itself.
await assert.rejects(service.getAccessToken(access.token, s2s.id, s2s.secret), { name: 'IMSLibError', code: 'UNKNOWN_AUTHCODE_TYPE' });

// Codes and refresh tokens are tokens to this library: it reads in them what they are, and when they end.
const asked = 'openid,AdobeID,profile,commerce.accs,offline_access';
const address = service.getSusiUrl(web.id, asked, callback, 'state of its own');
const back = await signIn(address);
assert.equal(back.searchParams.get('state'), 'state of its own');
const first = await service.getAccessToken(back.searchParams.get('code'), web.id, web.secret, asked);
assert.equal(ims.getTokenData(first.access_token.token).user_id, user.id);
assert.ok(first.refresh_token.expiry > first.access_token.expiry);
const second = await service.getAccessToken(first.refresh_token.token, web.id, web.secret, asked);
assert.equal(await status(second.access_token.token), 200);
const profile = await service.get('/ims/profile/v1', second.access_token.token, {});
assert.equal(profile.email, user.email);

// Invalidating a refresh token ends the access tokens that came of it.
assert.equal(await service.invalidateToken(second.refresh_token.token, web.id, web.secret), '');
assert.equal((await service.validateToken(second.access_token.token)).valid, false);
assert.equal(await status(second.access_token.token), 401);
await assert.rejects(service.getAccessToken(second.refresh_token.token, web.id, web.secret, asked), /400 \(Bad Request\).*invalid_grant/);
