use std::fs;
use std::path::Path;
use std::thread;

use ir::{ExprId, ExprKind, File, TextPart, Visit, walk_block, walk_expr};

use super::lower;

/// Lowers on a stack of the size that the program's threads have.
fn lower_on_thread(source: String) -> File {
    let run = move || lower("app.py", &source);
    let thread = thread::Builder::new().stack_size(64 << 20).spawn(run).expect("a thread");
    thread.join().expect("no panic")
}

fn literals(file: &File) -> Vec<(&str, ir::Span, bool)> {
    let parts = file.exprs.iter().filter_map(|expr| match &expr.kind {
        ExprKind::Text(parts) => Some(parts),
        _ => None,
    });
    let literal = |part| match part {
        &TextPart::Literal { ref value, span, exact } => Some((&**value, span, exact)),
        TextPart::Hole(_) => None,
    };
    parts.flatten().filter_map(literal).collect()
}

#[test]
fn repeated_openers_neither_overflow_nor_hang() {
    let openers = [
        "(",
        "[",
        "{",
        "f(",
        "x[",
        "f'{",
        "f\"{x:{",
        "{1:",
        "[*",
        "not ",
        "-",
        "await ",
        "*",
        "1+",
        "1**",
        "1 and ",
        "1 if 2 else ",
        "lambda: ",
        "lambda a, b: ",
        ".a",
        "()",
        "[0]",
        "a=",
        "(a:=",
        "if x: ",
        "class A: ",
        "try: ",
        "async ",
        "@a ",
        "match ",
        "match x: ",
        "def f(): ",
        "with a, b: ",
        "with (",
        "(yield ",
        "\"\"\"\n\"\"\"+",
        "del (",
        "\\\n",
        "'a' ",
        "if x:\n",
        "\0",
        "\u{feff}",
        "\r",
        "import ",
        "x for x in ",
    ];
    for opener in openers {
        for count in [1_600, 9_000, 100_000] {
            lower_on_thread(opener.repeat(count));
            lower_on_thread(format!("{}x\n", opener.repeat(count)));
        }
    }
}

#[test]
fn deep_trees_are_lowered_down_to_the_limit() {
    for count in [1_600, 9_000, 100_000] {
        for (open, close) in [("[", "]"), ("f(", ")"), ("x[", "]"), ("(x for y in ", ")"), ("-(", ")"), ("f'{", "}'")] {
            let (open, close) = (open.repeat(count), close.repeat(count));
            assert!(!lower_on_thread(format!("x = {open}1{close}\n")).skipped.is_empty());
            lower_on_thread(format!("{open}a{close} = 1\n"));
            lower_on_thread(format!("match x:\n  case {open}a{close}:\n    pass\n"));
        }
        for (first, next) in [("x", ".a"), ("x", "()"), ("x", "(a, b)"), ("x = 1", "+a"), ("x = a", " and a")] {
            lower_on_thread(format!("{first}{}\n", next.repeat(count)));
        }
        lower_on_thread(format!("if a:\n  pass\n{}", "elif b:\n  pass\n".repeat(count)));
        lower_on_thread(format!("[x{}]\n", " for a in b if c".repeat(count)));
    }
    let blocks: String = (0..3_000).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
    lower_on_thread(format!("{blocks}{}pass\n", " ".repeat(3_000)));
}

#[test]
fn long_flat_code_is_lowered_whole() {
    let file = lower_on_thread(format!("x = [{}]\n", "f(a + b), ".repeat(50_000)));
    assert_eq!((file.skipped.len(), file.exprs.len()), (0, 250_001));
    let file = lower_on_thread(format!("x = '{}'\n", "a".repeat(5_000_000)));
    assert_eq!(literals(&file)[0].0.len(), 5_000_000);
}

#[test]
fn odd_texts() {
    for source in
        ["", "\u{feff}", "\r\r\n", "#!", "#!\u{e9}", "\t", "x = '", "x = '''", "f'", "x\\", "\u{2028}", "é = 1"]
    {
        lower("app.py", source);
    }
    assert!(lower("app.py", "x = 1\n").skipped.is_empty());
    let refusal = super::parse("x = (\n").expect_err("the bracket is open");
    assert_eq!(refusal.reason, "unexpected EOF while parsing");
}

#[test]
fn literals_know_their_place() {
    let source = "\u{feff}a = 'é' \"b\"\nc = f'x{d}y{{'\ne = r'\\d'\ng = '\\n'\nh = b'''i'''\r\n";
    let file = lower("app.py", source);
    let found: Vec<_> =
        literals(&file).into_iter().map(|(value, span, exact)| (value, span.text(source), exact)).collect();
    let expected = [
        ("é", "é", true),
        ("b", "b", true),
        ("x", "x", true),
        ("y{", "y{{", false),
        ("\\d", "\\d", true),
        ("\n", "\\n", false),
        ("i", "i", true),
    ];
    assert_eq!(found, expected);
}

#[test]
fn quoted_annotations_have_spans_in_the_file() {
    let source = "def f(a: \"Optional['User']\"): pass\n";
    let file = lower("app.py", source);
    let names: Vec<_> = file
        .exprs
        .iter()
        .filter(|expr| matches!(expr.kind, ExprKind::Global(_)))
        .map(|expr| expr.span.text(source))
        .collect();
    assert_eq!(names, ["Optional", "User"]);
}

/// Python reads the script letter as an `X`, of one byte.
#[test]
fn a_module_whose_letters_are_normalised_is_where_it_is_written() {
    let source = "import json𝒳𝒳\nimport 𝒳ml.dom\n";
    let file = lower("app.py", source);
    let places: Vec<_> = file.bindings.iter().map(|binding| (&*binding.name, binding.span.text(source))).collect();
    assert!(places.contains(&("jsonXX", "json𝒳𝒳")));
    assert!(places.contains(&("Xml", "𝒳ml.dom")));
}

struct Parents(Vec<u32>);

impl Visit for Parents {
    fn expr(&mut self, file: &File, id: ExprId) {
        self.0[id.0 as usize] += 1;
        walk_expr(self, file, id);
    }
}

/// Nothing is evaluated twice, every span lies on character boundaries, and exact literals are the source's bytes.
#[test]
fn the_sources_of_the_dumps_lower_soundly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lowering/python");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        count += 1;
        let source = fs::read_to_string(&path).expect("UTF-8");
        let file = lower("app.py", &source);
        assert!(file.skipped.is_empty(), "{}", path.display());
        for expr in &file.exprs {
            assert!(source.get(expr.span.start as usize..expr.span.end as usize).is_some(), "{expr:?}");
            if let ExprKind::Member { name, name_span, .. } = expr.kind {
                assert_eq!(name_span.text(&source), name.as_str());
            }
        }
        for (value, span, exact) in literals(&file) {
            assert!(!exact || span.text(&source) == value, "{value:?}");
        }
        let mut parents = Parents(vec![0; file.exprs.len()]);
        for function in &file.functions {
            walk_block(&mut parents, &file, &function.body);
        }
        assert!(parents.0.iter().all(|count| *count <= 1), "{}", path.display());
    }
    assert!(count > 8);
}
