//! The queue of events.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::Time;

/// Events in the order of (time, order of scheduling).
#[derive(Debug)]
pub struct Queue<E> {
    heap: BinaryHeap<Entry<E>>,
    scheduled: u64,
    now: Time,
}

#[derive(Debug)]
struct Entry<E> {
    at: Time,
    sequence: u64,
    event: E,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            scheduled: 0,
            now: Time::ZERO,
        }
    }
}

impl<E> Queue<E> {
    /// The time of the event popped last.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Moves the present forward to `time`, at most to the next event. Going back is not possible.
    pub fn advance_to(&mut self, time: Time) {
        let limit = self.next_at().unwrap_or(Time::MAX);
        self.now = self.now.max(time.min(limit));
    }

    /// Has `event` popped at `at`; now, if that has passed.
    pub fn schedule(&mut self, at: Time, event: E) {
        self.heap.push(Entry {
            at: at.max(self.now),
            sequence: self.scheduled,
            event,
        });
        self.scheduled += 1;
    }

    /// When the next event is due.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        self.heap.peek().map(|entry| entry.at)
    }

    /// How many events are to come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is to come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Takes the next event and moves the present to it.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        let entry = self.heap.pop()?;
        self.now = entry.at;
        Some((entry.at, entry.event))
    }

    /// Takes the next event if it is due now and `pick` wants it.
    pub fn pop_now<T>(&mut self, pick: impl FnOnce(&E) -> Option<T>) -> Option<T> {
        let next = self.heap.peek().filter(|next| next.at == self.now)?;
        let picked = pick(&next.event)?;
        self.heap.pop();
        Some(picked)
    }

    /// Forgets the events that `keep` does not want.
    pub fn retain(&mut self, keep: impl Fn(&E) -> bool) {
        self.heap.retain(|entry| keep(&entry.event));
    }

    /// How many events were ever scheduled.
    #[must_use]
    pub fn scheduled(&self) -> u64 {
        self.scheduled
    }
}

impl<E> Ord for Entry<E> {
    /// The earliest is the greatest, since [`BinaryHeap`] pops the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Entry<E> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn events_come_in_order_of_time_then_scheduling(times in prop::collection::vec(0_u64..20, 0..100)) {
            let mut queue = Queue::default();
            for (index, &micros) in times.iter().enumerate() {
                queue.schedule(Time::from_micros(micros), index);
            }
            let mut expected: Vec<_> = times.iter().copied().enumerate().map(|(index, micros)| (micros, index)).collect();
            expected.sort_unstable();
            let popped: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(at, index)| (at.as_micros(), index)).collect();
            prop_assert_eq!(popped, expected);
        }
    }

    #[test]
    fn the_past_is_now() {
        let mut queue = Queue::default();
        queue.schedule(Time::from_micros(5), 'a');
        queue.pop();
        queue.schedule(Time::from_micros(1), 'b');
        assert_eq!(queue.pop(), Some((Time::from_micros(5), 'b')));
    }

    #[test]
    fn only_what_is_due_now_and_wanted_is_picked() {
        let mut queue = Queue::default();
        for (micros, event) in [(5, 'a'), (5, 'b'), (5, 'c'), (6, 'd')] {
            queue.schedule(Time::from_micros(micros), event);
        }
        let unless = |unwanted| move |event: &char| (*event != unwanted).then_some(*event);
        assert_eq!(queue.pop_now(unless('x')), None, "it is not 5 µs yet");
        queue.pop();
        assert_eq!(queue.pop_now(unless('c')), Some('b'));
        assert_eq!(queue.pop_now(unless('c')), None);
        assert_eq!(queue.pop_now(unless('x')), Some('c'));
        assert_eq!(queue.pop_now(unless('x')), None, "the last is due later");
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn the_present_never_passes_an_event() {
        let mut queue = Queue::default();
        queue.schedule(Time::from_micros(5), ());
        queue.advance_to(Time::from_micros(9));
        assert_eq!(queue.now(), Time::from_micros(5));
    }
}
