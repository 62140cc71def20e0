//! Relations that are read where an answer is made of rows: by a serialiser, by a model that a handler answers with.

use ir::{ExprKind, FnId, Span, Symbol};

use super::{FEW, Held, MAX_DEPTH, MAX_STEPS, RowMethod, Visited, Walk};
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::index::Part;
use crate::schema::outputs::{self, Shown};
use crate::schema::relations::{self, Loading};
use crate::schema::serialisers;

/// Where something is read of an object, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) at: (FileId, Span),
    /// The template's path, and the place in it.
    pub(super) shown: Option<(Symbol, Span)>,
    /// The function that makes the answer.
    pub(super) by: FnRef,
}

impl<'a> Walk<'a> {
    /// Rows are handed to a class that shows them: `OrderSerializer(orders, many=True)`, `OrderOut.model_validate(order)`,
    /// `OrderSchema(many=True).dump(orders)`, or one that has them in a field.
    pub(super) fn given_to_class(&mut self, at: ExprRef, call: ExprRef, held: Held, depth: u32) {
        let program = self.program();
        let ExprKind::Call { callee, args, .. } = program.kind(call) else { return };
        let Some(position) = args.iter().position(|arg| arg.value == at.id) else { return };
        let callee = ExprRef { file: call.file, id: *callee };
        let holder = match program.kind(callee) {
            ExprKind::Member { base, .. } if outputs::named_by(program, callee).is_none() => {
                ExprRef { file: call.file, id: *base }
            }
            _ => callee,
        };
        let (function, _) = self.tracker.layout(call.file).place(call.id);
        let function = FnRef { file: call.file, id: function };
        let Some(class) = outputs::named_by(program, holder) else {
            if position == 0 && program.called_name(call).is_some_and(|name| name == "get_serializer") {
                self.given_to_view(call, function, held, depth);
            }
            return;
        };
        let held = self.each(held, call);
        match args[position].name {
            None if position == 0 => self.shown(class, held, function, depth + 1),
            // `Page(items=rows)`.
            Some(name) => self.field(class, name, held, function, depth + 1),
            None => {}
        }
    }

    /// `self.get_serializer(orders, many=True)`: the view's own serialiser shows them.
    fn given_to_view(&mut self, call: ExprRef, function: FnRef, held: Held, depth: u32) {
        let program = self.program();
        let Some(class) = program.file(function.file).function(function.id).class else { return };
        let view = ClassRef { file: function.file, id: class };
        if relations::method(program, view, "get_serializer").is_some() {
            return;
        }
        let held = self.each(held, call);
        for class in serialisers::of_action(program, view, function) {
            self.shown(class, held, function, depth + 1);
        }
    }

    /// Rows are a part of the answer that a handler declares: `return {"items": rows, "total": total}`.
    pub(super) fn answered_in(&mut self, record: ExprRef, function: FnRef, part: Part, held: Held, depth: u32) {
        let Part::Field(name) = part else { return };
        if let Some(class) = outputs::declared_by(self.program(), function) {
            self.field(class, name, self.each(held, record), function, depth + 1);
        }
    }

    /// What a class shows of what it has under a name.
    fn field(&mut self, class: ClassRef, name: Symbol, held: Held, by: FnRef, depth: u32) {
        let own = outputs::shown(self.program(), class).into_iter().find(|shown| shown.path == [name]);
        if let Some(nested) = own.and_then(|shown| shown.nested) {
            self.shown(nested, held, by, depth);
        }
    }

