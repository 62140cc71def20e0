//! A place in the program's expressions, with what readers of declarations ask of it: its text, its record, its call.

use ir::{Arg, ExprId, ExprKind, Span, Symbol};

use crate::ids::{ClassRef, ExprRef, FnRef};
use crate::index::Part;
use crate::models::Declares;
use crate::program::Program;
use crate::queries::text::text_of;
use crate::values::Atom;

/// Names of names, spreads of spreads.
const MAX_HOPS: u32 = 8;

#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) program: &'a Program<'a>,
    pub(super) expr: ExprRef,
}

impl<'a> Node<'a> {
    pub(super) fn new(program: &'a Program<'a>, expr: ExprRef) -> Self {
        Self { program, expr }
    }

    /// Another expression of the same file.
    pub(super) fn at(self, id: ExprId) -> Self {
        Self { expr: ExprRef { file: self.expr.file, id }, ..self }
    }

    pub(super) fn kind(self) -> &'a ExprKind {
        self.program.kind(self.expr)
    }

    pub(super) fn span(self) -> Span {
        self.program.expr_span(self.expr)
    }

    pub(super) fn values(self) -> &'a [Atom] {
        self.program.value(self.expr)
    }

    /// What a name stands for, if that is one thing.
    pub(super) fn resolved(self) -> Self {
        let mut node = self;
        for _ in 0..MAX_HOPS {
            let next = match node.kind() {
                ExprKind::Await(inner) | ExprKind::Propagate(inner) | ExprKind::Spread(inner) => Some(node.at(*inner)),
                ExprKind::Local(_) | ExprKind::Member { .. } => node.definition(),
                _ => None,
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    fn definition(self) -> Option<Self> {
        let defined = self.program.definition(self.expr).or_else(|| match self.values() {
            [Atom::Record(expr) | Atom::Text(expr)] => Some(*expr),
            _ => None,
        });
        defined.filter(|defined| *defined != self.expr).map(|expr| Self { expr, ..self })
    }

    /// A text that is known as a whole.
    pub(super) fn text(self) -> Option<String> {
        text_of(self.program, self.expr).map(|text| text.text).filter(|text| !text.contains(sql::HOLE))
    }

    /// The texts that it can be: of a name that a loop gives to each of a list.
    pub(super) fn texts(self) -> Vec<String> {
        if let Some(text) = self.text() {
            return vec![text];
        }
        let texts = self.values().iter().filter_map(|atom| match atom {
            Atom::Text(text) => Self { expr: *text, ..self }.text(),
            _ => None,
        });
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() { self.elements().into_iter().filter_map(Self::text).collect() } else { texts }
    }

    /// What a loop gives to a name: the elements of a list, or a part of each.
    fn elements(self) -> Vec<Self> {
        let ExprKind::Local(binding) = self.kind() else { return Vec::new() };
        let defs = self.program.listing(self.expr.file).defs.get(binding);
        let elements = defs.into_iter().flatten().flat_map(|def| {
            let items = || self.at(def.value).items().unwrap_or_default();
            match def.parts.as_slice() {
                [Part::Element] => items(),
                [Part::Element, Part::Item(number)] => {
                    let parts = items().into_iter().filter_map(|item| item.items());
                    parts.filter_map(|parts| parts.get(*number as usize).copied()).collect()
                }
                _ => Vec::new(),
            }
        });
        elements.collect()
    }

    /// A text as the name of a table or column.
    pub(super) fn name(self) -> Option<Symbol> {
        self.text().map(|text| lower(&text))
    }

    pub(super) fn bool(self) -> Option<bool> {
        match self.resolved().kind() {
            ExprKind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether it switches something on: not `False`, `null` or `undefined`.
    pub(super) fn is_on(self) -> bool {
        !matches!(self.resolved().kind(), ExprKind::Bool(false) | ExprKind::Null)
    }

    /// The elements of a list, spreads taken apart.
    pub(super) fn items(self) -> Option<Vec<Self>> {
        self.items_within(0)
    }

    fn items_within(self, depth: u32) -> Option<Vec<Self>> {
        let list = self.resolved();
        let ExprKind::List(items) = list.kind() else { return None };
        let mut found = Vec::new();
        for item in items {
            let item = list.at(*item);
            match item.kind() {
                ExprKind::Spread(_) if depth < MAX_HOPS => {
                    found.extend(item.items_within(depth + 1).unwrap_or_default());
                }
                _ => found.push(item),
            }
        }
        Some(found)
    }

    /// The elements of a list, or the thing itself.
    pub(super) fn one_or_items(self) -> Vec<Self> {
        self.items().unwrap_or_else(|| vec![self])
    }

    /// The texts of a list, or a single one, as names; none where something else is among them.
    pub(super) fn names(self) -> Option<Vec<Symbol>> {
        self.one_or_items().into_iter().map(Self::name).collect()
    }

    /// The entries of a record with constant keys, spreads taken apart, also those of what a function gives.
    pub(super) fn entries(self) -> Option<Vec<(Symbol, Self)>> {
        self.entries_within(0)
    }

    fn entries_within(self, depth: u32) -> Option<Vec<(Symbol, Self)>> {
        let record = self.resolved();
        if let ExprKind::Function(_) | ExprKind::Call { .. } = record.kind() {
            let given = record.results();
            return given.first().filter(|_| depth < MAX_HOPS)?.entries_within(depth + 1);
        }
        let ExprKind::Record(entries) = record.kind() else { return None };
        let mut found: Vec<(Symbol, Self)> = Vec::new();
        for entry in entries {
            let value = record.at(entry.value);
            match entry.key {
                Some(key) => found.push((key, value)),
                None if depth < MAX_HOPS => found.extend(value.entries_within(depth + 1).unwrap_or_default()),
                None => {}
            }
        }
        Some(found)
    }

    /// An entry of a record; the last one of that name counts.
    pub(super) fn entry(self, name: &str) -> Option<Self> {
        self.entries()?.into_iter().rfind(|(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// What a function gives back, or what the project's function that is called here does.
    pub(super) fn results(self) -> Vec<Self> {
        let functions = match self.kind() {
            ExprKind::Function(id) => vec![FnRef { file: self.expr.file, id: *id }],
            ExprKind::Call { .. } => self.program.called_functions(self.expr),
            _ => self.functions(),
        };
        functions.into_iter().flat_map(|function| results(self.program, function)).collect()
    }

    pub(super) fn functions(self) -> Vec<FnRef> {
        if let ExprKind::Function(id) = self.kind() {
            return vec![FnRef { file: self.expr.file, id: *id }];
        }
        let functions = self.values().iter().filter_map(|atom| match atom {
            Atom::Function(function) => Some(*function),
            _ => None,
        });
        functions.collect()
    }

    /// The project's class that it names or is an object of.
    pub(super) fn class(self) -> Option<ClassRef> {
        if let ExprKind::Class(id) = self.kind() {
            return Some(ClassRef { file: self.expr.file, id: *id });
        }
        self.values().iter().find_map(|atom| match atom {
            Atom::Class(class) | Atom::Object(class) => Some(*class),
            _ => None,
        })
    }

    /// The name of what it is, as written: `User`, `models.User`.
    pub(super) fn written_name(self) -> Option<Symbol> {
        match self.kind() {
            ExprKind::Local(binding) => Some(self.program.file(self.expr.file).binding(*binding).name),
            ExprKind::Global(name) | ExprKind::Member { name, .. } => Some(*name),
            ExprKind::Index { base, .. } => self.at(*base).written_name(),
            _ => None,
        }
    }

    pub(super) fn source(self) -> String {
        self.program.file(self.expr.file).dump_expr(self.expr.id)
    }

    /// The call that it is, seen through `await` and names.
    pub(super) fn call(self) -> Option<Call<'a>> {
        let node = self.resolved();
        match node.kind() {
            ExprKind::Call { callee, args, .. } => Some(Call { node, callee: node.at(*callee), args }),
            _ => None,
        }
    }

    /// `a.b(…).c(…)`: what stands first, and the calls from there on.
    pub(super) fn chain(self) -> (Self, Vec<Call<'a>>) {
        let mut calls = Vec::new();
        let mut node = self;
        while let ExprKind::Call { callee, args, .. } = node.kind() {
            let callee = node.at(*callee);
            calls.push(Call { node, callee, args });
            match callee.kind() {
                ExprKind::Member { base, .. } => node = node.at(*base),
                _ => break,
            }
            while let ExprKind::Await(inner) | ExprKind::Propagate(inner) = node.kind() {
                node = node.at(*inner);
            }
        }
        calls.reverse();
        (node, calls)
    }
}

pub(super) fn results<'a>(program: &'a Program<'a>, function: FnRef) -> Vec<Node<'a>> {
    let returns = program.listing(function.file).returns.get(function.id.0 as usize);
    let ids = returns.into_iter().flatten();
    ids.map(|id| Node::new(program, ExprRef { file: function.file, id: *id })).collect()
}

#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) node: Node<'a>,
    pub(super) callee: Node<'a>,
    pub(super) args: &'a [Arg],
}

impl<'a> Call<'a> {
    /// The last segment of what is called.
    pub(super) fn name(self) -> &'static str {
        self.callee.written_name().map_or("", Symbol::as_str)
    }

    pub(super) fn receiver(self) -> Option<Node<'a>> {
        match self.callee.kind() {
            ExprKind::Member { base, .. } => Some(self.node.at(*base)),
            _ => None,
        }
    }

    /// The arguments without names.
    pub(super) fn unnamed(self) -> impl DoubleEndedIterator<Item = Node<'a>> {
        self.args.iter().filter(|arg| arg.name.is_none()).map(move |arg| self.node.at(arg.value))
    }

    pub(super) fn arg(self, number: usize) -> Option<Node<'a>> {
        self.unnamed().nth(number)
    }

    pub(super) fn keyword(self, name: &str) -> Option<Node<'a>> {
        let arg = self.args.iter().find(|arg| arg.name.is_some_and(|own| own.as_str() == name))?;
        Some(self.node.at(arg.value))
    }

    /// The argument of that number, or of that name.
    pub(super) fn argument(self, number: usize, name: &str) -> Option<Node<'a>> {
        self.keyword(name).or_else(|| self.arg(number))
    }

    pub(super) fn is_on(self, keyword: &str) -> bool {
        self.keyword(keyword).is_some_and(Node::is_on)
    }

    /// The entry of a record among the arguments.
    pub(super) fn option(self, name: &str) -> Option<Node<'a>> {
        self.unnamed().find_map(|arg| match arg.resolved().kind() {
            ExprKind::Record(_) => arg.entry(name),
            _ => None,
        })
    }

    pub(super) fn declares(self) -> Option<Declares> {
        self.node.program.model(self.node.expr)?.declares
    }
}

/// A name as the schema writes it.
pub(super) fn lower(name: &str) -> Symbol {
    Symbol::new(&name.to_lowercase())
}
