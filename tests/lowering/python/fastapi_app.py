"""A small app, the way a model writes it."""
import asyncio
import psycopg2
from fastapi import FastAPI, HTTPException

app = FastAPI()
cache: dict[int, dict] = {}


def get_db():
    conn = psycopg2.connect(dsn)
    try:
        yield conn
    finally:
        conn.close()


@app.on_event("startup")
async def startup():
    asyncio.create_task(refresh())


@app.get("/orders/{order_id}")
def order(order_id: int):
    if order_id in cache:
        return cache[order_id]
    with psycopg2.connect(dsn) as conn, conn.cursor() as cur:
        cur.execute(f"SELECT * FROM orders WHERE id = {order_id}")
        row = cur.fetchone()
        if not row:
            raise HTTPException(404)
        items = []
        for item_id in row["items"]:
            cur.execute("SELECT * FROM items WHERE id = %s", (item_id,))
            items.append(cur.fetchone())
    cache[order_id] = {"order": row, "items": items}
    return cache[order_id]
