//! Expressions and patterns in a dump.

use super::{Dump, write_to};
use crate::{Arg, BinaryOp, Binding, BindingId, CallKind, ExprId, ExprKind, Pattern, TextPart, UnaryOp};

impl Dump<'_> {
    pub(super) fn pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Bind(binding) => self.binding(*binding),
            Pattern::Place(place) => self.expr(*place),
            Pattern::Tuple(parts) => self.patterns("(", parts, ")"),
            Pattern::Record(fields) => {
                self.text("{");
                for (index, (name, part)) in fields.iter().enumerate() {
                    self.text(if index > 0 { ", " } else { "" });
                    self.text(name);
                    self.text(": ");
                    self.pattern(part);
                }
                self.text("}");
            }
            Pattern::Variant { path, args } => {
                match path {
                    Some(path) => self.expr(*path),
                    None => self.text("?"),
                }
                self.patterns("(", args, ")");
            }
            Pattern::Default { pattern, value } => {
                self.pattern(pattern);
                self.text(" ?= ");
                self.expr(*value);
            }
            Pattern::Ignore => self.text("_"),
        }
    }

    pub(super) fn patterns(&mut self, open: &str, parts: &[Pattern], close: &str) {
        self.text(open);
        for (index, part) in parts.iter().enumerate() {
            self.text(if index > 0 { ", " } else { "" });
            self.pattern(part);
        }
        self.text(close);
    }

    pub(super) fn binding(&mut self, id: BindingId) {
        let Binding { name, .. } = self.file.binding(id);
        let is_shared = self.file.bindings.iter().filter(|other| other.name == *name).nth(1).is_some();
        self.text(name);
        if is_shared {
            write_to(&mut self.out, format_args!(".{}", id.0));
        }
    }

    pub(super) fn list(&mut self, open: &str, ids: &[ExprId], close: &str) {
        self.text(open);
        for (index, id) in ids.iter().enumerate() {
            self.text(if index > 0 { ", " } else { "" });
            self.expr(*id);
        }
        self.text(close);
    }

    pub(super) fn args(&mut self, args: &[Arg]) {
        self.text("(");
        for (index, arg) in args.iter().enumerate() {
            self.text(if index > 0 { ", " } else { "" });
            if let Some(name) = arg.name {
                write_to(&mut self.out, format_args!("{name}="));
            }
            self.expr(arg.value);
        }
        self.text(")");
    }

    pub(super) fn expr(&mut self, id: ExprId) {
        match &self.file.expr(id).kind {
            ExprKind::Other(parts) => self.list("other(", parts, ")"),
            ExprKind::Null => self.text("null"),
            ExprKind::Bool(value) => write_to(&mut self.out, format_args!("{value}")),
            ExprKind::Number(value) => write_to(&mut self.out, format_args!("{value}")),
            ExprKind::Text(parts) => {
                self.text("\"");
                for part in parts {
                    match part {
                        TextPart::Literal { value, .. } => {
                            write_to(&mut self.out, format_args!("{}", value.escape_debug()));
                        }
                        TextPart::Hole(hole) => {
                            self.text("${");
                            self.expr(*hole);
                            self.text("}");
                        }
                    }
                }
                self.text("\"");
            }
            ExprKind::Local(binding) => self.binding(*binding),
            ExprKind::Global(name) => write_to(&mut self.out, format_args!("@{name}")),
            ExprKind::This => self.text("this"),
            ExprKind::Super => self.text("super"),
            ExprKind::Member { base, name, .. } => {
                self.expr(*base);
                write_to(&mut self.out, format_args!(".{name}"));
            }
            ExprKind::Index { base, indices } => {
                self.expr(*base);
                self.list("[", indices, "]");
            }
            ExprKind::Slice { base, from, to } => {
                self.expr(*base);
                self.text("[");
                from.iter().for_each(|from| self.expr(*from));
                self.text(":");
                to.iter().for_each(|to| self.expr(*to));
                self.text("]");
            }
            ExprKind::Call { callee, args, kind } => {
                self.text(match kind {
                    CallKind::New => "new ",
                    CallKind::Element => "element ",
                    _ => "",
                });
                self.expr(*callee);
                self.text(match kind {
                    CallKind::Macro => "!",
                    CallKind::Tag => "`",
                    _ => "",
                });
                self.args(args);
            }
            ExprKind::Await(operand) => self.prefixed("await ", *operand),
            ExprKind::Yield(operand) => {
                self.text("yield");
                if let Some(operand) = operand {
                    self.prefixed(" ", *operand);
                }
            }
            ExprKind::Propagate(operand) => {
                self.expr(*operand);
                self.text("?");
            }
            ExprKind::Spread(operand) => self.prefixed("*", *operand),
            ExprKind::Unary { op, operand } => self.prefixed(
                match op {
                    UnaryOp::Not => "not ",
                    UnaryOp::Delete => "delete ",
                    UnaryOp::Other => "unary ",
                },
                *operand,
            ),
            ExprKind::Binary { op, left, right } => {
                self.text("(");
                self.expr(*left);
                write_to(&mut self.out, format_args!(" {} ", op_text(*op)));
                self.expr(*right);
                self.text(")");
            }
            ExprKind::List(parts) => self.list("[", parts, "]"),
            ExprKind::Record(entries) => {
                self.text("{");
                for (index, entry) in entries.iter().enumerate() {
                    self.text(if index > 0 { ", " } else { "" });
                    match entry.key {
                        Some(key) => write_to(&mut self.out, format_args!("{key}: ")),
                        None => self.text("*"),
                    }
                    self.expr(entry.value);
                }
                self.text("}");
            }
            ExprKind::Conditional { test, then, otherwise } => {
                self.text("(");
                self.expr(*test);
                self.text(" ? ");
                self.expr(*then);
                self.text(" : ");
                self.expr(*otherwise);
                self.text(")");
            }
            ExprKind::Function(function) => write_to(&mut self.out, format_args!("fn#{}", function.0)),
            ExprKind::Class(class) => write_to(&mut self.out, format_args!("class {}", self.file.class(*class).name)),
            ExprKind::Assign { pattern, op, value } => {
                self.text("(");
                self.pattern(pattern);
                write_to(&mut self.out, format_args!(" {}= ", op.map_or("", op_text)));
                self.expr(*value);
                self.text(")");
            }
            ExprKind::Control(stmt) => {
                self.text("{\n");
                self.depth += 1;
                self.stmt(stmt);
                self.depth -= 1;
                for _ in 0..self.depth {
                    self.text("  ");
                }
                self.text("}");
            }
        }
    }

    pub(super) fn prefixed(&mut self, prefix: &str, operand: ExprId) {
        self.text(prefix);
        self.expr(operand);
    }
}

fn op_text(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::In => "in",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
        BinaryOp::Coalesce => "??",
        BinaryOp::Either => "|",
        BinaryOp::Other => "op",
    }
}
