//! Which serialiser a view of Django REST framework answers with: the one that it names, or the one that its
//! `get_serializer_class` chooses by what is asked for.

use ir::{BinaryOp, Block, ExprId, ExprKind, StmtKind, UnaryOp};

use super::members::members;
use super::node::Node;
use super::outputs::kind_of;
use super::relations::method;
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::program::Program;

/// The serialisers that a view may answer an action with: `list`, `retrieve`, or a method of its own.
pub(crate) fn of_view(program: &Program<'_>, view: ClassRef, action: &str) -> Vec<ClassRef> {
    let own = members(program, &program.world().classes.lineage(view));
    let named = own.iter().find(|member| member.name == "serializer_class").and_then(|member| member.value);
    let mut choice = Choice { program, action, named: named.and_then(Node::class), found: Vec::new() };
    let chooser = method(program, view, "get_serializer_class");
    let is_chosen = chooser.is_some_and(|chooser| {
        let body = &program.file(chooser.file).function(chooser.id).body;
        choice.block(chooser.file, body)
    });
    if !is_chosen {
        choice.found.extend(choice.named);
    }
    choice.found.retain(|class| kind_of(program, *class).is_some());
    choice.found.dedup();
    choice.found
}

/// The serialisers that an action of a view's own is answered with, which its decorator may name.
pub(crate) fn of_action(program: &Program<'_>, view: ClassRef, action: FnRef) -> Vec<ClassRef> {
    let function = program.file(action.file).function(action.id);
    let node = |id: &ExprId| Node::new(program, ExprRef { file: action.file, id: *id });
    let decorators = function.decorators.iter().filter_map(|id| node(id).call());
    let mut named = decorators.filter_map(|call| call.keyword("serializer_class")?.class());
    named.next().map_or_else(|| of_view(program, view, function.name.as_str()), |class| vec![class])
}

struct Choice<'a> {
    program: &'a Program<'a>,
    action: &'a str,
    named: Option<ClassRef>,
    found: Vec<ClassRef>,
}

impl Choice<'_> {
    /// Whether the statements give a class for the action in any case.
    fn block(&mut self, file: FileId, block: &Block) -> bool {
        block.stmts.iter().any(|stmt| match &stmt.kind {
            StmtKind::Return(value) => {
                value.iter().for_each(|value| self.given(ExprRef { file, id: *value }));
                true
            }
            StmtKind::If { test, then, otherwise } => match self.holds(ExprRef { file, id: *test }) {
                Some(true) => self.block(file, then),
                Some(false) => self.block(file, otherwise),
                None => {
                    let both = [self.block(file, then), self.block(file, otherwise)];
                    both == [true, true]
                }
            },
            StmtKind::Throw(_) => true,
            _ => false,
        })
    }

    /// What is not known is what the view names.
    fn given(&mut self, value: ExprRef) {
        let at = |id| ExprRef { file: value.file, id };
        if let ExprKind::Conditional { test, then, otherwise } = *self.program.kind(value) {
            let holds = self.holds(at(test));
            if holds != Some(false) {
                self.given(at(then));
            }
            if holds != Some(true) {
                self.given(at(otherwise));
            }
            return;
        }
        let class = Node::new(self.program, value).class().or(self.named);
        self.found.extend(class);
    }

    /// Whether a test of the action, or of the request's method, holds.
    fn holds(&self, test: ExprRef) -> Option<bool> {
        let at = |id| ExprRef { file: test.file, id };
        match *self.program.kind(test) {
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.holds(at(operand)).map(|holds| !holds),
            ExprKind::Binary { op, left, right } => {
                let (left, right) = (at(left), at(right));
                match op {
                    BinaryOp::Equal => Some(self.texts(right)?.contains(&self.asked(left)?.to_owned())),
                    BinaryOp::NotEqual => Some(!self.texts(right)?.contains(&self.asked(left)?.to_owned())),
                    BinaryOp::In => Some(self.texts(right)?.contains(&self.asked(left)?.to_owned())),
                    BinaryOp::And => match (self.holds(left), self.holds(right)) {
                        (Some(false), _) | (_, Some(false)) => Some(false),
                        (Some(true), Some(true)) => Some(true),
                        _ => None,
                    },
                    BinaryOp::Or => match (self.holds(left), self.holds(right)) {
                        (Some(true), _) | (_, Some(true)) => Some(true),
                        (Some(false), Some(false)) => Some(false),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn texts(&self, expr: ExprRef) -> Option<Vec<String>> {
        Node::new(self.program, expr).one_or_items().into_iter().map(Node::text).collect()
    }

    /// What `self.action` and `self.request.method` are. A method of its own may be asked for by any request.
    fn asked(&self, expr: ExprRef) -> Option<&str> {
        match self.program.kind(expr) {
            ExprKind::Member { name, .. } if *name == "action" => Some(self.action),
            ExprKind::Member { name, .. } if *name == "method" && matches!(self.action, "list" | "retrieve") => {
                Some("GET")
            }
            _ => None,
        }
    }
}
