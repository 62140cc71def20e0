//! The index that would help.

use ir::Symbol;

use super::block::Key;

/// An index that the table lacks.
#[derive(Clone, PartialEq, Debug)]
pub struct Suggestion {
    pub table: Symbol,
    pub keys: Vec<Key>,
    /// What serves it: a B-tree, or for patterns PostgreSQL's trigrams.
    pub is_trigram: bool,
}

impl Suggestion {
    /// The statement that creates it.
    pub fn statement(&self) -> String {
        let names: Vec<String> = self.keys.iter().map(bare).collect();
        let keys: Vec<String> = self
            .keys
            .iter()
            .map(|key| if key.is_expression { format!("({})", key.name) } else { key.name.as_str().to_owned() })
            .collect();
        if self.is_trigram {
            let keys: Vec<String> = keys.iter().map(|key| format!("{key} gin_trgm_ops")).collect();
            return format!(
                "CREATE INDEX {}_{}_trgm_idx ON {} USING gin ({})",
                self.table,
                names.join("_"),
                self.table,
                keys.join(", ")
            );
        }
        format!("CREATE INDEX {}_{}_idx ON {} ({})", self.table, names.join("_"), self.table, keys.join(", "))
    }
}

/// A name for an index from what it is on.
fn bare(key: &Key) -> String {
    let words = key.name.as_str().split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.take(3).collect::<Vec<_>>().join("_")
}
