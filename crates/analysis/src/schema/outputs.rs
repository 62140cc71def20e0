//! What serialisers read of the objects that they are given: the fields of a serialiser of Django REST framework or
//! marshmallow, and those of a pydantic model.
//!
//! What it does not see: fields that a list elsewhere names, serialisers that are made by a function.

use ir::{ExprKind, Span, Symbol};

use super::members::{Member, members, meta};
use super::node::{Call, Node};
use super::relations::method;
use super::serialisers;
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::models::{Declares, Outputs};
use crate::program::Program;

/// Something that is read of an object.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// The attributes that lead to it: `customer`, `name`.
    pub(crate) path: Vec<Symbol>,
    /// More of another object is shown than its key.
    pub(crate) is_whole: bool,
    /// The class that says what is read of what the path leads to.
    pub(crate) nested: Option<ClassRef>,
    /// The method that works it out from the object, its first parameter.
    pub(crate) method: Option<FnRef>,
    pub(crate) file: FileId,
    pub(crate) span: Span,
}

/// How a class says what an answer shows, if it does.
pub(crate) fn kind_of(program: &Program<'_>, class: ClassRef) -> Option<Outputs> {
    let library = program.library(class.file);
    let bases = program.world().classes.library_bases(class);
    bases.into_iter().find_map(|base| library.outputs(base))
}

/// What a class shows of an object.
pub(crate) fn shown(program: &Program<'_>, class: ClassRef) -> Vec<Shown> {
    let lineage = program.world().classes.lineage(class);
    let own = members(program, &lineage);
    // A list of its own may fetch what its elements show.
    if meta(program, &lineage, "list_serializer_class").is_some() {
        return Vec::new();
    }
    match kind_of(program, class) {
        Some(Outputs::Annotated) => own.iter().filter_map(|member| annotated(program, member)).collect(),
        Some(Outputs::Declared) => {
            let mut found: Vec<Shown> = own.iter().filter_map(|member| declared(program, class, member)).collect();
            // With a depth it shows objects in place of their keys.
            let is_whole = meta(program, &lineage, "depth")
                .is_some_and(|depth| matches!(depth.resolved().kind(), ExprKind::Number(depth) if *depth >= 1.0));
            if let Some((list, mut names)) = listed(program, &lineage) {
                names.retain(|name| !own.iter().any(|member| member.name == *name));
                let (file, span) = (list.expr.file, list.span());
                let plain = |name| Shown { path: vec![name], is_whole, nested: None, method: None, file, span };
                found.extend(names.into_iter().map(plain));
            }
            found
        }
        None => Vec::new(),
    }
}

/// The names that `fields` lists, or those of the model's relations where it stands for all, or `exclude` for all but some.
fn listed<'a>(program: &'a Program<'a>, lineage: &[ClassRef]) -> Option<(Node<'a>, Vec<Symbol>)> {
    let fields = meta(program, lineage, "fields");
    let named = fields.and_then(Node::names).unwrap_or_default();
    let is_all = matches!(named.as_slice(), [only] if only == "__all__");
    if let Some(list) = fields.filter(|_| !is_all) {
        return Some((list, named));
    }
    let left_out = meta(program, lineage, "exclude");
    let place = fields.or(left_out)?;
    let without = left_out.and_then(Node::names).unwrap_or_default();
    let model = meta(program, lineage, "model")?.class()?;
    let columns = members(program, &program.world().classes.lineage(model));
    let is_relation = |member: &Member<'_>| {
        let declared = member.value.and_then(Node::call).and_then(Call::declares);
        matches!(declared, Some(Declares::Reference | Declares::OneToOne | Declares::ManyToMany))
    };
    let relations = columns.iter().filter(|member| is_relation(member)).map(|member| member.name);
    Some((place, relations.filter(|name| !without.contains(name)).collect()))
}

/// With what a view of a list answers.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The template, by name.
    pub(crate) template: String,
    /// The names that the rows have there.
    pub(crate) names: Vec<Symbol>,
    /// How many rows there are at most.
    pub(crate) size: Option<u32>,
}

