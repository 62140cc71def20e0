//! Reads and lowers files on threads of their own, and goes on without a file that takes too long.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use analysis::{Glances, Glimpse};
use ir::Language;
use triage::Directive;

use crate::discover::{Input, InputKind};
use crate::guard;
use crate::progress::Progress;
use crate::read::{Reading, read};
use crate::setup::STACK_SIZE;

/// What one file may take. Both are far from what people write: what reaches the time would not end, and reports do not
/// depend on the speed of the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// In bytes.
    pub(crate) size: u64,
    pub(crate) time: Duration,
    /// The modules of tests inside a file are wanted too.
    pub(crate) keeps_tests: bool,
}

pub(crate) struct Loaded {
    pub(crate) reading: Reading,
    /// For source that was parsed.
    pub(crate) file: Option<ir::File>,
    /// For source that was only looked at.
    pub(crate) glimpse: Option<Glimpse>,
    pub(crate) directives: Vec<Directive>,
}

impl Loaded {
    pub(crate) fn unparsed(reading: Reading) -> Self {
        Self { reading, file: None, glimpse: None, directives: Vec::new() }
    }

    fn left_out(reason: String) -> Self {
        Self::unparsed(Reading::LeftOut(reason))
    }
}

/// What became of the inputs with these numbers; the message of the panic where there was one.
pub(crate) type Results = BTreeMap<usize, Result<Loaded, String>>;

/// How often is looked whether a file takes too long, and what to show of the progress. A message for each file would wake the
/// waiting thread so often that it takes the time of those that read.
const LOOK: Duration = Duration::from_millis(50);

/// What is to be read, and how.
pub(crate) struct Wanted {
    pub(crate) numbers: Vec<usize>,
    /// What was read of them already.
    pub(crate) held: BTreeMap<usize, Reading>,
    /// With this, what it knows is only looked at.
    pub(crate) glances: Option<Arc<Glances>>,
}

/// The largest files are read first, so that no thread is left with one of them at the end. As many threads as the current
/// pool has.
pub(crate) fn load_some(inputs: &Arc<[Input]>, wanted: Wanted, limits: Limits, progress: &Progress) -> Results {
    let Wanted { numbers: mut order, held, glances } = wanted;
    let count = order.len();
    order.sort_by_key(|index| std::cmp::Reverse(inputs[*index].size));
    let loading = Arc::new(Loading {
        inputs: Arc::clone(inputs),
        order,
        held: Mutex::new(held),
        glances,
        next: AtomicUsize::new(0),
        limits,
        state: Mutex::default(),
        is_over: Condvar::new(),
    });
    for _ in 0..rayon::current_num_threads().min(count) {
        loading.start_thread();
    }
    let mut shown = 0;
    let mut state = loading.state();
    while state.results.len() < count {
        let waited = loading.is_over.wait_timeout(state, LOOK.min(limits.time));
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let late = state.give_up(limits.time);
        let done = state.results.len();
        drop(state);
        (0..late).for_each(|_| loading.start_thread());
        (shown..done).for_each(|_| progress.step());
        shown = done;
        state = loading.state();
    }
    std::mem::take(&mut state.results)
}

/// What the threads take from, and what they tell.
struct Loading {
    inputs: Arc<[Input]>,
    order: Vec<usize>,
    held: Mutex<BTreeMap<usize, Reading>>,
    glances: Option<Arc<Glances>>,
    next: AtomicUsize,
    limits: Limits,
    state: Mutex<State>,
    /// Told when there is a result of each input.
    is_over: Condvar,
}

#[derive(Default)]
struct State {
    /// Since when a file is worked on.
    running: BTreeMap<usize, Instant>,
    results: Results,
}

impl State {
    fn done(&mut self, index: usize, result: Result<Loaded, String>) {
        self.running.remove(&index);
        // A result that comes too late would depend on when it came.
        self.results.entry(index).or_insert(result);
    }

    /// Leaves those files alone that take too long. How many there are: their threads end with the process.
    fn give_up(&mut self, limit: Duration) -> usize {
        let is_late = |since: &Instant| since.elapsed() >= limit;
        let late: Vec<usize> =
            self.running.iter().filter(|(_, since)| is_late(since)).map(|(index, _)| *index).collect();
        for index in &late {
            let reason = format!("takes longer than {} s to read (see --max-file-time)", limit.as_secs_f64());
            self.done(*index, Ok(Loaded::left_out(reason)));
        }
        late.len()
    }
}

impl Loading {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<usize> {
        self.order.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }

    fn start_thread(self: &Arc<Self>) {
        let loading = Arc::clone(self);
        let work = move || {
            while let Some(index) = loading.next() {
                loading.state().running.insert(index, Instant::now());
                let result = guard::catch(|| loading.load(index));
                loading.done(index, result);
            }
        };
        if let Err(error) = thread::Builder::new().stack_size(STACK_SIZE).spawn(work) {
            while let Some(index) = self.next() {
                self.done(index, Err(format!("cannot start a thread: {error}")));
            }
        }
    }

    fn done(&self, index: usize, result: Result<Loaded, String>) {
        let mut state = self.state();
        state.done(index, result);
        if state.results.len() == self.order.len() {
            self.is_over.notify_one();
        }
    }
}

impl Loading {
    fn load(&self, index: usize) -> Loaded {
        let input = &self.inputs[index];
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&index);
        let reading = held.unwrap_or_else(|| read(input, self.limits.size));
        let (Reading::Text { text, .. }, InputKind::Source(language)) = (&reading, input.kind) else {
            return Loaded::unparsed(reading);
        };
        if let Some(glances) = self.glances.as_ref().filter(|_| language == Language::JavaScript) {
            let glimpse = Some(glances.glimpse(&input.name, text));
            return Loaded { reading, file: None, glimpse, directives: Vec::new() };
        }
        let lower = if self.limits.keeps_tests { parse::lower } else { parse::lower_without_tests };
        let file = Some(lower(&input.name, language, text));
        let directives = Directive::read_all(text);
        Loaded { reading, file, glimpse: None, directives }
    }
}
