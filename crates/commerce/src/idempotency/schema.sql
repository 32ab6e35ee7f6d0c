-- Requests that named themselves with an Idempotency-Key, and what they were answered. The key itself is not kept: it is what makes
-- the fingerprint of a request useless to whoever reads this table.
CREATE TABLE idempotent_request (
    tenant_id BIGINT NOT NULL,
    credential_id BIGINT NOT NULL,
    key_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    -- The HTTP status and the body in JSON; 0 while the request is under way.
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    -- Epoch milliseconds.
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, credential_id, key_hash)
);
CREATE INDEX idempotent_request_by_end ON idempotent_request (expires_at);
