//! The page that people hand on.

use ir::finding::Severity;
use ir::{Span, Symbol};
use report::{Note, Report, Summary};

use super::samples::{DB, ROUTES, RULES, at, connection_finding, plain_finding, report, sources};

/// The text between the first `start` and the next `end`.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(end).map_or("", |(part, _)| part)
}

#[test]
fn the_page_shows_what_breaks_where_and_how() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let note = plain_finding(at(&sources, "app/routes.py", "get_all()"), Severity::Info);
    let page = report::render_html(&report(vec![connection_finding(&sources), note], &sources), "1.2.3");
    let parts = [
        "<title>scalecliff: 2 findings in 2 of 2 files (1 error, 1 note)</title>",
        "<h2>What breaks first</h2>",
        "<a href=\"#connection-per-request\">A connection is opened for every request</a>",
        "<h2>By endpoint</h2>",
        "data-text=\"GET /users\"><code>GET /users</code></a>",
        "<h2>By family</h2>",
        "<td class=\"name\">Connections and pools</td>",
        "id=\"f1\" data-severity=\"error\" data-family=\"pool\" open>",
        "id=\"f2\" data-severity=\"info\" data-family=\"query\">",
        "<span class=\"row\"><span class=\"number\">2</span>    conn = <mark>psycopg2.connect(DSN)</mark></span>",
        "<span class=\"label\">↑ opened here</span>",
        "GET /users <code class=\"place\">app/routes.py:1:1</code><code class=\"line\">@app.get(&quot;/users&quot;)</code>",
        "<code>psycopg_pool.ConnectionPool</code>, made once at import",
        "scalecliff 1.2.3.",
    ];
    for part in parts {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains("<h2>Reached"), "no empty parts");
}

#[test]
fn a_page_without_findings_says_so_and_what_is_missing() {
    let sources = sources(&[]);
    let note = Note { subject: Symbol::new("<big>.py"), reason: "larger than 2 MiB".to_owned() };
    let summary = Summary { files: 3, left_out: vec![note], below_confidence: 2, ..Summary::default() };
    let page = report::render_html(&Report::new(Vec::new(), &RULES, &sources, summary), "1.2.3");
    assert!(page.contains("Nothing found in 3 files."), "{page}");
    assert!(page.contains("<code>&lt;big&gt;.py</code>: larger than 2 MiB"), "{page}");
    assert!(page.contains("Not in this report: 1 file left out, 2 findings of lower confidence."), "{page}");
}

#[test]
fn thousands_of_findings_do_not_make_a_page_that_no_browser_opens() {
    let text = "query()\n".repeat(6_000);
    let sources = sources(&[("a.py", &text)]);
    let findings = (0..6_000).map(|index| {
        let mut finding = plain_finding(at(&sources, "a.py", "query()"), Severity::Warning);
        finding.primary.span = Span::new(index * 8, index * 8 + 7);
        finding
    });
    let page = report::render_html(&report(findings.collect(), &sources), "1.2.3");
    assert!(page.len() < 3 << 20, "{} bytes", page.len());
    assert!(page.contains("The 1000 most severe; 5000 more not shown."));
}

#[test]
fn the_page_loads_nothing_and_runs_nothing_but_its_own() {
    let sources = sources(&[("app/db.py", DB), ("app/routes.py", ROUTES)]);
    let page = report::render_html(&report(vec![connection_finding(&sources)], &sources), "1.2.3");
    for outside in [" src=", "@import", "url(", "href=\"http", " style=\"", " onclick", "javascript:"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
    for (kind, start, end) in [("style", "<style>", "</style>"), ("script", "<script>", "</script>")] {
        let hash = base64(&sha256(between(&page, start, end).as_bytes()));
        assert!(policy.contains(&format!("{kind}-src 'sha256-{hash}'")), "{kind}-src must be 'sha256-{hash}'");
    }
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let fraction = |root: f64| ((root.fract()) * 4_294_967_296.0) as u32;
    let primes = || (2u32..).filter(|number| (2..*number).all(|divisor| number % divisor != 0)).map(f64::from);
    let constants: Vec<u32> = primes().take(64).map(|prime| cube_root_fraction(prime as u64)).collect();
    let mut state: Vec<u32> = primes().take(8).map(|prime| fraction(prime.sqrt())).collect();
    let mut message = bytes.to_vec();
    message.push(0x80);
    message.resize((message.len() + 8).next_multiple_of(64) - 8, 0);
    message.extend((8 * bytes.len() as u64).to_be_bytes());
    for block in message.chunks(64) {
        let mut w: Vec<u32> =
            block.chunks(4).map(|word| word.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))).collect();
        for i in 16..64 {
            let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
            let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
            w.push(w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1));
        }
        let mut v = state.clone();
        for i in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = v[4] & v[5] ^ !v[4] & v[6];
            let one = v[7].wrapping_add(s1).wrapping_add(choice).wrapping_add(constants[i]).wrapping_add(w[i]);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2];
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(one);
            v[0] = one.wrapping_add(s0).wrapping_add(majority);
        }
        state.iter_mut().zip(v).for_each(|(state, value)| *state = state.wrapping_add(value));
    }
    let mut digest = [0; 32];
    digest.iter_mut().zip(state.iter().flat_map(|word| word.to_be_bytes())).for_each(|(to, byte)| *to = byte);
    digest
}

/// The first 32 bits behind the point of a cube root, exactly: the largest number whose cube is not above the radicand.
fn cube_root_fraction(radicand: u64) -> u32 {
    let radicand = u128::from(radicand) << 96;
    let mut root: u128 = 0;
    for bit in (0..40).rev() {
        let next = root | 1 << bit;
        if next * next * next <= radicand {
            root = next;
        }
    }
    root as u32
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = (0..3).fold(0, |number, index| number << 8 | u32::from(chunk.get(index).copied().unwrap_or(0)));
        for index in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * index) & 63) as usize];
            out.push(if index <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[test]
fn the_hash_is_the_known_one() {
    assert_eq!(base64(&sha256(b"abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    assert_eq!(base64(&sha256(&[b'a'; 63])), "fT50oF19sVvOStnsBljqmOPwbu7PFrTG//LaRX3cLzQ=");
}
