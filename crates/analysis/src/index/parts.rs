//! Which part of a value each name of a pattern takes.

use ir::{BindingId, Pattern};

use super::Part;

pub(super) fn each_part(pattern: &Pattern, parts: &mut Vec<Part>, f: &mut impl FnMut(BindingId, &[Part])) {
    match pattern {
        Pattern::Bind(binding) => f(*binding, parts),
        Pattern::Tuple(items) => {
            for (position, item) in items.iter().enumerate() {
                parts.push(Part::Item(position as u32));
                each_part(item, parts, f);
                parts.pop();
            }
        }
        Pattern::Variant { args, .. } => {
            for item in args {
                parts.push(Part::Inner);
                each_part(item, parts, f);
                parts.pop();
            }
        }
        Pattern::Record(fields) => {
            for (name, field) in fields {
                parts.push(Part::Field(*name));
                each_part(field, parts, f);
                parts.pop();
            }
        }
        Pattern::Default { pattern, .. } => each_part(pattern, parts, f),
        Pattern::Place(_) | Pattern::Ignore => {}
    }
}
