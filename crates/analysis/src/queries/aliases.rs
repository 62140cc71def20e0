//! Names that a query builder gives to its tables: `createQueryBuilder("o").leftJoin("o.items", "i").where("i.sku = :sku")`.

use ir::{Arg, Span, Symbol};

use super::Join;
use super::chain::Chain;
use super::conditions::text_conditions;
use super::entity::add_entity;
use crate::ids::ExprRef;
use crate::program::Program;

/// What the steps of a chain say of names, the last step first.
#[derive(Default)]
pub(super) struct Aliases {
    /// What the chain's own entity is called.
    own: Vec<Symbol>,
    /// With whether rows without a partner stay.
    joins: Vec<(Symbol, Joined, bool)>,
    /// Columns that conditions name by such a name, in lower case.
    qualified: Vec<Qualified>,
}

enum Joined {
    /// A field of what another name stands for.
    Relation(Symbol, Symbol),
    Entity(Symbol),
}

struct Qualified {
    span: Span,
    column: Symbol,
    alias: Symbol,
}

impl Aliases {
    /// Notes the names that the conditions of a text at one place have for the tables.
    pub(super) fn note(&mut self, span: Span, column: Symbol, alias: &str) {
        self.qualified.push(Qualified { span, column, alias: lower(alias) });
    }
}

/// Takes in the name that a call which begins a chain gives to its entity.
pub(super) fn add_own(program: &Program<'_>, chain: &mut Chain, call: ExprRef, alias: Option<&Arg>) {
    let alias = alias.and_then(|arg| program.written_text(ExprRef { file: call.file, id: arg.value }));
    chain.aliases.own.extend(alias.filter(|alias| is_name(alias)).map(lower));
}

/// Takes in a join of something that gets a name; no other.
pub(super) fn add_join(program: &Program<'_>, chain: &mut Chain, call: ExprRef, args: &[Arg], is_outer: bool) -> bool {
    let at = |arg: &Arg| ExprRef { file: call.file, id: arg.value };
    let named = |args: &[Arg]| args.get(1).and_then(|arg| program.written_text(at(arg))).filter(|alias| is_name(alias));
    // `leftJoinAndMapMany("o.items", Item, "i")`: the first says where the rows go.
    let (args, alias) = match named(args) {
        Some(alias) => (args, alias),
        None => match args.get(1..).and_then(|rest| Some((rest, named(rest)?))) {
            Some(found) => found,
            None => return false,
        },
    };
    let joined = match program.written_text(at(&args[0])).map(|path| path.split_once('.')) {
        Some(Some((owner, field))) => Joined::Relation(lower(owner), Symbol::new(field)),
        _ => {
            let mut other = Chain::default();
            add_entity(program, &mut other, at(&args[0]));
            match other.entity {
                Some(entity) => Joined::Entity(entity),
                None => return false,
            }
        }
    };
    chain.aliases.joins.push((lower(alias), joined, is_outer));
    if let Some(condition) =
        args.get(2..).filter(|rest| rest.first().is_some_and(|arg| program.written_text(at(arg)).is_some()))
    {
        text_conditions(program, chain, call, condition);
    }
    true
}

/// Tells what the names stand for, once all steps are known: which entities are joined, and whose the columns are.
pub(super) fn resolve(program: &Program<'_>, chain: &mut Chain) {
    let aliases = std::mem::take(&mut chain.aliases);
    let Some(entity) = chain.entity else { return };
    let mut known: Vec<(Symbol, Symbol)> = aliases.own.iter().map(|alias| (*alias, entity)).collect();
    for (alias, joined, is_outer) in aliases.joins.iter().rev() {
        let target = match joined {
            Joined::Entity(entity) => Some(*entity),
            Joined::Relation(owner, field) => {
                let owner = known.iter().find(|(alias, _)| alias == owner).map(|(_, entity)| *entity);
                owner.and_then(|owner| program.related(owner, *field)).map(|related| related.target)
            }
        };
        if let Some(target) = target {
            known.push((*alias, target));
            chain.joined.push(Join { entity: target, is_outer: *is_outer, on: Vec::new() });
        }
    }
    for condition in chain.conditions.iter_mut().chain(&mut chain.gathered).filter(|found| found.entity.is_none()) {
        let own = aliases.qualified.iter().find(|own| own.span == condition.span && own.column == condition.column);
        condition.entity = own.and_then(|own| {
            let target = known.iter().find(|(alias, _)| *alias == own.alias)?;
            Some(target.1)
        });
    }
}

/// Columns without the names of their tables, each of which stands in the list instead: `t0.sku = :sku`.
pub(super) fn with_numbers(text: &str) -> (String, Vec<String>) {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let mut names: Vec<String> = Vec::new();
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|char: char| char.is_alphabetic() || char == '_') {
        let end = rest[start..].find(|char| !is_part(char)).map_or(rest.len(), |length| start + length);
        let (before, word) = (&rest[..start], &rest[start..end]);
        out.push_str(before);
        rest = &rest[end..];
        let is_qualifier = rest.starts_with('.') && rest[1..].starts_with(|char| is_part(char) || char == '"');
        let is_value = before.ends_with(|char: char| char == ':' || char == '\'' || char == '@' || char.is_numeric());
        if !is_qualifier || is_value {
            out.push_str(word);
            continue;
        }
        rest = &rest[1..];
        let number = names.iter().position(|name| name == word).unwrap_or_else(|| {
            names.push(word.to_owned());
            names.len() - 1
        });
        out.push_str(&format!("t{number}."));
    }
    (out + rest, names)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || char == '_')
}

fn lower(name: &str) -> Symbol {
    Symbol::new(&name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::with_numbers;

    #[test]
    fn names_of_tables_become_numbers() {
        let (text, names) = with_numbers("(order.userId = :a.b OR i.sku IN (:...skus)) AND order.total > 1.5");
        assert_eq!(text, "(t0.userId = :a.b OR t1.sku IN (:...skus)) AND t0.total > 1.5");
        assert_eq!(names, ["order", "i"]);
        assert_eq!(with_numbers("name = :name").0, "name = :name");
    }
}
