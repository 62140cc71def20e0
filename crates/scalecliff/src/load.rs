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

/// One result an input, in their order; the message of the panic where there was one. The largest files are read first,
/// so that no thread is left with one of them at the end. As many threads as the current pool has.
pub(crate) fn load_all(inputs: &Arc<[Input]>, limits: Limits, progress: &Progress) -> Vec<Result<Loaded, String>> {
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(inputs[*index].size));
    let queue = Queue { inputs: Arc::clone(inputs), order, next: AtomicUsize::new(0), limits };
    let (sender, news) = mpsc::channel();
    let mut loading = Loading { queue: Arc::new(queue), sender, running: BTreeMap::new(), results: BTreeMap::new() };
    for _ in 0..rayon::current_num_threads().min(inputs.len()) {
        loading.start_thread();
    }
    while loading.results.len() < inputs.len() {
        let done = loading.results.len();
        match news.recv_timeout(loading.patience()) {
            Ok(News::Begun(index)) => drop(loading.running.insert(index, Instant::now())),
            Ok(News::Done(index, result)) => loading.done(index, *result),
            Err(_) => loading.give_up(),
        }
        (done..loading.results.len()).for_each(|_| progress.step());
    }
    loading.results.into_values().collect()
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
    results: BTreeMap<usize, Result<Loaded, String>>,
}

impl Loading {
    fn start_thread(&mut self) {
        let (queue, sender) = (Arc::clone(&self.queue), self.sender.clone());
        let work = move || {
            while let Some(index) = queue.next() {
                if sender.send(News::Begun(index)).is_err() {
                    return;
                }
                let result = guard::catch(|| load(&queue.inputs[index], queue.limits.size));
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

fn load(input: &Input, max_size: u64) -> Loaded {
    let reading = read(input, max_size);
    let (file, directives) = match (&reading, input.kind) {
        (Reading::Text { text, .. }, InputKind::Source(language)) => {
            (Some(parse::lower(&input.name, language, text)), Directive::read_all(text))
        }
        _ => (None, Vec::new()),
    };
    Loaded { reading, file, directives }
}
