//! The relations between entities that an ORM loads when a program reads them, a query for each object.

use ir::{ExprKind, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use super::django::user_model;
use super::members::{Member, class_name, classes, members, tables_of};
use super::node::{Call, Node, lower};
use crate::ids::{ClassRef, ExprRef, FnRef};
use crate::models::{Declares, Tables};
use crate::program::Program;

/// When a relation is loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Loading {
    /// When it is read.
    Read,
    /// What is read is a query, which its members run.
    Called,
    /// What is read is a query, which its members run, or who waits for it (Tortoise).
    Awaited,
    /// With its object, or never.
    Along,
}

/// How a query says that it fetches a relation with its rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EagerLoading {
    /// By options (SQLAlchemy).
    Options,
    /// By steps that name it (Django).
    Steps,
    /// By a join whose entities it selects (Peewee).
    Join,
}

#[derive(Clone, Debug)]
pub(crate) struct Relation {
    /// The entity that has it, in lower case like `target`.
    pub(crate) owner: Symbol,
    pub(crate) name: Symbol,
    pub(crate) target: Option<Symbol>,
    pub(crate) is_many: bool,
    /// By a table of pairs.
    pub(crate) is_of_pairs: bool,
    /// That table, where the program declares it.
    pub(crate) pairs: Option<Symbol>,
    pub(crate) loading: Loading,
    pub(crate) by: EagerLoading,
    /// The owner's columns by which a session finds an object that it has already loaded.
    pub(crate) keys: Vec<Symbol>,
}

/// By the entity that has them and their names.
#[derive(Debug, Default)]
pub(crate) struct Relations {
    known: FxHashMap<(Symbol, Symbol), Relation>,
    /// Entities whose rows have relations that are waited for.
    awaited: FxHashSet<Symbol>,
    classes: FxHashMap<Symbol, ClassRef>,
    names: FxHashSet<Symbol>,
}

impl Relations {
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether any entity has a relation of that name.
    pub(crate) fn has_name(&self, name: Symbol) -> bool {
        self.names.contains(&name)
    }

    pub(crate) fn get(&self, entity: Symbol, name: Symbol) -> Option<&Relation> {
        self.known.get(&(entity, name))
    }

    /// The entity of whose relation a query asks: `lesson.links.all()`. What points back at it is known already.
    pub(crate) fn owner_of(&self, program: &Program<'_>, query: ExprRef, target: Symbol) -> Option<Symbol> {
        const MAX_STEPS: u32 = 16;
        let mut at = query;
        for _ in 0..MAX_STEPS {
            let next = match *program.kind(at) {
                ExprKind::Call { callee, .. } => callee,
                ExprKind::Await(inner) => inner,
                ExprKind::Member { base, name, .. } => {
                    let is_it = |relation: &&Relation| relation.name == name && relation.target == Some(target);
                    let owner = self.known.values().filter(is_it).map(|relation| relation.owner).min();
                    if owner.is_some() {
                        return owner;
                    }
                    base
                }
                _ => return None,
            };
            at.id = next;
        }
        None
    }

    pub(crate) fn class(&self, entity: Symbol) -> Option<ClassRef> {
        self.classes.get(&entity).copied()
    }

    /// Whether a row of an entity can wait for a query of its own.
    pub(crate) fn waits(&self, entity: Symbol) -> bool {
        self.awaited.contains(&entity)
    }

    /// Of entities that share a name only what holds for all of them counts.
    fn add(&mut self, relation: Relation) {
        let loading = relation.loading;
        self.names.insert(relation.name);
        if loading == Loading::Awaited {
            self.awaited.insert(relation.owner);
        }
        let known = self.known.entry((relation.owner, relation.name)).or_insert(relation);
        if known.loading != loading {
            known.loading = Loading::Along;
        }
    }
}

pub(crate) fn collect(program: &Program<'_>) -> Relations {
    let entities: Vec<(ClassRef, Tables)> =
        classes(program).filter_map(|class| Some((class, tables_of(program, class)?))).collect();
    let mut relations = Relations::default();
    for (class, _) in &entities {
        relations.classes.entry(lower(&class_name(program, *class))).or_insert(*class);
    }
    let users = user_model(program);
    let users = if users == "auth_user" { Symbol::new("user") } else { lower(&users) };
    for (class, tables) in entities {
        let reader = Reader { program, owner: lower(&class_name(program, class)), users };
        let lineage = program.world().classes.lineage(class);
        for member in members(program, &lineage) {
            let Some(call) = member.value.and_then(Node::call) else { continue };
            let found = match (tables, call.declares()) {
                (Tables::Django | Tables::Tortoise, Some(declares)) => {
                    reader.of_field(&relations, &member, call, declares, tables == Tables::Tortoise)
                }
                (Tables::Peewee, Some(declares)) => reader.of_key(&relations, &member, call, declares),
                (_, Some(Declares::Relation)) => reader.of_relationship(&relations, &member, call),
                _ => continue,
            };
            found.into_iter().for_each(|relation| relations.add(relation));
        }
    }
    relations
}