    /// Rows that a function gives are the answer: of a view with a serialiser, of a handler that declares its answer.
    pub(super) fn answered(&mut self, at: ExprRef, function: FnRef, held: Held, depth: u32) {
        let program = self.program();
        let data = program.file(function.file).function(function.id);
        // What is asked for one object has a query beside that for lists.
        let returns = program.listing(function.file).returns.get(function.id.0 as usize).map_or(0, Vec::len);
        if returns > 1 && program.mentions_member(function, "action") {
            return;
        }
        let Some(class) = data.class.filter(|_| data.name == "get_queryset") else {
            let declared = outputs::declared_by(program, function);
            let each = self.each(held, at);
            return declared.into_iter().for_each(|class| self.shown(class, each, function, depth + 1));
        };
        let is_one = program.gives_one_object(function);
        let each = if is_one { Held { is_rows: false, ..held } } else { self.each(held, at) };
        // A mixin's method answers in the views that extend it.
        for view in program.world().classes.family(ClassRef { file: function.file, id: class }) {
            if relations::method(program, view, "get_queryset") != Some(function) {
                continue;
            }
            for class in serialisers::of_view(program, view, if is_one { "retrieve" } else { "list" }) {
                self.shown(class, each, function, depth + 1);
            }
            let page = outputs::page_of_view(program, view, held.entity);
            if let Some(page) = page.filter(|page| page.size.is_none_or(|size| size >= FEW)) {
                self.given_to_page(at, function, &page, held);
            }
        }
    }

    /// One of the rows that are visited at a place, or the one object that is there.
    fn each(&self, held: Held, at: ExprRef) -> Held {
        if held.is_rows { self.row(held, at) } else { held }
    }

    /// What a class shows of one object.
    fn shown(&mut self, class: ClassRef, held: Held, by: FnRef, depth: u32) {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return;
        }
        for shown in outputs::shown(self.program(), class) {
            match shown.method {
                Some(method) => {
                    let calls =
                        |visited: Visited| RowMethod { method, function: visited.function, visited: visited.place };
                    self.called.extend(held.visited.map(calls));
                    let params = &self.program().file(method.file).function(method.id).params;
                    if let Some(object) = params.first().and_then(|param| param.pattern.as_binding()) {
                        self.named(method.file, object, held, depth + 1);
                    }
                }
                None => self.path(&shown, held, by, depth),
            }
        }
    }

    /// The attributes that lead to what is shown, and what is shown of that.
    fn path(&mut self, shown: &Shown, mut held: Held, by: FnRef, depth: u32) {
        let place = Place { at: (shown.file, shown.span), shown: None, by };
        for (number, name) in shown.path.iter().enumerate() {
            let is_whole = number + 1 < shown.path.len() || shown.is_whole;
            let Some(next) = self.attribute(place, *name, held, is_whole, depth) else { return };
            held = next;
        }
        if let Some(nested) = shown.nested {
            self.shown(nested, held, by, depth + 1);
        }
    }

    /// Reads one attribute of an object, the whole of what it leads to or its key; gives the related object, or one of them.
    pub(super) fn attribute(
        &mut self,
        place: Place,
        name: Symbol,
        held: Held,
        is_whole: bool,
        depth: u32,
    ) -> Option<Held> {
        let Some(relation) = self.relations.get(held.entity, name) else {
            self.shown_method(name, held, depth);
            return None;
        };
        let is_back = !relation.is_many && relation.target.is_some() && relation.target == held.parent;
        let is_known = relation.loading == Loading::Along || is_back || held.is_own && self.is_of_one(relation);
        let is_shared = held.is_shared || !relation.keys.is_empty();
        if (relation.is_many || is_whole) && !is_known {
            self.found_at(place, FnRef { file: place.at.0, id: FnId::MODULE }, relation, held, is_shared);
        }
        // What points at one object knows it, as each of several does.
        let parent = (relation.is_many || relation.keys.is_empty()).then_some(held.entity);
        let visited = held.visited.or(relation.is_many.then_some(Visited { function: place.by, place: place.at }));
        Some(Held { entity: relation.target?, is_rows: false, parent, is_own: false, is_shared, visited })
    }

    /// What shows a row calls the methods that it names.
    fn shown_method(&mut self, name: Symbol, held: Held, depth: u32) {
        if let Some(method) = self.method_of(held, name) {
            self.within_method(method, None, held, depth);
        }
    }
}
