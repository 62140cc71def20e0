//! Panics are caught where the rest of the run can go on, and told in one line.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

/// Panics that nobody has caught yet, by the thread that they happened on.
static PANICS: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

/// Keeps what a panic says for the one who catches it, instead of printing it.
pub(crate) fn remember_panics() {
    set_hook(Box::new(|info| {
        let payload = info.payload_as_str().unwrap_or("panic without a message");
        let place = info.location().map(|place| format!("{}:{}: ", place.file(), place.line())).unwrap_or_default();
        let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
        panics.push((thread::current().id(), format!("{place}{payload}")));
    }));
}

/// What `work` returns, or what it said when it panicked. The panic may have come from a thread that it started.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
        let own = panics.iter().rposition(|(thread, _)| *thread == thread::current().id());
        match own.or(panics.len().checked_sub(1)) {
            Some(index) => panics.remove(index).1,
            None => "panic without a message".to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{catch, remember_panics};

    #[test]
    fn a_panic_becomes_its_message() {
        remember_panics();
        assert_eq!(catch(|| 7), Ok(7));
        let error = catch(|| panic!("no {}", "luck")).expect_err("it panics");
        assert!(error.ends_with(": no luck") && error.contains("guard.rs"), "{error}");
    }
}
