//! All columns are fetched, and few are read.

use analysis::{Certainty, Program, QueryUse, Role, Shape};
use ir::finding::{Confidence, Family, Finding, RuleInfo, Severity};
use ir::{Column, Symbol, Table, words_of};

use crate::Rule;
use crate::common::{Words, waited_for};

pub(crate) const RULE: Rule = Rule {
    info: RuleInfo {
        slug: "select-star",
        family: Family::Query,
        severity: Severity::Info,
        summary: "all columns of a wide table are fetched, and few are read",
        cwe: &[1049],
        page: include_str!("select_star.md"),
    },
    check,
};

/// Whoever reads more columns than this may as well read all.
const FEW: usize = 3;
/// Of fewer rows than this long columns cost little, if most of the others are needed.
const SHOWN: u32 = 20;
/// Columns that a table has before leaving some out is worth a line.
const MANY: usize = 6;
/// Types whose values may be long, and are often stored outside of the row.
const WIDE: &[&str] = &["json", "blob", "bytea", "binary", "xml", "vector", "clob"];
/// Names of texts that are long; in SQLite and PostgreSQL short ones are of type TEXT too.
const LONG: &[&str] = &[
    "body",
    "content",
    "description",
    "html",
    "text",
    "markdown",
    "payload",
    "data",
    "image",
    "avatar",
    "photo",
    "bio",
    "notes",
    "transcript",
    "embedding",
    "base64",
    "token",
    "raw",
];

fn check(program: &Program<'_>, findings: &mut Vec<Finding>) {
    for (number, query) in program.queries().iter().enumerate() {
        let Some(columns) = program.columns_read(number) else { continue };
        if !program.runs(query.function, waited_for) || program.role(query.file) != Role::App {
            continue;
        }
        let Some((confidence, wide)) = judge(program, query, columns) else { continue };
        let entity = super::entity_of(query, "the table");
        let names: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
        let used = match names.as_slice() {
            [] => "none is read".to_owned(),
            [only] => format!("only {only} is read"),
            names => format!("only {} are read", names.join(", ")),
        };
        let among = wide.map_or(String::new(), |wide| format!(" (`{wide}` among them)"));
        let select = match columns {
            [] => "SELECT 1".to_owned(),
            columns => {
                format!("SELECT {}", columns.iter().map(|column| column.as_str()).collect::<Vec<_>>().join(", "))
            }
        };
        let words = Words {
            message: format!("all columns of {entity} are fetched{among}, and {used}"),
            label: "every column is read and sent".to_owned(),
            runs_out: "memory and bandwidth: long values are read from where they are stored apart, and an index that holds the few columns cannot answer alone"
                .to_owned(),
            instead: if query.sql.is_some() {
                select
            } else {
                "name the columns: load_only()/only(), values(), `select: {…}`, .select()".to_owned()
            },
        };
        let mut finding =
            super::sending(program, &RULE.info, query).finding(Severity::Info, confidence, waited_for, words);
        if query.sql.is_some() && program.location(query.file, query.span) != finding.primary {
            let location = program.location(query.file, query.span);
            finding.related.push(ir::finding::Step { location, message: "the statement is here".to_owned() });
        }
        findings.push(finding);
    }
}

/// How clear it is that leaving columns out saves something, and a long one that would be.
fn judge(program: &Program<'_>, query: &QueryUse, read: &[Symbol]) -> Option<(Confidence, Option<Symbol>)> {
    let table = query.entity.and_then(|entity| program.table(entity)).filter(|table| !table.columns.is_empty());
    let wide = table.and_then(|table| unread_wide(table, read));
    match &query.sql {
        Some(statement) if !statement.selects_all_columns || statement.is_grouped || query.is_joined => None,
        Some(_) if read.len() > FEW => None,
        Some(_) => match table {
            // To lock the row is what it is read for.
            Some(_) if program.mentions(query.at, &["for update"]) => None,
            Some(_) if wide.is_some() => Some((Confidence::Medium, wide)),
            Some(table) if table.columns.len() >= MANY => Some((Confidence::Low, None)),
            Some(_) => None,
            None => Some((Confidence::Low, None)),
        },
        // Objects of an ORM are whole by habit: only lists of them, and only long columns.
        None => {
            // `query.with_entities(User.id)`.
            if program.mentions(query.at, &["with_entities", "with_only_columns", "load_only"]) {
                return None;
            }
            let is_long =
                query.bound.is_none_or(|bound| bound >= SHOWN) && wide.is_some_and(|wide| is_long_by_name(&wide));
            let is_few = read.len() <= FEW || is_long;
            let is_list = query.shape == Shape::Rows && !read.is_empty() && is_few;
            let has_own_columns = query.columns.is_empty() && query.filter != Certainty::Always;
            // What is no column is loaded by relation.
            let are_columns = table.is_some_and(|table| read.iter().all(|name| is_column(table, *name)));
            wide.filter(|_| is_list && has_own_columns && are_columns).map(|wide| (Confidence::Medium, Some(wide)))
        }
    }
}

/// Whether a value is by its name far longer than all the others of its row together.
fn is_long_by_name(column: &str) -> bool {
    const LONGEST: &[&str] =
        &["body", "content", "html", "markdown", "transcript", "embedding", "base64", "photo", "image"];
    const ABOUT: &[&str] = &["url", "uri", "path", "name", "id", "key", "type", "alt", "hash", "link", "size", "count"];
    let words = words_of(column);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    has(LONGEST) && !has(ABOUT)
}

fn is_column(table: &Table, name: Symbol) -> bool {
    table.columns.iter().any(|column| column.name == name)
}

fn unread_wide(table: &Table, read: &[Symbol]) -> Option<Symbol> {
    let is_long = |name: &str| LONG.iter().any(|long| name.contains(long));
    let is_wide = |column: &Column| {
        WIDE.iter().any(|wide| column.ty.contains(wide))
            || column.ty.contains("text") && is_long(&column.name.as_str().to_lowercase())
    };
    let column = table.columns.iter().find(|column| is_wide(column) && !read.contains(&column.name));
    column.map(|column| column.name)
}
