-- +goose Up
CREATE TABLE jobs (id INT PRIMARY KEY);
-- +goose Down
DROP TABLE jobs;
