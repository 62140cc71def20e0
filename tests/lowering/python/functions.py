"""Functions, parameters, decorators, closures."""
from fastapi import Depends, FastAPI

app = FastAPI()


@app.get("/users/{user_id}")
@cached(ttl=60)
async def read_user(user_id: int, q: str | None = None, *args, db: Session = Depends(get_db), **extra) -> "list[User]":
    """Dropped."""
    rows = await db.fetch(user_id, *args, limit=10, **extra)
    for row in rows:
        yield row
    yield from more(rows)
    yield


def quoted(user: "Optional['User']", mode: Literal["r", "w"], field: Annotated["int", Query("doc")], bad: "not a type"):
    ...


handler = lambda event, context=None: process(event)
self_registered.on_close = lambda: None
scheduler.add_job(lambda: tick(), "interval", key=lambda job: job.id)
table = {"get": lambda r: r, **defaults}
(lambda: 1)()


def nested(callback=lambda: 0):
    @wraps(callback)
    def inner(*args):
        return callback(*args)

    inner = decorate(inner)
    return inner


def twice():
    return 1


def twice():
    return 2
