//! Where code runs, by the conditions around it: `app.debug`, `process.env.NODE_ENV !== "production"`, `if not settings.DEBUG`.

use ir::{
    BinaryOp, ExprId, ExprKind, File, Span, Stmt, StmtKind, Symbol, TextPart, UnaryOp, Visit, walk_expr, walk_stmt,
    words_of,
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    Development,
    Production,
}

impl Stage {
    fn other(self) -> Self {
        match self {
            Self::Development => Self::Production,
            Self::Production => Self::Development,
        }
    }
}

const DEVELOPED: &[&str] = &["debug", "dev", "development", "develop", "profiling"];

/// Words that say it of an environment, and in other names something else.
const DEVELOPED_ENVIRONMENTS: &[&str] = &["local", "test", "testing"];
const PRODUCTION: &[&str] = &["production", "prod"];

/// Where alone a test holds; none: in both, or it is not known.
pub(crate) fn holds_in(file: &File, test: ExprId) -> Option<Stage> {
    match &file.expr(test).kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => holds_everywhere_but(file, *operand),
        ExprKind::Binary { op: BinaryOp::Equal, left, right } => compared(file, *left, *right),
        ExprKind::Binary { op: BinaryOp::NotEqual, left, right } => compared(file, *left, *right).map(Stage::other),
        ExprKind::Binary { op: BinaryOp::In, left, right } => {
            let ExprKind::List(items) = &file.expr(*right).kind else { return None };
            let first = compared(file, *left, *items.first()?);
            first.filter(|_| items.iter().all(|item| compared(file, *left, *item) == first))
        }
        ExprKind::Binary { op: BinaryOp::And, left, right } => holds_in(file, *left).or_else(|| holds_in(file, *right)),
        ExprKind::Binary { op: BinaryOp::Or, left, right } => {
            holds_in(file, *left).filter(|stage| holds_in(file, *right) == Some(*stage))
        }
        _ => named(file, test),
    }
}

/// Where a negated test holds: that `a && b` does not hold says nothing of `a`.
fn holds_everywhere_but(file: &File, test: ExprId) -> Option<Stage> {
    match &file.expr(test).kind {
        ExprKind::Binary { op: BinaryOp::And, left, right } => {
            holds_everywhere_but(file, *left).filter(|stage| holds_everywhere_but(file, *right) == Some(*stage))
        }
        ExprKind::Binary { op: BinaryOp::Or, left, right } => {
            holds_everywhere_but(file, *left).or_else(|| holds_everywhere_but(file, *right))
        }
        _ => holds_in(file, test).map(Stage::other),
    }
}

/// Only of an environment: an order may be in production, and a project in development.
fn compared(file: &File, left: ExprId, right: ExprId) -> Option<Stage> {
    [(left, right), (right, left)].into_iter().find_map(|(value, other)| {
        let word = text_of(file, value)?.to_lowercase();
        let is_of_environment = DEVELOPED_ENVIRONMENTS.contains(&word.as_str());
        let stage = of_word(&word).or(is_of_environment.then_some(Stage::Development));
        stage.filter(|_| is_environment(file, other))
    })
}

/// What a word says that stands for an environment.
pub(crate) fn of_word(word: &str) -> Option<Stage> {
    if DEVELOPED.contains(&word) {
        Some(Stage::Development)
    } else {
        PRODUCTION.contains(&word).then_some(Stage::Production)
    }
}

fn text_of(file: &File, value: ExprId) -> Option<&str> {
    let ExprKind::Text(parts) = &file.expr(value).kind else { return None };
    match parts.as_slice() {
        [TextPart::Literal { value, .. }] => Some(value),
        _ => None,
    }
}

/// `process.env.NODE_ENV`, `settings.ENVIRONMENT`, `os.environ.get("APP_ENV", "local")`, `app.get("env")`.
fn is_environment(file: &File, value: ExprId) -> bool {
    let name = match &file.expr(value).kind {
        ExprKind::Call { args, .. } => args.first().and_then(|arg| text_of(file, arg.value)),
        ExprKind::Index { indices, .. } => indices.first().and_then(|index| text_of(file, *index)),
        _ => name_of(file, value).map(|name| name.as_str()),
    };
    name.is_some_and(names_environment)
}

/// `NODE_ENV`, `ENVIRONMENT`, `APP_STAGE`.
pub(crate) fn names_environment(name: &str) -> bool {
    words_of(name).iter().any(|word| matches!(word.as_str(), "env" | "environment" | "stage" | "mode"))
}

/// Whether a variable of the environment is asked for that names it, and is development if nobody sets it:
/// `os.environ.get("FLASK_ENV", "development")`.
pub(crate) fn defaults_to_development(file: &File, [name, default]: [ExprId; 2]) -> bool {
    let default = text_of(file, default).and_then(|word| of_word(&word.to_lowercase()));
    default == Some(Stage::Development) && text_of(file, name).is_some_and(names_environment)
}

fn name_of(file: &File, value: ExprId) -> Option<Symbol> {
    match file.expr(value).kind {
        ExprKind::Local(binding) => Some(file.binding(binding).name),
        ExprKind::Member { name, .. } | ExprKind::Global(name) => Some(name),
        _ => None,
    }
}

/// `app.debug`, `settings.DEBUG`, `app.config["DEBUG"]`, `isDevelopment`, `is_prod`.
fn named(file: &File, value: ExprId) -> Option<Stage> {
    if let ExprKind::Index { indices, .. } = &file.expr(value).kind {
        return indices.iter().find_map(|index| of_word(&text_of(file, *index)?.to_lowercase()));
    }
    let name = name_of(file, value)?;
    let words = words_of(&name);
    let (last, before) = words.split_last()?;
    let found = match last.as_str() {
        // `DEBUG_MODE`, `devMode`.
        "mode" => before.iter().find_map(|word| of_word(word)),
        word => of_word(word),
    };
    // `order.production` is something else.
    let is_switch = || words[0] == "is" || name.chars().all(|char| char.is_uppercase() || char == '_');
    found.filter(|stage| *stage == Stage::Development || is_switch())
}

/// The branches of a file that run only in development.
pub(crate) fn developed(file: &File) -> Vec<Span> {
    let mut found = Regions(Vec::new());
    for function in &file.functions {
        found.block(file, &function.body);
    }
    found.0
}

struct Regions(Vec<Span>);

impl Visit for Regions {
    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if let StmtKind::If { test, otherwise, .. } = &stmt.kind {
            // A declaration is no statement: a branch begins where the test or the branch before it ends.
            let start = file.expr(*test).span.end;
            let middle = otherwise.stmts.first().map(|first| first.span.start);
            let end = stmt.span.end;
            match holds_in(file, *test) {
                Some(Stage::Development) => self.0.push(Span::new(start, middle.unwrap_or(end))),
                Some(Stage::Production) => self.0.extend(middle.map(|middle| Span::new(middle, end))),
                None => {}
            }
        }
        walk_stmt(self, file, stmt);
    }

    fn expr(&mut self, file: &File, id: ExprId) {
        if let ExprKind::Conditional { test, then, otherwise } = file.expr(id).kind {
            let apart = match holds_in(file, test) {
                Some(Stage::Development) => Some(then),
                Some(Stage::Production) => Some(otherwise),
                None => None,
            };
            self.0.extend(apart.map(|branch| file.expr(branch).span));
        }
        walk_expr(self, file, id);
    }
}
