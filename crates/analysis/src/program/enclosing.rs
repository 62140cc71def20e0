//! What stands around a place.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use ir::finding::Location;
use ir::{Block, File, FnId, Span, Stmt, Symbol, Visit, walk_stmt};

use super::Program;

/// Answers about places, of which it keeps what the next answers need.
#[derive(Debug)]
pub struct Surroundings<'p> {
    files: &'p [File],
    starts: RefCell<BTreeMap<Symbol, Starts>>,
}

/// The functions of a file by where they begin.
type Starts = Rc<[(u32, FnId)]>;

impl Program<'_> {
    pub fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { files: &self.files, starts: RefCell::default() }
    }

    /// Whether a path is a file of the program.
    pub fn has_file(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    }
}

impl Surroundings<'_> {
    /// The function around a place, with the classes and functions around it: `Orders.list`. Empty for the module's own
    /// code and for files that are not part of the program.
    pub fn symbol(&self, place: Location) -> String {
        let Some(file) = self.file(place) else { return String::new() };
        let mut names = Vec::new();
        let mut next = Some(self.innermost(file, place.span.start));
        while let Some(id) = next.filter(|id| *id != FnId::MODULE) {
            let function = file.function(id);
            names.push(function.name.as_str());
            names.extend(function.class.map(|class| file.classes[class.0 as usize].name.as_str()));
            next = function.parent;
        }
        names.retain(|name| !name.is_empty());
        names.reverse();
        names.join(".")
    }

    /// The innermost statement around a place, without the blocks in it: of a loop only its head. The place itself where
    /// there is none.
    pub fn statement(&self, place: Location) -> Span {
        let Some(file) = self.file(place) else { return place.span };
        let mut finder = Finder { offset: place.span.start, found: None, next: None };
        finder.block(file, &file.function(self.innermost(file, place.span.start)).body);
        let Some(found) = finder.found else { return place.span };
        let end = finder.next.map_or(found.end, |next| next.clamp(place.span.end, found.end.max(place.span.end)));
        Span { start: found.start, end }
    }

    fn file(&self, place: Location) -> Option<&File> {
        let number = self.files.binary_search_by_key(&place.path, |file| file.path).ok()?;
        Some(&self.files[number])
    }

    fn innermost(&self, file: &File, offset: u32) -> FnId {
        let starts = self.starts(file);
        let begun = starts.partition_point(|(start, _)| *start <= offset);
        // What began last either holds the place, or has ended inside of what does.
        let mut next = begun.checked_sub(1).map(|last| starts[last].1);
        while let Some(id) = next.filter(|id| !holds(file.function(*id).span, offset)) {
            next = file.function(id).parent;
        }
        next.unwrap_or(FnId::MODULE)
    }

    fn starts(&self, file: &File) -> Starts {
        let mut starts = self.starts.borrow_mut();
        let of_file = starts.entry(file.path).or_insert_with(|| {
            let functions = file.functions.iter().enumerate().skip(1);
            let mut starts: Vec<(u32, FnId)> =
                functions.map(|(number, function)| (function.span.start, FnId(number as u32))).collect();
            // Of two that begin at one place, the inner one comes last.
            starts.sort_by_key(|(start, id)| (*start, std::cmp::Reverse(file.function(*id).span.end)));
            starts.into()
        });
        Rc::clone(of_file)
    }
}

fn holds(span: Span, offset: u32) -> bool {
    span.start <= offset && offset < span.end
}

struct Finder {
    offset: u32,
    found: Option<Span>,
    /// Where the first statement below the found one begins that stands behind the place.
    next: Option<u32>,
}

impl Visit for Finder {
    fn expr(&mut self, _: &File, _: ir::ExprId) {}

    fn block(&mut self, file: &File, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(file, stmt);
        }
    }

    fn stmt(&mut self, file: &File, stmt: &Stmt) {
        if holds(stmt.span, self.offset) {
            (self.found, self.next) = (Some(stmt.span), None);
        } else if stmt.span.start > self.offset && self.found.is_some_and(|found| stmt.span.end <= found.end) {
            self.next = Some(self.next.map_or(stmt.span.start, |next| next.min(stmt.span.start)));
        }
        walk_stmt(self, file, stmt);
    }
}
