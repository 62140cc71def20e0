"""The npm packages: assembled, packed and installed; and how the launcher ends."""

import json
import os
import shutil
import signal
import subprocess
import unittest

import yaml

from common import ENVIRONMENT, FIXED, PROGRAM, ROOT, SLOW, Scratch, version

TARGET = "x86_64-unknown-linux-gnu"
ASSEMBLE = ROOT / "crates/scalecliff/npm/assemble.mjs"
TARGETS = [
    *(f"{cpu}-{system}" for system in ("unknown-linux-gnu", "unknown-linux-musl", "apple-darwin") for cpu in ("x86_64", "aarch64")),
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
]


class Packages(Scratch):
    def install(self, program):
        """The launcher in a clean folder with both packages installed from their tarballs, and nothing else reached."""
        self.run_command("node", ASSEMBLE, "packages", version(), f"{TARGET}={program}")
        folders = sorted((self.folder / "packages").iterdir())
        self.run_command("npm", "pack", "--silent", "--pack-destination", ".", *folders)
        tarballs = sorted(self.folder.glob("*.tgz"))
        self.assertEqual(len(tarballs), 2)
        self.write("app/package.json", '{"private": true}')
        self.npm("install", "--offline", "--no-audit", "--no-fund", *tarballs)
        self.assertEqual(list((self.folder / "app/node_modules/.bin").iterdir()), [self.launcher])

    def npm(self, *arguments, status=0):
        return self.run_command("npm", *arguments, status=status, cwd=self.folder / "app")

    @property
    def launcher(self):
        return self.folder / "app/node_modules/.bin/scalecliff"

    def fake(self, script):
        """Installs a program in place of the real one."""
        self.install(self.write("fake", f"#!/bin/sh\n{script}\n", mode=0o755))

    def test_installed_it_is_the_program(self):
        self.install(PROGRAM)
        output = self.run_command("npx", "--offline", "scalecliff", "--version", cwd=self.folder / "app")
        self.assertEqual(output, f"scalecliff {version()}\n")
        output = self.run_command(self.launcher, "check", "--output-format", "concise", SLOW, status=1)
        self.assertIn("connection-per-request", output)
        self.run_command(self.launcher, "check", FIXED)
        self.run_command(self.launcher, "check", "--no-such-option", status=2)
        for package in ("scalecliff", "@scalecliff/cli-linux-x64-gnu"):
            folder = self.folder / "app/node_modules" / package
            self.assertTrue((folder / "LICENSE-MIT").is_file() and (folder / "LICENSE-APACHE").is_file())
            self.assertNotIn("scripts", json.loads((folder / "package.json").read_text()))

    def test_a_program_that_a_signal_ends_is_no_success(self):
        self.fake("kill -KILL $$")
        self.run_command(self.launcher, status=128 + signal.SIGKILL)

    def test_a_signal_that_people_send_is_passed_up(self):
        self.fake("kill -TERM $$")
        self.run_command(self.launcher, status=-signal.SIGTERM)

    def test_a_signal_that_people_send_is_passed_down(self):
        self.fake("trap 'echo stopped; exit 7' TERM; echo ready; while :; do sleep 0.05; done")
        started = subprocess.Popen(
            [self.launcher], stdout=subprocess.PIPE, env=ENVIRONMENT, text=True, start_new_session=True
        )
        self.addCleanup(self.end, started)
        self.assertEqual(started.stdout.readline(), "ready\n")
        os.kill(started.pid, signal.SIGTERM)
        self.assertEqual(started.communicate(timeout=30)[0], "stopped\n")
        self.assertEqual(started.returncode, 7)

    def end(self, started):
        """Ends whatever is left of a launcher that failed its test."""
        started.stdout.close()
        try:
            os.killpg(started.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        started.wait()

    def test_where_there_is_no_glibc_it_wants_the_program_for_musl(self):
        self.fake("exit 0")
        pretend = self.write("pretend.js", "process.report.getReport = () => ({ header: {} });")
        output = self.run_command("node", "--require", pretend, self.launcher, status=4)
        self.assertIn("@scalecliff/cli-linux-x64-musl is not installed", output)

    def test_a_release_has_a_package_for_each_platform(self):
        for target in TARGETS:
            self.write(f"scalecliff-{target}/scalecliff{'.exe' if 'windows' in target else ''}", "")
            archive = self.folder / f"archives/scalecliff-{target}"
            kind = "zip" if "windows" in target else "gztar"
            shutil.make_archive(archive, kind, root_dir=self.folder, base_dir=f"scalecliff-{target}")
        (self.folder / "crates").symlink_to(ROOT / "crates")
        steps = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]["packages"]["steps"]
        script = next(step["run"] for step in steps if step.get("name") == "Assemble")
        self.run_command("bash", "-eo", "pipefail", "-c", script, env={"VERSION": "1.2.3"})
        self.assertEqual(len(list(self.folder.glob("tarballs/*.tgz"))), len(TARGETS) + 1)
        manifests = {
            path.parent.name: json.loads(path.read_text()) for path in self.folder.glob("packages/*/package.json")
        }
        launcher = manifests.pop("scalecliff")
        self.assertEqual(len(manifests), len(TARGETS))
        names = {manifest["name"]: manifest["version"] for manifest in manifests.values()}
        self.assertEqual(launcher["optionalDependencies"], names)
        self.assertEqual(manifests["cli-linux-arm64-musl"]["libc"], ["musl"])
        self.assertEqual(manifests["cli-win32-arm64"]["os"], ["win32"])
        self.assertTrue((self.folder / "packages/cli-win32-arm64/bin/scalecliff.exe").is_file())
        program = self.folder / "packages/cli-linux-x64-gnu/bin/scalecliff"
        output = self.run_command("node", ASSEMBLE, "other", "1.2.3", f"sparc-sun-solaris={program}", status=1)
        self.assertIn("sparc-sun-solaris: not one of", output)


if __name__ == "__main__":
    unittest.main()
