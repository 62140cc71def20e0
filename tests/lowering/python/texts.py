"""Texts: holes, concatenation, escapes."""
table = "users"
plain = "SELECT * FROM users"
joined = ('SELECT * ' "FROM users "
          f'WHERE id = {user.id!r} AND n = {n:>{width}}' r'\d')
escaped = "a\tb\n"
raw = r"\d+"
unicode = "naïve – ☃"
data = b"bytes\x00"
block = """
  SELECT *
  FROM t
"""
brace = f"{{literal}} {value}"
percent = "SELECT %s" % table
formatted = "SELECT {}".format(table)
concat = "SELECT " + table + " LIMIT 1"
empty = ""
surrogate = "\ud800"
debug = f"{x=}"
nested = f"{f"{inner} deep"} {rows["k"]}"
module_doc = __doc__
