# Part of `.ci/run`: what others wrote to break parsers, as far as package registries have it. Uses `step`, `fail`, `$work`.

step "corpora: a third of the tests of two parsers, of SQL in a dozen dialects, and of the sources of the dependencies"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work/corpora" \
    test262-parser-tests@0.0.5 rxjs@7.8.2
mkdir -p "$work/dialects/src"
touch "$work/dialects/src/lib.rs"
printf '%s\n' '[workspace]' '[package]' 'name = "dialects"' '[dependencies]' 'sqruff-lib-dialects = "=0.44.0"' \
    >"$work/dialects/Cargo.toml"
# folder MANIFEST PACKAGE: where cargo keeps the package's sources.
folder() {
    cargo metadata --quiet --format-version 1 --manifest-path "$1" | python3 -c '
import json, os, sys
packages = json.load(sys.stdin)["packages"]
print(next(os.path.dirname(package["manifest_path"]) for package in packages if package["name"] == sys.argv[1]))' "$2"
}
cargo xtask corpus --sample 3 --seconds 60 \
    "$work/corpora/node_modules/test262-parser-tests" "$work/corpora/node_modules/rxjs/src" \
    "$(folder "$work/dialects/Cargo.toml" sqruff-lib-dialects)" \
    "$(folder Cargo.toml ruff_python_parser)" "$(folder Cargo.toml sqlparser)" "$(folder Cargo.toml serde)" ||
    fail "some file is too much for the analysis"
