//! Canonical paths: `package.module.Item` for what a library exports, `package.Type#member` for a member of an
//! instance. Every language writes them with dots here, also Rust.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::Symbol;

thread_local! {
    /// The same few paths are asked for again and again, and to look one up by its parts needs neither its text nor a lock.
    static JOINED: RefCell<FxHashMap<(Symbol, char, Symbol), Symbol>> = RefCell::default();
}

/// `base` + `.` + `name`.
pub fn join(base: Symbol, separator: char, name: Symbol) -> Symbol {
    JOINED.with_borrow_mut(|joined| {
        *joined.entry((base, separator, name)).or_insert_with(|| join_texts(base, separator, name))
    })
}

fn join_texts(base: Symbol, separator: char, name: Symbol) -> Symbol {
    let mut path = String::with_capacity(base.len() + name.len() + 1);
    path.push_str(base.as_str());
    path.push(separator);
    path.push_str(name.as_str());
    Symbol::new(&path)
}

/// What stands behind the last `.` or `#` of a canonical path.
pub fn final_segment(path: &str) -> &str {
    path.rsplit(['.', '#']).next().unwrap_or(path)
}

/// The words of a name in any case, or of a route.
pub fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        let begins = !letter.is_alphanumeric() || letter.is_uppercase() && was_lower;
        if begins {
            words.push(String::new());
        }
        was_lower = letter.is_lowercase();
        if letter.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(letter.to_lowercase());
        }
    }
    words
}
