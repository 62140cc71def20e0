"""Control flow regions."""


def loops(items):
    for item in items:
        if item.skip:
            continue
        elif item.stop:
            break
        elif item.bad:
            raise ValueError(item) from make_cause()
        else:
            use(item)
    else:
        done()
    while not ready():
        wait()
    else:
        late()
    while True:
        pump()


def errors():
    try:
        work()
    except (KeyError, ValueError) as e:
        log(e)
        raise
    except OSError:
        pass
    else:
        commit()
    finally:
        release()
    assert isinstance(x, int), describe(x)
    assert x


async def scopes(url):
    async with pool.acquire() as conn, conn.transaction():
        async for row in conn.cursor("SELECT 1"):
            await send(row)
    with lock:
        return await fetch(url)


def main(command):
    match command:
        case "GET" | "HEAD":
            read()
        case Point(x, y=0, z=Deep(w)) if x > 0:
            go(x, w)
        case {"kind": kind, 1: one, **rest}:
            use(kind, one, rest)
        case [first, *_]:
            use(first)
        case (None | True) as flag:
            use(flag)
        case Status.OK:
            pass
        case other:
            use(other)


if __name__ == "__main__":
    main("GET")
