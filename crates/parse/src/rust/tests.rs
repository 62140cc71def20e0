//! Hostile and odd texts, and that spans are what they say.

use ir::{ExprKind, File, Span, TextPart};

use super::{TOO_DEEP, lower};

const STACK: usize = 64 << 20;

/// Lowers on a stack as large as that of the threads that do so in earnest.
fn lower_deep(source: &str) -> File {
    let source = source.to_owned();
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || lower("src/deep.rs", &source))
        .expect("a thread")
        .join()
        .expect("no panic")
}

fn in_body(body: &str) -> String {
    format!("fn f() {{ {body}; }} fn g() {{}}")
}

fn assert_sound(file: &File, source: &str) {
    let check = |span: Span| {
        assert!(source.get(span.start as usize..span.end as usize).is_some(), "{span:?} is not in the text");
    };
    for expr in &file.exprs {
        check(expr.span);
        match &expr.kind {
            ExprKind::Local(_) => {
                let text = expr.span.text(source);
                let is_name = text.ends_with(|last: char| last == '_' || last.is_alphanumeric());
                assert!(is_name || !file.skipped.is_empty(), "{text:?} is no name");
            }
            ExprKind::Member { name, name_span, .. } => {
                check(*name_span);
                assert_eq!(name_span.text(source).trim_start_matches("r#"), name.as_str());
            }
            ExprKind::Text(parts) => {
                for part in parts {
                    if let TextPart::Literal { value, span, exact: true } = part {
                        assert_eq!(&**value, span.text(source));
                    }
                }
            }
            _ => {}
        }
    }
    for function in &file.functions {
        check(function.span);
        check(function.name_span);
        assert!(function.span.contains(function.name_span) || function.name_span.end == 0);
    }
    for binding in &file.bindings {
        check(binding.span);
    }
}

#[test]
fn spans_fit_the_text() {
    for source in [
        "",
        "\u{feff}",
        "#!/usr/bin/env x",
        "\u{feff}#!/bin/x\r\nuse a::b;\r\nfn f() {\r\n    b(\"dü\", r#\"é\"#, 'ß', |x| x.ö());\r\n}\r\n",
        "fn f() { let r#type = 1; self.r#fn(r#type); format!(\"ü {r} \\u{7b}{}\\\n  x\", r#type.0.1) }",
        "struct A; impl A { fn b(&self) -> Self { Self(*&(a)?.await, A { r#in: 1 }) } }",
        include_str!("mod.rs"),
        include_str!("nesting.rs"),
        include_str!("exprs.rs"),
        include_str!("format.rs"),
    ] {
        let file = lower("src/lib.rs", source);
        assert!(file.skipped.is_empty(), "{:?}", file.skipped);
        assert_sound(&file, source);
    }
}

#[test]
fn broken_texts_are_refused_with_a_reason() {
    for source in [
        "fn f( {",
        "}",
        "\0",
        "fn f() { \0 }",
        "fn f() { \"open",
        "/* open",
        "r#\"open",
        "'",
        "b'",
        "let x = '\\",
        "\r",
        "#!",
    ] {
        let file = lower("src/lib.rs", source);
        assert_sound(&file, source);
        for skipped in &file.skipped {
            assert!(!skipped.reason.is_empty() && !skipped.reason.ends_with('.'), "{:?}", skipped.reason);
        }
    }
}

/// Each of these repeats something that nests: what stands before all, what opens a level, the core, what closes it.
const NESTED: [[&str; 4]; 44] = [
    ["", "(", "1", ")"],
    ["", "[", "1", "]"],
    ["", "{", "", "}"],
    ["", "f(", "1", ")"],
    ["", "m![", "1", "]"],
    ["", "S { a: ", "1", "}"],
    ["", "|| {", "", "}"],
    ["", "async {", "", "}"],
    ["", "loop {", "", "}"],
    ["", "match a { b => ", "c", "}"],
    ["", "fn f() {", "", "}"],
    ["", "mod m {", "", "}"],
    ["", "-", "1", ""],
    ["", "&", "1", ""],
    ["", "return ", "1", ""],
    ["", "|| ", "1", ""],
    ["", "|a, b| ", "1", ""],
    ["", "move |a, b| ", "1", ""],
    ["", "a = ", "1", ""],
    ["1", "", "", " + 1"],
    ["a", "", "", ".b"],
    ["a", "", "", ".b()"],
    ["a", "", "", "?"],
    ["a", "", "", " as T"],
    ["a", "", "", "[0]"],
    ["", "if a {} else ", "{}", ""],
    ["let x: ", "A<", "u8", ">"],
    ["let x: ", "A<B, ", "u8", ">"],
    ["let x: ", "&", "u8", ""],
    ["let ", "&", "x", ""],
    ["let x: ", "A<", "", ""],
    ["let x: ", "A<B, ", "", ""],
    ["let x: ", "fn() -> ", "u8", ""],
    ["let x: ", "<A as ", "B", ">::C"],
    ["", "<", "u8", ">::B"],
    ["", "a::<", "u8", ">()"],
    ["", "a < ", "1", ""],
    ["", "if ", "a", " {}"],
    ["", "match ", "a", " {}"],
    ["", "for a in ", "a", " {}"],
    ["", "..", "1", ""],
    ["let ", "a @ ", "a", " = 1"],
    ["let ", "Some(", "a", ") = 1"],
    ["use ", "a::", "b", ""],
];

#[test]
fn deep_nesting_is_bounded() {
    for shape @ [before, open, core, close] in NESTED {
        for count in [100, 900, 2_400, 4_900, 100_000] {
            let body = format!("{before}{}{core}{}", open.repeat(count), close.repeat(count));
            let source = in_body(&body);
            let file = lower_deep(&source);
            assert_sound(&file, &source);
            let is_refused = file.skipped.iter().any(|skipped| skipped.reason == TOO_DEEP);
            assert!(count > 100 || !is_refused, "{shape:?} {count}");
            assert!(count < 100_000 || !file.skipped.is_empty(), "{shape:?} {count}");
        }
    }
}

#[test]
fn long_is_not_deep() {
    let many = |unit: &str, count: usize| unit.repeat(count);
    for body in [
        many("a.b(1, \"dü\")?; ", 20_000),
        many("if a { b } ", 20_000),
        many("match a { b => c, } ", 10_000),
        format!("vec![{}]", many("-a, ", 50_000)),
        format!("x({})", many("|a, b| a, ", 20_000)),
        format!("match a {{ {} }}", many("| 'a' | '\"' => 1, ", 10_000)),
        format!("let x = Router::new(){}", many(".route(\"/a\", get(b))", 1_000)),
    ] {
        let source = in_body(&body);
        let file = lower_deep(&source);
        assert!(file.skipped.is_empty(), "{:?}", file.skipped);
        assert_sound(&file, &source);
    }
}

#[test]
fn nested_macros_are_read_a_few_levels_deep() {
    let source = in_body(&format!("{}a, b{}", "m![".repeat(200), "]".repeat(200)));
    let file = lower_deep(&source);
    assert!(file.skipped.is_empty());
    assert!(file.exprs.len() < 200);
}
