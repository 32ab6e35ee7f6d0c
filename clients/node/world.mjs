// What the story that starts these scripts gives them, and a user's browser for the sign-in page.
//
// Nothing of a client is replaced here: each script uses its library as published, aimed at the server by the library's own settings.

import assert from 'node:assert/strict';

const given = (name) => process.env[name] ?? assert.fail(`${name} is not set: these scripts are started by a story`);

/** Where the server answers, without a slash at the end. */
export const base = given('IMS_URL');
/** The instance's REST endpoint. */
export const rest = given('REST_ENDPOINT');
/** The instance's tenant id. */
export const tenant = given('TENANT_ID');
/** The organization that owns the instance. */
export const org = given('ORG_ID');
/** The server-to-server credential of the instance. */
export const s2s = { id: given('CLIENT_ID'), secret: given('CLIENT_SECRET') };
/** The account that the credential acts as. */
export const account = { id: given('TECHNICAL_ACCOUNT_ID'), email: given('TECHNICAL_ACCOUNT_EMAIL') };
/** A web application, which keeps a secret and may refresh, and where it lives. */
export const web = { id: given('WEB_CLIENT_ID'), secret: given('WEB_CLIENT_SECRET') };
/** A page in a browser, which keeps no secret. */
export const page = { id: given('PAGE_CLIENT_ID') };
/** Where both of them live. */
export const callback = given('REDIRECT_URI');
/** A user of the organization with all rights. */
export const user = { id: given('USER_ID'), email: given('USER_EMAIL'), password: given('USER_PASSWORD') };

/** The smallest customer, in the body of a create. */
export const customer = (email) => ({ customer: { email, firstname: 'Ada', lastname: 'Lovelace', store_id: 1, website_id: 1 } });

/** Opens an authorization address as a user does: signs in, agrees, and returns the address that the browser is sent back to. */
export async function signIn(address) {
  const cookies = new Map();
  let url = new URL(address);
  let answer = await open(url, cookies);
  for (let steps = 0; steps < 8; steps += 1) {
    const location = answer.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      if (url.origin !== new URL(base).origin) return url;
      answer = await open(url, cookies);
      continue;
    }
    const html = await answer.text();
    assert.equal(answer.status, 200, html);
    const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? assert.fail(`a page without a form:\n${html}`);
    const filled = html.includes('name="password"')
      ? { csrf, step: 'sign_in', email: user.email, password: user.password }
      : { csrf, step: 'allow' };
    answer = await open(url, cookies, { method: 'POST', body: new URLSearchParams(filled) });
  }
  assert.fail(`still on ${url} after signing in`);
}

async function open(url, cookies, options = {}) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {}, ...options });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    cookies.set(name, value);
  }
  return answer;
}
