-- The people of an organisation, what they and its credentials may do, and what a login leaves behind: browser sessions, consents,
-- codes and families of tokens. Only hashes of what is secret are kept. Times are epoch milliseconds.

-- Where a browser may be sent with a code: comma separated regular expressions, and the one address for everything else.
ALTER TABLE credential ADD COLUMN redirect_patterns TEXT;
ALTER TABLE credential ADD COLUMN default_redirect_uri TEXT;

-- `user_id` is `<24 HEX>@<24 hex>`; `email_folded` is what two addresses must not share within an organisation.
CREATE TABLE ims_user (
    id BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    country TEXT NOT NULL,
    password_hash TEXT,
    is_active BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ims_user_by_user_id ON ims_user (user_id);
CREATE UNIQUE INDEX ims_user_by_email ON ims_user (organisation_id, email_folded);

-- `instance_code` NULL: in every instance of the organisation. `resources` as in `credential`.
CREATE TABLE acl_role (
    id BIGINT NOT NULL,
    organisation_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    instance_code TEXT,
    resources TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX acl_role_by_name ON acl_role (organisation_id, name_folded);

CREATE TABLE acl_role_user (
    user_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX acl_role_user_by_role ON acl_role_user (role_id);

CREATE TABLE acl_role_credential (
    credential_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    PRIMARY KEY (credential_id, role_id)
);
CREATE INDEX acl_role_credential_by_role ON acl_role_credential (role_id);

-- What a user once allowed a client; comma separated.
CREATE TABLE consent (
    user_id BIGINT NOT NULL,
    credential_id BIGINT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, credential_id)
);
CREATE INDEX consent_by_credential ON consent (credential_id);

-- A browser in which a user has signed in: the hash of its cookie.
CREATE TABLE login (
    id_hash TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (id_hash)
);
CREATE INDEX login_by_user ON login (user_id);
CREATE INDEX login_by_end ON login (ends_at);

-- Failed sign-ins by the hash of the e-mail address that was typed, whether there is such a user or not: a lockout that only real
-- users meet would tell who they are.
CREATE TABLE login_attempt (
    organisation_id BIGINT NOT NULL,
    email_hash TEXT NOT NULL,
    failures BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, email_hash)
);
CREATE INDEX login_attempt_by_time ON login_attempt (last_at);

-- All tokens that come of one authorization: they are good while the row is there.
CREATE TABLE token_family (
    id TEXT NOT NULL,
    credential_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    login_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX token_family_by_user ON token_family (user_id);
CREATE INDEX token_family_by_credential ON token_family (credential_id);
CREATE INDEX token_family_by_login ON token_family (login_hash);
CREATE INDEX token_family_by_end ON token_family (ends_at);

CREATE TABLE authorization_code (
    id_hash TEXT NOT NULL,
    family_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    nonce TEXT,
    challenge TEXT,
    challenge_method TEXT,
    ends_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (id_hash)
);
CREATE INDEX authorization_code_by_end ON authorization_code (ends_at);

-- A replaced token keeps what its answer was made of (no secret: without the signing key nothing comes of it), so that a retry gets
-- the same answer.
CREATE TABLE refresh_token (
    id_hash TEXT NOT NULL,
    family_id TEXT NOT NULL,
    ends_at BIGINT NOT NULL,
    replaced_at BIGINT,
    replaced_by TEXT,
    seed TEXT,
    answered_scopes TEXT,
    PRIMARY KEY (id_hash)
);
CREATE INDEX refresh_token_by_family ON refresh_token (family_id);
CREATE INDEX refresh_token_by_end ON refresh_token (ends_at);
