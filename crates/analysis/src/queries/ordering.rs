//! By which column the steps of a chain order its rows: what ends a reading early, or needs all rows.

use ir::{Arg, DefaultOrder, ExprId, ExprKind, Span, Symbol, TextPart};

use super::conditions::entity_of;
use crate::ids::ExprRef;
use crate::program::Program;

/// The first column of an order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ordering {
    /// The entity whose column it is, where the chain says so.
    pub entity: Option<Symbol>,
    pub column: Symbol,
    pub is_descending: bool,
    pub nulls_first: Option<bool>,
    /// The entity's declaration says so, not the chain.
    pub is_default: bool,
    pub span: Span,
}

/// What the steps of a chain say of its order.
#[derive(Clone, Copy, Default)]
pub(super) enum Ordered {
    #[default]
    Absent,
    By(Ordering),
    /// By something that is not a column, by different ones, or on some paths only.
    Unknown,
}

impl Ordered {
    /// Takes in what one step orders by.
    pub(super) fn add(&mut self, found: Option<Ordering>) {
        *self = match (*self, found) {
            (Self::Absent, Some(found)) => Self::By(found),
            (Self::By(own), Some(found)) if own == found => Self::By(own),
            _ => Self::Unknown,
        };
    }

    pub(super) fn known(self) -> Option<Ordering> {
        if let Self::By(ordering) = self { Some(ordering) } else { None }
    }
}

/// Deeper wrapping is not looked into.
const MAX_DEPTH: u32 = 6;

/// `order_by("-created_at")`, `orderBy("created_at", "desc")`, `sort({ createdAt: -1 })`, `order_by(User.created.desc())`.
pub(super) fn of_call(program: &Program<'_>, call: ExprRef, args: &[Arg]) -> Option<Ordering> {
    let at = |arg: &Arg| ExprRef { file: call.file, id: arg.value };
    let reader = Reader { program };
    let mut unnamed = args.iter().filter(|arg| arg.name.is_none());
    let mut found = reader.column(at(unnamed.next()?), 0)?;
    for arg in unnamed.take(2) {
        reader.direct(&mut found, at(arg));
    }
    if let ExprKind::Call { callee, .. } = program.kind(call)
        && let ExprKind::Member { name, .. } = program.kind(ExprRef { file: call.file, id: *callee })
    {
        found.is_descending |= name.to_lowercase().ends_with("desc");
    }
    Some(found)
}

/// `orderBy: { createdAt: "desc" }`, `order: [["createdAt", "DESC"]]`.
pub(super) fn of_option(program: &Program<'_>, value: ExprRef) -> Option<Ordering> {
    Reader { program }.column(value, 0)
}

/// What an entity declares; the place is that of the query.
pub(super) fn of_declaration(order: DefaultOrder, span: Span) -> Ordering {
    Ordering { is_descending: order.is_descending, is_default: true, ..plain(order.column, span) }
}

struct Reader<'a> {
    program: &'a Program<'a>,
}

