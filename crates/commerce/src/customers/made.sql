-- When a customer was made stands beside each value of an added attribute too, and in the indexes on the values: who has a value is found
-- in the order in which they were made without a look at their own rows.
ALTER TABLE customer_attribute ADD COLUMN customer_created_at TEXT NOT NULL DEFAULT '';
UPDATE customer_attribute SET customer_created_at = COALESCE((SELECT c.created_at FROM customer c
    WHERE c.tenant_id = customer_attribute.tenant_id AND c.id = customer_attribute.customer_id), '');
DROP INDEX customer_attribute_by_value;
DROP INDEX customer_attribute_by_number;
CREATE INDEX customer_attribute_by_value
    ON customer_attribute (tenant_id, attribute_id, folded, customer_id, customer_created_at);
CREATE INDEX customer_attribute_by_number
    ON customer_attribute (tenant_id, attribute_id, number, customer_id, customer_created_at) WHERE number IS NOT NULL;
