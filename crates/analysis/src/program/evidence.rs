//! Where things are, and by which way they are reached.

use ir::finding::{Location, Step};
use ir::{ExprKind, FnId, Span, Symbol};
use rustc_hash::FxHashSet;

use super::Program;
use crate::calls::Edge;
use crate::contexts::State;
use crate::entries::EntryPoint;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::{Context, Runs};

impl Program<'_> {
    pub fn location(&self, file: FileId, span: Span) -> Location {
        Location { path: self.file(file).path, span }
    }

    /// The short place of a call: the name that is called, up to the opening parenthesis.
    pub fn call_span(&self, call: ExprRef) -> Span {
        let file = self.file(call.file);
        let ExprKind::Call { callee, .. } = file.expr(call.id).kind else { return file.expr(call.id).span };
        let callee_expr = file.expr(callee);
        match callee_expr.kind {
            ExprKind::Member { base, name_span, .. } => {
                // `a.b.connect` in whole, but of a chain over several lines only the last name.
                let base = file.expr(base);
                if matches!(base.kind, ExprKind::Call { .. } | ExprKind::Await(_) | ExprKind::Control(_)) {
                    name_span
                } else {
                    base.span.to(name_span)
                }
            }
            ExprKind::Function(function) => file.function(function).name_span,
            _ => callee_expr.span,
        }
    }

    /// The way from an entry to `function` (in a wanted state) and on to `last`: one step a hop.
    pub fn evidence(&self, function: FnRef, wanted: impl Fn(State) -> bool, last: Step) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some((entry, edges)) = self.contexts.way(function, wanted) {
            let entry = &self.entries[entry];
            steps.push(Step {
                location: self.location(entry.file, entry.span),
                message: match entry.context {
                    Context::Startup | Context::Script => {
                        format!("`{}` runs at start-up", self.name_of(entry.function))
                    }
                    _ => format!("{} is handled by `{}`", entry.label, self.name_of(entry.function)),
                },
            });
            for edge in edges {
                let step = Step {
                    location: self.location(edge.at.file, self.call_span(edge.at)),
                    message: format!("calls `{}`", self.name_of(edge.to)),
                };
                if steps.last().is_none_or(|last| last.location != step.location) {
                    steps.push(step);
                }
            }
        }
        if steps.last().is_none_or(|before| before.location != last.location) {
            steps.push(last);
        }
        steps
    }

    /// The same by a way that ends with certain calls.
    pub fn evidence_by(&self, edges: &[Edge], wanted: impl Fn(State) -> bool, last: Step) -> Vec<Step> {
        let Some(first) = edges.first() else { return vec![last] };
        let step = |edge: &Edge| Step {
            location: self.location(edge.at.file, self.call_span(edge.at)),
            message: format!("calls `{}`", self.name_of(edge.to)),
        };
        let mut steps = self.evidence(first.from, wanted, step(first));
        steps.extend(edges.iter().skip(1).map(step));
        steps.push(last);
        steps.dedup_by(|step, before| step.location == before.location);
        steps
    }

    /// Whether it is work for a message that somebody sent: a queue's, or what a request leaves running.
    pub fn works_for_messages(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> bool {
        self.first_entry(function, wanted).is_some_and(|entry| entry.consumes || entry.context == Context::Request)
    }

    /// The call on the way to the function that stands in a loop.
    pub fn looped_on_way(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> Option<ExprRef> {
        let (_, edges) = self.contexts.way(function, wanted)?;
        edges.into_iter().find(|edge| edge.in_loop).map(|edge| edge.at)
    }

    /// Where that call is.
    pub fn loop_on_way(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> Option<Location> {
        let looped = self.looped_on_way(function, wanted)?;
        Some(self.location(looped.file, self.call_span(looped)))
    }

    /// Whether the rounds of the loop on the way to the function are awaited one by one.
    pub fn awaits_in_loop_on_way(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> bool {
        let Some((_, edges)) = self.contexts.way(function, wanted) else { return false };
        let looped = edges.into_iter().find(|edge| edge.in_loop);
        looped.is_some_and(|edge| edge.how != Runs::Each && self.is_awaited(edge.at))
    }

    /// Whether the function that makes a call awaits it, or what is made of it: `await get(url).then(read)`.
    pub fn is_awaited(&self, call: ExprRef) -> bool {
        let (file, index) = (self.file(call.file), self.listing(call.file));
        let mut at = call.id;
        while let Some(parent) = index.parent(at) {
            match file.expr(parent).kind {
                ExprKind::Await(_) => return true,
                ExprKind::Member { .. } | ExprKind::Propagate(_) => at = parent,
                ExprKind::Call { callee, .. } if callee == at => at = parent,
                _ => return false,
            }
        }
        false
    }

    /// The entry that a shortest way to the function starts at.
    pub fn first_entry(&self, function: FnRef, wanted: impl Fn(State) -> bool) -> Option<&EntryPoint> {
        self.contexts.way(function, wanted).map(|(entry, _)| &self.entries[entry])
    }

    /// All entries of a context from which the function is reached, sorted by place.
    pub fn handlers(&self, function: FnRef, contexts: &[Context]) -> Vec<Step> {
        self.entries_before(function, contexts, false)
    }

    /// Of these entries those from which a call on the way stands in a loop.
    pub fn handlers_in_loops(&self, function: FnRef, contexts: &[Context]) -> Vec<Step> {
        self.entries_before(function, contexts, true)
    }

    fn entries_before(&self, function: FnRef, contexts: &[Context], in_loops: bool) -> Vec<Step> {
        const MAX_FUNCTIONS: usize = 4_000;
        // With a function: whether what it comes to is wanted by now.
        let mut seen = FxHashSet::default();
        let mut open = vec![(function, !in_loops)];
        seen.insert((function, !in_loops));
        while let Some((next, is_wanted)) = open.pop() {
            for edge in self.graph.calls_into(next) {
                let crosses = !matches!(edge.how, Runs::Once | Runs::Startup | Runs::Queue | Runs::Never);
                let before = (edge.from, is_wanted || edge.in_loop);
                if crosses && seen.len() < MAX_FUNCTIONS && seen.insert(before) {
                    open.push(before);
                }
            }
        }
        let wanted = seen.iter().filter(|(_, is_wanted)| *is_wanted);
        let reached = wanted.flat_map(|(function, _)| self.entries_of.get(function).into_iter().flatten());
        let mut steps: Vec<Step> = reached
            .map(|number| &self.entries[*number as usize])
            .filter(|entry| contexts.contains(&entry.context))
            .map(|entry| Step { location: self.location(entry.file, entry.span), message: entry.label.clone() })
            .collect();
        steps.sort();
        steps.dedup();
        steps
    }

    /// Whether a chain of calls begins with a global name: `Array(10).fill(0).map(…)`.
    pub fn begins_with(&self, call: ExprRef, name: &str) -> bool {
        matches!(self.chain_root(call), ExprKind::Global(first) if *first == name)
    }

    /// What a chain of calls begins with: `wallets` of `wallets.find().sort()`.
    pub(crate) fn chain_root(&self, call: ExprRef) -> &ExprKind {
        let file = self.file(call.file);
        let mut at = call.id;
        loop {
            at = match &file.expr(at).kind {
                ExprKind::Member { base, .. } => *base,
                ExprKind::Call { callee, .. } => *callee,
                ExprKind::Await(inner) => *inner,
                first => return first,
            };
        }
    }

    /// The last name of what is called.
    pub fn called_name(&self, call: ExprRef) -> Option<Symbol> {
        let ExprKind::Call { callee, .. } = *self.kind(call) else { return None };
        match *self.kind(ExprRef { id: callee, ..call }) {
            ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
            ExprKind::Local(binding) => Some(self.file(call.file).binding(binding).name),
            _ => None,
        }
    }

    pub fn name_of(&self, function: FnRef) -> String {
        let function_data = self.file(function.file).function(function.id);
        let class = function_data.class.map(|class| self.file(function.file).class(class).name);
        match (function.id, class) {
            (FnId::MODULE, _) => self.file(function.file).path.to_string(),
            (_, Some(class)) => format!("{class}.{}", function_data.name),
            _ => function_data.name.to_string(),
        }
    }
}
