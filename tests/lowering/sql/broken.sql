SELEC * FORM users;
SELECT * FROM WHERE;
SELECT name FROM users WHERE 'unfinished;
SELECT id FROM orders;
