//! What the rules about statements in loops share.

use std::collections::BTreeMap;

use analysis::{Context, ExprRef, FnRef, LibraryCall, Program, QueryUse, Shape, Site, State};
use ir::finding::{Confidence, Finding, RuleInfo, Severity, Step};

use crate::common::{Cause, SERVING, Words, join, recurs, usually_waited_for};

/// The findings about statements that run once per item of a list.
#[derive(Default)]
pub(crate) struct Repeated {
    findings: Vec<Finding>,
    /// By what a loop goes over, or by the call that it makes: all that it comes to is one cause.
    of_loop: BTreeMap<ExprRef, usize>,
}

/// What is sent to the database, and where.
struct Statement<'a> {
    function: FnRef,
    call: ExprRef,
    site: Site,
    is_write: bool,
    is_commit: bool,
    cause: Cause<'a>,
}

impl Repeated {
    /// Adds a query, if it runs once per item of something that the code does not bound, while a client waits. Through a
    /// helper that a loop calls the confidence is medium, and for a write low where the loop is not seen to go over what a
    /// request or a table gives: it is then as often over one or two things. What runs where something was thrown, or on
    /// the way to throwing, is no rule. Low as well where a remote call stands beside it.
    pub(crate) fn add(&mut self, program: &Program<'_>, rule: &RuleInfo, query: &QueryUse, words: Words) {
        let is_alone = program.awaits_in_loop_on_way(query.function, usually_waited_for);
        if program.is_batched(query) && !query.site.in_loop && !is_alone {
            return;
        }
        let statement = Statement {
            function: query.function,
            call: query.at,
            site: query.site,
            is_write: query.shape == Shape::Write,
            is_commit: false,
            cause: super::sending(program, rule, query),
        };
        self.add_statement(program, statement, words);
    }

    /// Adds a call that commits, under the same conditions.
    pub(crate) fn add_commit(&mut self, program: &Program<'_>, rule: &RuleInfo, call: &LibraryCall<'_>, words: Words) {
        let cause = Cause::of_call(program, rule, call);
        self.add_statement(
            program,
            Statement {
                function: call.function,
                call: call.at,
                site: call.site,
                is_write: true,
                is_commit: true,
                cause,
            },
            words,
        );
    }

    fn add_statement(&mut self, program: &Program<'_>, statement: Statement<'_>, words: Words) {
        let Statement { function, site, is_write, is_commit, .. } = statement;
        let is_direct = site.in_loop && !site.in_batches && !site.is_once;
        let repeats = |state: State| usually_waited_for(state) && (is_direct || state.is_repeated);
        if site.is_once || site.is_exceptional {
            return;
        }
        if !program.runs(function, repeats) {
            if !is_commit {
                self.add_work(program, &statement, is_direct, words);
            }
            return;
        }
        if !is_direct && program.is_off_in_loops(function, statement.call, usually_waited_for) {
            return;
        }
        let cause = statement.cause;
        let on_way = program.looped_on_way(function, repeats).filter(|_| !is_direct);
        // Each loop is asked by itself: one of which nothing is known does not hide another.
        let is_many = |call| program.is_for_many(call) || is_around(program, call, statement.call);
        let is_good = |call| (!is_write || is_many(call)) && !program.asks_remote_in_round(call);
        let is_asked = !is_direct && (is_write && !is_commit || on_way.is_some_and(|call| !is_good(call)));
        let ways = is_asked.then(|| program.looped_where(function, statement.call, usually_waited_for, is_good));
        let ways = ways.flatten();
        let looped = ways.as_ref().map_or(on_way, |edges| edges.first().map(|edge| edge.at));
        let confidence = match looped {
            None if is_direct => Confidence::High,
            looped if is_write && ways.is_none() && !looped.is_some_and(is_many) => Confidence::Low,
            _ => Confidence::Medium,
        };
        let is_dwarfed = program.asks_remote_in_round(looped.unwrap_or(statement.call));
        let confidence = if is_dwarfed { Confidence::Low } else { confidence };
        let mut finding = cause.finding(Severity::Warning, confidence, repeats, words);
        if !is_direct {
            finding.affected = program.handlers_in_loops(function, SERVING);
        }
        if let Some(edges) = ways {
            let last = finding.evidence.pop();
            finding.evidence = last.map_or(Vec::new(), |last| program.evidence_by(&edges, usually_waited_for, last));
        }
        let list = site.loops_over.filter(|_| is_direct).map(|list| ExprRef { file: function.file, id: list });
        let Some(cause) = looped.or(list) else { return self.findings.push(finding) };
        if let Some(first) = self.of_loop.get(&cause).map(|first| &mut self.findings[*first])
            && first.confidence == confidence
        {
            return join(first, finding);
        }
        if let Some(call) = looped {
            let place = |call: ExprRef| program.location(call.file, program.call_span(call));
            finding.related.push(Step { location: place(call), message: "once per item here".to_owned() });
            let others = program.loops_around(function, usually_waited_for).into_iter().filter(|other| *other != call);
            let message = "and here".to_owned();
            finding.related.extend(others.map(|other| Step { location: place(other), message: message.clone() }));
        }
        self.of_loop.insert(cause, self.findings.len());
        self.findings.push(finding);
    }

    /// What no request waits for: a socket's messages, or (where it is a write of the loop itself) work that costs a worker's
    /// time. Only where the loop is seen to go over what a message or a table gives. What commits item by item may go on where
    /// it stopped.
    fn add_work(&mut self, program: &Program<'_>, statement: &Statement<'_>, is_direct: bool, words: Words) {
        let Statement { function, call, is_write, ref cause, .. } = *statement;
        let works = |state: State| {
            recurs(state) && !usually_waited_for(state) && !state.is_exceptional && (is_direct || state.is_repeated)
        };
        let is_of_socket = |state: State| works(state) && state.context == Context::Connection;
        let ways =
            (!is_direct).then(|| program.looped_where(function, call, recurs, |at| program.is_for_many(at))).flatten();
        let looped = ways.as_ref().and_then(|edges| edges.first()).map(|edge| edge.at);
        let is_for_many = if is_direct { program.is_for_many(call) } else { looped.is_some() };
        let is_work = is_write && is_direct && program.works_for_messages(function, works);
        if !is_for_many || !is_work && !program.runs(function, is_of_socket) {
            return;
        }
        let mut finding = cause.finding(Severity::Warning, Confidence::Medium, works, words);
        if let Some(at) = looped {
            let location = program.location(at.file, program.call_span(at));
            finding.related.push(Step { location, message: "once per item here".to_owned() });
        }
        self.findings.push(finding);
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// Whether a list's method is given the function in which the other call stands: `Promise.all(rows.map(async (row) => save(row)))`.
fn is_around(program: &Program<'_>, call: ExprRef, inner: ExprRef) -> bool {
    let is_each = program.called_name(call).is_some_and(|name| matches!(name.as_str(), "map" | "forEach" | "flatMap"));
    // `Array(count).fill(0).map(…)`.
    is_each
        && !program.begins_with(call, "Array")
        && call.file == inner.file
        && program.expr_span(call).contains(program.expr_span(inner))
}
