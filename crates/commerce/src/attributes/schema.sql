-- Attributes that were added to an instance; the default ones are compiled in.
CREATE TABLE attribute (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    entity TEXT NOT NULL,
    code TEXT NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX attribute_by_code ON attribute (tenant_id, entity, code);

-- Options of select and multiselect attributes.
CREATE TABLE attribute_option (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    attribute_id BIGINT NOT NULL,
    label TEXT NOT NULL,
    -- Labels of store views as JSON, by store view id.
    store_labels TEXT NOT NULL,
    sort_order BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX attribute_option_by_attribute ON attribute_option (tenant_id, attribute_id, sort_order, id);
