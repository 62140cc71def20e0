//! The program as a service: where its application is made, and what the project has around it.

use ir::{ExprKind, FnId, Span, TextPart};
use rustc_hash::FxHashSet;

use super::Program;
use crate::contexts::State;
use crate::entries::EntryPoint;
use crate::ids::{ExprRef, FileId, FnRef};
use crate::models::{Context, Provision, Runtime};
use crate::program::LibraryCall;
use crate::roles::Role;

/// Where an application is made.
#[derive(Clone, Copy, Debug)]
pub struct App {
    pub file: FileId,
    pub span: Span,
    pub function: FnRef,
}

/// What runs for requests and answers none of its own.
const BESIDE: &[&str] = &["middleware", "hook", "error handler", "filter", "guard", "interceptor", "dependency"];

pub(super) fn is_beside(entry: &EntryPoint) -> bool {
    let label = entry.label.trim_end_matches(')');
    BESIDE.iter().any(|word| label.ends_with(word))
}

impl Program<'_> {
    /// Where the application is made, if the program is a long-lived service. Of several the one with most routes below its
    /// folder, and of those the one whose file serves it.
    pub fn app(&self) -> Option<App> {
        let is_ours = |call: &&LibraryCall<'_>| {
            (call.model.is_app || call.model.app_argument.is_some())
                && self.role(call.at.file) == Role::App
                && !self.is_for_development(call.at.file)
        };
        let folder = |file: FileId| self.file(file).path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let all = self.routes();
        let routes = |call: &LibraryCall<'_>| {
            let start = folder(call.at.file);
            all.iter().filter(|entry| self.file(entry.function.file).path.starts_with(start)).count()
        };
        let apps: Vec<&LibraryCall<'_>> = self.calls().iter().filter(is_ours).collect();
        let serves = |call: &LibraryCall<'_>| {
            let mut sites = self.listing(call.at.file).sites.iter().flatten();
            sites.any(|site| {
                let name = self.called_name(ExprRef { file: call.at.file, id: site.call });
                name.is_some_and(|name| matches!(name.as_str(), "listen" | "serve" | "run"))
            })
        };
        let call = apps.into_iter().rev().max_by_key(|call| (routes(call), serves(call)))?;
        Some(App { file: call.at.file, span: self.app_span(call), function: call.function })
    }

    /// The name that the application is given.
    fn app_span(&self, call: &LibraryCall<'_>) -> Span {
        let file = self.file(call.at.file);
        let binding = match (call.model.app_argument, self.kind(call.at)) {
            (Some(number), ExprKind::Call { args, .. }) => args.get(number).and_then(|arg| {
                let value = self.receiver_of_chain(ExprRef { file: call.at.file, id: arg.value });
                match file.expr(value.id).kind {
                    ExprKind::Local(binding) => Some(binding),
                    _ => None,
                }
            }),
            _ => None,
        };
        binding.map_or_else(|| self.call_span(call.at), |binding| file.binding(binding).span)
    }

    /// `app` of `app.into_make_service()`.
    fn receiver_of_chain(&self, mut value: ExprRef) -> ExprRef {
        let file = self.file(value.file);
        while let ExprKind::Call { callee, .. } = file.expr(value.id).kind
            && let ExprKind::Member { base, .. } = file.expr(callee).kind
        {
            value.id = base;
        }
        value
    }

    /// The handlers that answer requests in a process that lives for days, one entry a function.
    pub fn routes(&self) -> Vec<&EntryPoint> {
        let mut routes = self.routes_anywhere();
        routes.retain(|entry| entry.runtime == Runtime::Server);
        routes
    }

    /// The handlers that answer requests, wherever they run, one entry a function.
    pub fn routes_anywhere(&self) -> Vec<&EntryPoint> {
        let mut seen = FxHashSet::default();
        let serves = |entry: &&EntryPoint| {
            entry.context == Context::Request && entry.function.id != FnId::MODULE && !is_beside(entry)
        };
        self.entries.iter().filter(serves).filter(|entry| seen.insert((entry.function, entry.runtime))).collect()
    }

    /// Whether what a call makes may be used for requests.
    pub fn is_used_while_serving(&self, call: &LibraryCall<'_>) -> bool {
        let users = self.users_of(call.at);
        let serves = |state: State| matches!(state.context, Context::Request | Context::Connection);
        users.is_partial
            || users.functions.is_empty()
            || users.functions.iter().any(|function| self.runs(*function, serves))
    }

    pub fn has(&self, provision: Provision) -> bool {
        self.provisions.has(provision)
    }

    /// Whether the code, tests aside, uses a name, in whatever case.
    pub fn has_name(&self, name: &str) -> bool {
        self.provisions.has_name(name)
    }

    /// Whether a file imports, or gives to something, a name (in lower case).
    pub fn is_named_in(&self, file: FileId, name: &str) -> bool {
        self.file(file).bindings.iter().any(|binding| {
            let is_imported = match &binding.kind {
                ir::BindingKind::Import(import) => import.module.to_lowercase().contains(name),
                _ => false,
            };
            is_imported || binding.name.to_lowercase() == name
        })
    }

    /// Whether one of the parts (in lower case) occurs in a name that the code uses.
    pub fn has_name_with(&self, parts: &[&str]) -> bool {
        self.provisions.has_name_with(parts)
    }

    /// The names that the code uses, in lower case, that have one of the parts in them.
    pub fn names_with(&self, parts: &[&str]) -> impl Iterator<Item = &str> {
        self.provisions.names_with(parts)
    }

    /// Whether one of the words (in lower case) occurs in a text of the code or in a deployment file.
    pub fn says(&self, words: &[&str]) -> bool {
        self.provisions.says(words)
    }

    /// The files in whose code a text with the word (in lower case) stands.
    pub fn files_that_say(&self, word: &str) -> impl Iterator<Item = FileId> {
        self.files.iter().enumerate().filter_map(move |(number, file)| {
            let says = |part: &TextPart| matches!(part, TextPart::Literal { value, .. } if value.to_lowercase().contains(word));
            let has = file.exprs.iter().any(|expr| matches!(&expr.kind, ExprKind::Text(parts) if parts.iter().any(says)));
            has.then_some(FileId(number as u32))
        })
    }

    /// Whether one of the words (in lower case) occurs in a deployment file.
    pub fn is_deployed_with(&self, words: &[&str]) -> bool {
        self.provisions.deployed().any(|text| words.iter().any(|word| text.contains(word)))
    }

    /// The texts of the code and of the deployment files, in lower case.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.provisions.texts()
    }
}
