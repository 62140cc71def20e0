//! Whatever the text: no panic, no overflow, no span outside it.

use std::path::Path;
use std::{fs, thread};

use ir::{BindingKind, ExprKind, File, FunctionKind, ImportItem, Span, TextPart};

use super::lower;

/// In a stack like that of the threads that parse.
fn lower_safely(path: &str, source: &str) -> File {
    let (path, text) = (path.to_owned(), source.to_owned());
    let file = thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(move || lower(&path, &text))
        .expect("a thread")
        .join()
        .expect("lowering does not panic");
    check_spans(&file, source);
    file
}

fn check_spans(file: &File, source: &str) {
    let check = |span: Span| assert!(source.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
    for expr in &file.exprs {
        check(expr.span);
        match &expr.kind {
            ExprKind::Member { name_span, .. } => check(*name_span),
            ExprKind::Text(parts) => {
                for part in parts {
                    if let TextPart::Literal { value, span, exact } = part {
                        check(*span);
                        assert!(!exact || &**value == span.text(source));
                    }
                }
            }
            _ => {}
        }
    }
    file.bindings.iter().for_each(|binding| check(binding.span));
    file.skipped.iter().for_each(|skipped| check(skipped.span));
    for function in &file.functions {
        check(function.span);
        check(function.name_span);
        function.params.iter().for_each(|param| check(param.span));
    }
    for class in &file.classes {
        check(class.span);
        check(class.name_span);
        class.fields.iter().for_each(|field| check(field.span));
    }
}

#[test]
fn beginnings_of_files_do_no_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lowering/javascript");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the lowering sources") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "ir") {
            continue;
        }
        let source = fs::read_to_string(&path).expect("UTF-8");
        for (end, _) in source.char_indices().step_by(7) {
            lower_safely(&path.to_string_lossy(), &source[..end]);
        }
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn strange_texts_are_lowered() {
    for text in [
        "",
        "\0",
        "a\0b",
        "\u{feff}",
        "\u{feff}#!/bin/node\nf();",
        "\r\nf(\r\n`a\r\n${b}\r\n`\r\n)\r\n",
        "f('\\uD800', `\\uD800${1}`, \"\\u{10FFFF}\");",
        "é.ü('ß', `ö${'é'}`)",
        "<<<<<<< HEAD\nf();\n=======\ng();\n>>>>>>> theirs\n",
        "```js\nf();\n```\n",
        "class {",
        "x = <a>é &nbsp; {/* é */}</a>",
        "import",
        "export default",
        "tag`\\u`",
    ] {
        for name in ["a.js", "a.cjs", "a.mjs", "a.ts", "a.tsx", "a.d.ts", "a"] {
            lower_safely(name, text);
        }
    }
}

#[test]
fn deep_texts_are_lowered_as_far_as_they_go() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("f(() => {", "})"),
        ("!", ""),
        ("a + ", ""),
        ("a => ", ""),
        ("{", "}"),
        ("if (a) b(); else ", ";"),
        ("new ", ""),
        ("`${", "}`"),
        ("function f(a = class { x = ", "}) {}"),
    ] {
        for levels in [1_200, 3_000, 100_000] {
            let text = format!("{}x{}\n", open.repeat(levels), close.repeat(levels));
            let file = lower_safely("a.ts", &text);
            assert!(levels < 100_000 || !file.skipped.is_empty(), "{open}");
        }
    }
    for part in [".a", "()", "[0]", "?.a", " ?? a", " as A", "``"] {
        let file = lower_safely("a.ts", &format!("before(); x{};", part.repeat(50_000)));
        assert_eq!(file.functions[0].body.stmts.len(), 2, "{part}");
    }
}

#[test]
fn a_long_line_takes_no_long_time() {
    let text = "f({a:[1,\"x\"],b:function(c){return c?c.d:!0}});".repeat(100_000);
    assert!(text.len() > 4_000_000);
    let file = lower_safely("bundle.js", &text);
    assert_eq!(file.functions.len(), 100_001);
    assert!(file.skipped.is_empty());
}

#[test]
fn the_dialect_is_what_the_text_needs() {
    for (name, text) in [
        ("a.js", "return 1"),
        ("a.js", "with (a) f();"),
        ("a.js", "const a: A = await f();"),
        ("a.cjs", "import a from 'b'; f(a);"),
        ("a.ts", "f(<div/>);"),
        ("a.ts", "f(<A>b);"),
        ("a.cts", "import a = require('a');"),
        ("a.mjs", "await f();"),
    ] {
        assert!(lower_safely(name, text).skipped.is_empty(), "{name}: {text}");
    }
}

#[test]
fn early_errors_refuse_nothing() {
    let file = lower_safely("a.js", "let a = 1; let a = 2; f(a); break; export { b };");
    assert!(file.skipped.is_empty());
    assert_eq!(file.functions[0].body.stmts.len(), 4);
}

#[test]
fn a_refusal_says_where_and_what() {
    let file = lower_safely("a.js", "f(; // @flow");
    assert_eq!(file.skipped.len(), 1);
    assert_eq!(file.skipped[0].reason, "unexpected token");
}

#[test]
fn closures_know_their_parents_and_classes() {
    let file = lower_safely("a.ts", "class A { run = () => f(() => this.x); m(a = () => 1, @D(() => 2) b) {} }");
    let parents: Vec<_> =
        file.functions.iter().map(|f| (f.name.as_str(), f.parent.map(|parent| parent.0), f.class.is_some())).collect();
    assert_eq!(
        parents,
        [
            ("module", None, false),
            ("run", Some(0), true),
            ("f callback", Some(1), false),
            ("m", Some(0), true),
            ("D callback", Some(0), false),
            ("a", Some(3), false),
        ]
    );
    assert!(matches!(file.functions[3].kind, FunctionKind::Method { is_static: false }));
}

#[test]
fn a_required_name_is_an_import_wherever_it_stands() {
    let file = lower_safely("a.js", "function f() { if (g) { var m = require('m').default; } return m; }");
    let import = file.bindings.iter().find_map(|binding| match &binding.kind {
        BindingKind::Import(import) => Some((binding.name.as_str(), import.module.as_str(), import.item)),
        _ => None,
    });
    assert_eq!(import, Some(("m", "m", ImportItem::Default)));
}
