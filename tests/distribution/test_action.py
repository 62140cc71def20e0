"""The GitHub Action: its steps as a runner starts them, with a release that lies in a folder."""

import hashlib
import json
import re
import shutil
import tomllib
import unittest
from pathlib import Path

import yaml

from common import FIXED, PROGRAM, ROOT, SLOW, TOOLS, Scratch, version

TARGET = "x86_64-unknown-linux-musl"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
RELEASE = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")

CURL = """\
#!/bin/sh
for word; do url=$word; done
while [ "$1" != --output ]; do shift; done
echo "$url" >>"$LOG"
cp "$ARCHIVES/${url##*/}" "$2" 2>/dev/null || exit 22
"""
CARGO = """\
#!/bin/sh
echo "cargo $*" >>"$LOG"
while [ "$1" != --root ]; do shift; done
cp "$BUILT" "$2/bin/scalecliff"
"""


def step(steps, name):
    return next(step for step in steps if step.get("name") == name)


class Action(Scratch):
    def setUp(self):
        super().setUp()
        self.write("bin/curl", CURL, mode=0o755)
        self.write("bin/cargo", CARGO, mode=0o755)
        self.log = self.write("log", "")
        self.summary = self.write("summary.md", "")
        self.archives = self.folder / "archives"
        self.archives.mkdir()
        self.write("runner/keep", "")

    def run_step(self, name, context, status=0, cwd=None):
        """What a step prints, and its outputs."""
        found = step(ACTION["runs"]["steps"], name)
        context = {f"inputs.{name}": value["default"] for name, value in ACTION["inputs"].items()} | context
        outputs = self.write("outputs", "")
        env = {key: EXPRESSION.sub(lambda match: context[match[1]], value) for key, value in found["env"].items()}
        env |= {
            "PATH": f"{self.folder / 'bin'}:{TOOLS}:/usr/bin:/bin",
            "LOG": str(self.log),
            "ARCHIVES": str(self.archives),
            "BUILT": str(PROGRAM),
            "RUNNER_TEMP": str(self.folder / "runner"),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        self.assertEqual(found["shell"], "bash")
        script = self.write("step.sh", found["run"])
        printed = self.run_command(
            "bash", "--noprofile", "--norc", "-eo", "pipefail", script, status=status, cwd=cwd, env=env
        )
        return printed, dict(line.split("=", 1) for line in outputs.read_text().splitlines())

    def install(self, status=0, **inputs):
        context = {
            "github.action_repository": "scalecliff/scalecliff",
            "github.server_url": "https://github.com",
            "github.action_path": str(ROOT),
        }
        return self.run_step("Install", context | {f"inputs.{name}": value for name, value in inputs.items()}, status)

    def check(self, status, cwd=None, **inputs):
        context = {"steps.install.outputs.program": str(PROGRAM)}
        context |= {f"inputs.{name}": value for name, value in inputs.items()}
        return self.run_step("Check", context, status, cwd=cwd)

    def archive(self):
        """Packs the program as the release does."""
        program = self.folder / f"release/target/{TARGET}/release/scalecliff"
        program.parent.mkdir(parents=True)
        shutil.copyfile(PROGRAM, program)
        program.chmod(0o755)
        for name in ("LICENSE-APACHE", "LICENSE-MIT", "README.md"):
            shutil.copyfile(ROOT / name, self.folder / "release" / name)
        script = step(RELEASE["jobs"]["build"]["steps"], "Archive")["run"]
        self.run_command("bash", "-e", "-c", script, cwd=self.folder / "release", env={"TARGET": TARGET})
        shutil.rmtree(self.archives)
        shutil.copytree(self.folder / "release/archives", self.archives)

    def test_it_installs_its_own_release(self):
        self.archive()
        _, outputs = self.install()
        self.assertIn(version(), self.run_command(outputs["program"], "--version"))
        base = f"https://github.com/scalecliff/scalecliff/releases/download/v{version()}/scalecliff-{TARGET}"
        self.assertEqual(self.log.read_text().split(), [f"{base}.tar.gz", f"{base}.tar.gz.sha256"])

    def test_it_refuses_an_archive_that_was_changed(self):
        self.archive()
        with next(self.archives.glob("*.tar.gz")).open("ab") as archive:
            archive.write(b"more")
        output, outputs = self.install(status=1)
        self.assertIn("FAILED", output)
        self.assertEqual(outputs, {})

    def test_without_a_release_it_builds_its_own_source(self):
        _, outputs = self.install()
        self.assertIn(version(), self.run_command(outputs["program"], "--version"))
        call = self.log.read_text().splitlines()[-1]
        self.assertIn("cargo install --locked", call)
        self.assertIn(f"--path {ROOT / 'crates/scalecliff'}", call)

    def test_it_builds_no_other_release_than_its_own(self):
        output, outputs = self.install(version="v99.0.0", status=1)
        self.assertIn("::error", output)
        self.assertNotIn("cargo", self.log.read_text())
        self.assertEqual(outputs, {})

    def test_findings_fail_the_job_and_are_reported_everywhere(self):
        output, outputs = self.check(1, paths=str(SLOW))
        self.assertIn("::error ", output)
        sarif = json.loads(Path(outputs["sarif"]).read_text())
        self.assertTrue(sarif["runs"][0]["results"])
        self.assertIn("connection-per-request", self.summary.read_text())

    def test_no_findings(self):
        _, outputs = self.check(0, paths=str(FIXED))
        self.assertEqual(json.loads(Path(outputs["sarif"]).read_text())["runs"][0]["results"], [])

    def test_without_a_report_there_is_nothing_to_upload(self):
        _, outputs = self.check(3, paths="no/such/folder")
        self.assertEqual(outputs, {})
        upload = step(ACTION["runs"]["steps"], "Upload the findings")
        self.assertIn("steps.check.outputs.sarif != ''", upload["if"])
        self.assertIn("always()", upload["if"])

    def test_inputs_are_words_and_never_code(self):
        shutil.copytree(SLOW, self.folder / "work/my shop")
        shutil.copytree(FIXED, self.folder / "work/--version")
        work = self.folder / "work"
        hostile = "--fail-on never\n --select $(touch$IFS/pwned);touch pwned,pool"
        self.check(2, cwd=work, paths="my shop", args=hostile)
        self.check(3, cwd=work, paths="$(touch pwned)\n`touch pwned`;touch pwned")
        self.check(0, cwd=work, paths="my shop\n--version\n", args="--fail-on  never\n")
        self.assertEqual(sorted(path.name for path in work.iterdir()), ["--version", "my shop"])
        self.assertNotIn("${{", "".join(step.get("run", "") for step in ACTION["runs"]["steps"]))

    def test_cargo_binstall_looks_for_what_a_release_holds(self):
        self.archive()
        manifest = tomllib.loads((ROOT / "crates/scalecliff/Cargo.toml").read_text())
        binstall = manifest["package"]["metadata"]["binstall"]
        values = {"repo": "R", "version": "V", "target": TARGET, "bin": "scalecliff", "binary-ext": ""}

        def fill(text):
            return re.sub(r"\{ ([a-z-]+) \}", lambda match: values[match[1]], text)

        name = fill(binstall["pkg-url"]).split("/")[-1]
        listing = self.run_command("tar", "-tzf", self.archives / name)
        self.assertIn(fill(binstall["bin-dir"]), listing.split())
        built = {entry["target"] for entry in RELEASE["jobs"]["build"]["strategy"]["matrix"]["include"]}
        windows = {target for target in built if "windows" in target}
        self.assertEqual(set(binstall["overrides"]), windows)
        self.assertTrue(all(entry["pkg-url"].endswith(".zip") for entry in binstall["overrides"].values()))


class Checked(Scratch):
    def test_schemas(self):
        workflows = sorted((ROOT / ".github/workflows").iterdir())
        self.run_command("check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml")
        self.run_command("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)

    def test_nothing_in_them_can_be_abused(self):
        self.run_command(
            "zizmor", "--offline", "--persona", "pedantic", ROOT / "action.yml", ROOT / ".github/workflows"
        )


if __name__ == "__main__":
    unittest.main()
