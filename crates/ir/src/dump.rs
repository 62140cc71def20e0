//! The stable text form of a lowered file: the format of the front ends' tests and of `cargo xtask lower`.
//!
//! Pseudo-code, one statement a line, two spaces a level. Functions stand one after another, closures are referred to
//! as `fn#3`. Local names carry their binding number (`conn.2`) where two bindings of the file share a name.

mod change;
mod expr;

use std::fmt::Write as _;

use crate::{
    BindingId, BindingKind, Block, Entity, Export, ExprId, File, FnId, FunctionKind, ImportItem, LoopKind, Stmt,
    StmtKind,
};

impl File {
    /// The whole file as text.
    pub fn dump(&self) -> String {
        let mut dump = Dump { file: self, out: String::new(), depth: 0 };
        dump.file();
        dump.out
    }

    /// One expression as text, shortened to what fits a line.
    pub fn dump_expr(&self, id: ExprId) -> String {
        let mut dump = Dump { file: self, out: String::new(), depth: 0 };
        dump.expr(id);
        dump.out
    }
}

struct Dump<'a> {
    file: &'a File,
    out: String,
    depth: usize,
}

impl Dump<'_> {
    fn line(&mut self, write: impl FnOnce(&mut Self)) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
        write(self);
        self.out.push('\n');
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn file(&mut self) {
        let file = self.file;
        for directive in &file.directives {
            self.line(|d| write_to(&mut d.out, format_args!("directive {directive}")));
        }
        for name in &file.submodules {
            self.line(|d| write_to(&mut d.out, format_args!("submodule {name}")));
        }
        for (name, place) in &file.placed_modules {
            self.line(|d| write_to(&mut d.out, format_args!("submodule {name} at {place}")));
        }
        for (index, binding) in file.bindings.iter().enumerate() {
            if let BindingKind::Import(import) = &binding.kind {
                self.line(|d| {
                    d.text("import ");
                    d.binding(BindingId(index as u32));
                    write_to(&mut d.out, format_args!(" = {:?}", import.module.as_str()));
                    match import.item {
                        ImportItem::Module => {}
                        ImportItem::Named(name) => write_to(&mut d.out, format_args!(".{name}")),
                        ImportItem::Default => d.text(" default"),
                        ImportItem::All => d.text(" *"),
                    }
                });
            }
        }
        for export in &file.exports {
            self.line(|d| d.export(export));
        }
        for class in &file.classes {
            self.class(class);
        }
        for an_impl in &file.impls {
            self.line(|d| {
                d.text("impl ");
                if let Some(interface) = an_impl.interface {
                    d.expr(interface);
                    d.text(" for ");
                }
                d.expr(an_impl.ty);
                for (name, function) in &an_impl.methods {
                    write_to(&mut d.out, format_args!(" {name}=fn#{}", function.0));
                }
            });
        }
        for index in 0..file.functions.len() {
            self.function(FnId(index as u32));
        }
        file.changes.iter().for_each(|change| self.change(change));
        file.entities.iter().for_each(|entity| self.entity(entity));
        for skipped in &file.skipped {
            self.line(|d| write_to(&mut d.out, format_args!("skipped {:?}: {}", skipped.span, skipped.reason)));
        }
    }

    fn entity(&mut self, entity: &Entity) {
        self.line(|d| write_to(&mut d.out, format_args!("entity {}", entity.name)));
        self.depth += 1;
        self.table(&entity.table);
        for (name, column) in entity.attributes.iter().filter(|(name, column)| name != column) {
            self.line(|d| write_to(&mut d.out, format_args!("{name} is {column}")));
        }
        for relation in entity.relations.iter().filter(|relation| relation.is_list) {
            let label = relation.label.map_or_else(String::new, |label| format!(" by {label}"));
            self.line(|d| write_to(&mut d.out, format_args!("list of {}{label}", relation.entity)));
        }
        self.depth -= 1;
    }

    fn export(&mut self, export: &Export) {
        match export {
            Export::Binding { name, binding } => {
                write_to(&mut self.out, format_args!("export {name} = "));
                self.binding(*binding);
            }
            Export::Value { name, value } => {
                write_to(&mut self.out, format_args!("export {name} = "));
                self.expr(*value);
            }
            Export::From { name, import } => {
                write_to(&mut self.out, format_args!("export {name} from {:?}", import.module.as_str()));
            }
            Export::All { module } => write_to(&mut self.out, format_args!("export * from {:?}", module.as_str())),
        }
    }

    fn class(&mut self, class: &crate::Class) {
        self.line(|d| {
            write_to(&mut d.out, format_args!("class {}", class.name));
            d.list("(", &class.bases, ")");
            if !class.keywords.is_empty() {
                d.text(" with ");
                d.args(&class.keywords);
            }
            for decorator in &class.decorators {
                d.text(" @");
                d.expr(*decorator);
            }
        });
        self.depth += 1;
        for field in &class.fields {
            self.line(|d| {
                d.text(if field.is_static { "static " } else { "field " });
                d.text(&field.name);
                d.annotation(field.annotation);
                if let Some(value) = field.value {
                    d.text(" = ");
                    d.expr(value);
                }
                for decorator in &field.decorators {
                    d.text(" @");
                    d.expr(*decorator);
                }
            });
        }
        for (name, function) in &class.methods {
            self.line(|d| write_to(&mut d.out, format_args!("method {name} = fn#{}", function.0)));
        }
        self.depth -= 1;
    }

    fn function(&mut self, id: FnId) {
        let function = self.file.function(id);
        self.line(|d| {
            write_to(&mut d.out, format_args!("fn#{} {}", id.0, function.name));
            if function.kind != FunctionKind::Module {
                d.params(function);
            }
            d.text(match function.kind {
                FunctionKind::Module | FunctionKind::Named => "",
                FunctionKind::Method { is_static: false } => " method",
                FunctionKind::Method { is_static: true } => " static",
                FunctionKind::Getter => " getter",
                FunctionKind::Constructor => " constructor",
                FunctionKind::Closure => " closure",
                FunctionKind::AsyncBlock => " async-block",
                FunctionKind::ClassBody => " class-body",
            });
            for (set, word) in
                [(function.is_async, " async"), (function.is_generator, " generator"), (function.is_test, " test")]
            {
                d.text(if set { word } else { "" });
            }
            for decorator in &function.decorators {
                d.text(" @");
                d.expr(*decorator);
            }
        });
        self.block(&function.body);
    }

    fn params(&mut self, function: &crate::Function) {
        self.text("(");
        for (index, param) in function.params.iter().enumerate() {
            self.text(if index > 0 { ", " } else { "" });
            self.text(if param.is_rest { "*" } else { "" });
            self.pattern(&param.pattern);
            self.annotation(param.annotation);
            if let Some(default) = param.default {
                self.text(" = ");
                self.expr(default);
            }
            for decorator in &param.decorators {
                self.text(" @");
                self.expr(*decorator);
            }
        }
        self.text(")");
        if let Some(returns) = function.returns {
            self.text(" -> ");
            self.expr(returns);
        }
    }

    fn annotation(&mut self, annotation: Option<ExprId>) {
        if let Some(annotation) = annotation {
            self.text(": ");
            self.expr(annotation);
        }
    }

    fn block(&mut self, block: &Block) {
        self.depth += 1;
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
        if let Some(tail) = block.tail {
            self.line(|d| {
                d.text("=> ");
                d.expr(tail);
            });
        }
        self.depth -= 1;
    }

    fn region(&mut self, head: &str, block: &Block) {
        self.line(|d| d.text(head));
        self.block(block);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(value) => self.line(|d| d.expr(*value)),
            StmtKind::Let { pattern, annotation, value } => self.line(|d| {
                d.text("let ");
                d.pattern(pattern);
                d.annotation(*annotation);
                if let Some(value) = value {
                    d.text(" = ");
                    d.expr(*value);
                }
            }),
            StmtKind::Return(value) => self.leave("return", *value),
            StmtKind::Throw(value) => self.leave("throw", *value),
            StmtKind::Break(value) => self.leave("break", *value),
            StmtKind::Continue => self.leave("continue", None),
            StmtKind::If { test, then, otherwise } => {
                self.line(|d| {
                    d.text("if ");
                    d.expr(*test);
                });
                self.block(then);
                if !otherwise.stmts.is_empty() || otherwise.tail.is_some() {
                    self.region("else", otherwise);
                }
            }
            StmtKind::Loop { kind, body, is_async } => {
                self.line(|d| {
                    d.text(if *is_async { "async " } else { "" });
                    match kind {
                        LoopKind::For { pattern, iter } => {
                            d.text("for ");
                            d.pattern(pattern);
                            d.text(" in ");
                            d.expr(*iter);
                        }
                        LoopKind::While { test } => {
                            d.text("while ");
                            d.expr(*test);
                        }
                        LoopKind::Forever => d.text("loop"),
                    }
                });
                self.block(body);
            }
            StmtKind::Try { body, handlers, otherwise, finally } => {
                self.region("try", body);
                for handler in handlers {
                    self.line(|d| {
                        d.text("catch");
                        if let Some(types) = handler.types {
                            d.text(" ");
                            d.expr(types);
                        }
                        if let Some(binding) = handler.binding {
                            d.text(" as ");
                            d.binding(binding);
                        }
                    });
                    self.block(&handler.body);
                }
                for (head, block) in [("otherwise", otherwise), ("finally", finally)] {
                    if !block.stmts.is_empty() || block.tail.is_some() {
                        self.region(head, block);
                    }
                }
            }
            StmtKind::With { items, body, is_async } => {
                self.line(|d| {
                    d.text(if *is_async { "async with " } else { "with " });
                    for (index, item) in items.iter().enumerate() {
                        d.text(if index > 0 { ", " } else { "" });
                        d.expr(item.value);
                        if let Some(pattern) = &item.pattern {
                            d.text(" as ");
                            d.pattern(pattern);
                        }
                    }
                });
                self.block(body);
            }
            StmtKind::Match { subject, arms } => {
                self.line(|d| {
                    d.text("match ");
                    d.expr(*subject);
                });
                self.depth += 1;
                for arm in arms {
                    self.line(|d| {
                        d.text("case ");
                        d.pattern(&arm.pattern);
                        if let Some(guard) = arm.guard {
                            d.text(" if ");
                            d.expr(guard);
                        }
                    });
                    self.block(&arm.body);
                }
                self.depth -= 1;
            }
            StmtKind::Block(block) => self.region("block", block),
        }
    }

    fn leave(&mut self, word: &str, value: Option<ExprId>) {
        self.line(|d| {
            d.text(word);
            if let Some(value) = value {
                d.text(" ");
                d.expr(value);
            }
        });
    }
}

fn write_to(out: &mut String, args: std::fmt::Arguments<'_>) {
    out.write_fmt(args).expect("writing to a string cannot fail");
}
