"""The page about hooks and CI: its files are what their readers expect, and its commands work."""

import re
import shutil
import unittest
from pathlib import Path

import yaml

from common import ROOT, SLOW, Scratch, version

PAGE = (ROOT / "crates/scalecliff/CI.md").read_text()
BLOCK = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = BLOCK.findall(PAGE)
SCHEMAS = {
    ".github/workflows/": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "azure-pipelines": "vendor.azure-pipelines",
}
PRE_COMMIT = "pre-commit's own"
# What a server sets, as a shell can have it.
VARIABLES = {"$(Build.ArtifactStagingDirectory)": "$STAGING"}


def schema_of(name):
    """What a file has to follow, if that is known."""
    if name == ".pre-commit-config.yaml":
        return PRE_COMMIT
    return next((schema for start, schema in SCHEMAS.items() if name.startswith(start)), None)


def strings(value):
    """All texts in a tree of YAML."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def commands():
    """The lines of the page's files that start the program."""
    for name, text in FILES:
        texts = strings(yaml.safe_load(text)) if name.endswith((".yml", ".yaml")) else [text]
        for line in "\n".join(texts).splitlines():
            line = re.sub(r"^sh '(.*)'$", r"\1", line.strip()).removeprefix("npx ")
            if line.startswith("scalecliff "):
                yield name, line


class Pages(Scratch):
    def test_every_block_is_a_file(self):
        self.assertEqual(len(FILES), PAGE.count("\n```") / 2)

    def test_files_follow_their_schemas(self):
        for number, (name, text) in enumerate(FILES):
            self.follows_its_schema(name, self.write(f"{number}/{name}", text))
        self.assertEqual({schema_of(name) for name, _ in FILES}, {*SCHEMAS.values(), PRE_COMMIT, None})

    def test_so_do_the_files_that_init_writes(self):
        for server in ("github", "gitlab", "azure"):
            folder = self.folder / server
            folder.mkdir()
            self.repository(folder, "--allow-empty")
            self.run_command("scalecliff", "init", "--yes", "--pre-commit", "--ci", server, cwd=folder)
            written = self.run_command("git", "ls-files", "--others", "-z", cwd=folder).split("\0")[:-1]
            self.assertEqual(len({schema_of(name) for name in written}), 3, written)
            for name in written:
                self.follows_its_schema(name, folder / name)

    def follows_its_schema(self, name, path):
        if name.endswith((".yml", ".yaml")):
            self.assertIsInstance(yaml.safe_load(path.read_text()), dict)
        schema = schema_of(name)
        if schema == PRE_COMMIT:
            self.run_command("pre-commit", "validate-config", path)
        elif schema is not None:
            # Some patterns of the schema for Azure are no Unicode regular expressions.
            self.run_command("check-jsonschema", "--regex-variant", "nonunicode", "--builtin-schema", schema, path)

    def test_commands_work(self):
        shutil.copytree(SLOW, self.folder / "shop")
        self.repository(self.folder / "shop")
        seen = set()
        for name, command in commands():
            for variable, replacement in VARIABLES.items():
                command = command.replace(variable, replacement)
            # Nothing is staged, and some only inform; everything else fails for what is wrong with the shop.
            informs = "--staged" in command or "--fail-on never" in command
            env = {"STAGING": str(self.folder), "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md")}
            with self.subTest(command):
                self.run_command("sh", "-c", command, status=0 if informs else 1, cwd=self.folder / "shop", env=env)
            for report in re.findall(r"--report \w+=(\S+)", command):
                path = Path(report.replace("$STAGING", str(self.folder)).replace('"$GITHUB_STEP_SUMMARY"', "../summary.md"))
                self.assertTrue((self.folder / "shop" / path).is_file(), report)
                self.assertTrue(report.startswith('"$') or PAGE.count(path.name) > 1, f"nobody reads {report}")
            seen.add(name)
        self.assertEqual(len(seen), 9)

    def test_they_name_this_version(self):
        pattern = r"(?:rev: v|scalecliff@v|scalecliff==|tag `v)([^\s`\]]+)"
        for page, count in ((PAGE, 4), ((ROOT / "README.md").read_text(), 2)):
            self.assertEqual(re.findall(pattern, page), [version()] * count)


if __name__ == "__main__":
    unittest.main()
