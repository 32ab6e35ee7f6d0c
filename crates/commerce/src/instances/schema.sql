-- Instances and what defines them. `version` grows with every change that a cached catalogue would miss.
CREATE TABLE instance (
    tenant_id BIGINT PRIMARY KEY,
    code TEXT NOT NULL,
    organisation_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    environment TEXT NOT NULL,
    created_at TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX instance_by_code ON instance (code);
CREATE INDEX instance_by_organisation ON instance (organisation_id, tenant_id);

-- The next id of each kind of entity. Tenant 0 counts what belongs to no instance.
CREATE TABLE counter (
    tenant_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

CREATE TABLE website (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    default_group_id BIGINT NOT NULL,
    sort_order BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX website_by_code ON website (tenant_id, code);

CREATE TABLE store_group (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    website_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    root_category_id BIGINT NOT NULL,
    default_store_id BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX store_group_by_code ON store_group (tenant_id, code);

CREATE TABLE store_view (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    website_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    is_active BIGINT NOT NULL,
    sort_order BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX store_view_by_code ON store_view (tenant_id, code);

-- Values that differ from the default; scope is default, website or store.
CREATE TABLE setting (
    tenant_id BIGINT NOT NULL,
    path TEXT NOT NULL,
    scope TEXT NOT NULL,
    scope_id BIGINT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant_id, path, scope, scope_id)
);
