-- Trigrams with their places, in a column for each text: now the index itself says who has a text, and no row is read to be sure. What
-- it had is forgotten; the service indexes everybody anew beside its other work, and until then searches read the columns' own indexes.
DROP TABLE IF EXISTS customer_search;
CREATE VIRTUAL TABLE customer_search
    USING fts5(email, firstname, lastname, name, content='', contentless_delete=1, tokenize='trigram case_sensitive 1');
DELETE FROM customer_search_state;
DELETE FROM customer_search_stale;
