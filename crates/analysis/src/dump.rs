//! What was found out, as text: for those who write models and rules (`cargo xtask facts`).

use std::fmt::Write as _;

use crate::program::Program;

impl Program<'_> {
    /// The tables, a line each, their parts indented below (`cargo xtask schema`).
    pub fn dump_schema(&self) -> String {
        self.schema().dump()
    }

    /// Entries, modelled calls with the ways they run, growths, queries and leaks, a line each.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        let mut line = |text: std::fmt::Arguments<'_>| {
            out.write_fmt(text).expect("writing to a string cannot fail");
            out.push('\n');
        };
        for entry in self.entries() {
            let path = self.file(entry.file).path;
            line(format_args!(
                "entry {path}@{} {:?} {:?} {:?} {}",
                entry.span.start,
                entry.context,
                entry.lane,
                entry.label,
                self.name_of(entry.function)
            ));
        }
        for call in self.calls() {
            let file = self.file(call.at.file);
            let states: Vec<String> = self
                .states(call.function)
                .map(|state| {
                    let marks = [
                        (state.on_loop, "loop"),
                        (state.is_detached, "detached"),
                        (state.is_repeated, "repeated"),
                        (state.is_exceptional, "exceptional"),
                    ];
                    let marks =
                        marks.iter().filter(|(set, _)| *set).fold(String::new(), |text, (_, mark)| text + "+" + mark);
                    format!("{:?}{marks}", state.context)
                })
                .collect();
            let path = call.model.path.map_or("", |path| path.as_str());
            let start = self.call_span(call.at).start;
            line(format_args!(
                "call {}@{start} {path} in {} [{}]",
                file.path,
                self.name_of(call.function),
                states.join(" ")
            ));
        }
        for growth in self.growths() {
            line(format_args!(
                "growth {}@{} {} {:?}{}{} in {}",
                self.file(growth.file).path,
                growth.span.start,
                growth.name,
                growth.stores,
                if growth.is_keyed { " keyed" } else { "" },
                if growth.is_removed_elsewhere { " removed elsewhere" } else { "" },
                self.name_of(growth.function)
            ));
        }
        for query in self.queries() {
            let path = self.file(query.file).path;
            line(format_args!(
                "query {path}@{} {:?} {:?} filter {:?} limit {:?} order {:?} {:?}",
                query.span.start,
                query.entity,
                query.shape,
                query.filter,
                query.limit,
                query.order,
                query
                    .conditions
                    .iter()
                    .map(|condition| format!("{} {:?}", condition.column, condition.op))
                    .collect::<Vec<_>>()
            ));
        }
        for leak in self.leaks() {
            let path = self.file(leak.at.file).path;
            line(format_args!("leak {path}@{} {:?}", self.call_span(leak.at).start, leak.exit));
        }
        out
    }
}
