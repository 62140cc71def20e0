"""What `.ci/reports.sh` cannot say in shell: programs to report on, and reports read as their readers read them."""

import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

SLOW = '''\
@app.get("/{route}")
def {name}():
    {before}conn = psycopg2.connect("dbname=app")
    return conn.execute("SELECT 1").fetchone()


'''
HEAD = "import psycopg2\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n"

HOSTILE = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "]]><x a='",
    "a|b `c` **d** [x](javascript:1)",
    "::error::owned",
    "##vso[task.setvariable variable=x]y",
    "\x1b[31m\x07\x9b1m",
    "\u202egnp.exe",
    "new\nline\r::stop-commands::x",
    "@org/team #12 www.evil.example https://evil.example",
    "%0A::error::x,y=z;w]",
]


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def handler(index, before="", route=""):
    return SLOW.format(route=f"r{index}{route}", name=f"handler_{index}", before=before)


def programs(folder):
    """`many` has 6,000 findings, `odd` names and line ends, `hostile` names and strings that want to be more."""
    for part in range(60):
        text = HEAD + "".join(handler(100 * part + index) for index in range(100))
        write(folder, f"many/app/part{part}.py", text)
    odd = HEAD + handler(1, "用户 = '表'; ") + handler(2, "s = '😀👩\u200d💻'; ") + handler(3, "t = '\t'; ")
    write(folder, "odd/plain.py", odd)
    write(folder, "odd/50% off/with space.py", odd)
    write(folder, "odd/用户/😀.py", odd)
    write(folder, "odd/bom.py", "\ufeff" + odd)
    write(folder, "odd/crlf.py", odd.replace("\n", "\r\n"))
    write(folder, "odd/[id]/#a?b&c.py", odd)
    write(folder, "odd/tabs.js", "const { Client } = require('pg');\nconst app = require('express')();\n"
          "app.get('/t', async (req, res) => {\n\tconst c = new Client();\n\tawait c.connect();\n\tres.send('x');\n});\n")
    for index, payload in enumerate(HOSTILE):
        text = HEAD + handler(1, f"s = {payload!r}; ", payload.translate({10: "", 13: "", 34: "", 92: ""}))
        write(folder, f"hostile/{index}{payload.replace('/', '')}/app.py", text)
    write(folder, "nothing/app.py", 'print("nothing to report")\n')


def load(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        return file.read()


def lines_of(root, path):
    with open(os.path.join(root, path), encoding="utf-8", newline="") as file:
        return re.split("\r\n|\n|\r", file.read().removeprefix("\ufeff"))


def cut(text, unit, start, end):
    """What stands between two columns from 1, in a unit of so many bits."""
    if unit == 32:
        return text[start - 1 : end - 1]
    codec = {8: "utf-8", 16: "utf-16-le"}[unit]
    width = unit // 8
    return text.encode(codec)[(start - 1) * width : (end - 1) * width].decode(codec)


def sarif(folder):
    return json.loads(load(folder, "report.sarif"))["runs"][0]


def columns(folder, root):
    """Every format points at the same text, each in its own unit."""
    findings = json.loads(load(folder, "report.json"))["findings"]
    results = sarif(folder)["results"]
    issues = json.loads(load(folder, "report.gitlab"))
    diagnostics = json.loads(load(folder, "report.rdjson"))["diagnostics"]
    sonar = json.loads(load(folder, "report.sonar"))["issues"]
    commands = load(folder, "report.github").splitlines()
    connections = [finding for finding in findings if finding["rule"] == "connection-per-request"]
    assert len(connections) == 19, len(connections)
    for finding, result, issue, diagnostic, generic, command in zip(
        findings, results, issues, diagnostics, sonar, commands, strict=True
    ):
        start, end = finding["location"]["start"], finding["location"]["end"]
        if start["line"] != end["line"]:
            continue
        text = lines_of(root, finding["location"]["path"])[start["line"] - 1]
        expected = cut(text, 32, start["column"], end["column"])
        assert expected.strip(), finding
        region = result["locations"][0]["physicalLocation"]["region"]
        assert cut(text, 16, region["startColumn"], region["endColumn"]) == expected, region
        assert expected == region["snippet"]["text"]
        places = issue["location"]["positions"]
        assert cut(text, 32, places["begin"]["column"], places["end"]["column"]) == expected, places
        places = diagnostic["location"]["range"]
        assert cut(text, 8, places["start"]["column"], places["end"]["column"]) == expected, places
        places = generic["primaryLocation"]["textRange"]
        assert cut(text, 16, places["startColumn"] + 1, places["endColumn"] + 1) == expected, places
        places = re.match(r"::\w+ file=(.*?),line=(\d+),endLine=\2,col=(\d+),endColumn=(\d+),", command)
        assert cut(text, 32, int(places[3]), int(places[4])) == expected, command
        path = re.sub("%3A|%2C|%25", lambda match: chr(int(match[0][1:], 16)), places[1])
        assert path == finding["location"]["path"], command
    print(f"{len(findings)} findings: every format points at the same text")


def well_formed(folder, root):
    """Every format is one, whatever it is about, and no line is another's command."""
    findings = json.loads(load(folder, "report.json"))["findings"]
    count = len(findings)
    issues = json.loads(load(folder, "report.gitlab"))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == count
    assert not any(issue["location"]["path"].startswith(("/", "./")) for issue in issues)
    suites = ElementTree.fromstring(load(folder, "report.junit"))
    cases = suites.findall("testsuite/testcase")
    assert len(cases) == max(count, 1), len(cases)
    assert int(suites.get("failures")) == len(suites.findall("testsuite/testcase/failure"))
    assert len(ElementTree.fromstring(load(folder, "report.checkstyle")).findall("file/error")) == count
    lines = [json.loads(line) for line in load(folder, "report.jsonl").splitlines()]
    assert [line["type"] for line in lines] == ["finding"] * count + ["summary"]
    assert len(load(folder, "report.rdjsonl").splitlines()) == count
    for name, start in [("github", "::"), ("azure", "##vso[task.logissue ")]:
        commands = load(folder, f"report.{name}").splitlines()
        assert len(commands) == count and all(line.startswith(start) for line in commands), name
        assert not any(re.search(r"##(vso)?\[", line[1:]) for line in commands), name
    for name in ["text", "concise", "agent"]:
        text = load(folder, f"report.{name}")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]|##(vso)?\[|^\s*::", text, re.M), name
    assert len(load(folder, "report.agent")) < 8192
    assert len(load(folder, "report.markdown").encode()) < 1 << 20
    run = sarif(folder)
    assert len(run["results"]) == min(count, 5000)
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert (f"{count} results, of which the 5000 most severe are here." in notes) == (count > 5000)
    print(f"{os.path.basename(folder)}: {count} findings, well-formed in every format")


