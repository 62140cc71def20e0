//! Which files need not be read: test code that nothing else imports.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::{Imports, is_test_code};
use ir::Symbol;
use rayon::prelude::*;

use crate::discover::{Input, InputKind};
use crate::load::{Limits, Results, load_some};
use crate::progress::Progress;
use crate::read::Reading;

/// All inputs but those that cannot matter. What must be read comes first, then what of the tests it imports.
pub(crate) fn load_wanted(inputs: &Arc<[Input]>, is_filtered: bool, limits: Limits, progress: &Progress) -> Results {
    let is_manifest = |input: &Input| input.kind == InputKind::Manifest;
    let is_test = |input: &Input| !input.is_explicit && !is_manifest(input) && is_test_code(&input.name);
    let has_others = inputs.iter().any(|input| !is_manifest(input) && !is_test(input));
    let can_wait = |number: &usize| is_filtered && has_others && is_test(&inputs[*number]);
    let (waiting, mut next): (Vec<usize>, Vec<usize>) = (0..inputs.len()).partition(can_wait);
    let mut waiting: BTreeMap<Symbol, usize> =
        waiting.into_iter().map(|number| (inputs[number].name, number)).collect();
    let mut results = Results::new();
    let mut imports = None;
    while !next.is_empty() {
        let loaded = load_some(inputs, std::mem::take(&mut next), limits, progress);
        if !waiting.is_empty() {
            let imports =
                imports.get_or_insert_with(|| Imports::new(source_names(inputs), &manifests(inputs, &loaded)));
            let files = loaded.par_iter().filter_map(|(_, loaded)| loaded.as_ref().ok()?.file.as_ref());
            let wanted = imports.tests_of(files);
            next = waiting.extract_if(.., |name, _| wanted.contains(name)).map(|(_, number)| number).collect();
        }
        results.extend(loaded);
    }
    progress.skip(waiting.len());
    results
}

fn source_names(inputs: &[Input]) -> Vec<Symbol> {
    let sources = inputs.iter().filter(|input| input.kind != InputKind::Manifest);
    sources.map(|input| input.name).collect()
}

fn manifests(inputs: &[Input], loaded: &Results) -> BTreeMap<String, String> {
    let texts = loaded.iter().filter_map(|(number, loaded)| match &loaded.as_ref().ok()?.reading {
        Reading::Text { text, .. } if inputs[*number].kind == InputKind::Manifest => {
            Some((inputs[*number].name.to_string(), text.clone()))
        }
        _ => None,
    });
    texts.collect()
}
