//! Names for findings that survive edits elsewhere.

use std::collections::BTreeMap;

use ir::finding::Finding;

use crate::Sources;

/// One fingerprint a finding, in their order: a hash of the rule, the path, the text of the line on which the primary
/// place starts (runs of white space as one space), and its number among findings equal in all three, by position. So it
/// stays when lines are inserted above, and changes when the line itself does.
pub(crate) fn fingerprints(findings: &[Finding], sources: &Sources) -> Vec<String> {
    let keys: Vec<u128> = findings.iter().map(|finding| key(finding, sources)).collect();
    let mut by_position: Vec<usize> = (0..findings.len()).collect();
    by_position.sort_by_key(|index| findings[*index].primary);
    let mut seen: BTreeMap<u128, u32> = BTreeMap::new();
    let mut fingerprints = vec![String::new(); findings.len()];
    for index in by_position {
        let ordinal = seen.entry(keys[index]).or_default();
        fingerprints[index] = format!("{:032x}", fnv1a(keys[index], &ordinal.to_le_bytes()));
        *ordinal += 1;
    }
    fingerprints
}

fn key(finding: &Finding, sources: &Sources) -> u128 {
    const OFFSET_BASIS: u128 = 0x6c62272e07bb014262b821756295c58d;
    let source = sources.get(finding.primary.path);
    let line = source.line_range(source.line_index(source.range(finding.primary.span).start));
    let mut hash = OFFSET_BASIS;
    for part in [finding.rule, finding.primary.path.as_str()] {
        hash = fnv1a(fnv1a(hash, part.as_bytes()), &[0]);
    }
    for word in source.text()[line].split_whitespace() {
        hash = fnv1a(fnv1a(hash, word.as_bytes()), b" ");
    }
    hash
}

/// FNV-1a, 128 bits: the same on every platform and in every release.
fn fnv1a(hash: u128, bytes: &[u8]) -> u128 {
    const PRIME: u128 = 0x0000000001000000000000000000013b;
    bytes.iter().fold(hash, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}