/// Whether a class's manager decides by itself what its queries fetch.
pub(crate) fn has_own_queries(program: &Program<'_>, class: ClassRef) -> bool {
    let world = program.world();
    members(program, &world.classes.lineage(class)).iter().any(|member| {
        let manager = member.value.and_then(Node::call).and_then(|call| call.callee.class());
        manager.is_some_and(|manager| method(program, manager, "get_queryset").is_some())
    })
}

/// A method of a class or of one that it extends.
pub(crate) fn method(program: &Program<'_>, class: ClassRef, name: &str) -> Option<FnRef> {
    program.world().classes.lineage(class).into_iter().find_map(|class| {
        let methods = &program.file(class.file).class(class.id).methods;
        let (_, id) = methods.iter().find(|(own, _)| *own == name)?;
        Some(FnRef { file: class.file, id: *id })
    })
}

struct Reader<'a> {
    program: &'a Program<'a>,
    owner: Symbol,
    users: Symbol,
}

impl Reader<'_> {
    /// `relationship(…)` and what its `backref` makes of it on the other side.
    fn of_relationship(&self, relations: &Relations, member: &Member<'_>, call: Call<'_>) -> Vec<Relation> {
        let options = call.keyword("sa_relationship_kwargs");
        let option = |name: &str| call.keyword(name).or_else(|| options?.entry(name));
        let annotation = member.annotation.map(Node::source);
        let argument = call.argument(0, "argument").map(Node::source);
        let target = argument.and_then(|text| last_entity(relations, &text));
        let target = target.or_else(|| last_entity(relations, annotation.as_deref()?));
        let keys = target.map_or_else(Vec::new, |target| self.keys(self.owner, target));
        let secondary = option("secondary").or_else(|| call.keyword("link_model"));
        let is_of_pairs = secondary.is_some();
        let pairs = secondary.and_then(|secondary| table_name(self.program, secondary));
        let is_single = option("uselist").is_some_and(|uselist| !uselist.is_on());
        let is_child = !keys.is_empty() && (target != Some(self.owner) || option("remote_side").is_some());
        let is_many = match &annotation {
            _ if is_single => false,
            _ if is_of_pairs => true,
            Some(annotation) => is_collection(annotation),
            None => !is_child,
        };
        let mut found = vec![Relation {
            owner: self.owner,
            name: member.name,
            target,
            is_many,
            is_of_pairs,
            pairs,
            loading: loading(option("lazy")),
            by: EagerLoading::Options,
            keys: if is_many { Vec::new() } else { keys },
        }];
        if let (Some(target), Some(backref)) = (target, option("backref")) {
            found.extend(self.back(target, backref, &found[0]));
        }
        found
    }

    /// What `backref` makes of a relation on the other side.
    fn back(&self, target: Symbol, backref: Node<'_>, relation: &Relation) -> Option<Relation> {
        let call = backref.call();
        let name = match call {
            Some(call) => call.arg(0)?.text()?,
            None => backref.text()?,
        };
        let option = |name: &str| call?.keyword(name);
        let is_single = option("uselist").is_some_and(|uselist| !uselist.is_on());
        let is_many = !is_single && (relation.is_of_pairs || !relation.is_many);
        Some(Relation {
            owner: target,
            name: Symbol::new(&name),
            target: Some(self.owner),
            is_many,
            is_of_pairs: relation.is_of_pairs,
            pairs: relation.pairs,
            loading: loading(option("lazy")),
            by: EagerLoading::Options,
            keys: if is_many { Vec::new() } else { self.keys(target, self.owner) },
        })
    }

    /// The columns of one entity's table that refer to another's.
    fn keys(&self, from: Symbol, to: Symbol) -> Vec<Symbol> {
        let target = self.program.table(to).map(|table| table.name);
        let foreign = self.program.table(from).into_iter().flat_map(|table| &table.foreign_keys);
        let own = foreign.filter(|key| Some(key.table) == target || lower(&key.table) == to);
        own.flat_map(|key| key.columns.iter().copied()).collect()
    }

    /// A field that refers to another model, and what that one gets for it.
    fn of_field(
        &self,
        relations: &Relations,
        member: &Member<'_>,
        call: Call<'_>,
        declares: Declares,
        is_awaited: bool,
    ) -> Vec<Relation> {
        let is_pairs = declares == Declares::ManyToMany;
        let is_single = declares == Declares::OneToOne;
        if !is_pairs && !is_single && declares != Declares::Reference {
            return Vec::new();
        }
        let to = call.argument(0, "to").or_else(|| call.keyword("model_name"));
        let target = to.and_then(|to| self.model(relations, to));
        let relation = |owner: Symbol, name: Symbol, target: Option<Symbol>, is_many: bool| Relation {
            owner,
            name,
            target,
            is_many,
            is_of_pairs: is_pairs,
            pairs: None,
            loading: match is_many {
                _ if is_awaited => Loading::Awaited,
                true => Loading::Called,
                false => Loading::Read,
            },
            by: EagerLoading::Steps,
            keys: Vec::new(),
        };
        let mut found = vec![relation(self.owner, member.name, target, is_pairs)];
        let back = match call.keyword("related_name").map(Node::text) {
            None if is_single => Some(self.owner.to_string()),
            None if is_awaited => Some(format!("{}s", self.owner)),
            None => Some(format!("{}_set", self.owner)),
            Some(name) => name.filter(|name| !name.ends_with('+') && !name.contains('%')),
        };
        if let (Some(target), Some(back)) = (target, back) {
            found.push(relation(target, Symbol::new(&back), Some(self.owner), !is_single));
        }
        found
    }

    /// Peewee's foreign key, and what its `backref` makes of it on the other side.
    fn of_key(&self, relations: &Relations, member: &Member<'_>, call: Call<'_>, declares: Declares) -> Vec<Relation> {
        if declares != Declares::Reference {
            return Vec::new();
        }
        let relation = |owner: Symbol, name: Symbol, target: Option<Symbol>, is_many: bool| Relation {
            owner,
            name,
            target,
            is_many,
            is_of_pairs: false,
            pairs: None,
            loading: Loading::Read,
            by: EagerLoading::Join,
            keys: Vec::new(),
        };
        let target = call.argument(0, "model").and_then(|to| self.model(relations, to));
        let mut found = vec![relation(self.owner, member.name, target, false)];
        let back = call.keyword("backref").and_then(Node::text).unwrap_or_else(|| format!("{}_set", self.owner));
        found.extend(target.map(|target| relation(target, Symbol::new(&back), Some(self.owner), true)));
        found
    }

    fn model(&self, relations: &Relations, to: Node<'_>) -> Option<Symbol> {
        if let Some(class) = to.class() {
            return Some(lower(&class_name(self.program, class)));
        }
        let text = to.text().unwrap_or_else(|| to.source());
        if text == "self" {
            return Some(self.owner);
        }
        let is_user = text.contains("AUTH_USER_MODEL") || text.contains("get_user_model");
        if is_user { Some(self.users) } else { last_entity(relations, &text) }
    }
}

