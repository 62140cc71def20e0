//! What stands around a place.

use ir::finding::Location;
use ir::{Block, File, FnId, Span, Stmt, Visit, walk_stmt};

use super::Program;

impl Program<'_> {
    /// The function around a place, with the classes and functions around it: `Orders.list`. Empty for the module's own
    /// code and for files that are not part of the program.
    pub fn symbol_at(&self, place: Location) -> String {
        let Some(file) = self.file_at(place) else { return String::new() };
        let mut names = Vec::new();
        let mut next = Some(innermost(file, place.span.start));
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
    pub fn statement_at(&self, place: Location) -> Span {
        let Some(file) = self.file_at(place) else { return place.span };
        let mut finder = Finder { offset: place.span.start, found: None, next: None };
        finder.block(file, &file.function(innermost(file, place.span.start)).body);
        let Some(found) = finder.found else { return place.span };
        let end = finder.next.map_or(found.end, |next| next.clamp(place.span.end, found.end.max(place.span.end)));
        Span { start: found.start, end }
    }

    /// Whether a path is a file of the program.
    pub fn has_file(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    }

    fn file_at(&self, place: Location) -> Option<&File> {
        let number = self.files.binary_search_by_key(&place.path, |file| file.path).ok()?;
        Some(&self.files[number])
    }
}

fn innermost(file: &File, offset: u32) -> FnId {
    let around = file.functions.iter().enumerate().skip(1).filter(|(_, function)| holds(function.span, offset));
    let smallest = around.min_by_key(|(_, function)| function.span.end - function.span.start);
    smallest.map_or(FnId::MODULE, |(number, _)| FnId(number as u32))
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
