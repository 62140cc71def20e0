//! What the classes of entities declare, with what they inherit from mixins and abstract classes.

use ir::{ClassId, DefaultOrder, Span, Symbol};

use super::node::{Node, results};
use crate::ids::{ClassRef, ExprRef, FileId, FnRef};
use crate::models::Tables;
use crate::program::Program;
use crate::values::Atom;

/// A declared attribute.
#[derive(Clone)]
pub(super) struct Member<'a> {
    pub(super) name: Symbol,
    pub(super) span: Span,
    /// Its value, or what the method of that name gives (`@declared_attr`).
    pub(super) value: Option<Node<'a>>,
    pub(super) annotation: Option<Node<'a>>,
    pub(super) decorators: Vec<Node<'a>>,
    pub(super) file: FileId,
}

/// Every class outside of tests.
pub(super) fn classes<'a>(program: &'a Program<'a>) -> impl Iterator<Item = ClassRef> + 'a {
    program.schema_files().flat_map(move |file| {
        let classes = program.file(file).classes.len();
        (0..classes).map(move |id| ClassRef { file, id: ClassId(id as u32) })
    })
}

/// The convention by which a class that extends something of a library is a table.
pub(super) fn tables_of(program: &Program<'_>, class: ClassRef) -> Option<Tables> {
    let library = program.library(class.file);
    let bases = program.world().classes.library_bases(class);
    bases.into_iter().find_map(|base| library.tables(base))
}

/// The members that classes declare, the first class's last: they put the others' in their place.
pub(super) fn members<'a>(program: &'a Program<'a>, lineage: &[ClassRef]) -> Vec<Member<'a>> {
    let mut found: Vec<Member<'a>> = Vec::new();
    for class in lineage.iter().rev() {
        for member in own_members(program, *class) {
            match found.iter_mut().find(|other| other.name == member.name) {
                // `Mapped[…]` in one class and its value in another.
                Some(other) if member.value.is_some() || member.annotation.is_some() => *other = member,
                Some(_) => {}
                None => found.push(member),
            }
        }
    }
    found
}

fn own_members<'a>(program: &'a Program<'a>, class: ClassRef) -> Vec<Member<'a>> {
    let file = program.file(class.file);
    let declared = file.class(class.id);
    let node = |id| Node::new(program, ExprRef { file: class.file, id });
    let fields = declared.fields.iter().map(|field| Member {
        name: field.name,
        span: field.span,
        value: field.value.map(node),
        annotation: field.annotation.map(node),
        decorators: field.decorators.iter().map(|id| node(*id)).collect(),
        file: class.file,
    });
    let methods = declared.methods.iter().filter_map(|(name, id)| {
        let function = file.function(*id);
        let is_declared = |decorator: &Node<'_>| decorator.source().contains("declared_attr");
        if !function.decorators.iter().map(|id| node(*id)).any(|decorator| is_declared(&decorator)) {
            return None;
        }
        let value = results(program, FnRef { file: class.file, id: *id }).first().copied();
        let (span, file) = (function.name_span, class.file);
        Some(Member { name: *name, span, value, annotation: None, decorators: Vec::new(), file })
    });
    fields.chain(methods).collect()
}

/// A setting of the inner class `Meta`, of the class itself or of one that it extends.
pub(super) fn meta<'a>(program: &'a Program<'a>, lineage: &[ClassRef], name: &str) -> Option<Node<'a>> {
    lineage.iter().find_map(|class| {
        let metas = own_members(program, *class).into_iter().filter(|member| member.name.as_str() == "Meta");
        metas.filter_map(|meta| meta.value?.class()).find_map(|meta| {
            let lineage = program.world().classes.lineage(meta);
            let members = members(program, &lineage);
            members.into_iter().find(|member| member.name.as_str() == name)?.value
        })
    })
}

/// `class Meta: ordering = ["-created_at"]` of the first class that has a `Meta`: another's counts only where it extends that.
/// None for what is no column of the table itself.
pub(super) fn meta_order(program: &Program<'_>, lineage: &[ClassRef]) -> Option<DefaultOrder> {
    let has_meta =
        |class: &&ClassRef| own_members(program, **class).iter().any(|member| member.name.as_str() == "Meta");
    let first = lineage.iter().find(has_meta)?;
    let first = meta(program, &[*first], "ordering")?.one_or_items().first()?.text()?;
    let column = first.trim_start_matches('-');
    let is_column = !column.is_empty() && !column.contains("__") && column != "?";
    is_column.then(|| DefaultOrder { column: Symbol::new(column), is_descending: first.starts_with('-') })
}

pub(super) fn class_name(program: &Program<'_>, class: ClassRef) -> Symbol {
    program.file(class.file).class(class.id).name
}

/// `UserProfile` as `user_profile`.
pub(super) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (at, char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let is_start = char.is_uppercase()
            && before.is_some_and(|before| {
                let next_is_lower = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
                before.is_lowercase() || before.is_ascii_digit() || before.is_uppercase() && next_is_lower
            });
        if is_start {
            text.push('_');
        }
        text.extend(char.to_lowercase());
    }
    text
}

/// English plural, as ORMs make it.
pub(super) fn plural(name: &str) -> String {
    const IRREGULAR: &[(&str, &str)] = &[
        ("person", "people"),
        ("child", "children"),
        ("man", "men"),
        ("woman", "women"),
        ("mouse", "mice"),
        ("goose", "geese"),
        ("foot", "feet"),
        ("tooth", "teeth"),
        ("quiz", "quizzes"),
        ("datum", "data"),
        ("medium", "media"),
    ];
    const UNCOUNTABLE: &[&str] =
        &["data", "media", "news", "series", "species", "equipment", "information", "money", "staff", "metadata"];
    let lowered = name.to_lowercase();
    if UNCOUNTABLE.iter().any(|word| lowered.ends_with(word)) {
        return name.to_owned();
    }
    if let Some((one, many)) = IRREGULAR.iter().find(|(one, _)| lowered.ends_with(one)) {
        return format!("{}{}{}", &name[..name.len() - one.len()], &name[name.len() - one.len()..][..1], &many[1..]);
    }
    let before_y = lowered.chars().rev().nth(1).is_some_and(|char| !"aeiou".contains(char));
    if lowered.ends_with('y') && before_y {
        return format!("{}ies", &name[..name.len() - 1]);
    }
    if ["ch", "sh", "ss", "x", "z"].iter().any(|end| lowered.ends_with(end)) || lowered.ends_with("us") {
        return format!("{name}es");
    }
    if lowered.ends_with('s') { name.to_owned() } else { format!("{name}s") }
}

/// A class, by what it extends of the project.
pub(super) fn parents<'a>(program: &'a Program<'a>, class: ClassRef) -> impl Iterator<Item = ClassRef> + 'a {
    let bases = program.world().classes.bases(class).iter();
    bases.filter_map(|base| match base {
        Atom::Class(class) => Some(*class),
        _ => None,
    })
}
