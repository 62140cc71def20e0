//! `scalecliff plan`: how a database will read the tables of a query.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};
use sql::access::{Access, Child, Dialect, Plan, Planner, Reads, Reason};

use analysis::Options;

use crate::analyse::analyse;
use crate::args::{ListFormat, PlanArgs, PlanDialect};
use crate::discover::discover;
use crate::load::Limits;
use crate::progress::Progress;
use crate::status::{Failure, Status};
use crate::{output, setup};

/// Larger files hold rows, not definitions.
const MAX_FILE_SIZE: u64 = 32 << 20;
const MAX_FILE_TIME: Duration = Duration::from_secs(60);

pub(crate) fn plan(args: &PlanArgs) -> Result<Status, Failure> {
    let dialect = match args.dialect {
        PlanDialect::Postgres => Dialect::Postgres,
        PlanDialect::Mysql => Dialect::MySql,
        PlanDialect::Sqlite => Dialect::Sqlite,
    };
    let schema = read_schema(&args.schema, dialect)?;
    let planner = Planner::new(&schema, dialect, |_| false);
    if let Some(batch) = &args.batch {
        return answer_batch(&planner, batch);
    }
    let text = match &args.sql {
        Some(text) => text.clone(),
        None => read_input()?,
    };
    let plans = planner.plan(&text);
    if plans.is_empty() {
        return Err(Failure::usage("no statement that can be read: expected SELECT, UPDATE or DELETE".to_owned()));
    }
    match args.output_format {
        ListFormat::Text => {
            output::print(&plans.iter().map(|plan| text_of(plan, &text)).collect::<Vec<_>>().join("\n"))?
        }
        ListFormat::Json => {
            let statements: Vec<Value> = plans.iter().map(|plan| json_of(plan, &text)).collect();
            let whole = json!({ "statements": statements, "schema_is_incomplete": schema.is_incomplete });
            output::print(&format!("{whole:#}\n"))?;
        }
    }
    Ok(Status::Clean)
}

/// The definitions of an SQL file; of anything else, what the analysis makes of all that declares tables in it.
fn read_schema(path: &Path, dialect: Dialect) -> Result<ir::Schema, Failure> {
    let is_sql = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
    if path.is_file() && is_sql {
        let mut catalog = sql::Catalog::new();
        sql::changes_in(&read_file(path)?, dialect).iter().for_each(|change| catalog.apply(change));
        return Ok(catalog.into_schema());
    }
    let inputs = discover(&[path.to_owned()], false)?;
    let models = setup::models(&[], &inputs)?;
    let count = inputs.files.len();
    let progress = Progress::new(count, true);
    let limits = Limits { size: MAX_FILE_SIZE, time: MAX_FILE_TIME, keeps_tests: false };
    let analysis =
        setup::threads(None)?.install(|| analyse(inputs, true, limits, &models, Options::default(), &progress));
    let schema = analysis.program.schema();
    if schema.tables.is_empty() {
        return Err(Failure::no_input(format!("{}: nothing declares a table in {count} files", path.display())));
    }
    Ok(schema.clone())
}

