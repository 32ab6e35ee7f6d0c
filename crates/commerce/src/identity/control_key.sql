-- The key of the control API when `patron init` made it: the SHA-256 of the key, in one row.
CREATE TABLE control_key (
    id BIGINT NOT NULL,
    key_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
