//! The fingerprint by which GitHub code scanning knows an alert again: a rolling hash over a line and what follows it.

use std::collections::HashMap;

/// Units that a hash covers.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// Closes the text.
const END: u64 = 65535;

/// The hash of each line, the first line's first. Works on UTF-16 units without spaces and tabs; every kind of line end
/// is one unit. A line's hash covers its first [`WINDOW`] units, also those of the lines below; equal hashes of one
/// file are numbered.
pub(crate) fn line_hashes(text: &str) -> Vec<String> {
    let mut hashing = Hashing::default();
    let mut after_carriage_return = false;
    for unit in text.encode_utf16() {
        let is_second_half = after_carriage_return && unit == 0x0a;
        after_carriage_return = unit == 0x0d;
        match unit {
            0x20 | 0x09 => {}
            _ if is_second_half => {}
            0x0d => hashing.push(0x0a),
            unit => hashing.push(u64::from(unit)),
        }
    }
    hashing.push(END);
    for _ in 0..WINDOW {
        hashing.push(0);
    }
    hashing.lines
}

struct Hashing {
    window: [u64; WINDOW],
    /// Whether the unit in the window's slot is the first of its line.
    starts_line: [bool; WINDOW],
    next: usize,
    hash: u64,
    /// 37 to the power of the window's length: what a leaving unit has been multiplied by.
    leaving_factor: u64,
    at_line_start: bool,
    lines: Vec<String>,
    seen: HashMap<u64, u32>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            window: [0; WINDOW],
            starts_line: [false; WINDOW],
            next: 0,
            hash: 0,
            leaving_factor: (0..WINDOW).fold(1, |power: u64, _| power.wrapping_mul(FACTOR)),
            at_line_start: true,
            lines: Vec::new(),
            seen: HashMap::new(),
        }
    }
}

impl Hashing {
    fn push(&mut self, unit: u64) {
        let slot = self.next;
        if self.starts_line[slot] {
            let count = self.seen.entry(self.hash).or_default();
            *count += 1;
            self.lines.push(format!("{:x}:{count}", self.hash));
        }
        let leaving = self.window[slot].wrapping_mul(self.leaving_factor);
        self.hash = self.hash.wrapping_mul(FACTOR).wrapping_add(unit).wrapping_sub(leaving);
        self.window[slot] = unit;
        self.starts_line[slot] = std::mem::replace(&mut self.at_line_start, unit == 0x0a);
        self.next = (slot + 1) % WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    const END_OF_FILE: &str = "c129715d7a2bc9a3:1";

    #[test]
    fn agrees_with_the_known_values() {
        let long = format!("{}\nb\n", "a".repeat(250));
        let cases: [(&str, &[&str]); 9] = [
            ("", &[END_OF_FILE]),
            ("\n\n\n", &["4e5d562094661a0d:1", "5b5d4caf73a13177:1", "3c5bef55b72b93c9:1", END_OF_FILE]),
            ("a", &["53b5d4aabe50d64:1"]),
            ("hello\nworld\n", &["a2b8faa8c5a43ef3:1", "53f9e022cffbf0f1:1", END_OF_FILE]),
            ("hello\r\nworld\r\n", &["a2b8faa8c5a43ef3:1", "53f9e022cffbf0f1:1", END_OF_FILE]),
            ("  hello\n\tworld\n", &["a2b8faa8c5a43ef3:1", "53f9e022cffbf0f1:1", END_OF_FILE]),
            ("x = 1\nx = 1\nx = 1\n", &["b06211268476d237:1", "87c133c3324ef59b:1", "8e00d41f0ebba6bf:1", END_OF_FILE]),
            ("a = '用户表😀'\nb\n", &["5634ea9438c25f1d:1", "ade70578248be16f:1", END_OF_FILE]),
            (&long, &["871f6af4d0d4dd7c:1", "ade70578248be16f:1", END_OF_FILE]),
        ];
        for (text, expected) in cases {
            assert_eq!(line_hashes(text), expected, "{text:?}");
        }
    }

    #[test]
    fn equal_hashes_are_numbered() {
        let text = "b\n".to_owned() + &"\n".repeat(150);
        let hashes = line_hashes(&text);
        assert!(hashes[10].ends_with(":10"), "{}", hashes[10]);
        assert_eq!(hashes.len(), 152);
    }
}
