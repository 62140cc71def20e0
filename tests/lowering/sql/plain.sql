-- Queries without names stay statements of the module.
SELECT count(*) FROM orders;
WITH recent AS (SELECT * FROM orders WHERE created_at > now() - interval '1 day')
DELETE FROM sessions USING recent WHERE sessions.user_id = recent.user_id;
SET search_path TO public;
BEGIN;
COMMIT;
