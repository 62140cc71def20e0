"""The other expressions."""
x = rows[0]
y = rows[1:n]
z = rows[:10][::-1]
grid = matrix[1:, 0, ::2]
entry = config["key"]
generic = dict[str, list[int]]
d = {"a": 1, "b": {"c": 2}, 3: four, **extra, computed(): 5}
s = {1, 2}
t = (1, *rest)
cond = yes() if test() else no()
logic = a() and b() or not c()
chain = 0 < x <= 10
opaque = 0 < f() < 10
absent = key not in cache
null = value is None or value is not None
neg = -5 + -x + ~y + +z
power = 2 ** 8 // 3 % 2
big = 123456789012345678901234567890 + 1.5e3 + 2j + 0xFF
call = f(1, *args, k=2, **kwargs)(g)[h].m(i)
dots = ...
either = int | None
(m).method().other
