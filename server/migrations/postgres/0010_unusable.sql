-- A token without a seed, or on hold, is on the shelf but not free. The stock is still counted from its index alone, which
-- tells by the key of the seed whether there is one.

DROP INDEX token_stock;
CREATE INDEX token_stock ON token (lot, location, vendor, model, custody, department, dek_id);
