-- The organisation that runs the service: its administrators administer all organisations. One row, or none yet.
CREATE TABLE operators (
    id BIGINT NOT NULL CHECK (id = 1),
    organisation_id BIGINT NOT NULL,
    PRIMARY KEY (id)
);