/// The page of a view that answers with a list of an entity: as the class says, else by the names of its folder and the entity.
pub(crate) fn page_of_view(program: &Program<'_>, class: ClassRef, entity: Symbol) -> Option<Page> {
    let library = program.library(class.file);
    let bases = program.world().classes.library_bases(class);
    if !bases.into_iter().any(|base| library.lists(base) == Some(true)) {
        return None;
    }
    let own = members(program, &program.world().classes.lineage(class));
    let value = |name: &str| own.iter().find(|member| member.name == name)?.value;
    let size = value("paginate_by").and_then(|size| match size.resolved().kind() {
        ExprKind::Number(size) => Some(*size as u32),
        _ => None,
    });
    let folder = program.file(class.file).path.rsplit('/').nth(1).unwrap_or_default();
    let template = value("template_name").and_then(Node::text);
    // What a serialiser shows is no page.
    if template.is_none() && !serialisers::of_view(program, class, "list").is_empty() {
        return None;
    }
    let named = value("context_object_name").and_then(Node::text).map(|name| Symbol::new(&name));
    let by_convention = [Symbol::new("object_list"), Symbol::new("page_obj"), Symbol::new(&format!("{entity}_list"))];
    Some(Page {
        template: template.unwrap_or_else(|| format!("{folder}/{entity}_list.html")),
        names: named.into_iter().chain(by_convention).collect(),
        size,
    })
}

/// The class that an expression names or is an object of, if it says what is shown.
pub(crate) fn named_by(program: &Program<'_>, expr: ExprRef) -> Option<ClassRef> {
    Node::new(program, expr).class().filter(|class| kind_of(program, *class).is_some())
}

/// What a handler declares as its answer: `response_model=list[OrderOut]`, `-> list[OrderOut]`.
pub(crate) fn declared_by(program: &Program<'_>, function: FnRef) -> Option<ClassRef> {
    let data = program.file(function.file).function(function.id);
    let node = |id| Node::new(program, ExprRef { file: function.file, id });
    let model = data.decorators.iter().find_map(|id| node(*id).call()?.keyword("response_model"));
    let returned = data.returns.filter(|_| program.is_entry(function)).map(node);
    named_in(program, model.or(returned)?.expr, 0)
}

/// The class that an annotation shows, of one object or of a list: `OrderOut`, `list[OrderOut]`.
pub(crate) fn named_in(program: &Program<'_>, annotation: ExprRef, depth: u32) -> Option<ClassRef> {
    let within = |id| named_in(program, ExprRef { file: annotation.file, id }, depth + 1);
    match program.kind(annotation) {
        _ if depth > 4 => None,
        ExprKind::Index { indices, .. } => indices.iter().find_map(|id| within(*id)),
        ExprKind::Binary { left, right, .. } => within(*left).or_else(|| within(*right)),
        ExprKind::List(items) | ExprKind::Other(items) => items.iter().find_map(|id| within(*id)),
        _ => {
            Node::new(program, annotation).class().filter(|class| kind_of(program, *class) == Some(Outputs::Annotated))
        }
    }
}

/// `items: list[ItemOut]`.
fn annotated(program: &Program<'_>, member: &Member<'_>) -> Option<Shown> {
    let nested = named_in(program, member.annotation?.expr, 0);
    let (file, span) = (member.file, member.span);
    Some(Shown { path: vec![member.name], is_whole: nested.is_some(), nested, method: None, file, span })
}

/// `items = ItemSerializer(many=True)`, `name = CharField(source="customer.name")`.
fn declared(program: &Program<'_>, class: ClassRef, member: &Member<'_>) -> Option<Shown> {
    let call = member.value?.call()?;
    let source = call.keyword("source").or_else(|| call.keyword("attribute"));
    let text = source.and_then(Node::text);
    let mut path: Vec<Symbol> = text.as_deref().unwrap_or(member.name.as_str()).split('.').map(Symbol::new).collect();
    let is_serialiser = |class: &ClassRef| kind_of(program, *class).is_some();
    let is_text = call.declares() == Some(Declares::ShownAsText);
    let shows = is_text || call.declares() == Some(Declares::Shown);
    path.extend(is_text.then(|| Symbol::new("__str__")));
    let nested = call.callee.class().filter(is_serialiser);
    let nested = nested.or_else(|| call.arg(0).filter(|_| shows)?.class().filter(is_serialiser));
    let worked_out = || {
        let named = call.keyword("method_name").or_else(|| call.arg(0)).and_then(Node::text);
        let name = named.unwrap_or_else(|| format!("get_{}", member.name));
        method(program, class, &name)
    };
    let method = if source.is_none() && nested.is_none() { worked_out() } else { None };
    let (file, span) = (member.file, member.span);
    Some(Shown { path, is_whole: nested.is_some() || shows, nested, method, file, span })
}
