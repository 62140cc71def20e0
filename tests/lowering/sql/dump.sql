\connect shop
SET statement_timeout = 0;
CREATE TABLE public.cities (
    id integer NOT NULL,
    name character varying(100)
);
ALTER TABLE public.cities OWNER TO shop;
COPY public.cities (id, name) FROM stdin;
1	Oslo; SELECT * FROM nowhere;
2	L'Aquila
\.
ALTER TABLE ONLY public.cities ADD CONSTRAINT cities_pkey PRIMARY KEY (id);
SELECT pg_catalog.setval('public.cities_id_seq', 2, true);