/// The entity that a text names last: `Mapped[list["Item"]]`, `"app.models.Item"`.
fn last_entity(relations: &Relations, text: &str) -> Option<Symbol> {
    let words = text.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.map(lower).find(|word| relations.classes.contains_key(word))
}

/// The table that `secondary=` says: a `Table`, what gives it, its name, or a class.
fn table_name(program: &Program<'_>, said: Node<'_>) -> Option<Symbol> {
    if let Some(class) = said.class() {
        return Some(lower(&class_name(program, class)));
    }
    let said = said.results().first().copied().unwrap_or(said);
    let declared = said.call().filter(|call| call.declares() == Some(Declares::Table));
    let by_name = || said.name().or_else(|| said.written_name().map(|name| lower(&name)));
    declared.map_or_else(by_name, |call| call.arg(0)?.name())
}

fn is_collection(annotation: &str) -> bool {
    let text = annotation.to_lowercase();
    let marks = ["list[", "set[", "sequence[", "collection[", "dict[", "dynamicmapped", "writeonlymapped"];
    marks.iter().any(|mark| text.contains(mark))
}

/// What `lazy=` says; what is not a constant may say anything.
fn loading(lazy: Option<Node<'_>>) -> Loading {
    let Some(lazy) = lazy else { return Loading::Read };
    match (lazy.bool(), lazy.text().as_deref()) {
        (Some(true), _) | (_, Some("select")) => Loading::Read,
        (_, Some("dynamic")) => Loading::Called,
        _ => Loading::Along,
    }
}
