#!/usr/bin/env node
// Starts the program of this platform, which is in a package of its own, and ends as the program ends.
"use strict";

const { spawn } = require("node:child_process");
const os = require("node:os");

const INTERNAL_ERROR = 4;
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The packages that may hold a program for this machine, the best first. */
function packages() {
  const name = `@scalecliff/cli-${process.platform}-${process.arch}`;
  if (process.platform !== "linux") return [name];
  process.report.excludeNetwork = true;
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  // The program for musl is linked statically and runs everywhere.
  return isGlibc ? [`${name}-gnu`, `${name}-musl`] : [`${name}-musl`];
}

function find(names) {
  const file = process.platform === "win32" ? "scalecliff.exe" : "scalecliff";
  for (const name of names) {
    try {
      return require.resolve(`${name}/bin/${file}`);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return undefined;
}

function fail(message) {
  console.error(`scalecliff: ${message}`);
  process.exit(INTERNAL_ERROR);
}

const names = packages();
const program = find(names);
if (program === undefined) {
  fail(`${names[0]} is not installed: either this platform is not supported, or optional dependencies were left out`);
}

// A signal that comes while the program is started is handled when it has been.
for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => fail(error.message));
child.on("exit", (status, signal) => {
  if (signal === null) process.exit(status);
  if (FORWARDED.includes(signal) && process.platform !== "win32") {
    // Whoever waits for this process shall see the signal too: a shell ends its script after an interrupt.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exitCode = 128 + os.constants.signals[signal];
});
