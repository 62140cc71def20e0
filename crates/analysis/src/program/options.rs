//! The options that a call or a configuration is given: keyword arguments, records, what builders are told, the query of a URL.

use ir::{Arg, BinaryOp, BindingKind, Entry, ExprId, ExprKind, Symbol, TextPart};

use super::Program;
use crate::ids::{ExprRef, FileId};
use crate::models::Call;
use crate::program::LibraryCall;
use crate::roles::Role;
use crate::values::Atom;

/// What is known of an option.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Given {
    Absent,
    /// It may stand in something that is not known.
    Unknown,
    /// Given, with this text: a literal's, or the canonical path of what a library exports.
    Text(String),
    /// Given, with a value that is not known.
    Something,
}

#[derive(Clone, Debug)]
enum Value {
    Expr(ExprRef),
    Text(String),
    Unknown,
}

/// The options of one call or record.
#[derive(Clone, Debug, Default)]
pub struct OptionSet {
    given: Vec<(Symbol, Value)>,
    /// Something unknown may add to it.
    is_open: bool,
    /// One of its options is wanted, and what URLs among the others say is not.
    is_shallow: bool,
}

const MAX_DEPTH: u32 = 8;

impl OptionSet {
    fn value(&self, name: &str) -> Option<&Value> {
        self.given.iter().rev().find(|(given, _)| *given == name).map(|(_, value)| value)
    }

    fn add_query_of(&mut self, text: &str) {
        let Some((_, query)) = text.split_once('?') else { return };
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        self.given.extend(pairs.map(|(name, value)| (Symbol::new(name), Value::Text(value.to_owned()))));
    }
}

