#!/usr/bin/env python3
"""Builds the fuzz targets and runs each for a while, from seeds that it makes of the fixtures and pages.

    tests/fuzz/run.py --seconds 10 [TARGET ...]

Needs cargo-fuzz and a C++ compiler. What crashes stays in tests/fuzz/artifacts/TARGET; the corpora, which grow from run to
run, in --work. Exit status 1 if a target found something.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONGEST_SEED = 32 << 10
ENDINGS = {
    "python": (".py",),
    "javascript": (".js", ".mjs", ".cjs", ".jsx"),
    "typescript": (".ts", ".tsx"),
    "rust": (".rs",),
    "sql_file": (".sql", ".prisma"),
    "models": (".toml",),
}
SEEDS = {
    "settings": [
        b'select = ["pool"]\nignore = ["n-plus-one"]\n[severity]\nquery = "info"\n[[overrides]]\npaths = ["a/*"]\nignore = ["pool"]\n'
        b'[facts]\nconnection-limit = 20\n[[model]]\nlanguage = "python"\npackages = ["x"]\n',
        b'[tool.scalecliff]\nexclude = ["legacy", "a/**"]\nfail-on = "error"\n',
        b'{"scalecliff": {"select": ["pool"], "facts": {"pooler": true}}}',
    ],
    "directives": [
        b"f()  # scalecliff: ignore[n-plus-one] three\n// scalecliff: ignore-file[pool]\n-- scalecliff: ignore[a, b]\n",
    ],
    "baseline": [
        b'{"version": 1, "scalecliff": "0.1.0", "findings": [\n{"path": "a.py", "rule": "n-plus-one", "symbol": "f", "fingerprint": "00"}\n]}',
    ],
    "diff": [
        b"diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,3 @@ def f():\n a\n-b\n+c\n+d\n"
        b'--- "a/\\303\\251"\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\nrename to y\n\\ No newline at end of file\n',
    ],
    "outputs": [bytes(range(256)) * 4],
}


def texts():
    """Paths and texts of the fixtures, the blocks of the pages, and the models."""
    for path in sorted((ROOT / "fixtures").rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()
    for path in sorted((ROOT / "rules").rglob("*.md")) + sorted((ROOT / "tests" / "cases").rglob("*.md")):
        for language, text in FENCE.findall(path.read_text()):
            yield "block." + {"python": "py", "javascript": "js", "typescript": "ts", "rust": "rs"}.get(language, language), text.encode()
    for path in sorted((ROOT / "rules" / "models").rglob("*.toml")):
        yield path.name, path.read_bytes()


def seeds():
    """For each target, its first inputs."""
    found = {target: list(inputs) for target, inputs in SEEDS.items()}
    by_ending = {}
    for name, text in texts():
        if len(text) <= LONGEST_SEED:
            by_ending.setdefault(pathlib.PurePath(name).suffix, []).append(text)
    for target, endings in ENDINGS.items():
        found[target] = [text for ending in endings for text in by_ending.get(ending, [])]
    sources = [by_ending.get(ending, []) for ending in (".py", ".ts", ".rs", ".sql")]
    python, typescript, rust, sql = sources
    found["sql_text"] = sql
    found["program"] = [b"\n===\n".join([a, a[:0], b]) for a, b in zip(python, typescript)] + [b"\n===\n" * 4 + text for text in rust]
    found["schema"] = [bytes([choice]) + text for choice, texts in enumerate([sql, python, python, typescript, typescript, typescript, rust, sql]) for text in texts]
    return found


def targets():
    return sorted(path.stem for path in (HERE / "targets").glob("*.rs"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("targets", nargs="*", metavar="TARGET", help="default: all")
    arguments.add_argument("--seconds", type=int, default=10, help="for each target")
    arguments.add_argument("--work", type=pathlib.Path, default=HERE / "corpus", help="where the corpora are kept")
    options = arguments.parse_args()
    chosen = options.targets or targets()
    unknown = [name for name in chosen if name not in targets()]
    if unknown:
        arguments.error(f"no such target: {', '.join(unknown)} (there are {', '.join(targets())})")

    # `-s none`: our crates forbid `unsafe`, so there is nothing for a sanitizer to find, and none needs a nightly compiler.
    build = ["cargo", "fuzz", "build", "--fuzz-dir", str(HERE), "--sanitizer", "none", "--release"]
    environment = {**os.environ, "CARGO_INCREMENTAL": "0"}
    subprocess.run(build, check=True, env=environment)
    inputs = seeds()
    failed = []
    for target in chosen:
        corpus = options.work / target
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(inputs.get(target, [])):
            (corpus / f"seed-{number}").write_bytes(seed)
        artifacts = HERE / "artifacts" / target
        artifacts.mkdir(parents=True, exist_ok=True)
        # Names are interned for good, so memory grows with the number of runs; `-timeout` is in seconds for one input.
        run = ["cargo", "fuzz", "run", "--fuzz-dir", str(HERE), "--sanitizer", "none", "--release", target, str(corpus), "--"]
        run += [f"-max_total_time={options.seconds}", "-timeout=20", "-rss_limit_mb=6000", "-max_len=32768", "-print_final_stats=1"]
        result = subprocess.run(run, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        count = re.search(r"number_of_executed_units: (\d+)", result.stdout)
        print(f"{target}: {count.group(1) if count else '?'} inputs, {'ok' if result.returncode == 0 else 'FAILED'}", flush=True)
        if result.returncode:
            failed.append(target)
            print("\n".join(result.stdout.splitlines()[-40:]), flush=True)
    if failed:
        sys.exit(f"found something: {', '.join(failed)} (see {HERE / 'artifacts'})")


if __name__ == "__main__":
    main()
