//! Names for findings that survive edits elsewhere.

use std::collections::BTreeMap;

use ir::finding::Finding;

use crate::Sources;

const OFFSET_BASIS: u128 = 0x6c62272e07bb014262b821756295c58d;

/// A finding and what it is known by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identified {
    pub finding: Finding,
    /// The function around the primary place, with the functions and classes around it: `Orders.list`. Empty for the
    /// module's own code.
    pub symbol: String,
    /// 32 hexadecimal digits: a hash of the rule, the path, the symbol, the code at the primary place without its white
    /// space, and its number among the findings that are equal in all four, by position. So it stays when lines are inserted
    /// or broken differently, and no two findings share one. How it is made is part of the program's promises: baselines
    /// and code scanning keep it for years.
    pub fingerprint: String,
}

/// Identifies all findings of a run. `symbol_of` says in which function a finding stands. In order of place, rule and
/// message.
pub fn identify(
    mut findings: Vec<Finding>,
    symbol_of: impl Fn(&Finding) -> String,
    sources: &Sources,
) -> Vec<Identified> {
    findings.sort_by(|a, b| (a.primary, a.rule).cmp(&(b.primary, b.rule)).then_with(|| a.message.cmp(&b.message)));
    let mut seen: BTreeMap<u128, u32> = BTreeMap::new();
    let identified = findings.into_iter().map(|finding| {
        let symbol = symbol_of(&finding);
        let key = key(&finding, &symbol, sources);
        let ordinal = seen.entry(key).or_default();
        let fingerprint = format!("{:032x}", fnv1a(key, &ordinal.to_le_bytes()));
        *ordinal += 1;
        Identified { finding, symbol, fingerprint }
    });
    identified.collect()
}

fn key(finding: &Finding, symbol: &str, sources: &Sources) -> u128 {
    let source = sources.get(finding.primary.path);
    let mut hash = OFFSET_BASIS;
    for part in [finding.rule, finding.primary.path.as_str(), symbol] {
        hash = fnv1a(fnv1a(hash, part.as_bytes()), &[0]);
    }
    let code = &source.text()[source.range(finding.primary.span)];
    code.split_whitespace().fold(hash, |hash, word| fnv1a(hash, word.as_bytes()))
}

/// 32 hexadecimal digits for a text.
pub fn hash_of(text: &str) -> String {
    format!("{:032x}", fnv1a(OFFSET_BASIS, text.as_bytes()))
}

/// FNV-1a, 128 bits: the same on every platform and in every release.
fn fnv1a(hash: u128, bytes: &[u8]) -> u128 {
    const PRIME: u128 = 0x0000000001000000000000000000013b;
    bytes.iter().fold(hash, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use ir::finding::{Confidence, Finding, Location, Severity};
    use ir::{Span, Symbol};

    use super::identify;
    use crate::Sources;

    /// The fingerprints of findings at each `connect(` of the text, in their order.
    fn fingerprints(text: &str) -> Vec<String> {
        let path = Symbol::new("app/db.py");
        let mut sources = Sources::default();
        sources.insert(path, text.to_owned());
        let finding = |(start, found): (usize, &str)| Finding {
            rule: "connection-per-request",
            severity: Severity::Error,
            confidence: Confidence::High,
            message: "a message, which does not count".to_owned(),
            primary: Location { path, span: Span { start: start as u32, end: (start + found.len()) as u32 } },
            label: String::new(),
            evidence: Vec::new(),
            affected: Vec::new(),
            related: Vec::new(),
            runs_out: String::new(),
            instead: String::new(),
        };
        let mut findings: Vec<Finding> = text.match_indices("connect(").map(finding).collect();
        findings.extend(text.match_indices("connect (").map(finding));
        let identified = identify(findings, |_| "get".to_owned(), &sources);
        identified.into_iter().map(|identified| identified.fingerprint).collect()
    }

    #[test]
    fn the_value_is_part_of_the_promise() {
        assert_eq!(fingerprints("connect(url)"), ["ce7413306896b9b8db2d0ceedf69204e"]);
    }

    #[test]
    fn edits_around_the_code_change_nothing() {
        let before = fingerprints("x = connect(url)\n");
        assert_eq!(before, fingerprints("# new\r\n\r\ny = connect (\r\n    url)\r\n"));
    }

    #[test]
    fn equal_findings_are_told_apart() {
        let all = fingerprints("connect(a)\nconnect(b)\n");
        assert_ne!(all[0], all[1]);
        assert_eq!(all[0], fingerprints("connect(a)")[0]);
    }
}