impl Program<'_> {
    /// Whether the program also calls the same function with options that no model or another one describes.
    pub fn is_called_otherwise(&self, call: &LibraryCall<'_>) -> bool {
        let is_of_path = |at: ExprRef| match *self.kind(at) {
            ExprKind::Call { callee, .. } => {
                let is_it = |atom: &Atom| matches!(atom, Atom::Path(path) if Some(*path) == call.model.path);
                self.value(ExprRef { file: at.file, id: callee }).iter().any(is_it)
            }
            _ => false,
        };
        self.indexes.iter().enumerate().any(|(number, index)| {
            let sites = index.sites.iter().flatten().map(|site| ExprRef { file: FileId(number as u32), id: site.call });
            let mut others = sites.filter(|at| self.role(at.file) != Role::Test && is_of_path(*at));
            others.any(|at| self.model(at).is_none_or(|model| model.grows != call.model.grows))
        })
    }

    /// The options that a call is given. If the model names no argument for them, what is not known holds none.
    pub fn options_of(&self, call: ExprRef, model: &Call) -> OptionSet {
        let mut set = OptionSet::default();
        let ExprKind::Call { callee, args, .. } = self.kind(call) else { return set };
        self.add_builder(&mut set, ExprRef { file: call.file, id: *callee }, 0);
        let pool = model.pool.as_deref();
        for (position, arg) in args.iter().enumerate() {
            self.add_argument(&mut set, call.file, *arg, model.options_argument == Some(position));
            if let Some(pool) = pool.filter(|pool| pool.maximum_argument == Some(position) && arg.name.is_none()) {
                let value = Value::Expr(ExprRef { file: call.file, id: arg.value });
                set.given.extend(pool.maximum.first().map(|name| (Symbol::new(name), value)));
            }
        }
        set
    }

    /// The options that a record of a configuration holds.
    pub fn options_in(&self, record: ExprRef) -> OptionSet {
        let mut set = OptionSet::default();
        self.add_record(&mut set, record, 0);
        set
    }

    /// The same, without what URLs among them say: to look up one, a record that refers to itself must not be read again and again.
    fn own_options_in(&self, record: ExprRef) -> OptionSet {
        let mut set = OptionSet { is_shallow: true, ..OptionSet::default() };
        self.add_record(&mut set, record, 0);
        set
    }

    /// What is known of an option; `a.b` is option `b` in the record of option `a`.
    pub fn given(&self, set: &OptionSet, name: &str) -> Given {
        self.given_at(set, name, 0)
    }

    fn given_at(&self, set: &OptionSet, name: &str, depth: u32) -> Given {
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        match (set.value(first), rest) {
            (None, _) if set.is_open => Given::Unknown,
            (None, _) => Given::Absent,
            (Some(Value::Text(text)), None) => Given::Text(text.clone()),
            (Some(Value::Expr(value)), None) => self.literal(*value, depth).map_or(Given::Something, Given::Text),
            (Some(Value::Expr(value)), Some(rest)) => match self.record_of(*value, depth) {
                Some(record) => self.given_at(&self.options_in(record), rest, depth + 1),
                None => self.literal(*value, depth).map_or(Given::Unknown, Given::Text),
            },
            (Some(_), _) => Given::Something,
        }
    }

    /// Whether some code of the program, tests aside, sets an option of this name, in whatever it is.
    pub fn sets_anywhere(&self, name: &str) -> bool {
        self.files.iter().zip(&self.indexes).filter(|(file, _)| !self.is_test_file(file.path)).any(|(file, index)| {
            index.members.iter().chain(&index.entries).any(|(_, member, _)| member.eq_ignore_ascii_case(name))
                || file.exprs.iter().any(|expr| match &expr.kind {
                    ExprKind::Record(entries) => {
                        entries.iter().any(|entry| entry.key.is_some_and(|key| key.eq_ignore_ascii_case(name)))
                    }
                    ExprKind::Call { args, .. } => {
                        args.iter().any(|arg| arg.name.is_some_and(|given| given.eq_ignore_ascii_case(name)))
                    }
                    _ => false,
                })
        })
    }

    fn add_argument(&self, set: &mut OptionSet, file: FileId, arg: Arg, holds_options: bool) {
        let value = ExprRef { file, id: arg.value };
        if let Some(name) = arg.name {
            set.given.push((name, Value::Expr(value)));
            self.add_text(set, value);
            return;
        }
        let is_spread = matches!(self.kind(value), ExprKind::Spread(_));
        // Not every caller may be known.
        set.is_open |= holds_options && self.is_parameter(value);
        if self.is_recordlike(value) {
            self.add_record(set, value, 0);
        } else if self.literal(value, 0).is_some() && !is_spread && !(holds_options && self.is_of_library(value)) {
            self.add_text(set, value);
        } else if holds_options || is_spread {
            set.is_open = true;
        }
        // A builder whose statements stand apart: `options.max_connections(5)`.
        self.add_statements(set, value);
    }

    /// What the query of a URL says.
    fn add_text(&self, set: &mut OptionSet, value: ExprRef) {
        if let ExprKind::Text(parts) = self.kind(value) {
            for part in parts {
                if let TextPart::Literal { value, .. } = part {
                    set.add_query_of(value);
                }
            }
        } else if let Some(text) = self.literal(value, 0) {
            set.add_query_of(&text);
        } else if let ExprKind::Binary { right, .. } = self.kind(value) {
            self.add_text(set, ExprRef { file: value.file, id: *right });
        }
    }

    /// Whether all that is known of a value is which library it comes from.
    fn is_of_library(&self, value: ExprRef) -> bool {
        self.value(value).iter().any(|atom| matches!(atom, Atom::Path(_) | Atom::Instance(_)))
    }

    fn is_parameter(&self, value: ExprRef) -> bool {
        match self.kind(value) {
            ExprKind::Local(binding) => self.file(value.file).binding(*binding).kind == BindingKind::Param,
            _ => false,
        }
    }

    fn is_recordlike(&self, value: ExprRef) -> bool {
        let atoms = self.value(value);
        !atoms.is_empty() && atoms.iter().all(|atom| matches!(atom, Atom::Record(_)))
            || self.record_of(value, 0).is_some()
    }

    fn add_record(&self, set: &mut OptionSet, value: ExprRef, depth: u32) {
        let Some(record) = self.record_of(value, 0).filter(|_| depth < MAX_DEPTH) else {
            // One of several records: which options it has is known, their values are not.
            for atom in self.value(value) {
                match atom {
                    Atom::Record(record) => self.add_keys(set, *record),
                    _ => set.is_open = true,
                }
            }
            set.is_open |= self.value(value).is_empty();
            return;
        };
        let ExprKind::Record(entries) = self.kind(record) else { return };
        for Entry { key, value } in entries {
            let value = ExprRef { file: record.file, id: *value };
            match (key, self.kind(value)) {
                (Some(key), _) => {
                    set.given.push((*key, Value::Expr(value)));
                    if !set.is_shallow {
                        self.add_text(set, value);
                    }
                }
                (None, ExprKind::Spread(inner)) => {
                    let inner = ExprRef { file: record.file, id: *inner };
                    set.is_open |= self.is_parameter(inner);
                    self.add_record(set, inner, depth + 1);
                }
                (None, _) => set.is_open = true,
            }
        }
        self.add_members(set, value);
        self.add_members(set, record);
    }

    fn add_keys(&self, set: &mut OptionSet, record: ExprRef) {
        let ExprKind::Record(entries) = self.kind(record) else { return };
        set.is_open |= entries.iter().any(|entry| entry.key.is_none());
        set.given.extend(entries.iter().filter_map(|entry| Some((entry.key?, Value::Unknown))));
    }

    /// Members that are assigned later: `options.max = 5`.
    fn add_members(&self, set: &mut OptionSet, value: ExprRef) {
        let index = self.listing(value.file);
        let binding = match self.kind(value) {
            ExprKind::Local(binding) => Some(*binding),
            _ => index.assigned.get(&value.id).copied(),
        };
        let Some(binding) = binding else { return };
        for (object, name, _) in index.members.iter().chain(&index.entries) {
            if matches!(self.file(value.file).expr(*object).kind, ExprKind::Local(found) if found == binding) {
                set.given.push((*name, Value::Unknown));
            }
        }
    }

    /// What the calls before this one in a chain are given: `Options::new().max_connections(5)`.
    fn add_builder(&self, set: &mut OptionSet, callee: ExprRef, depth: u32) {
        let ExprKind::Member { base, .. } = self.kind(callee) else { return };
        let base = ExprRef { file: callee.file, id: self.file(callee.file).awaited(*base) };
        match self.kind(base) {
            ExprKind::Call { callee, args, .. } if depth < 32 => {
                let callee = ExprRef { file: base.file, id: *callee };
                if let (ExprKind::Member { name, .. }, Some(arg)) = (self.kind(callee), args.first()) {
                    set.given.push((*name, Value::Expr(ExprRef { file: base.file, id: arg.value })));
                }
                self.add_builder(set, callee, depth + 1);
            }
            ExprKind::Local(binding) => {
                let file = self.file(base.file);
                if matches!(file.binding(*binding).kind, BindingKind::Variable | BindingKind::Constant) {
                    self.add_statements(set, base);
                    match self.definition(base).map(|made| (made, self.kind(made))) {
                        Some((made, ExprKind::Call { callee, .. })) if depth < 32 => {
                            self.add_builder(set, ExprRef { file: made.file, id: *callee }, depth + 1);
                        }
                        _ => set.is_open = true,
                    }
                } else {
                    set.is_open |= matches!(file.binding(*binding).kind, BindingKind::Param);
                }
            }
            _ => {}
        }
    }

    /// What methods of a name are given: `options.max_connections(5).min_connections(1)`.
    fn add_statements(&self, set: &mut OptionSet, name: ExprRef) {
        let ExprKind::Local(binding) = *self.kind(name) else { return };
        let (file, index) = (self.file(name.file), self.listing(name.file));
        if !matches!(file.binding(binding).kind, BindingKind::Variable | BindingKind::Constant) {
            return;
        }
        for use_ in index.uses_of(binding) {
            let mut at = *use_;
            while let Some((member, call)) = index.parent(at).and_then(|member| Some((member, index.parent(member)?))) {
                let (ExprKind::Member { name: method, .. }, ExprKind::Call { callee, args, .. }) =
                    (&file.expr(member).kind, &file.expr(call).kind)
                else {
                    break;
                };
                if *callee != member {
                    break;
                }
                if let Some(arg) = args.first() {
                    set.given.push((*method, Value::Expr(ExprRef { file: name.file, id: arg.value })));
                }
                at = call;
            }
        }
    }

    fn record_of(&self, value: ExprRef, depth: u32) -> Option<ExprRef> {
        let value = ExprRef { file: value.file, id: self.file(value.file).awaited(value.id) };
        match self.kind(value) {
            ExprKind::Record(_) => Some(value),
            ExprKind::Local(_) if depth < MAX_DEPTH && self.definition(value).is_some() => {
                self.record_of(self.definition(value)?, depth + 1)
            }
            _ if self.is_choice(value) => None,
            _ => match self.value(value) {
                [Atom::Record(record)] => Some(*record),
                // What a function makes is also what it declares: `function make(): Options { return { … } }`.
                [Atom::Path(_) | Atom::Instance(_), Atom::Record(record)]
                | [Atom::Record(record), Atom::Path(_) | Atom::Instance(_)]
                    if !self.is_parameter(value) =>
                {
                    Some(*record)
                }
                _ => None,
            },
        }
    }

    /// Whether the value is one of several, of which some may not be known.
    fn is_choice(&self, value: ExprRef) -> bool {
        match self.kind(value) {
            ExprKind::Conditional { .. } | ExprKind::Control(_) => true,
            ExprKind::Binary { op, .. } => op.is_lazy(),
            _ => false,
        }
    }

    /// The text of a literal or of a constant, or the path of something that a library exports.
    pub(crate) fn literal(&self, value: ExprRef, depth: u32) -> Option<String> {
        let at = |id: ExprId| ExprRef { file: value.file, id };
        match self.kind(value) {
            ExprKind::Number(number) => Some(number.to_string()),
            // `5 * 1024 * 1024`.
            ExprKind::Binary { op: BinaryOp::Mul, left, right } if depth <= MAX_DEPTH => {
                let number = |side: ExprId| self.literal(at(side), depth + 1)?.parse::<f64>().ok();
                Some((number(*left)? * number(*right)?).to_string())
            }
            ExprKind::Bool(truth) => Some(truth.to_string()),
            ExprKind::Null => Some("null".to_owned()),
            ExprKind::Text(parts) => match parts.as_slice() {
                [] => Some(String::new()),
                [TextPart::Literal { value, .. }] => Some(value.to_string()),
                _ => None,
            },
            ExprKind::Await(inner) => self.literal(at(*inner), depth),
            _ if depth > MAX_DEPTH || self.is_choice(value) => None,
            ExprKind::Local(_) if self.definition(value).is_some() => self.literal(self.definition(value)?, depth + 1),
            ExprKind::Member { base, name, .. } if self.record_of(at(*base), depth).is_some() => {
                let set = self.own_options_in(self.record_of(at(*base), depth)?);
                match self.given_at(&set, name.as_str(), depth + 1) {
                    Given::Text(text) => Some(text),
                    _ => None,
                }
            }
            ExprKind::Local(_) | ExprKind::Member { .. } | ExprKind::Global(_) => {
                match (self.kind(value), self.value(value)) {
                    (_, [Atom::Path(path)]) => Some(path.to_string()),
                    (ExprKind::Global(name), []) => Some(name.to_string()),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
