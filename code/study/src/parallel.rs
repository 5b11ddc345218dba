//! Runs that do not depend on one another, at once where there are threads.
//!
//! How many there are, and which run ends first, can be seen in nothing: the
//! results stand in the order of the jobs, and where runs fail, the error is
//! that of the first of them in this order.

use std::sync::{
    LockResult, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// What `run` makes of each job, in the order of the jobs.
///
/// ```
/// use study::parallel::results;
/// assert_eq!(results(1..=3, |n| n * n), [1, 4, 9]);
/// ```
pub fn results<J: Send, R: Send>(
    jobs: impl IntoIterator<Item = J>,
    run: impl Fn(J) -> R + Sync,
) -> Vec<R> {
    let jobs: Vec<_> =
        jobs.into_iter().map(|job| Mutex::new(Some(job))).collect();
    let results: Vec<_> = jobs.iter().map(|_| Mutex::new(None)).collect();
    for_each(jobs.len(), &|i| {
        let job = unlocked(jobs[i].lock()).take();
        let result = job.map(&run);
        *unlocked(results[i].lock()) = result;
    });
    let results = results.into_iter();
    results.filter_map(|result| unlocked(result.into_inner())).collect()
}

/// The same for jobs that can fail. After a failure, no later job is begun.
///
/// ```
/// use study::parallel::all;
/// let halved = |n: u32| if n % 2 == 0 { Ok(n / 2) } else { Err(n) };
/// assert_eq!(all([2, 4], halved), Ok(vec![1, 2]));
/// assert_eq!(all([2, 3, 4, 5], halved), Err(3));
/// ```
///
/// # Errors
/// That of the first job, in their order, that fails.
pub fn all<J: Send, R: Send, E: Send>(
    jobs: impl IntoIterator<Item = J>,
    run: impl Fn(J) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let failed = AtomicUsize::new(usize::MAX);
    let jobs = jobs.into_iter().enumerate();
    let results = results(jobs, |(i, job)| {
        // Only ever skips what comes after the first that fails.
        if failed.load(Ordering::Relaxed) < i {
            return None;
        }
        let result = run(job);
        if result.is_err() {
            failed.fetch_min(i, Ordering::Relaxed);
        }
        Some(result)
    });
    results.into_iter().flatten().collect()
}

/// A run that panics ends all of them, so nobody sees what it left behind.
fn unlocked<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

/// Calls `run` with 0..n. By reference, so that what shares the work among
/// threads is compiled once and not for every experiment.
#[cfg(not(target_family = "wasm"))]
fn for_each(n: usize, run: &(dyn Fn(usize) + Sync)) {
    use rayon::prelude::*;
    (0..n).into_par_iter().for_each(run);
}

#[cfg(target_family = "wasm")]
fn for_each(n: usize, run: &(dyn Fn(usize) + Sync)) {
    (0..n).for_each(run);
}

#[cfg(test)]
mod tests {
    use std::{thread::sleep, time::Duration};

    use super::*;

    /// The first jobs take longest.
    fn slow_first(n: u64) -> u64 {
        sleep(Duration::from_millis(20u64.saturating_sub(5 * n)));
        n
    }

    #[test]
    fn results_stand_in_the_order_of_the_jobs() {
        assert_eq!(results(0..8, slow_first), Vec::from_iter(0..8));
        assert_eq!(
            all(0..8, |n| Ok::<_, ()>(slow_first(n))),
            Ok((0..8).collect())
        );
    }

    #[test]
    fn the_error_is_that_of_the_first_that_fails() {
        for first in 0..4 {
            let found = all(0..8, |n| {
                let n = slow_first(n);
                if n < first { Ok(n) } else { Err(n) }
            });
            assert_eq!(found, Err(first));
        }
    }

    #[test]
    fn runs_may_have_runs_of_their_own() {
        let sums =
            results(0..20u64, |n| results(0..n, |m| m).iter().sum::<u64>());
        assert_eq!(sums[19], 171);
    }
}
