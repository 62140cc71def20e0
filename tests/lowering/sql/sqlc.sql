-- name: GetUser :one
SELECT * FROM users WHERE id = $1 LIMIT 1;

-- name: ListOrders :many
-- The newest first.
SELECT o.*, u.email
FROM orders o
JOIN users u ON u.id = o.user_id
WHERE u.email ILIKE '%' || $1 || '%'
ORDER BY o.created_at DESC;

/* name: create-order! */
INSERT INTO orders (user_id, total) VALUES ($1, $2);

-- name: TouchUser :exec
UPDATE users SET seen_at = now() WHERE id = $1;
