//! CPU time of this process, and the one CPU that all parties of a comparison share.

use std::time::Duration;

use anyhow::Context as _;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// CPU time that all threads of this process have used.
pub(crate) fn time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    // Neither part is ever negative for this clock.
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Keeps this thread, and every one that it starts from now on, to one CPU: the last one that it may use, since
/// interrupts favour the first. Returns its number.
///
/// # Errors
/// When the system refuses.
pub(crate) fn pin_to_one() -> anyhow::Result<usize> {
    let allowed = sched_getaffinity(None).context("could not read which CPUs may be used")?;
    let last = (0..CpuSet::MAX_CPU).rev().find(|&cpu| allowed.is_set(cpu)).context("no CPU may be used")?;
    let mut one = CpuSet::new();
    one.set(last);
    sched_setaffinity(None, &one).with_context(|| format!("could not stay on CPU {last}"))?;
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_another_thread_counts() {
        let before = time();
        let worker = std::thread::Builder::new().name("worker".to_owned()).spawn(|| {
            let begun = clock_gettime(ClockId::ThreadCPUTime);
            let mut now = begun;
            while now.tv_sec == begun.tv_sec && now.tv_nsec - begun.tv_nsec < 20_000_000 {
                now = clock_gettime(ClockId::ThreadCPUTime);
            }
        });
        worker.expect("starts").join().expect("ends");
        assert!(Duration::from_millis(20) <= time() - before);
    }

    #[test]
    fn a_pinned_thread_has_one_cpu_and_its_children_too() {
        let pinned = std::thread::Builder::new().name("pinned".to_owned()).spawn(|| {
            let cpu = pin_to_one().expect("allowed");
            let child = std::thread::Builder::new().name("child".to_owned());
            let of_child = child.spawn(|| sched_getaffinity(None).expect("known")).expect("starts");
            let of_child = of_child.join().expect("ends");
            (of_child.count(), of_child.is_set(cpu))
        });
        assert_eq!(pinned.expect("starts").join().expect("ends"), (1, true));
    }
}