fn read_file(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::no_input(format!("{}: {error}", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn read_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().read_to_end(&mut bytes);
    read.map_err(|error| Failure::no_input(format!("standard input: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// One JSON object a line; of several reads of a table the worst.
fn answer_batch(planner: &Planner<'_>, path: &Path) -> Result<Status, Failure> {
    let mut lines = String::new();
    for (number, line) in read_file(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let expected = || {
            let place = format!("{}:{}", path.display(), number + 1);
            Failure::usage(format!("{place}: expected a JSON object with \"id\" and \"sql\""))
        };
        let entry: Value = serde_json::from_str(line).map_err(|_| expected())?;
        let (Some(id), Some(text)) = (entry.get("id"), entry.get("sql").and_then(Value::as_str)) else {
            return Err(expected());
        };
        let mut tables = Map::new();
        let mut accesses: Vec<Access> = planner.plan(text).into_iter().flat_map(|plan| plan.accesses).collect();
        accesses.sort_by_key(|access| access.reads);
        for access in accesses {
            tables.insert(access.table.as_str().to_owned(), table_json(&access));
        }
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "{}", json!({ "id": id, "tables": tables }));
    }
    output::print(&lines)?;
    Ok(Status::Clean)
}

fn table_json(access: &Access) -> Value {
    json!({
        "reads": reads(access.reads),
        "index": access.index.map(|index| index.as_str()),
        "confidence": access.confidence.as_str(),
        "suggest": access.suggestion.as_ref().map(|suggestion| suggestion.statement()),
    })
}

fn json_of(plan: &Plan, text: &str) -> Value {
    let tables: Vec<Value> = plan
        .accesses
        .iter()
        .map(|access| {
            let mut table = table_json(access);
            table["table"] = access.table.as_str().into();
            table["why"] = why(access).into();
            table["per_row"] = access.is_repeated.into();
            table["start"] = access.span.start.into();
            table["end"] = access.span.end.into();
            table
        })
        .collect();
    let children: Vec<Value> = plan.children.iter().map(child_json).collect();
    json!({ "sql": plan.span.text(text), "tables": tables, "referring_tables": children })
}

fn child_json(child: &Child) -> Value {
    let columns: Vec<&str> = child.columns.iter().map(|column| column.as_str()).collect();
    json!({ "table": child.table.as_str(), "columns": columns, "is_indexed": child.is_indexed })
}

fn text_of(plan: &Plan, text: &str) -> String {
    let statement: Vec<&str> = plan.span.text(text).split_whitespace().collect();
    let mut lines = format!("{}\n", statement.join(" "));
    let width = plan.accesses.iter().map(|access| access.table.len()).max().unwrap_or(0);
    for access in &plan.accesses {
        let index = access.index.map_or(String::new(), |index| format!(" by {index}"));
        let times = if access.is_repeated { ", for each row around it" } else { "" };
        let confidence = access.confidence.as_str();
        let reads = reads_text(access.reads);
        let _ = writeln!(
            lines,
            "  {:<width$}  {reads}{index}{times}: {} ({confidence} confidence)",
            access.table.as_str(),
            why(access)
        );
        if let Some(suggestion) = &access.suggestion {
            let _ = writeln!(lines, "  {:<width$}  would help: {}", "", suggestion.statement());
        }
    }
    for child in plan.children.iter().filter(|child| !child.is_indexed) {
        let columns: Vec<&str> = child.columns.iter().map(|column| column.as_str()).collect();
        let columns = columns.join(", ");
        let _ = writeln!(
            lines,
            "  {}  searched whole for each deleted row: {columns} refers to it and has no index",
            child.table
        );
    }
    lines
}

fn reads(reads: Reads) -> &'static str {
    match reads {
        Reads::Unique => "unique",
        Reads::Range => "range",
        Reads::EarlyStop => "early-stop",
        Reads::IndexOnly => "index-only",
        Reads::WholeIndex => "whole-index",
        Reads::WholeTable => "whole-table",
    }
}

fn reads_text(reads: Reads) -> &'static str {
    match reads {
        Reads::Unique => "looks up single rows",
        Reads::Range => "reads a part",
        Reads::EarlyStop => "reads until the limit is reached",
        Reads::IndexOnly => "reads all of an index, not the table",
        Reads::WholeIndex => "reads a share that grows with the table",
        Reads::WholeTable => "READS THE WHOLE TABLE",
    }
}

fn why(access: &Access) -> &'static str {
    match access.reason {
        Reason::Indexed => "an index leads to the rows",
        Reason::Ordered => "the index has the order",
        Reason::Inserted => "rows are added",
        Reason::FirstRows => "any rows will do",
        Reason::Unfiltered => "nothing narrows it",
        Reason::NoIndex => "no index begins with the compared column",
        Reason::Wrapped => "the column stands inside an expression that no index is on",
        Reason::Pattern => "no index serves the pattern",
        Reason::Alternatives => "no index serves every branch of OR",
        Reason::Unselective => "the conditions leave too many rows",
        Reason::Joined => "it is joined without an index, or to too many rows",
        Reason::Sorted => "the order needs all rows, since no index has it",
        Reason::NullsOrder => "the index puts NULLs at the other end than ORDER BY",
    }
}
