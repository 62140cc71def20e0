"""The hooks for pre-commit, with the real pre-commit in scratch repositories."""

import json
import os
import subprocess
import unittest

from common import ENVIRONMENT, PROGRAM, ROOT, Scratch

SHOP = {
    "db.py": 'import psycopg2\n\ndef connect():\n    return psycopg2.connect("dbname=shop")\n',
    "old.py": """\
import redis
from fastapi import FastAPI

app = FastAPI()

@app.get("/old")
def old():
    client = redis.Redis(host="cache")
    return {"size": client.get("size")}
""",
}
NEW = """\
from fastapi import APIRouter
from db import connect

router = APIRouter()

@router.get("/new")
def new():
    connection = connect()
    try:
        return {"open": connection.closed == 0}
    finally:
        connection.close()
"""
HARMLESS = "def double(number):\n    return 2 * number\n"
BLOCKED = "connection-per-request"


class AgentHook(Scratch):
    def test_an_edit_in_a_project_of_a_thousand_files_is_answered_in_time(self):
        handler = NEW.replace("new", "new_{0}").replace("router = APIRouter()", "router = APIRouter()\n" + HARMLESS * 20)
        self.write("shop/db.py", SHOP["db.py"])
        for number in range(1000):
            self.write(f"shop/routes/part{number}.py", handler.replace("{0}", str(number)))
        self.repository(self.folder / "shop")
        self.write("shop/edited.py", SHOP["old.py"])
        payload = {"cwd": str(self.folder / "shop"), "tool_input": {"file_path": str(self.folder / "shop/edited.py")}}
        for _ in range(2):
            done = subprocess.run(
                [PROGRAM, "hook"], input=json.dumps(payload), capture_output=True, text=True, env=ENVIRONMENT
            )
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn("edited.py:", done.stderr)
        self.assertNotIn("no answer within 2 seconds", done.stderr)


class Hooks(Scratch):
    def shop(self, hook, source=None, settings=None):
        """A repository with an old defect and this hook installed."""
        if source is None:
            source = self.folder / "source"
            self.write("source/.pre-commit-hooks.yaml", (ROOT / ".pre-commit-hooks.yaml").read_text())
            # The program is there already.
            settings = "language: system"
        revision = self.repository(source)
        # What is installed is built without optimisation, which takes half the time.
        self.env = {"PRE_COMMIT_HOME": str(self.folder / "cache"), "MATURIN_PEP517_ARGS": "--profile dev"}
        lines = [f"id: {hook}", *([settings] if settings else [])]
        text = f"repos:\n- repo: {source}\n  rev: {revision}\n  hooks:\n  - " + "\n    ".join(lines) + "\n"
        self.write("shop/.pre-commit-config.yaml", text)
        for name, content in SHOP.items():
            self.write(f"shop/{name}", content)
        self.repository(self.folder / "shop")
        self.tool("pre-commit", "install", "--install-hooks")

    def tool(self, *command, status=0):
        return self.run_command(*command, status=status, cwd=self.folder / "shop", env=self.env)

    def git(self, *arguments, status=0):
        return self.tool("git", *arguments, status=status)

    def commit(self, *arguments, status=0):
        return self.git("commit", "--message=change", *arguments, status=status)

    def append(self, name, text):
        path = self.folder / "shop" / name
        path.write_text(path.read_text() + text)

    def baseline(self):
        self.tool("scalecliff", "check", "--quiet", "--update-baseline")
        self.git("add", "scalecliff-baseline.json")
        self.commit("--no-verify")


class Staged(Hooks):
    def setUp(self):
        super().setUp()
        self.shop("scalecliff-staged")

    def test_an_added_defect_blocks_the_commit_and_its_repair_does_not(self):
        self.write("shop/new.py", NEW)
        self.git("add", "new.py")
        output = self.commit(status=1)
        self.assertIn(BLOCKED, output)
        self.assertIn("GET /new", output)
        self.assertNotIn("GET /old", output)
        self.write("shop/new.py", HARMLESS)
        self.git("add", "new.py")
        self.commit()

    def test_an_old_defect_in_the_same_file_does_not_block_it(self):
        self.append("old.py", "\n" + HARMLESS)
        output = self.commit("--all")
        self.assertIn("Passed", output)

    def test_what_is_not_staged_does_not_count(self):
        self.write("shop/fine.py", HARMLESS)
        self.git("add", "fine.py")
        self.append("old.py", '\n@app.get("/more")\ndef more():\n    return redis.Redis(host="cache").get("more")\n')
        self.commit()

    def test_a_commit_of_some_files_is_judged_by_them(self):
        self.write("shop/new.py", NEW)
        self.git("add", "new.py")
        self.append("old.py", "\n" + HARMLESS)
        self.assertIn("Passed", self.commit("old.py"))
        self.assertIn(BLOCKED, self.commit(status=1))

    def test_all_files(self):
        self.assertIn("Passed", self.tool("pre-commit", "run", "--all-files"))


class Files(Hooks):
    def setUp(self):
        super().setUp()
        self.shop("scalecliff")

    def test_without_a_baseline_an_old_defect_counts_in_a_file_that_is_committed(self):
        self.write("shop/fine.py", HARMLESS)
        self.git("add", "fine.py")
        self.commit()
        self.append("old.py", "\n" + HARMLESS)
        self.assertIn(BLOCKED, self.commit("--all", status=1))

    def test_with_a_baseline_only_an_added_defect_blocks(self):
        self.baseline()
        self.append("old.py", "\n" + HARMLESS)
        self.commit("--all")
        self.write("shop/new.py", NEW)
        self.git("add", "new.py")
        output = self.commit(status=1)
        # The cost lies in a file that is not committed.
        self.assertIn("db.py", output)
        self.assertIn("GET /new", output)

    def test_all_files(self):
        self.assertIn("GET /old", self.tool("pre-commit", "run", "--all-files", status=1))
        self.baseline()
        self.assertIn("Passed", self.tool("pre-commit", "run", "--all-files"))

    def test_other_files_do_not_start_it(self):
        self.write("shop/notes.md", "# Notes\n")
        self.git("add", "notes.md")
        self.assertIn("Skipped", self.commit())


@unittest.skipUnless("SCALECLIFF_TEST_INSTALL" in os.environ, "builds everything anew; SCALECLIFF_TEST_INSTALL=1 runs it")
class Installed(Hooks):
    """As a user has it: pre-commit clones this repository and builds the program."""

    def test_the_repository_can_be_installed(self):
        source = self.folder / "source"
        for name in self.run_command("git", "ls-files", "-z", cwd=ROOT).split("\0")[:-1]:
            if (ROOT / name).is_file():
                target = source / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((ROOT / name).read_bytes())
        self.run_command("git", "init", "--quiet", cwd=source)
        self.shop("scalecliff", source=source)
        self.assertIn("GET /old", self.tool("pre-commit", "run", "--all-files", status=1))


if __name__ == "__main__":
    unittest.main()
