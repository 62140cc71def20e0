//! A guard in front of the parser, which descends recursively and knows no limit.
//!
//! Measured in a stack of 64 MB: a level takes the parser up to 3.3 KB (type arguments, functions, classes), so that no
//! construct overflows at 15,000 levels; member chains, calls and left-associative operators take none. JSX elements and
//! `else if` take a fifth of that. A text can nest no deeper than it has opening tokens, so one pass over its
//! bytes bounds the depth without parsing. Where a regular expression cannot be told from a division the count may be off
//! by its brackets; the bound has room for that.

/// Levels of brackets, prefix operators, assignments, conditionals and statements that govern one another.
const MAX_LEVELS: usize = 6_000;
/// Elements that contain each other, or branches of one `else if` chain.
const MAX_CHEAP_LEVELS: usize = 40_000;

/// Where the text nests deeper than the parser's stack allows.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    if text.len() <= MAX_LEVELS {
        return None;
    }
    let mut scan = Scan::new(text.as_bytes(), true);
    match scan.run() {
        Some(offset) => Some(offset),
        // A quotation mark that opens no template hides the rest of the text.
        None if scan.frames.iter().any(|frame| frame.opener == b'`') => Scan::new(text.as_bytes(), false).run(),
        None => None,
    }
}

/// What is open between two brackets.
struct Frame {
    opener: u8,
    /// Tokens since the last `;` or `,` that may each hold everything after them.
    chain: usize,
    elses: usize,
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    has_templates: bool,
    frames: Vec<Frame>,
    /// Frames and their chains.
    levels: usize,
    elses: usize,
    type_arguments: usize,
    elements: usize,
    /// Whether a `/` here would divide.
    after_value: bool,
    /// Whether a word that comes next starts a statement, unless it is one of [`CONTINUES`].
    after_statement: bool,
    /// Whether dots nest: in `namespace a.b.c {}` each does.
    in_namespace_name: bool,
}

/// Words that carry on with what a brace or a line end before them seems to have ended.
const CONTINUES: [&[u8]; 12] = [
    b"as",
    b"asserts",
    b"catch",
    b"else",
    b"extends",
    b"finally",
    b"implements",
    b"in",
    b"instanceof",
    b"is",
    b"of",
    b"while",
];

impl<'t> Scan<'t> {
    fn new(bytes: &'t [u8], has_templates: bool) -> Self {
        let frames = vec![Frame { opener: 0, chain: 0, elses: 0 }];
        let (levels, elses, type_arguments, elements) = (0, 0, 0, 0);
        let (after_value, after_statement) = (false, false);
        Self {
            bytes,
            at: 0,
            has_templates,
            frames,
            levels,
            elses,
            type_arguments,
            elements,
            after_value,
            after_statement,
            in_namespace_name: false,
        }
    }

    fn run(&mut self) -> Option<usize> {
        let mut before = b';';
        while let Some(&byte) = self.bytes.get(self.at) {
            let start = self.at;
            self.at += 1;
            if byte.is_ascii_whitespace() {
                // A condition in parentheses does not end its statement.
                self.after_statement |= byte == b'\n' && self.after_value && before != b')';
                continue;
            }
            if byte == b'/' && self.skip_comment() {
                continue;
            }
            self.after_statement |= before == b'}';
            self.token(byte);
            self.after_statement = false;
            before = byte;
            let is_deep = self.levels + self.type_arguments > MAX_LEVELS;
            if is_deep || self.elses.max(self.elements) > MAX_CHEAP_LEVELS {
                return Some(start);
            }
        }
        None
    }

    fn token(&mut self, byte: u8) {
        match byte {
            b'"' | b'\'' => self.skip_quoted(byte),
            b'`' if self.has_templates => {
                self.open(b'`');
                self.skip_template_text();
            }
            b'/' => self.slash(),
            b'(' | b'[' | b'{' => self.open(byte),
            b')' => self.close(b'('),
            b']' => self.close(b'['),
            b'}' => self.close(b'{'),
            b';' | b',' => self.end_chain(),
            b'<' => self.angle(),
            b'>' => {
                self.type_arguments = self.type_arguments.saturating_sub(1);
                self.after_value = false;
            }
            b'_' | b'$' | b'#' | b'@' | b'\\' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80.. => self.word(),
            b'.' => self.link(self.in_namespace_name),
            b'|' | b'&' | b'%' | b'^' => self.after_value = false,
            b'?' if matches!(self.bytes.get(self.at), Some(b'.' | b'?')) => {
                self.at += 1;
                self.after_value = false;
            }
            b'+' | b'-' | b'*' => self.link(!self.after_value),
            _ => self.link(true),
        }
    }

    fn link(&mut self, nests: bool) {
        self.after_value = false;
        if nests {
            self.levels += 1;
            if let Some(frame) = self.frames.last_mut() {
                frame.chain += 1;
            }
        }
    }

    fn end_chain(&mut self) {
        self.after_value = false;
        self.in_namespace_name = false;
        if let Some(frame) = self.frames.last_mut() {
            self.levels -= std::mem::take(&mut frame.chain);
        }
    }

    fn open(&mut self, opener: u8) {
        self.after_value = false;
        self.in_namespace_name = false;
        self.levels += 1;
        self.frames.push(Frame { opener, chain: 0, elses: 0 });
    }

