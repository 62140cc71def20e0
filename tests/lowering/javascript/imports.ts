import express, { Router as makeRouter, type Request } from "express";
import * as fs from "node:fs";
import type { Pool } from "pg";
import "./instrument";
import { default as config } from "./config";
import legacy = require("legacy");
import Inner = legacy.inner.Inner;

const pg = require("pg");
const { Client, Pool: PgPool } = require("pg");
const parse = require("qs").parse;
const first = require("./pool").default;
const { nested: { deep }, other = 1 } = require("./nested");
require("dotenv").config();

export async function load(name: string) {
  const knex = require("knex")({ client: "pg" });
  const { readFile } = await import("node:fs/promises");
  const plugin = await import(`./plugins/${name}`);
  return [knex, readFile, plugin, import.meta.env.MODE];
}

const app = express();
app.use(makeRouter(), pg, Client, PgPool, parse, first, legacy, fs, deep, other, config as Request, Inner);
let later: Pool | null = null;
let other_type: import("pg").PoolClient;
