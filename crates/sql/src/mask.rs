//! Placeholders and holes into something that every dialect can parse, byte for byte.

use std::ops::Range;

use crate::HOLE;
use crate::lexer::{Kind, Lexeme, Lexer, is_name_start};

/// A statement in which names stand for what is filled in. Offsets are those of the statement.
#[derive(Debug)]
pub(crate) struct Masked {
    pub(crate) text: String,
    /// Names that stand for something else, in order.
    pub(crate) holes: Vec<Range<usize>>,
    /// A whole clause is filled in and was left out.
    pub(crate) lacks_clause: bool,
}

impl Masked {
    /// Whether the name at this offset, or a part of it, is filled in at run time.
    pub(crate) fn is_hole(&self, start: usize, end: usize) -> bool {
        let next = self.holes.partition_point(|hole| hole.end <= start);
        self.holes.get(next).is_some_and(|hole| hole.start < end)
    }
}

pub(crate) fn mask(text: &str) -> Masked {
    let mut masked = Masked { text: text.to_owned(), holes: Vec::new(), lacks_clause: false };
    let mut previous: Option<Lexeme<'_>> = None;
    // Whether an operand ends here, so that what follows is an operator or a clause.
    let mut ends_operand = true;
    for lexeme in Lexer::new(text) {
        let range = lexeme.start..lexeme.end();
        let mut is_operand = ends(lexeme, ends_operand);
        match lexeme.kind {
            Kind::Placeholder => {
                let is_part_of_name = touches_name(text, &range, previous);
                if ends_operand && may_be_clause(lexeme.text) && !is_part_of_name {
                    masked.lacks_clause = true;
                    masked.text.replace_range(range.clone(), &" ".repeat(range.len()));
                } else {
                    masked.fill(range);
                    is_operand = true;
                }
            }
            Kind::Word | Kind::Quoted if lexeme.text.contains(HOLE) => {
                masked.text.replace_range(range.clone(), &lexeme.text.replace(HOLE, "q"));
                masked.holes.push(range);
            }
            // Drivers of Python write the operator `%` twice.
            Kind::Symbol if lexeme.text == "%" && text[range.end..].starts_with('%') => {
                masked.text.replace_range(range.start..range.end + 1, "% ");
            }
            _ => {}
        }
        ends_operand = is_operand;
        previous = Some(lexeme);
    }
    masked
}

impl Masked {
    /// A name of the same length that is no keyword.
    fn fill(&mut self, range: Range<usize>) {
        let mut name = String::from("q");
        name.extend(std::iter::repeat_n('0', range.len() - 1));
        self.text.replace_range(range.clone(), &name);
        self.holes.push(range);
    }
}

/// Whether an operand ends with this lexeme.
fn ends(lexeme: Lexeme<'_>, follows_operand: bool) -> bool {
    const BEFORE_OPERANDS: &[&str] = &[
        "select",
        "distinct",
        "all",
        "from",
        "join",
        "into",
        "update",
        "table",
        "where",
        "on",
        "and",
        "or",
        "not",
        "having",
        "by",
        "set",
        "in",
        "like",
        "ilike",
        "between",
        "limit",
        "offset",
        "values",
        "as",
        "any",
        "some",
        "interval",
        "top",
        "first",
        "next",
        "when",
        "then",
        "else",
        "case",
        "returning",
        "using",
        "exists",
        "regexp",
        "rlike",
        "glob",
        "match",
        "to",
        "is",
        "escape",
        "date",
        "timestamp",
        "time",
        "zone",
        "call",
        "only",
        "against",
        "over",
        "filter",
        "div",
        "mod",
        "collate",
        "view",
        "index",
        "add",
        "column",
        "lateral",
    ];
    match lexeme.kind {
        Kind::Word => !lexeme.is_any_word(BEFORE_OPERANDS),
        // Of a product, or of a list of columns.
        Kind::Symbol if lexeme.text == "*" => !follows_operand,
        Kind::Symbol => matches!(lexeme.text, ")" | "]" | ";"),
        Kind::Number | Kind::String | Kind::Quoted | Kind::Placeholder => true,
    }
}

/// The placeholders of most drivers are values only; what templates fill in may be anything.
fn may_be_clause(placeholder: &str) -> bool {
    placeholder.starts_with(HOLE) || placeholder.starts_with(['{', '%', '#']) || placeholder.starts_with("${")
}

/// Whether it is a part of a name, as in `{prefix}_users` and `events_{year}`.
fn touches_name(text: &str, range: &Range<usize>, previous: Option<Lexeme<'_>>) -> bool {
    let touches_previous = previous.is_some_and(|before| {
        before.end() == range.start && (matches!(before.kind, Kind::Word | Kind::Placeholder) || before.is_symbol("."))
    });
    touches_previous || text[range.end..].starts_with(|c: char| is_name_start(c) || c == '.')
}
