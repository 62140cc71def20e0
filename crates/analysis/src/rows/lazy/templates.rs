//! Relations that a template reads of the rows that it is given.

use ir::{ExprKind, Symbol, TextPart};

use super::answers::Place;
use super::{Held, MAX_STEPS, Visited, Walk};
use crate::ids::{ExprRef, FnRef};
use crate::schema::outputs::Page;
use crate::templates::{self, Include, Loop, Template};

/// Functions that fill a template, by their last name.
const RENDERING: &[&str] = &["render", "render_template", "render_to_string", "TemplateResponse", "render_to_response"];

/// Members that give the same rows.
const SAME: &[&str] = &["all", "items", "object_list", "iterator", "reverse"];

/// Where a template is filled.
#[derive(Clone, Copy)]
struct Filled<'t> {
    template: &'t Template,
    by: FnRef,
    at: ExprRef,
    /// By how many others it is included.
    depth: u32,
}

const MAX_INCLUDES: u32 = 3;

impl<'a> Walk<'a> {
    /// Rows are given to a template as one of its names: `render_template("orders.html", orders=rows)`,
    /// `render(request, "orders.html", {"orders": rows})`.
    pub(super) fn given_to_template(&mut self, at: ExprRef, call: ExprRef, name: Symbol, held: Held) {
        let Some(template) = self.template_of(call) else { return };
        let (by, _) = self.tracker.layout(call.file).place(call.id);
        self.fill(Filled { template, by: FnRef { file: call.file, id: by }, at, depth: 0 }, name, held);
    }

    /// Rows are what a view of Django answers with.
    pub(super) fn given_to_page(&mut self, at: ExprRef, by: FnRef, page: &Page, held: Held) {
        let Some(template) = templates::named(self.program().templates(), &page.template) else { return };
        page.names.iter().for_each(|name| self.fill(Filled { template, by, at, depth: 0 }, *name, held));
    }

    fn fill(&mut self, filled: Filled<'a>, name: Symbol, held: Held) {
        if held.is_rows {
            for found in filled.template.loops.iter().filter(|found| goes_over(&found.over, &[name])) {
                let held = self.row(held, filled.at);
                self.element(filled, found, held);
            }
            for include in &filled.template.includes {
                self.included(filled, include, name, held);
            }
            return;
        }
        // One object: each of what a relation gives is visited in the template.
        self.members(filled, name, None, held);
    }

    fn template_of(&self, call: ExprRef) -> Option<&'a Template> {
        let program = self.program();
        let name = program.called_name(call)?;
        if !RENDERING.contains(&name.as_str()) {
            return None;
        }
        let ExprKind::Call { args, .. } = program.kind(call) else { return None };
        args.iter().find_map(|arg| match program.kind(ExprRef { file: call.file, id: arg.value }) {
            ExprKind::Text(parts) => match parts.as_slice() {
                [TextPart::Literal { value, .. }] => templates::named(program.templates(), value),
                _ => None,
            },
            _ => None,
        })
    }

    /// One of the rows that a loop of a template goes over.
    fn element(&mut self, filled: Filled<'a>, found: &Loop, held: Held) {
        self.steps += 1;
        if self.steps <= MAX_STEPS {
            self.members(filled, found.name, Some(found), held);
        }
    }

    /// What is read of an object that a template has under a name, within a loop or anywhere.
    fn members(&mut self, filled: Filled<'a>, name: Symbol, within: Option<&Loop>, held: Held) {
        let is_within = |span: ir::Span| within.is_none_or(|around| around.span.contains(span) && around.span != span);
        let reads = filled.template.reads.iter().filter(|read| read.path.len() > 1 && read.path[0] == name);
        for read in reads.filter(|read| is_within(read.span)) {
            self.steps_of(filled, &read.path[1..], read.span, held);
        }
        let loops = filled.template.loops.iter().filter(|inner| inner.over.len() > 1 && inner.over[0] == name);
        for inner in loops.filter(|inner| is_within(inner.span)) {
            if let Some(next) = self.steps_of(filled, &inner.over[1..], inner.span, held) {
                let visited = Visited { function: filled.by, place: self.place_of(filled) };
                self.element(filled, inner, Held { visited: next.visited.or(Some(visited)), ..next });
            }
        }
        for include in filled.template.includes.iter().filter(|include| is_within(include.span)) {
            self.included(filled, include, name, held);
        }
    }

    /// What another template shows of what it gets by its name here, or by another.
    fn included(&mut self, filled: Filled<'a>, include: &Include, name: Symbol, held: Held) {
        self.steps += 1;
        let template = templates::named(self.program().templates(), &include.name);
        let Some(template) = template.filter(|_| filled.depth < MAX_INCLUDES && self.steps <= MAX_STEPS) else {
            return;
        };
        let filled = Filled { template, depth: filled.depth + 1, ..filled };
        let is_hidden = include.given.iter().any(|(to, _)| *to == name);
        let given = include.given.iter().filter(|(_, from)| goes_over(from, &[name])).map(|(to, _)| *to);
        let names: Vec<Symbol> = given.chain((!is_hidden).then_some(name)).collect();
        names.into_iter().for_each(|name| self.fill(filled, name, held));
    }

    /// Follows members of an object; gives what the last relation leads to.
    fn steps_of(&mut self, filled: Filled<'a>, path: &[Symbol], span: ir::Span, held: Held) -> Option<Held> {
        let place = Place { at: self.place_of(filled), shown: Some((filled.template.path, span)), by: filled.by };
        let mut held = held;
        let mut is_led = false;
        for name in path.iter().filter(|name| !SAME.contains(&name.as_str())) {
            match self.attribute(place, *name, held, true, 0) {
                Some(next) => (held, is_led) = (next, true),
                None => break,
            }
        }
        is_led.then_some(held)
    }

    fn place_of(&self, filled: Filled<'_>) -> (crate::ids::FileId, ir::Span) {
        (filled.at.file, self.program().expr_span(filled.at))
    }
}

fn goes_over(over: &[Symbol], names: &[Symbol]) -> bool {
    over.strip_prefix(names).is_some_and(|rest| rest.iter().all(|name| SAME.contains(&name.as_str())))
}
