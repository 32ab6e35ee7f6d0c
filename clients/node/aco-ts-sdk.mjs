// @adobe-commerce/aco-ts-sdk, Adobe's client of the catalog next door. Its token is what this server gives; the catalog is not, and the
// library must say so as an error of the API, not of the token.

import assert from 'node:assert/strict';
import { base, s2s, tenant } from './world.mjs';

process.env.IMS_BASE_URL_OVERRIDE = base;
process.env.BASE_URL_OVERRIDE = base;
const { createClient } = await import('@adobe-commerce/aco-ts-sdk');

const client = (clientSecret) =>
  createClient({ credentials: { clientId: s2s.id, clientSecret }, tenantId: tenant, region: 'na1', environment: 'sandbox', timeoutMs: 5000 });
const product = { sku: 'a', source: { locale: 'en-US' }, name: 'A', slug: 'a', status: 'ENABLED' };

await assert.rejects(client(s2s.secret).createProducts([product]), (error) => {
  assert.deepEqual([error.name, error.statusCode], ['APIError', 400], `${error.stack}`);
  assert.match(JSON.parse(error.response).message, /Specified request cannot be processed/);
  return true;
});
await assert.rejects(client('wrong').createProducts([product]), /Failed to get authentication token: Bad Request/);
