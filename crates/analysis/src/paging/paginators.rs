//! Paginators of a library that take the size of a page from the client and are given no maximum.

use ir::{ClassId, ExprKind, Field, Symbol};

use crate::ids::{ClassRef, ExprRef, FileId};
use crate::models::Pages;
use crate::program::Program;
use crate::roles::Role;
use crate::values::Atom;

/// A paginator that is used and bounds nothing.
#[derive(Clone, Debug)]
pub struct Paginator {
    /// What lets the client choose: the name of the parameter, or the paginator where it is used.
    pub at: ExprRef,
    /// The attribute that would bound it.
    pub maximum: String,
}

impl Program<'_> {
    /// Paginators that let clients choose the size of a page and are given no maximum.
    pub fn open_paginators(&self) -> Vec<Paginator> {
        open(self)
    }
}

fn open(program: &Program<'_>) -> Vec<Paginator> {
    let classes = (0..program.files.len()).flat_map(|number| {
        let file = FileId(number as u32);
        let count = program.file(file).classes.len() as u32;
        (0..count).map(move |id| ClassRef { file, id: ClassId(id) })
    });
    let classes: Vec<ClassRef> = classes.filter(|class| program.role(class.file) == Role::App).collect();
    let choices = choices(program, &classes);
    let mut found: Vec<Paginator> = classes.iter().filter_map(|class| of_class(program, *class, &choices)).collect();
    found.extend(choices.iter().filter_map(|choice| as_it_is(program, *choice)));
    found
}

fn pages_of<'p>(program: &'p Program<'_>, file: FileId, path: Symbol) -> Option<&'p Pages> {
    let library = program.library(file);
    library.ty(library.canonical(path))?.pages.as_ref()
}

/// What classes and settings say of the paginator that is used.
fn choices(program: &Program<'_>, classes: &[ClassRef]) -> Vec<ExprRef> {
    let names = program.world().models.page_choices();
    let is_choice = |name: Symbol| names.contains(name.as_str());
    let of_class = |class: &ClassRef| {
        let fields = program.file(class.file).class(class.id).fields.iter();
        let at = |id| ExprRef { file: class.file, id };
        fields.filter(|field| is_choice(field.name)).filter_map(|field| field.value).map(at).collect()
    };
    let mut found: Vec<ExprRef> = classes.iter().flat_map(|class| -> Vec<ExprRef> { of_class(class) }).collect();
    for number in 0..program.files.len() {
        let file = FileId(number as u32);
        if program.role(file) != Role::Test {
            let entries = program.file(file).exprs.iter().filter_map(|expr| match &expr.kind {
                ExprKind::Record(entries) => Some(entries),
                _ => None,
            });
            let chosen = entries.flatten().filter(|entry| entry.key.is_some_and(is_choice));
            found.extend(chosen.map(|entry| ExprRef { file, id: entry.value }));
        }
    }
    found
}

/// The library's own paginator, chosen by its name.
fn as_it_is(program: &Program<'_>, choice: ExprRef) -> Option<Paginator> {
    let paths = program.value(choice).iter().filter_map(|atom| match atom {
        Atom::Path(path) => Some(*path),
        _ => None,
    });
    let pages = paths
        .chain(program.written_text(choice).map(Symbol::new))
        .find_map(|path| pages_of(program, choice.file, path))?;
    pages.size.is_none().then(|| Paginator { at: choice, maximum: pages.maximum.clone() })
}

/// A paginator of the project that something uses.
fn of_class(program: &Program<'_>, class: ClassRef, choices: &[ExprRef]) -> Option<Paginator> {
    let classes = &program.world().classes;
    let pages = classes.library_bases(class).into_iter().find_map(|base| pages_of(program, class.file, base))?;
    let lineage = classes.lineage(class);
    let declared = || lineage.iter().map(|class| (class.file, program.file(class.file).class(class.id)));
    let is_other = |name: &Symbol| pages.unless.iter().any(|method| name == method.as_str());
    let overrides = declared().any(|(_, class)| class.methods.iter().any(|(name, _)| is_other(name)));
    let field = |name: &str| -> Option<(FileId, &Field)> {
        declared().find_map(|(file, class)| Some((file, class.fields.iter().find(|field| field.name == name)?)))
    };
    let given = |name: &str| {
        let (file, field) = field(name)?;
        let value = ExprRef { file, id: field.value? };
        (!matches!(program.kind(value), ExprKind::Null)).then_some(value)
    };
    if overrides || given(&pages.maximum).is_some() || !is_used(program, class, choices) {
        return None;
    }
    let own = program.file(class.file).class(class.id);
    let at = match &pages.size {
        Some(size) => given(size)?,
        None => ExprRef { file: class.file, id: *own.bases.first()? },
    };
    // Of several classes that inherit it the one that says it.
    (at.file == class.file && own.span.contains(program.expr_span(at)))
        .then(|| Paginator { at, maximum: pages.maximum.clone() })
}

/// Whether it, or a class that extends it, is chosen: by itself or by its path.
fn is_used(program: &Program<'_>, class: ClassRef, choices: &[ExprRef]) -> bool {
    let name = program.file(class.file).class(class.id).name;
    choices.iter().any(|choice| {
        let by_path = program.written_text(*choice).is_some_and(|path| ir::final_segment(path) == name.as_str());
        by_path
            || program.value(*choice).iter().any(
                |atom| matches!(atom, Atom::Class(chosen) if program.world().classes.lineage(*chosen).contains(&class)),
            )
    })
}
