//! Which files need not be parsed: test code that nothing else imports, and what no server uses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use analysis::{Glances, Glimpse, Imports, Models, is_test_code, relevant};
use ir::Symbol;
use rayon::prelude::*;

use crate::discover::{Input, InputKind};
use crate::load::{Limits, Loaded, Results, Wanted, load_some};
use crate::progress::Progress;
use crate::read::Reading;

/// What came of the inputs. Test code that nothing imports is not even read, and is none of the results; what else was passed
/// over has a result without a file.
pub(crate) fn load_wanted(
    inputs: &Arc<[Input]>,
    models: Option<&Models>,
    limits: Limits,
    progress: &Progress,
) -> Results {
    let is_manifest = |input: &Input| input.kind == InputKind::Manifest;
    let is_test = |input: &Input| !input.is_explicit && !is_manifest(input) && is_test_code(&input.name);
    let has_others = inputs.iter().any(|input| !is_manifest(input) && !is_test(input));
    let models = models.filter(|_| has_others);
    let (tests, others) = (0..inputs.len()).partition(|number| models.is_some() && is_test(&inputs[*number]));
    let glances = models.and_then(Glances::new).map(Arc::new);
    let mut prefilter = Prefilter { inputs, limits, progress, waiting: Waiting::new(), results: Results::new() };
    prefilter.wait_for(tests, BTreeMap::new());
    let is_looking = glances.is_some();
    let wanted = Wanted { numbers: others, held: BTreeMap::new(), glances };
    let loaded = load_some(inputs, wanted, limits, progress);
    if is_looking {
        prefilter.sort_out(loaded)
    } else {
        prefilter.take(loaded, None)
    }
    prefilter.results
}

/// Files that are parsed only if something imports them, with what was read of them.
type Waiting = BTreeMap<Symbol, (usize, Option<Reading>)>;

struct Prefilter<'a> {
    inputs: &'a Arc<[Input]>,
    limits: Limits,
    progress: &'a Progress,
    waiting: Waiting,
    results: Results,
}

impl Prefilter<'_> {
    fn wait_for(&mut self, numbers: Vec<usize>, mut held: BTreeMap<usize, Reading>) {
        let names = numbers.into_iter().map(|number| (self.inputs[number].name, (number, held.remove(&number))));
        self.waiting.extend(names);
    }

    /// Parses of what was looked at what can matter.
    fn sort_out(&mut self, loaded: Results) {
        let mut glimpses: BTreeMap<Symbol, Glimpse> = BTreeMap::new();
        let mut held: BTreeMap<usize, Reading> = BTreeMap::new();
        let mut rest = Results::new();
        for (number, loaded) in loaded {
            match loaded {
                Ok(Loaded { reading, glimpse: Some(glimpse), .. }) => {
                    glimpses.insert(self.inputs[number].name, glimpse);
                    held.insert(number, reading);
                }
                other => _ = rest.insert(number, other),
            }
        }
        let imports = self.imports(&rest);
        let explicit = self.inputs.iter().filter(|input| input.is_explicit).map(|input| input.name);
        let explicit: BTreeSet<Symbol> = explicit.collect();
        let relevant = relevant(&imports, &glimpses, |path| explicit.contains(&path));
        let is_relevant =
            |number: &usize| relevant.as_ref().is_none_or(|paths| paths.contains(&self.inputs[*number].name));
        let (numbers, passed): (Vec<usize>, Vec<usize>) = held.keys().copied().partition(is_relevant);
        let (browsers, passed): (Vec<usize>, Vec<usize>) =
            passed.into_iter().partition(|number| glimpses[&self.inputs[*number].name].is_of_browser());
        for number in browsers {
            self.progress.skip(1);
            let reading = held.remove(&number);
            rest.extend(reading.map(|reading| (number, Ok(Loaded::unparsed(reading)))));
        }
        let passed_over = passed.iter().filter_map(|number| Some((*number, held.remove(number)?))).collect();
        self.wait_for(passed, passed_over);
        self.progress.extend(numbers.len());
        let wanted = Wanted { numbers, held, glances: None };
        rest.extend(load_some(self.inputs, wanted, self.limits, self.progress));
        self.take(rest, Some(imports));
    }

    /// Takes what was loaded, and loads what of the waiting files it imports.
    fn take(&mut self, mut loaded: Results, mut imports: Option<Imports>) {
        while !self.waiting.is_empty() {
            let imports = imports.get_or_insert_with(|| self.imports(&loaded));
            let files = loaded.par_iter().filter_map(|(_, loaded)| loaded.as_ref().ok()?.file.as_ref());
            let wanted = imports.wanted_by(files);
            let next: Waiting = self.waiting.extract_if(.., |name, _| wanted.contains(name)).collect();
            self.results.append(&mut loaded);
            if next.is_empty() {
                break;
            }
            let numbers = next.values().map(|(number, _)| *number).collect();
            let held = next.into_values().filter_map(|(number, reading)| Some((number, reading?))).collect();
            loaded = load_some(self.inputs, Wanted { numbers, held, glances: None }, self.limits, self.progress);
        }
        self.results.append(&mut loaded);
        let waiting = std::mem::take(&mut self.waiting);
        self.progress.skip(waiting.len());
        let passed_over = waiting.into_values().filter_map(|(number, reading)| Some((number, reading?)));
        self.results.extend(passed_over.map(|(number, reading)| (number, Ok(Loaded::unparsed(reading)))));
    }

    fn imports(&self, loaded: &Results) -> Imports {
        let sources = self.inputs.iter().filter(|input| input.kind != InputKind::Manifest);
        let manifests = loaded.iter().filter_map(|(number, loaded)| match &loaded.as_ref().ok()?.reading {
            Reading::Text { text, .. } if self.inputs[*number].kind == InputKind::Manifest => {
                Some((self.inputs[*number].name.to_string(), text.clone()))
            }
            _ => None,
        });
        Imports::new(sources.map(|input| input.name).collect(), &manifests.collect())
    }
}
