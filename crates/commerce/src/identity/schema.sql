-- Who may call: organisations, their projects, credentials and secrets, and the keys that sign tokens. These rows belong to no
-- tenant: a token is checked before the tenant is known to be its organisation's. Times here are epoch milliseconds, as IMS speaks.
CREATE TABLE organisation (
    id BIGINT NOT NULL,
    ims_org_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX organisation_by_ims_org_id ON organisation (ims_org_id);

CREATE TABLE project (
    organisation_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, id)
);

-- `scopes` are comma separated; `resources` are the ACL resources it is narrowed to, comma separated, NULL for all.
CREATE TABLE credential (
    id BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    client_id TEXT NOT NULL,
    technical_account_id TEXT NOT NULL,
    technical_account_email TEXT NOT NULL,
    scopes TEXT NOT NULL,
    resources TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX credential_by_client_id ON credential (client_id);
CREATE INDEX credential_by_organisation ON credential (organisation_id, id);

-- A credential has two slots for secrets, so that one can be replaced while the other is in use. Only the SHA-256 is kept.
CREATE TABLE credential_secret (
    credential_id BIGINT NOT NULL,
    slot BIGINT NOT NULL CHECK (slot IN (1, 2)),
    uuid TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    PRIMARY KEY (credential_id, slot)
);

-- The newest number signs; an older one is believed until `retires_at`. PKCS#8 in base64.
CREATE TABLE signing_key (
    number BIGINT NOT NULL,
    kid TEXT NOT NULL,
    private_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retires_at BIGINT,
    PRIMARY KEY (number)
);
CREATE UNIQUE INDEX signing_key_by_kid ON signing_key (kid);

-- Revoked before their time: the hash of the token's id, and when the token would have ended anyway.
CREATE TABLE revoked_token (
    id_hash TEXT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (id_hash)
);
CREATE INDEX revoked_token_by_end ON revoked_token (ends_at);

-- One row, another value after every change that could make a token good or bad: what a node remembers of tokens and keys holds
-- for one value only.
CREATE TABLE identity_epoch (
    id BIGINT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO identity_epoch (id, value) VALUES (1, 0);
