"""Comprehensions are loops in a scope of their own."""


def load(ids, groups):
    names = [fetch(i).name for i in ids]
    active = {u for u in users() if u.active if not u.banned}
    by_id = {u.id: load_one(u) for u in active}
    pairs = [(g, m) for g in groups if g.open for m in g.members if m]
    total = sum(price(i) for i in ids)
    shadow = [ids for ids in ids]
    nested = [[cell for cell in row] for row in groups]
    return names, by_id, pairs, total, shadow, nested, i


async def stream(source):
    return [await one(x) async for x in source]


class Table:
    columns = [c for c in range(3)]
