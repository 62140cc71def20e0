# Part of `.ci/run`: every report as its readers see it. Uses `step`, `fail`, `expect`, `$scalecliff`, `$app`, `$work`.

checks=.ci/reports.py
python3 $checks programs "$work/programs"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check check-jsonschema==0.38.1 sarif-tools==3.0.5 cmarkgfm==2025.10.22

# report NAME FOLDER PATH: what there is to say of a path, started in a folder, in every format.
report() {
    local targets=() status=0 format
    mkdir -p "$work/reports/$1"
    for format in $formats; do
        targets+=(--report "$format=$work/reports/$1/report.$format")
    done
    (cd "$2" && "$scalecliff" check --quiet "${targets[@]}" "$3" >/dev/null) || status=$?
    [ $status -le 1 ] || fail "exit status $status for $1"
}

step "reports of every fixture, of nothing, of 6,000 findings, of odd and of hostile names"
command -v "$scalecliff" >/dev/null || fail "no $scalecliff"
scalecliff=$(realpath "$scalecliff")
for fixture in fixtures/vibe-shop/* fixtures/models/*; do
    if [ -d "$fixture" ]; then report "$(basename "$fixture")" . "$fixture"; fi
done
for program in nothing many odd hostile; do
    report $program "$work/programs/$program" .
done
for folder in "$work"/reports/*; do
    python3 $checks well_formed "$folder" "$work/programs"
done
python3 $checks columns "$work/reports/odd" "$work/programs/odd"
"$work/venv/bin/python" $checks markdown "$work/reports/hostile" "$work/programs/hostile"

step "what is accepted, where it is asked for"
mkdir -p "$work/accepted" "$work/reports/accepted"
cp -r $app/slow "$work/accepted/app"
(cd "$work/accepted" && "$scalecliff" check --quiet --select pool --update-baseline)
(cd "$work/accepted" && "$scalecliff" check --quiet --select leak --add-ignore="until the move")
for format in sarif json; do
    expect 1 "$scalecliff" check --quiet --show-suppressed --output-format $format \
        --baseline "$work/accepted/scalecliff-baseline.json" "$work/accepted" >"$work/reports/accepted/report.$format"
done
python3 $checks accepted "$work/reports/accepted"

step "the same paths from a folder below the root"
report below $app slow
for format in sarif gitlab github rdjson sonar; do
    cmp "$work/reports/slow/report.$format" "$work/reports/below/report.$format"
done

step "JSON against its schema"
schema=$PWD/crates/report/schemas/report.schema.json
"$work/venv/bin/check-jsonschema" --check-metaschema "$schema"
"$work/venv/bin/check-jsonschema" --schemafile "$schema" "$work"/reports/*/report.json
mkdir "$work/lines"
split --lines=1 --suffix-length=4 --additional-suffix=.json "$work/reports/slow/report.jsonl" "$work/lines/slow"
split --lines=1 --suffix-length=4 --additional-suffix=.json "$work/reports/hostile/report.jsonl" "$work/lines/hostile"
python3 -c '
import json, sys
schema = json.load(open(sys.argv[1]))
print(json.dumps({"$defs": schema["$defs"], "$ref": "#/$defs/line"}))' "$schema" >"$work/line.schema.json"
"$work/venv/bin/check-jsonschema" --schemafile "$work/line.schema.json" "$work"/lines/*.json

step "SARIF against the official schema and GitHub's rules"
# The package carries a copy of the schema.
mkdir -p "$work/schema/src"
touch "$work/schema/src/lib.rs"
printf '%s\n' '[workspace]' '[package]' 'name = "schema"' '[dependencies]' 'serde-sarif = "=0.8.0"' >"$work/schema/Cargo.toml"
schema=$(cargo metadata --quiet --format-version 1 --manifest-path "$work/schema/Cargo.toml" | python3 -c '
import json, os, sys
packages = json.load(sys.stdin)["packages"]
manifest = next(package["manifest_path"] for package in packages if package["name"] == "serde-sarif")
print(os.path.join(os.path.dirname(manifest), "src", "schema.json"))')
# One pattern of the schema is no Unicode regular expression.
"$work/venv/bin/check-jsonschema" --regex-variant nonunicode --schemafile "$schema" "$work"/reports/*/report.sarif

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work/npm" @microsoft/sarif-multitool-linux@5.7.0
multitool=$work/npm/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
chmod +x "$multitool"
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
# Its exit status is 0 whatever it finds.
complains() {
    "$multitool" validate "$1" --rule-kind 'Sarif;Ghas' --level 'Error;Warning' \
        --max-file-size-in-kb 100000 >"$work/complaints.txt" ||
        fail "the validator failed on $1"
    grep -E ' (error|warning) ' "$work/complaints.txt"
}
echo '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {"text": "x"}}]}]}' \
    >"$work/incomplete.sarif"
complains "$work/incomplete.sarif" >"$work/expected.txt" || fail "the validator accepts an incomplete log"
for folder in "$work"/reports/*; do
    if complains "$folder/report.sarif"; then fail "$folder/report.sarif breaks GitHub's rules"; fi
    [[ $folder == */accepted ]] || python3 $checks summary "$folder" "$("$work/venv/bin/sarif" summary "$folder/report.sarif")"
done

step "the page in a browser"
if ! command -v chromium >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi
# browse PAGE NAME: the document as the browser makes it, and what it says on the console.
browse() {
    timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync \
        --disable-background-networking --disable-component-update --disable-dev-shm-usage \
        --user-data-dir="$(mktemp -d -p "$work")" --enable-logging=stderr --dump-dom "file://$1" >"$2.dom" 2>"$2.log"
}
sed 's/<script>/<script>x;/' "$work/reports/slow/report.html" >"$work/tampered.html"
browse "$work/tampered.html" "$work/tampered"
grep -q "CONSOLE.*Content Security Policy" "$work/tampered.log" || fail "the browser runs a script that is not ours"
for name in slow hostile; do
    browse "$work/reports/$name/report.html" "$work/reports/$name/page"
    python3 $checks page "$work/reports/$name" "$work/programs"
done
# Somebody looks for an endpoint and wants errors only.
sed -e 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' "$work/reports/slow/report.html" >"$work/filtered.html"
cat >>"$work/filtered.html" <<'EOF'
<script>
    const filter = document.getElementById("filter");
    filter.elements.text.value = " get /PRODUCTS";
    filter.elements.severity.forEach((box) => (box.checked = box.value === "error"));
    filter.dispatchEvent(new Event("input"));
</script>
EOF
browse "$work/filtered.html" "$work/reports/slow/filtered"
python3 $checks filtered "$work/reports/slow" "get /products"
