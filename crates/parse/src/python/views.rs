//! Views of Django that only name what they list.

use ir::{Block, ClassId, ExprId, FunctionKind, Stmt, StmtKind, Symbol};
use ruff_python_ast::{
    self as ast, AtomicNodeIndex, Expr, ExprAttribute, ExprCall, ExprContext, Identifier, StmtAssign, StmtClassDef,
};
use ruff_text_size::{Ranged, TextRange};

use super::Lowering;

/// The method that gives what a view lists.
const GETTER: &str = "get_queryset";

impl Lowering<'_> {
    /// A view that names what it lists has a method that gives it, anew for each request; if it has such a method of its own, what
    /// that takes over is what is named. Gives what the class around names, for when this one ends.
    pub(super) fn enter_view(&mut self, def: &StmtClassDef, class: ClassId) -> Option<Box<Expr>> {
        let listed = listed(def);
        let is_getter = |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::FunctionDef(own) if &*own.name == GETTER);
        if let Some((assign, value)) = &listed
            && !def.body.iter().any(is_getter)
        {
            self.getter(assign, value, class);
        }
        std::mem::replace(&mut self.listed, listed.map(|(_, value)| Box::new(value)))
    }

    fn getter(&mut self, assign: &StmtAssign, value: &Expr, class: ClassId) {
        let span = self.span(assign);
        let kind = FunctionKind::Method { is_static: false };
        let id = self.builder.function(Symbol::new(GETTER), kind, span, self.span(&assign.targets[0]));
        self.builder.push_scope(id, false);
        let value = self.expr(value);
        self.builder.pop_scope();
        let parent = self.builder.file().class(class).parent;
        let function = self.builder.function_mut(id);
        function.parent = parent;
        function.class = Some(class);
        function.body = Block { stmts: vec![Stmt { kind: StmtKind::Return(Some(value)), span }], tail: None };
        self.builder.class_mut(class).methods.push((Symbol::new(GETTER), id));
    }

    /// `super().get_queryset()` is what the class names.
    pub(super) fn taken_over(&mut self, call: &ExprCall) -> Option<ExprId> {
        let Expr::Attribute(callee) = &*call.func else { return None };
        let is_super = matches!(&*callee.value, Expr::Call(base) if base.func.as_name_expr().is_some_and(|name| name.id == "super"));
        if !is_super || &*callee.attr != GETTER {
            return None;
        }
        let listed = self.listed.take()?;
        let outer = self.in_place_of.replace(self.span(call));
        let value = self.expr(&listed);
        self.in_place_of = outer;
        self.listed = Some(listed);
        Some(value)
    }
}

/// What a view names, and where: `queryset = Order.objects.all()`, or `model = Order` of a list.
fn listed(def: &StmtClassDef) -> Option<(&StmtAssign, Expr)> {
    let assigned = |wanted: &str| {
        def.body.iter().find_map(|stmt| match stmt {
            ast::Stmt::Assign(assign) => {
                let is_it = |target: &Expr| matches!(target, Expr::Name(name) if name.id == wanted);
                (assign.targets.len() == 1 && is_it(&assign.targets[0])).then_some(assign)
            }
            _ => None,
        })
    };
    if let Some(assign) = assigned("queryset").filter(|assign| !def.bases().is_empty() && assign.value.is_call_expr()) {
        return Some((assign, (*assign.value).clone()));
    }
    let is_list = |base: &Expr| match base {
        Expr::Name(name) => name.id.ends_with("ListView"),
        Expr::Attribute(attribute) => attribute.attr.ends_with("ListView"),
        _ => false,
    };
    let model = assigned("model").filter(|_| def.bases().iter().any(is_list))?;
    let is_class = |value: &Expr| matches!(value, Expr::Name(_) | Expr::Attribute(_));
    is_class(&model.value).then(|| (model, all_of((*model.value).clone())))
}

/// `Order.objects.all()`
fn all_of(model: Expr) -> Expr {
    let range = model.range();
    let objects = attribute(model, "objects", range);
    Expr::Call(ExprCall {
        node_index: AtomicNodeIndex::default(),
        range_start: range.start(),
        func: Box::new(attribute(objects, "all", range)),
        arguments: ast::Arguments {
            node_index: AtomicNodeIndex::default(),
            range: TextRange::empty(range.end()),
            args: Box::default(),
            keywords: Default::default(),
        },
    })
}

fn attribute(value: Expr, name: &str, range: TextRange) -> Expr {
    Expr::Attribute(ExprAttribute {
        node_index: AtomicNodeIndex::default(),
        range,
        value: Box::new(value),
        attr: Identifier::new(name, range),
        ctx: ExprContext::Load,
    })
}