def summary(folder, text):
    """Another reader counts as many results as there are."""
    counts = [int(count) for count in re.findall(r"^(?:error|warning|note): (\d+)$", text, re.M)]
    results = sarif(folder)["results"]
    assert sum(counts) == len(results), (counts, len(results))
    print(f"{os.path.basename(folder)}: no errors, no warnings; {len(results)} results, says another reader")


def accepted(folder):
    """Each result says whether somebody accepts it, and both formats agree on which."""
    report = json.loads(load(folder, "report.json"))
    results = sarif(folder)["results"]
    kinds = {"comment": "inSource", "baseline": "external"}
    expected = [[]] * len(report["findings"])
    expected += [[kinds[entry["suppression"]["kind"]]] for entry in report["suppressed"]]
    assert [[suppression["kind"] for suppression in result["suppressions"]] for result in results] == expected
    assert {tuple(kinds) for kinds in expected} == {(), ("inSource",), ("external",)}, expected
    for result, kinds in zip(results, expected, strict=True):
        assert result["baselineState"] == ("unchanged" if "external" in kinds else "new"), result
    print(f"{len(report['findings'])} findings, and {len(report['suppressed'])} that are accepted")


def markdown(folder, root):
    """GitHub's renderer makes neither links nor images nor elements of what the analysed code brings."""
    import cmarkgfm
    from cmarkgfm.cmark import Options

    page = cmarkgfm.github_flavored_markdown_to_html(load(folder, "report.markdown"), Options.CMARK_OPT_UNSAFE)
    tags = set(re.findall(r"<(\w+)", page))
    allowed = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "details", "summary", "b", "ol", "li"}
    assert tags <= allowed, tags - allowed
    columns = {row.count("<td") for row in re.findall(r"<tr>.*?</tr>", page, re.S)} - {0}
    assert columns == {2, 5}, columns
    print("the summary of a job has no mark of the analysed code")


def page(folder, root):
    """The page as a browser made it: its script has run, and nobody else's has."""
    count = len(json.loads(load(folder, "report.json"))["findings"])
    dom = load(folder, "page.dom")
    console = load(folder, "page.log")
    assert f">{count} of {count} shown</output>" in dom, "the filter did not run"
    assert len(re.findall(r'<details class="card finding ', dom)) == count
    assert '<form class="card" id="filter">' in dom, "the filter is still hidden"
    assert "<title>scalecliff: " in dom and "<img" not in dom and dom.count("<script") == 1, "foreign code"
    assert "CONSOLE" not in console, console
    print(f"{os.path.basename(folder)}: the browser shows {count} findings and complains of nothing")


def filtered(folder, text):
    """What is hidden is what was not asked for."""
    dom = load(folder, "filtered.dom")
    articles = re.split(r'(?=<details class="card finding )', dom)[1:]
    shown = [article for article in articles if "hidden" not in article.split(">", 1)[0]]
    asked = [article for article in articles if ' data-severity="error"' in article and text in article.lower()]
    assert shown == asked and 0 < len(shown) < len(articles), (len(shown), len(asked))
    assert f">{len(shown)} of {len(articles)} shown</output>" in dom
    print(f"the filter leaves {len(shown)} of {len(articles)} findings")


if __name__ == "__main__":
    what, *args = sys.argv[1:]
    parts = [programs, columns, well_formed, accepted, markdown, page, filtered, summary]
    next(part for part in parts if part.__name__ == what)(*args)