impl Reader<'_> {
    fn column(&self, expr: ExprRef, depth: u32) -> Option<Ordering> {
        if depth > MAX_DEPTH {
            return None;
        }
        let at = |id: ExprId| ExprRef { file: expr.file, id };
        let span = self.program.expr_span(expr);
        match self.program.kind(expr) {
            ExprKind::Text(_) => of_text(self.text(expr)?, span),
            ExprKind::Member { base, name, .. } => {
                let entity = entity_of(self.program, at(*base));
                Some(Ordering { entity, ..plain(column_name(*name), span) })
            }
            ExprKind::Unary { op: ir::UnaryOp::Other, operand } => {
                let found = self.column(at(*operand), depth + 1)?;
                Some(Ordering { is_descending: !found.is_descending, span, ..found })
            }
            ExprKind::Call { callee, args, .. } => self.directed(at(*callee), args, depth),
            ExprKind::Record(entries) => self.of_record(expr, entries, depth),
            ExprKind::List(items) => {
                let first = at(*items.first()?);
                let second = items.get(1).map(|id| at(*id));
                let is_pair = items.len() == 2 && second.is_some_and(|second| self.direction(second).is_some());
                let mut found = self.column(first, depth + 1)?;
                if let (true, Some(second)) = (is_pair, second) {
                    self.direct(&mut found, second);
                }
                Some(found)
            }
            ExprKind::Local(_) | ExprKind::Global(_) => {
                let definition = self.program.definition(expr).filter(|definition| *definition != expr)?;
                self.column(definition, depth + 1)
            }
            _ => None,
        }
    }

    /// `desc(posts.createdAt)`, `Post.created_at.desc().nulls_last()`.
    fn directed(&self, callee: ExprRef, args: &[Arg], depth: u32) -> Option<Ordering> {
        let name = match self.program.kind(callee) {
            ExprKind::Local(binding) => self.program.file(callee.file).binding(*binding).name,
            ExprKind::Global(name) | ExprKind::Member { name, .. } => *name,
            _ => return None,
        };
        let inner = match (args.first(), self.program.kind(callee)) {
            (Some(arg), _) => ExprRef { file: callee.file, id: arg.value },
            (None, ExprKind::Member { base, .. }) => ExprRef { file: callee.file, id: *base },
            (None, _) => return None,
        };
        let is_known = |name: &str| ["asc", "desc"].contains(&name) || name.starts_with("nulls");
        let name = name.to_lowercase();
        let mut found = self.column(inner, depth + 1).filter(|_| is_known(&name))?;
        match name.replace('_', "").as_str() {
            "desc" => found.is_descending = true,
            "nullsfirst" => found.nulls_first = Some(true),
            "nullslast" => found.nulls_first = Some(false),
            _ => {}
        }
        Some(found)
    }

    /// `{ createdAt: "desc" }`, `{ createdAt: { sort: "desc", nulls: "last" } }`, `{ column: "created_at", order: "desc" }`.
    fn of_record(&self, record: ExprRef, entries: &[ir::Entry], depth: u32) -> Option<Ordering> {
        let at = |entry: &ir::Entry| ExprRef { file: record.file, id: entry.value };
        let entry = |name: &str| entries.iter().find(|entry| entry.key.is_some_and(|key| key == *name));
        if let Some(column) = entry("column") {
            let mut found = self.column(at(column), depth + 1)?;
            if let Some(order) = entry("order") {
                self.direct(&mut found, at(order));
            }
            return Some(found);
        }
        let first = entries.first()?;
        let value = at(first);
        let mut found = plain(first.key?, self.program.expr_span(value));
        if let ExprKind::Record(inner) = self.program.kind(value) {
            let option = |name: &str| inner.iter().find(|entry| entry.key.is_some_and(|key| key == *name));
            // Anything else orders by another table's column.
            self.direct(&mut found, at(option("sort")?));
            let nulls = option("nulls").and_then(|nulls| self.text(at(nulls)));
            found.nulls_first = nulls.map(|nulls| nulls.eq_ignore_ascii_case("first"));
            return Some(found);
        }
        self.direct(&mut found, value);
        Some(found)
    }

    fn direct(&self, found: &mut Ordering, value: ExprRef) {
        if let Some(is_descending) = self.direction(value) {
            found.is_descending = is_descending;
        }
        match self.text(value).map(str::to_ascii_lowercase).as_deref() {
            Some("nulls first") => found.nulls_first = Some(true),
            Some("nulls last") => found.nulls_first = Some(false),
            _ => {}
        }
    }

    /// Whether a value says "descending"; none where it says nothing of a direction.
    fn direction(&self, value: ExprRef) -> Option<bool> {
        match self.program.kind(value) {
            ExprKind::Number(number) => Some(*number < 0.0),
            ExprKind::Unary { op: ir::UnaryOp::Other, operand } => {
                let inner = self.program.kind(ExprRef { file: value.file, id: *operand });
                matches!(inner, ExprKind::Number(_)).then_some(true)
            }
            ExprKind::Member { name, .. } => of_word(name),
            // Supabase: `{ ascending: false }`.
            ExprKind::Record(entries) => {
                let entry = entries.iter().find(|entry| entry.key.is_some_and(|key| key == *"ascending"))?;
                match self.program.kind(ExprRef { file: value.file, id: entry.value }) {
                    ExprKind::Bool(is_ascending) => Some(!is_ascending),
                    _ => None,
                }
            }
            _ => of_word(self.text(value)?),
        }
    }

    fn text(&self, expr: ExprRef) -> Option<&str> {
        match self.program.kind(expr) {
            ExprKind::Text(parts) => match parts.as_slice() {
                [TextPart::Literal { value, .. }] => Some(value),
                _ => None,
            },
            _ => None,
        }
    }
}

fn plain(column: Symbol, span: Span) -> Ordering {
    Ordering { entity: None, column, is_descending: false, nulls_first: None, is_default: false, span }
}

fn of_word(word: &str) -> Option<bool> {
    let word = word.to_ascii_lowercase();
    if word.starts_with("desc") { Some(true) } else { word.starts_with("asc").then_some(false) }
}

/// `-created_at`, `posts.created_at DESC`; none for what is no column.
fn of_text(text: &str, span: Span) -> Option<Ordering> {
    let first = text.split(',').next()?.trim();
    let mut words = first.split_whitespace();
    let name = words.next()?;
    let is_negative = name.starts_with('-');
    let name = name.trim_start_matches(['-', '+']).rsplit('.').next()?.trim_matches(['"', '`']);
    let is_column = !name.is_empty()
        && !name.contains("__")
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let rest: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let has = |word: &str| rest.iter().any(|own| own == word);
    is_column.then(|| Ordering {
        is_descending: is_negative || has("desc"),
        nulls_first: has("nulls").then(|| has("first")),
        ..plain(Symbol::new(name), span)
    })
}

/// A column as an enum's variant (SeaORM) has the name of the column in capitals.
pub(super) fn column_name(name: Symbol) -> Symbol {
    if !name.starts_with(char::is_uppercase) || !name.chars().any(char::is_lowercase) {
        return name;
    }
    let mut text = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    Symbol::new(&text)
}