    fn close(&mut self, opener: u8) {
        self.after_value = opener != b'{';
        if self.frames.len() > 1 && self.frames.last().is_some_and(|frame| frame.opener == opener) {
            self.pop();
            if opener == b'{' && self.frames.last().is_some_and(|frame| frame.opener == b'`') {
                self.skip_template_text();
            }
        }
    }

    fn pop(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.levels -= 1 + frame.chain;
            self.elses -= frame.elses;
        }
    }

    fn angle(&mut self) {
        self.after_value = false;
        match self.bytes.get(self.at) {
            Some(b'/') => {
                self.at += 1;
                self.elements = self.elements.saturating_sub(1);
            }
            Some(b'<' | b'=' | b' ') => {}
            _ => {
                self.type_arguments += 1;
                self.elements += 1;
            }
        }
    }

    fn word(&mut self) {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..);
        let start = self.at - 1;
        while self.bytes.get(self.at).is_some_and(is_part) {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        if self.after_statement && !CONTINUES.contains(&word) {
            self.end_chain();
        }
        match word {
            b"else" => {
                self.after_value = false;
                self.elses += 1;
                if let Some(frame) = self.frames.last_mut() {
                    frame.elses += 1;
                }
            }
            b"if" | b"for" | b"while" | b"do" | b"with" | b"new" | b"await" | b"typeof" | b"void" | b"delete"
            | b"yield" | b"extends" | b"keyof" | b"unique" | b"readonly" | b"infer" | b"asserts" => self.link(true),
            b"namespace" | b"module" => {
                self.in_namespace_name = true;
                self.after_value = true;
            }
            b"return" | b"throw" | b"case" | b"in" | b"of" | b"instanceof" => self.after_value = false,
            _ => self.after_value = true,
        }
    }

    fn slash(&mut self) {
        match self.bytes.get(self.at) {
            Some(b'>') => self.elements = self.elements.saturating_sub(1),
            _ if self.after_value => self.after_value = false,
            _ => self.skip_regex(),
        }
    }

    fn skip_comment(&mut self) -> bool {
        match self.bytes.get(self.at) {
            Some(b'/') => self.skip_to(|bytes| bytes[0] == b'\n', 0),
            Some(b'*') => {
                self.at += 1;
                self.skip_to(|bytes| bytes.starts_with(b"*/"), 2);
            }
            _ => return false,
        }
        true
    }

    fn skip_to(&mut self, is_end: impl Fn(&[u8]) -> bool, length: usize) {
        while self.at < self.bytes.len() && !is_end(&self.bytes[self.at..]) {
            self.at += 1;
        }
        self.at = (self.at + length).min(self.bytes.len());
    }

    /// To the closing mark, or to the end of the line where there is none (an apostrophe in JSX text).
    fn skip_quoted(&mut self, quote: u8) {
        self.after_value = true;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => return,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
            if byte == quote {
                return;
            }
        }
    }

    fn skip_regex(&mut self) {
        let start = self.at;
        let mut in_class = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\n' => break,
                b'\\' => self.at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.after_value = true;
                    return;
                }
                _ => {}
            }
        }
        // It was none.
        self.at = start;
    }

    /// To the end of the template or to its next hole.
    fn skip_template_text(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => {
                    self.pop();
                    self.after_value = true;
                    return;
                }
                b'$' if self.bytes.get(self.at) == Some(&b'{') => {
                    self.at += 1;
                    return self.open(b'{');
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::too_deep;

    #[test]
    fn what_only_looks_deep_is_not() {
        for part in [
            "f(a, { b: [1] });",
            "\"((((\" + '[[[[';",
            "`((((${ f({ a: `{{` }) }`;",
            "x = /[(/]\\(/.test(y) / 2;",
            "// ((((\n/* [[[[ */",
            "if (a) { b = !c } else { d = e };",
            "let m: Map<string, Array<Set<number>>> = new Map<string, Foo>();",
            "x = <p>it's (a) <b/> </p>;",
            "a.b().c().d = 1;",
            "if (a) {} function f() {} class A extends B {}",
            "a = b\n",
            "1 + ",
            "const o = { a: 1, b: -2, c: x ? y : z }, q = (r) => (s) => t;\n",
        ] {
            assert_eq!(too_deep(&part.repeat(9_000)), None, "{part}");
        }
    }

    #[test]
    fn what_is_deep_is_refused() {
        for part in [
            "(",
            "[",
            "{",
            "`${",
            "!",
            "a=",
            "a=>",
            "(a)=>",
            "new ",
            "if(a)",
            "a?b:",
            "a?",
            "f<",
            "keyof ",
            "do ",
            "a:",
            "class extends ",
            "if(a)\n",
            "do\n",
            "typeof\n",
            "x(/[)]/,",
            "await/**/",
        ] {
            assert!(too_deep(&part.repeat(9_000)).is_some(), "{part}");
        }
        assert!(too_deep(&format!("namespace a{} {{}}", ".a".repeat(9_000))).is_some());
        for part in ["if(a)b;else ", "<a>;"] {
            assert_eq!(too_deep(&part.repeat(5_000)), None, "{part}");
            assert!(too_deep(&part.repeat(50_000)).is_some(), "{part}");
        }
    }

    #[test]
    fn a_stray_quotation_mark_hides_nothing() {
        assert!(too_deep(&format!("`{}", "(".repeat(9_000))).is_some());
        assert!(too_deep(&format!("'{}", "\n(".repeat(9_000))).is_some());
    }
}
