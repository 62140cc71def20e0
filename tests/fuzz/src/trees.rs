use ir::{File, Span, Stmt, Visit, walk_stmt};

/// Every place lies in the text and cuts no character.
pub fn check_tree(file: &File, text: &str) {
    for expr in &file.exprs {
        check(expr.span, text, "expression");
    }
    for function in &file.functions {
        check(function.span, text, "function");
        check(function.name_span, text, "name of a function");
        Statements { text }.block(file, &function.body);
    }
    for class in &file.classes {
        check(class.span, text, "class");
        check(class.name_span, text, "name of a class");
    }
    for binding in &file.bindings {
        check(binding.span, text, "binding");
    }
    for part in &file.skipped {
        check(part.span, text, "skipped part");
    }
}

fn check(span: Span, text: &str, what: &str) {
    let (start, end) = (span.start as usize, span.end as usize);
    assert!(start <= end && end <= text.len(), "{what} {span:?} of {} bytes", text.len());
    assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{what} {span:?} cuts a character");
}

struct Statements<'t> {
    text: &'t str,
}

impl Visit for Statements<'_> {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        check(stmt.span, self.text, "statement");
        walk_stmt(self, file, stmt);
    }

    fn expr(&mut self, _: &File, _: ir::ExprId) {}
}
