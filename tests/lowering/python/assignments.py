"""Every form of assignment."""
type Row = dict[str, int]
a = b = c = compute()
self.x = y = other()
count += 1
obj.total -= price * 2
rows[key] |= mask
typed: int = 5
declared: str
obj.field: int = 1
first, *others = sequence
[p, q] = pair
while chunk := stream.read(1024):
    handle(chunk)
del obj.attr, rows[key]
