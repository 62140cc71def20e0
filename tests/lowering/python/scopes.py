"""Names: assigned anywhere means local everywhere; classes hide theirs from methods."""
pool = None
counter = 0
limit = 10


def get_pool():
    global pool, cache_store
    if pool is None:
        pool = create()
    cache_store = {}
    return pool


def reads():
    return cache_store, pool, unknown


def shadow():
    print(limit)
    limit = 5
    return limit


def outer():
    total = 0

    def add(n):
        nonlocal total
        total += n
        return total

    return add


class Scoped:
    limit = 3
    double = limit * 2

    def read(self):
        return limit


def targets(rows):
    a, (b, *rest) = rows
    rows[0], rows[1].name = rest, a
    for i, row in enumerate(rows):
        pass
    with open("f") as (x, y), open("g") as z:
        pass
    if (m := match(row)) and any((hit := r) for r in rows):
        return m, hit
    del a, rows[0]
    return [limit for limit in rows], limit
