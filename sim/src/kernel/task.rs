//! Boards' programs: futures that the kernel polls itself.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::observe::Ending;

/// A board's program. It stays on one thread, as on a chip.
pub type TaskFuture = Pin<Box<dyn Future<Output = Ending>>>;

/// All programs of a run, with a row a board.
#[derive(Default)]
pub struct Tasks {
    tasks: Vec<Task>,
    /// Tasks to poll, in the order of their wake-up.
    ready: VecDeque<u32>,
    /// Those woken through a [`Waker`].
    woken: Arc<WokenList>,
}

struct Task {
    /// `None` when it has ended.
    future: Option<TaskFuture>,
    waker: Waker,
    /// Whether it is in the list, so that it is there once.
    queued: bool,
}

/// Wake-ups by wakers. `std::task::Waker` has to be `Sync`, hence the lock.
#[derive(Default)]
struct WokenList {
    /// Whether there is anything in the list, so that the lock is seldom taken.
    any: AtomicBool,
    list: Mutex<Vec<u32>>,
}

struct TaskWaker {
    index: u32,
    woken: Arc<WokenList>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken
            .list
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(self.index);
        self.woken.any.store(true, Ordering::Release);
    }
}

impl Tasks {
    /// Adds a program, to be polled for the first time by the next [`Tasks::next_ready`]. Returns its row.
    ///
    /// # Panics
    /// With more than 2³² tasks.
    pub fn spawn(&mut self, future: TaskFuture) -> u32 {
        let index = u32::try_from(self.tasks.len()).expect("fewer than 2^32 boards");
        let waker = Waker::from(Arc::new(TaskWaker {
            index,
            woken: Arc::clone(&self.woken),
        }));
        self.tasks.push(Task {
            future: Some(future),
            waker,
            queued: false,
        });
        self.wake(index);
        index
    }

    /// Ends a task where it is: its future is dropped.
    pub fn end(&mut self, index: u32) {
        if let Some(task) = self.tasks.get_mut(index as usize) {
            task.future = None;
        }
    }

    /// Has a row's next program begin, in place of the one that was there.
    pub fn restart(&mut self, index: u32, future: TaskFuture) {
        if let Some(task) = self.tasks.get_mut(index as usize) {
            task.future = Some(future);
        }
        self.wake(index);
    }

    /// Has a task polled: what its [`Waker`] does, for those who know its row.
    pub fn wake(&mut self, index: u32) {
        if let Some(task) = self.tasks.get_mut(index as usize)
            && !task.queued
        {
            task.queued = true;
            self.ready.push_back(index);
        }
    }

    /// What a task's future is polled with.
    #[must_use]
    pub fn waker(&self, index: u32) -> Option<&Waker> {
        self.tasks.get(index as usize).map(|task| &task.waker)
    }

    /// The task whose turn it is, which stays where it is.
    #[must_use]
    pub fn first_ready(&mut self) -> Option<u32> {
        self.admit_woken();
        self.ready.front().copied()
    }

    /// Takes the task whose turn it is out of the list.
    pub(crate) fn take_first(&mut self) {
        if let Some(index) = self.ready.pop_front() {
            self.tasks[index as usize].queued = false;
        }
    }

    /// Rows of the tasks that were woken and not polled yet, in their order.
    pub(crate) fn ready(&self) -> impl Iterator<Item = u32> {
        self.ready.iter().copied()
    }

    /// The next task that was woken, if any.
    #[must_use]
    pub fn next_ready(&mut self) -> Option<u32> {
        let index = self.first_ready()?;
        self.take_first();
        Some(index)
    }

    /// Whether a task has not ended.
    #[must_use]
    pub fn is_alive(&self, index: u32) -> bool {
        self.tasks.get(index as usize).is_some_and(|task| task.future.is_some())
    }

    /// Whether a task was woken and not polled yet.
    #[must_use]
    pub fn is_ready(&mut self, index: u32) -> bool {
        self.admit_woken();
        self.tasks.get(index as usize).is_some_and(|task| task.queued)
    }

    /// Those woken through a [`Waker`] are in the list, too.
    #[inline]
    fn admit_woken(&mut self) {
        if self.woken.any.load(Ordering::Relaxed) {
            self.admit_those_woken();
        }
    }

    #[cold]
    fn admit_those_woken(&mut self) {
        if self.woken.any.swap(false, Ordering::Acquire) {
            let mut list = std::mem::take(&mut *self.woken.list.lock().unwrap_or_else(PoisonError::into_inner));
            for index in list.drain(..) {
                self.wake(index);
            }
        }
    }

    /// Whether there is a task that was woken and not polled yet.
    #[must_use]
    #[inline]
    pub fn is_any_ready(&self) -> bool {
        !self.ready.is_empty() || self.woken.any.load(Ordering::Relaxed)
    }

    /// Polls a task once. `Some` when it ends with this poll.
    pub fn poll(&mut self, index: u32) -> Option<Ending> {
        let task = self.tasks.get_mut(index as usize)?;
        let future = task.future.as_mut()?;
        match future.as_mut().poll(&mut Context::from_waker(&task.waker)) {
            Poll::Pending => None,
            Poll::Ready(ending) => {
                task.future = None;
                Some(ending)
            }
        }
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks")
            .field("count", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[test]
    fn tasks_are_polled_in_order_of_waking_and_once_a_wake() {
        let mut tasks = Tasks::default();
        let log = Rc::new(RefCell::new(Vec::new()));
        for name in ['a', 'b'] {
            let log = Rc::clone(&log);
            let mut polls = 0;
            tasks.spawn(Box::pin(std::future::poll_fn(move |cx| {
                log.borrow_mut().push(name);
                polls += 1;
                if polls == 2 {
                    return Poll::Ready(Ending::Finished);
                }
                cx.waker().wake_by_ref();
                cx.waker().wake_by_ref();
                Poll::Pending
            })));
        }
        let mut endings = 0;
        while let Some(index) = tasks.next_ready() {
            endings += usize::from(tasks.poll(index).is_some());
        }
        assert_eq!(*log.borrow(), ['a', 'b', 'a', 'b']);
        assert_eq!(endings, 2);
        tasks.wake(0);
        assert_eq!(tasks.next_ready(), Some(0));
        assert_eq!(tasks.poll(0), None, "it has ended");
    }
}
