"""What the tests of the distribution share: the program, scratch folders, commands and repositories."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SCALECLIFF", ROOT / "target/release/scalecliff")).resolve()
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
TOOLS = Path(sys.executable).parent
SLOW = ROOT / "fixtures/vibe-shop/slow"
FIXED = ROOT / "fixtures/vibe-shop/fixed"

# Nobody's git configuration, no outer repository, none of the variables by which servers describe a change, and no agent.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "CI", "PRE_COMMIT"))
} | {
    "CARGO_TARGET_DIR": str(TARGET),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_{what}": f"{who.lower()}@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    "SCALECLIFF_OUTPUT_FORMAT": "text",
    "PATH": os.pathsep.join([str(TOOLS), str(PROGRAM.parent), os.environ["PATH"]]),
}


def version():
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


class Scratch(unittest.TestCase):
    """A test in a folder of its own."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text, mode=None):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if mode is not None:
            path.chmod(mode)
        return path

    def run_command(self, *command, status=0, cwd=None, env=None):
        """Everything that a command prints, which must end with this status."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd or self.folder,
            env=ENVIRONMENT | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.assertEqual(done.returncode, status, f"{' '.join(map(str, command))}\n{done.stdout}")
        return done.stdout

    def repository(self, folder, *options):
        """Makes a folder a repository with everything in it committed, and gives the commit."""
        self.run_command("git", "init", "--quiet", "--initial-branch=main", cwd=folder)
        self.run_command("git", "add", "--all", cwd=folder)
        self.run_command("git", "commit", "--quiet", "--message=start", *options, cwd=folder)
        return self.run_command("git", "rev-parse", "HEAD", cwd=folder).strip()
