//! Places in files: relative addresses, regions and their surroundings.

use ir::Symbol;

use super::ROOT;
use super::model::{ArtifactLocation, ContextRegion, Location, Message, PhysicalLocation, Region};
use crate::{Source, Sources};

/// Longer texts are left out: a snippet must be whole or absent.
const MAX_SNIPPET: usize = 2_000;

pub(super) fn location(
    place: ir::finding::Location,
    sources: &Sources,
    message: Option<&str>,
    id: Option<u32>,
) -> Location {
    let source = sources.get(place.path);
    let (start, end) = (source.position(place.span.start), source.position(place.span.end));
    let region = Region {
        start_line: start.line,
        start_column: start.utf16_column,
        end_line: end.line,
        end_column: end.utf16_column,
        snippet: snippet(&source.text()[source.range(place.span)]),
    };
    Location {
        id,
        physical_location: PhysicalLocation {
            artifact_location: artifact(place.path),
            region: Some(region),
            context_region: Some(context(source, start.line, end.line)),
        },
        message: message.filter(|text| !text.is_empty()).map(Message::new),
    }
}

/// A file as a whole.
pub(super) fn file(path: Symbol) -> Location {
    let physical_location = PhysicalLocation { artifact_location: artifact(path), region: None, context_region: None };
    Location { id: None, physical_location, message: None }
}

/// The lines, and one on either side.
fn context(source: &Source, first: usize, last: usize) -> ContextRegion {
    let start_line = first.saturating_sub(1).max(1);
    let end_line = (last + 1).min(source.line_count());
    let text = source.line_range(start_line - 1).start..source.line_range(end_line - 1).end;
    ContextRegion { start_line, end_line, snippet: snippet(&source.text()[text]) }
}

fn snippet(text: &str) -> Option<Message> {
    (!text.is_empty() && text.len() <= MAX_SNIPPET).then(|| Message::new(text))
}

fn artifact(path: Symbol) -> ArtifactLocation {
    ArtifactLocation { uri: encode(&path), uri_base_id: ROOT }
}

/// A relative path as a URI reference.
fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn paths_are_percent_encoded() {
        assert_eq!(encode("app/a b%.py"), "app/a%20b%25.py");
        assert_eq!(encode("app/[id]/路.ts"), "app/%5Bid%5D/%E8%B7%AF.ts");
        assert_eq!(encode("c:x.py"), "c%3Ax.py");
    }
}
