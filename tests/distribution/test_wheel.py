"""The wheel: built, and installed where nothing else is."""

import email
import sys
import unittest
import zipfile

from common import FIXED, ROOT, SLOW, Scratch, version

QUIET = ["--quiet", "--disable-pip-version-check"]


class Wheel(Scratch):
    def build(self, *command):
        """The wheel that a command builds."""
        self.run_command(*command, self.folder / "wheels", cwd=ROOT)
        (wheel,) = (self.folder / "wheels").iterdir()
        return wheel

    def test_installed_it_is_the_program(self):
        # As `pip install` builds a checkout, for pre-commit too.
        wheel = self.build("pip", "wheel", *QUIET, "--no-deps", ".", "--wheel-dir")
        self.run_command(sys.executable, "-m", "venv", "venv")
        tools = self.folder / "venv/bin"
        self.run_command(tools / "pip", "install", *QUIET, "--no-index", wheel)
        program = tools / "scalecliff"
        self.assertEqual(self.run_command(program, "--version"), f"scalecliff {version()}\n")
        output = self.run_command(program, "check", "--output-format", "concise", SLOW, status=1)
        self.assertIn("connection-per-request", output)
        self.run_command(program, "check", FIXED)
        self.assertNotIn(".symtab", self.run_command("readelf", "--sections", "--wide", program))

    def test_what_is_released(self):
        wheel = self.build("maturin", "build", "--release", "--locked", "--out")
        self.assertRegex(wheel.name, rf"^scalecliff-{version()}-py3-none-manylinux\w+_x86_64\.whl$")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            text = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
        head, _, page = text.partition("\n\n")
        metadata = email.message_from_string(head)
        self.assertEqual(metadata["Version"], version())
        self.assertEqual(metadata["License-Expression"], "MIT OR Apache-2.0")
        self.assertEqual(metadata.get_all("License-File"), ["LICENSE-APACHE", "LICENSE-MIT"])
        self.assertEqual(metadata["Description-Content-Type"].split(";")[0], "text/markdown")
        self.assertEqual(page.strip(), (ROOT / "README.md").read_text().strip())
        for licence in ("LICENSE-APACHE", "LICENSE-MIT"):
            self.assertTrue(any(name.endswith(f".dist-info/licenses/{licence}") for name in names))


if __name__ == "__main__":
    unittest.main()
