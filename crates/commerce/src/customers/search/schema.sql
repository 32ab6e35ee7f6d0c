-- Texts that contain a text: trigrams of what customers are called, one text a customer (see search/infix.rs). SQLite's own; its row
-- ids are made of tenant and customer. Neither texts nor positions are kept: who is found is looked at again.
CREATE VIRTUAL TABLE customer_search
    USING fts5(text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');

-- Customers up to this id are in the index; later ones are looked at one by one until it is brought up to date.
CREATE TABLE customer_search_state (
    tenant_id BIGINT NOT NULL PRIMARY KEY,
    indexed_to BIGINT NOT NULL
);

-- Customers whose texts changed or who were deleted since they were indexed.
CREATE TABLE customer_search_stale (
    tenant_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, customer_id)
);
