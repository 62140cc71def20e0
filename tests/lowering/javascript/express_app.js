const express = require("express");
const { Pool } = require("pg");

const app = express();
let pool;

function getPool() {
  if (!pool) pool = new Pool({ max: 10 });
  return pool;
}

app.use(express.json());
app.get("/orders", async (req, res, next) => {
  const client = await getPool().connect();
  try {
    const { rows } = await client.query(`SELECT * FROM orders WHERE user_id = ${req.query.user}`);
    for (const row of rows) {
      row.items = (await client.query("SELECT * FROM items WHERE order_id = $1", [row.id])).rows;
    }
    const totals = await Promise.all(rows.map(async (row) => total(row)));
    res.json(rows.filter((r) => r.total > 10).sort((a, b) => a.id - b.id).slice(0, 10), totals);
  } catch (err) {
    next(err);
  } finally {
    client.release();
  }
});

const total = async ({ items }) => items.reduce((sum, { price, count = 1 }) => sum + price * count, 0);

app.listen(process.env.PORT || 3000, () => console.log("up"));
module.exports = app;
