-- Tax classes and customer groups. Names match without case, accents and trailing blanks: the folded copies.
CREATE TABLE tax_class (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    type TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX tax_class_by_name ON tax_class (tenant_id, type, name_folded);

CREATE TABLE customer_group (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    code TEXT NOT NULL,
    code_folded TEXT NOT NULL,
    tax_class_id BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX customer_group_by_code ON customer_group (tenant_id, code_folded);

-- Websites that a group's members may not use.
CREATE TABLE customer_group_excluded_website (
    tenant_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    website_id BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, group_id, website_id)
);
