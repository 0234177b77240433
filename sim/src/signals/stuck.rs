//! Whether a process that was told to stop ever will.
//!
//! A thread that writes to a full pipe, or to a terminal that is held, does not look at signals before somebody reads. So whether the process
//! still does anything is looked at from another thread. One that computes, or waits for a processor or a disk, is left alone.

use std::time::{Duration, Instant};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A process is stuck that has done nothing for so long since the signal came. Nothing in it waits for longer without a look at signals but
/// what waits for others.
#[cfg(target_os = "linux")]
const STUCK: Duration = Duration::from_millis(80);

/// The same where the system does not say what threads do: it may have been busy meanwhile.
#[cfg(not(target_os = "linux"))]
const STUCK: Duration = Duration::from_secs(1);

/// The same if the process obeys, and has readers: it may be waiting for the processes of its boards to end, or be writing reports to a file
/// system that is far away.
const FINISHING: Duration = Duration::from_secs(2);

/// Waits until this process is stuck, as seen from this thread. `obeys` says whether somebody acts upon the signal.
pub(super) async fn until_stuck(obeys: impl Fn() -> bool) {
    let mut others = Others::default();
    let mut moved_at = Instant::now();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if others.have_moved() {
            moved_at = Instant::now();
        }
        let limit = match obeys() && is_read() {
            true => FINISHING,
            false => STUCK,
        };
        if moved_at.elapsed() >= limit {
            return;
        }
    }
}

/// Whether what is printed can go somewhere now.
#[cfg(unix)]
fn is_read() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let mut streams = [
        PollFd::new(&stdout, PollFlags::OUT),
        PollFd::new(&stderr, PollFlags::OUT),
    ];
    // An error is an answer, too: nobody has to wait for whom is gone.
    poll(&mut streams, Some(&Timespec::default())).is_ok() && streams.iter().all(|stream| !stream.revents().is_empty())
}

#[cfg(not(unix))]
fn is_read() -> bool {
    true
}

/// The other threads of this process.
#[derive(Debug, Default)]
struct Others {
    /// How long all of them have run, ns.
    ran: u64,
}

#[cfg(target_os = "linux")]
impl Others {
    /// Whether one of them has run since the last look, or is about to, or waits for a disk.
    fn have_moved(&mut self) -> bool {
        let this = rustix::thread::gettid().as_raw_pid().to_string();
        let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
            return false;
        };
        let (mut ran, mut are_at_work) = (0, false);
        for thread in threads.flatten().filter(|thread| thread.file_name() != *this) {
            // A thread that is gone meanwhile is no longer one of them.
            let read = |name| std::fs::read_to_string(thread.path().join(name)).unwrap_or_default();
            ran += run_time(&read("schedstat")).unwrap_or_default();
            are_at_work |= matches!(state(&read("stat")), Some('R' | 'D'));
        }
        let before = std::mem::replace(&mut self.ran, ran);
        are_at_work || ran != before
    }
}

#[cfg(not(target_os = "linux"))]
impl Others {
    /// That is not known here.
    fn have_moved(&mut self) -> bool {
        self.ran > 0
    }
}

/// How long a thread has run, ns.
#[cfg(target_os = "linux")]
fn run_time(schedstat: &str) -> Option<u64> {
    schedstat.split(' ').next()?.parse().ok()
}

/// What a thread does. Its name, which stands before that, may have anything in it.
#[cfg(target_os = "linux")]
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn what_a_thread_does_is_read_past_its_name() {
        assert_eq!(state("12 (a) R (b) S 1 2 3"), Some('S'));
        assert_eq!(state(""), None);
        assert_eq!(run_time("123456 7 8\n"), Some(123_456));
    }

    #[test]
    fn who_computes_is_seen_to_move() {
        let stop = AtomicBool::new(false);
        let looks: Vec<_> = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
            let mut others = Others::default();
            let look = |_| {
                std::thread::sleep(LOOK_EVERY);
                others.have_moved()
            };
            let looks = (0..20).map(look).collect();
            stop.store(true, Ordering::Relaxed);
            looks
        });
        assert!(looks.iter().all(|has_moved| *has_moved), "{looks:?}");
    }
}
