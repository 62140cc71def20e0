-- A hand-written schema with its seeds.
CREATE TABLE IF NOT EXISTS users (
    id BIGSERIAL PRIMARY KEY,
    email VARCHAR(255) NOT NULL UNIQUE,
    display_name TEXT
);

CREATE TABLE orders (
    id BIGSERIAL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    total NUMERIC(10, 2) NOT NULL
);

CREATE INDEX orders_user_id_idx ON orders (user_id);

INSERT INTO users (email) VALUES ('a;b@example.com'), ('it''s@example.com');
