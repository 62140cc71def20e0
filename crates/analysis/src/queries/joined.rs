//! Conditions of a statement's text that are put into a list first: `conditions.push("lower(email) = $1")`, and then
//! `"WHERE " + conditions.join(" AND ")`.

use ir::{Arg, BinaryOp, ExprId, ExprKind, PredicateOp, Symbol, TextPart};

use super::Condition;
use super::gathered::elements;
use super::text::text_of;
use crate::ids::ExprRef;
use crate::program::Program;

/// Names of texts in texts.
const MAX_DEPTH: u32 = 8;
/// Parts of a text that are looked at.
const MAX_STEPS: u32 = 64;

/// The conditions of the lists that a text is made of; and whether each is there in any case.
pub(super) fn conditions(
    program: &Program<'_>,
    text: ExprRef,
    table: Symbol,
    has_wildcard: bool,
) -> Vec<(Condition, bool)> {
    let mut search = Search { program, steps: 0, lists: Vec::new() };
    search.visit(text, 0);
    let listed = search.lists.into_iter().flat_map(|list| elements(program, list));
    listed
        .flat_map(|(element, is_certain)| {
            let found = conditions_of(program, element, table, has_wildcard);
            found.into_iter().map(move |condition| (condition, is_certain))
        })
        .collect()
}

/// What one text says of a table's columns.
fn conditions_of(program: &Program<'_>, element: ExprRef, table: Symbol, has_wildcard: bool) -> Vec<Condition> {
    let Some(text) = text_of(program, element) else { return Vec::new() };
    let before = format!("SELECT 1 FROM {table} WHERE ");
    // `$${values.length}`, as long as it is.
    let statement = format!("{before}{}", text.text.replace(&format!("${}", sql::HOLE), &format!(" {}", sql::HOLE)));
    let Some(query) = sql::queries(&statement).into_iter().next().filter(|query| !query.is_partial) else {
        return Vec::new();
    };
    let found = query.filters.into_iter().filter_map(|predicate| {
        let start = predicate.span.start.checked_sub(before.len() as u32)?;
        let end = predicate.span.end.checked_sub(before.len() as u32)?;
        let (file, span) = text.place(ir::Span::new(start, end))?;
        let is_searched = predicate.op == PredicateOp::UnknownLike && has_wildcard;
        let op = if is_searched { PredicateOp::ContainsLike } else { predicate.op };
        let condition = Condition { entity: Some(table), column: predicate.column, op, span };
        (file == element.file).then_some(condition)
    });
    found.collect()
}

struct Search<'a> {
    program: &'a Program<'a>,
    steps: u32,
    lists: Vec<ExprRef>,
}

impl Search<'_> {
    fn visit(&mut self, expr: ExprRef, depth: u32) {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return;
        }
        let at = |id: ExprId| ExprRef { file: expr.file, id };
        match self.program.kind(expr) {
            ExprKind::Text(parts) => {
                for part in parts {
                    if let TextPart::Hole(hole) = part {
                        self.visit(at(*hole), depth + 1);
                    }
                }
            }
            ExprKind::Binary { op: BinaryOp::Add, left: first, right: second }
            | ExprKind::Conditional { then: first, otherwise: second, .. } => {
                self.visit(at(*first), depth + 1);
                self.visit(at(*second), depth + 1);
            }
            ExprKind::Await(inner) | ExprKind::Propagate(inner) => self.visit(at(*inner), depth + 1),
            ExprKind::Call { callee, args, .. } => match self.joined_list(at(*callee), args) {
                Some(list) => self.add(list),
                // `format!("… {}", conditions.join(" AND "))`.
                None => args.iter().for_each(|arg| self.visit(at(arg.value), depth + 1)),
            },
            ExprKind::Local(binding) => {
                let index = self.program.listing(expr.file);
                let given = index.defs.get(binding).into_iter().flatten().filter(|def| def.parts.is_empty());
                let added = index.additions.get(binding).into_iter().flatten().map(|addition| addition.value);
                for value in given.map(|def| def.value).chain(added) {
                    self.visit(at(value), depth + 1);
                }
            }
            _ => {}
        }
    }

    /// The list of `list.join(" AND ")` or `" AND ".join(list)`.
    fn joined_list(&self, callee: ExprRef, args: &[Arg]) -> Option<ExprRef> {
        let ExprKind::Member { base, name, .. } = *self.program.kind(callee) else { return None };
        let [only] = args else { return None };
        let (base, arg) = (ExprRef { id: base, ..callee }, ExprRef { id: only.value, ..callee });
        match (name.as_str(), self.is_and(base), self.is_and(arg)) {
            ("join", true, _) => Some(arg),
            ("join", false, true) => Some(base),
            _ => None,
        }
    }

    fn is_and(&self, expr: ExprRef) -> bool {
        let ExprKind::Text(parts) = self.program.kind(expr) else { return false };
        matches!(parts.as_slice(), [TextPart::Literal { value, .. }] if value.trim().eq_ignore_ascii_case("and"))
    }

    fn add(&mut self, list: ExprRef) {
        if !self.lists.contains(&list) {
            self.lists.push(list);
        }
    }
}
