-- Customers. Times and dates are the wire's text. `*_folded` columns hold what the original's collation compares.
CREATE TABLE customer (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    website_id BIGINT NOT NULL,
    store_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    -- The scope in which the address is unique: the website, or 0 when accounts are shared.
    email_scope BIGINT NOT NULL,
    firstname TEXT NOT NULL,
    firstname_folded TEXT NOT NULL,
    lastname TEXT NOT NULL,
    lastname_folded TEXT NOT NULL,
    middlename TEXT,
    middlename_folded TEXT,
    prefix TEXT,
    prefix_folded TEXT,
    suffix TEXT,
    suffix_folded TEXT,
    -- Prefix, first, middle, last name and suffix, as far as there are, joined by blanks.
    name_folded TEXT NOT NULL,
    dob TEXT,
    gender BIGINT,
    taxvat TEXT,
    taxvat_folded TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    created_in TEXT NOT NULL,
    created_in_folded TEXT NOT NULL,
    confirmation TEXT,
    confirmation_folded TEXT,
    default_billing BIGINT,
    default_shipping BIGINT,
    disable_auto_group_change BIGINT NOT NULL,
    password_hash TEXT,
    reset_token_hash TEXT,
    reset_token_created_at TEXT,
    failures_num BIGINT NOT NULL,
    first_failure TEXT,
    lock_expires TEXT,
    last_login_at TEXT,
    -- 0 never, 1 subscribed, 2 not confirmed, 3 unsubscribed.
    subscription BIGINT NOT NULL,
    assistance_allowed BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX customer_by_email ON customer (tenant_id, email_folded, email_scope);
CREATE INDEX customer_by_group ON customer (tenant_id, group_id, id);
CREATE INDEX customer_by_website ON customer (tenant_id, website_id, id);
CREATE INDEX customer_by_store ON customer (tenant_id, store_id, id);
CREATE INDEX customer_by_lastname ON customer (tenant_id, lastname_folded, id);
CREATE INDEX customer_by_firstname ON customer (tenant_id, firstname_folded, id);
-- What was made or changed since, in a website, store or group: all that is asked for is in the index.
CREATE INDEX customer_by_created_at ON customer (tenant_id, created_at, id, website_id, store_id, group_id);
CREATE INDEX customer_by_updated_at ON customer (tenant_id, updated_at, id, website_id, store_id, group_id);
-- Most customers have neither, and cost nothing here.
CREATE INDEX customer_by_taxvat ON customer (tenant_id, taxvat_folded, id) WHERE taxvat_folded IS NOT NULL;
CREATE INDEX customer_by_dob ON customer (tenant_id, dob, id) WHERE dob IS NOT NULL;

CREATE TABLE customer_address (
    tenant_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    country_id TEXT NOT NULL,
    region TEXT,
    region_folded TEXT,
    region_id BIGINT,
    street TEXT NOT NULL,
    company TEXT,
    company_folded TEXT,
    telephone TEXT,
    telephone_folded TEXT,
    fax TEXT,
    postcode TEXT,
    postcode_folded TEXT,
    city TEXT NOT NULL,
    city_folded TEXT NOT NULL,
    firstname TEXT NOT NULL,
    lastname TEXT NOT NULL,
    middlename TEXT,
    prefix TEXT,
    suffix TEXT,
    vat_id TEXT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX customer_address_by_customer ON customer_address (tenant_id, customer_id, id);
CREATE INDEX customer_address_by_telephone ON customer_address (tenant_id, telephone_folded, customer_id, id)
    WHERE telephone_folded IS NOT NULL;
CREATE INDEX customer_address_by_postcode ON customer_address (tenant_id, postcode_folded, customer_id, id)
    WHERE postcode_folded IS NOT NULL;

-- Values of added attributes. `folded` and `number` are what searches compare; `unique_key` guards unique attributes.
CREATE TABLE customer_attribute (
    tenant_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    attribute_id BIGINT NOT NULL,
    value TEXT NOT NULL,
    folded TEXT NOT NULL,
    number DOUBLE PRECISION,
    unique_key TEXT,
    PRIMARY KEY (tenant_id, customer_id, attribute_id)
);
CREATE INDEX customer_attribute_by_value ON customer_attribute (tenant_id, attribute_id, folded, customer_id);
CREATE INDEX customer_attribute_by_number ON customer_attribute (tenant_id, attribute_id, number, customer_id)
    WHERE number IS NOT NULL;
CREATE UNIQUE INDEX customer_attribute_unique ON customer_attribute (tenant_id, attribute_id, unique_key);

CREATE TABLE customer_address_attribute (
    tenant_id BIGINT NOT NULL,
    address_id BIGINT NOT NULL,
    attribute_id BIGINT NOT NULL,
    value TEXT NOT NULL,
    unique_key TEXT,
    PRIMARY KEY (tenant_id, address_id, attribute_id)
);
CREATE UNIQUE INDEX customer_address_attribute_unique
    ON customer_address_attribute (tenant_id, attribute_id, unique_key);

-- The customer as GET answers it, written with every change: one read instead of four. A missing row is rendered anew.
CREATE TABLE customer_document (
    tenant_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, customer_id)
);

-- Exact numbers of customers, kept with every change: dimension all, website, store or group.
CREATE TABLE customer_count (
    tenant_id BIGINT NOT NULL,
    dimension TEXT NOT NULL,
    value BIGINT NOT NULL,
    customers BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, dimension, value)
);
