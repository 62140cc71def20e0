//! Reads and lowers files on threads of their own, and goes on without a file that takes too long.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

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
    /// For source that was read.
    pub(crate) file: Option<ir::File>,
    pub(crate) directives: Vec<Directive>,
}

impl Loaded {
    fn left_out(reason: String) -> Self {
        Self { reading: Reading::LeftOut(reason), file: None, directives: Vec::new() }
    }
}

/// What became of the inputs with these numbers; the message of the panic where there was one.
pub(crate) type Results = BTreeMap<usize, Result<Loaded, String>>;

/// The largest files are read first, so that no thread is left with one of them at the end. As many threads as the current
/// pool has.
pub(crate) fn load_some(inputs: &Arc<[Input]>, mut order: Vec<usize>, limits: Limits, progress: &Progress) -> Results {
    let count = order.len();
    order.sort_by_key(|index| std::cmp::Reverse(inputs[*index].size));
    let queue = Queue { inputs: Arc::clone(inputs), order, next: AtomicUsize::new(0), limits };
    let (sender, news) = mpsc::channel();
    let mut loading = Loading { queue: Arc::new(queue), sender, running: BTreeMap::new(), results: BTreeMap::new() };
    for _ in 0..rayon::current_num_threads().min(count) {
        loading.start_thread();
    }
    while loading.results.len() < count {
        let done = loading.results.len();
        match news.recv_timeout(loading.patience()) {
            Ok(News::Begun(index)) => drop(loading.running.insert(index, Instant::now())),
            Ok(News::Done(index, result)) => loading.done(index, *result),
            Err(_) => loading.give_up(),
        }
        (done..loading.results.len()).for_each(|_| progress.step());
    }
    loading.results
}

/// What the threads take from.
struct Queue {
    inputs: Arc<[Input]>,
    order: Vec<usize>,
    next: AtomicUsize,
    limits: Limits,
}

impl Queue {
    fn next(&self) -> Option<usize> {
        self.order.get(self.next.fetch_add(1, Ordering::Relaxed)).copied()
    }
}

/// What a thread tells of a file.
enum News {
    Begun(usize),
    Done(usize, Box<Result<Loaded, String>>),
}

struct Loading {
    queue: Arc<Queue>,
    sender: Sender<News>,
    /// Since when a file is worked on.
    running: BTreeMap<usize, Instant>,
    results: Results,
}

impl Loading {
    fn start_thread(&mut self) {
        let (queue, sender) = (Arc::clone(&self.queue), self.sender.clone());
        let work = move || {
            while let Some(index) = queue.next() {
                if sender.send(News::Begun(index)).is_err() {
                    return;
                }
                let result = guard::catch(|| load(&queue.inputs[index], queue.limits));
                // Nobody waits for a file that was given up.
                let _ = sender.send(News::Done(index, Box::new(result)));
            }
        };
        if let Err(error) = thread::Builder::new().stack_size(STACK_SIZE).spawn(work) {
            while let Some(index) = self.queue.next() {
                self.results.insert(index, Err(format!("cannot start a thread: {error}")));
            }
        }
    }

    fn done(&mut self, index: usize, result: Result<Loaded, String>) {
        self.running.remove(&index);
        // A result that comes too late would depend on when it came.
        self.results.entry(index).or_insert(result);
    }

    /// How long to wait for news.
    fn patience(&self) -> Duration {
        let limit = self.queue.limits.time;
        self.running.values().min().map_or(limit, |since| limit.saturating_sub(since.elapsed()))
    }

    /// Leaves the threads alone that take too long, and starts others for what is left. They end with the process.
    fn give_up(&mut self) {
        let limit = self.queue.limits.time;
        let is_late = |since: &Instant| since.elapsed() >= limit;
        let late: Vec<usize> =
            self.running.iter().filter(|(_, since)| is_late(since)).map(|(index, _)| *index).collect();
        for index in late {
            let reason = format!("takes longer than {} s to read (see --max-file-time)", limit.as_secs_f64());
            self.done(index, Ok(Loaded::left_out(reason)));
            self.start_thread();
        }
    }
}

fn load(input: &Input, limits: Limits) -> Loaded {
    let reading = read(input, limits.size);
    let lower = if limits.keeps_tests { parse::lower } else { parse::lower_without_tests };
    let (file, directives) = match (&reading, input.kind) {
        (Reading::Text { text, .. }, InputKind::Source(language)) => {
            (Some(lower(&input.name, language, text)), Directive::read_all(text))
        }
        _ => (None, Vec::new()),
    };
    Loaded { reading, file, directives }
}
