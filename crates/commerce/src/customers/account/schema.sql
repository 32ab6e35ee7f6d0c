-- What stands for a customer. Only hashes are stored. Times are epoch milliseconds: a code lives seconds.
CREATE TABLE customer_token (
    tenant_id BIGINT NOT NULL,
    token_hash TEXT NOT NULL,
    customer_id BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, token_hash)
);
CREATE INDEX customer_token_by_customer ON customer_token (tenant_id, customer_id);

-- One-time login codes; a used one stays, as the record of who acted as a customer and why.
CREATE TABLE customer_otp (
    tenant_id BIGINT NOT NULL,
    otp_hash TEXT NOT NULL,
    customer_id BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    -- The credential that asked for it, and what for.
    client_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (tenant_id, otp_hash)
);
CREATE INDEX customer_otp_by_customer ON customer_otp (tenant_id, customer_id);
