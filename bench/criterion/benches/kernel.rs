//! What an event and a wake-up cost.

use std::future::poll_fn;
use std::hint::black_box;
use std::task::Poll;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand_core::Rng as _;
use sim::kernel::{Concern, Queue, Span, Tasks, stream};

/// Takes the next event and schedules another one within a millisecond, with so many waiting.
fn events(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue");
    group.throughput(Throughput::Elements(1));
    for waiting in [100_u64, 10_000, 1_000_000] {
        let mut generator = stream(1, Concern::Backoff, 0);
        let mut within_a_millisecond = || Span::from_nanos(generator.next_u64() % 1_000_000);
        let mut queue = Queue::default();
        for event in 0..waiting {
            let later = queue.now() + within_a_millisecond();
            queue.schedule(later, event);
        }
        group.bench_function(BenchmarkId::new("pop and schedule", waiting), |bencher| {
            bencher.iter(|| {
                let (now, event) = queue.pop().expect("as many as before");
                queue.schedule(now + within_a_millisecond(), black_box(event));
            });
        });
    }
    group.finish();
}

/// Wakes one of so many tasks and polls it.
fn wake_ups(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tasks");
    group.throughput(Throughput::Elements(1));
    for count in [100_u32, 10_000] {
        let mut tasks = Tasks::default();
        for _ in 0..count {
            tasks.spawn(Box::pin(poll_fn(|_| {
                black_box(());
                Poll::Pending
            })));
        }
        while let Some(task) = tasks.next_ready() {
            tasks.poll(task);
        }
        let mut next = 0;
        group.bench_function(BenchmarkId::new("wake and poll", count), |bencher| {
            bencher.iter(|| {
                next = (next + 1) % count;
                tasks.waker(next).expect("a task").wake_by_ref();
                let task = tasks.next_ready().expect("it was woken");
                tasks.poll(task)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, events, wake_ups);
criterion_main!(benches);
