// Lays out the npm packages: node assemble.mjs OUT VERSION TARGET=PROGRAM...
// One package with the launcher, and one for each program that is given. Each lies in a folder of OUT, ready for `npm publish`.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const PLATFORMS = {
  "x86_64-unknown-linux-gnu": { os: "linux", cpu: "x64", libc: "glibc", suffix: "-gnu" },
  "aarch64-unknown-linux-gnu": { os: "linux", cpu: "arm64", libc: "glibc", suffix: "-gnu" },
  "x86_64-unknown-linux-musl": { os: "linux", cpu: "x64", libc: "musl", suffix: "-musl" },
  "aarch64-unknown-linux-musl": { os: "linux", cpu: "arm64", libc: "musl", suffix: "-musl" },
  "x86_64-apple-darwin": { os: "darwin", cpu: "x64" },
  "aarch64-apple-darwin": { os: "darwin", cpu: "arm64" },
  "x86_64-pc-windows-msvc": { os: "win32", cpu: "x64" },
  "aarch64-pc-windows-msvc": { os: "win32", cpu: "arm64" },
};

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, "..", "..", "..");
const LICENCES = ["LICENSE-APACHE", "LICENSE-MIT"];

/** Writes a package's manifest and licences into a new folder. */
function begin(out, folder, manifest) {
  const target = path.join(out, folder);
  fs.mkdirSync(path.join(target, "bin"), { recursive: true });
  fs.writeFileSync(path.join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const licence of LICENCES) fs.copyFileSync(path.join(root, licence), path.join(target, licence));
  return target;
}

function platformPackage(out, version, common, target, program) {
  const platform = PLATFORMS[target];
  if (platform === undefined) throw new Error(`${target}: not one of ${Object.keys(PLATFORMS).join(", ")}`);
  const { os, cpu, libc, suffix = "" } = platform;
  const folder = `cli-${os}-${cpu}${suffix}`;
  const name = `@scalecliff/${folder}`;
  const description = `The program of scalecliff for ${target}`;
  const only = libc === undefined ? { os: [os], cpu: [cpu] } : { os: [os], cpu: [cpu], libc: [libc] };
  const { license, repository, files } = common;
  // Yarn's zip files cannot be executed.
  const manifest = { name, version, description, license, repository, files, ...only, preferUnplugged: true };
  const place = begin(out, folder, manifest);
  const file = path.join(place, "bin", os === "win32" ? "scalecliff.exe" : "scalecliff");
  fs.copyFileSync(program, file);
  fs.chmodSync(file, 0o755);
  fs.writeFileSync(path.join(place, "README.md"), `# ${name}\n\n${description}. Install \`scalecliff\` instead.\n`);
  return name;
}

const [out, version, ...programs] = process.argv.slice(2);
if (programs.length === 0) throw new Error("usage: node assemble.mjs OUT VERSION TARGET=PROGRAM...");

const common = JSON.parse(fs.readFileSync(path.join(here, "package.json"), "utf8"));
const optionalDependencies = {};
for (const argument of programs) {
  const [target, program] = argument.split("=", 2);
  optionalDependencies[platformPackage(out, version, common, target, program)] = version;
}
const launcher = begin(out, "scalecliff", { ...common, version, optionalDependencies });
fs.copyFileSync(path.join(here, "bin", "scalecliff.js"), path.join(launcher, "bin", "scalecliff.js"));
fs.chmodSync(path.join(launcher, "bin", "scalecliff.js"), 0o755);
fs.copyFileSync(path.join(here, "README.md"), path.join(launcher, "README.md"));
