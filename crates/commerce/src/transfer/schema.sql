-- How far transfers have come that are not done: written with what they write, so that going on repeats and skips nothing.
CREATE TABLE transfer (
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- JSON of the kind of transfer.
    progress TEXT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
