-- name: Unicode :many
SELECT "näme" FROM 用户 WHERE "näme" = '😀';
SELECT 1;
