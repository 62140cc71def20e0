# BOM and CRLF
name = "x"
text = """one
two"""
def f():
    return name
