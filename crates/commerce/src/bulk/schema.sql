-- Calls that run later. A bulk is what one request asked for; each of its operations is one call of the same row of the call table.
CREATE TABLE bulk (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    uuid TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    topic TEXT NOT NULL,
    -- What is said of an operation that is complete.
    success TEXT NOT NULL,
    -- What the Store header selected: default, all, or a store view's id.
    scope TEXT NOT NULL,
    -- Who called, as of then: the calls were allowed when they were accepted.
    credential_id BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    caller TEXT NOT NULL,
    organisation_id BIGINT NOT NULL,
    resources TEXT,
    user_id BIGINT NOT NULL,
    start_time TEXT NOT NULL,
    -- Operations by where they stand, changed in the transaction that moves one.
    open_operations BIGINT NOT NULL,
    retriable_operations BIGINT NOT NULL,
    completed_operations BIGINT NOT NULL,
    failed_operations BIGINT NOT NULL,
    -- When to look at it next, epoch milliseconds. Whoever takes it moves this into the future; should he die, it comes round again.
    -- NULL when nothing is left to do, and while the operations of a large request are still being written.
    due_at BIGINT,
    -- 1 when all its operations are written: before that nobody sees it.
    is_whole BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX bulk_by_uuid ON bulk (tenant_id, uuid);
CREATE INDEX bulk_by_due_at ON bulk (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX bulk_by_start_time ON bulk (start_time);
CREATE INDEX bulk_by_start_time_unwhole ON bulk (start_time) WHERE is_whole = 0;

CREATE TABLE bulk_operation (
    tenant_id BIGINT NOT NULL,
    bulk_id BIGINT NOT NULL,
    -- Its place in the request, from 0.
    number BIGINT NOT NULL,
    -- 1 complete, 2 failed and tried again, 3 failed, 4 open, 5 rejected.
    status BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    -- The call's arguments as JSON, without what is secret; NULL when it is complete.
    arguments TEXT,
    -- Hashes that the call needs and nobody may see, as JSON; NULL when there are none or it is over.
    secrets TEXT,
    -- Why it failed; of a complete one its bulk's `success` is said.
    message TEXT,
    error_code BIGINT,
    PRIMARY KEY (tenant_id, bulk_id, number)
);

-- The answers of complete operations: rows that only ever follow the last one, while an answer written into its operation's row
-- would split the pages that hold those which wait.
CREATE TABLE bulk_result (
    tenant_id BIGINT NOT NULL,
    bulk_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, bulk_id, number)
);
