//! What a second of a crowded air costs, all of it: applications, MACs, medium. Elements are receptions, which are pairs of a
//! data frame on the air and a board in its range, whatever becomes of it there.

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use sim::demo::{Demo, Parameters, Settings};
use sim::kernel::Time;
use sim::lab::Lab;

/// A virtual second of a demo.
fn second_of(demo: &str, settings: &[(&str, &str)]) -> Lab {
    let mut parameters = Parameters::default();
    for (key, value) in settings {
        parameters.set(key, value);
    }
    Demo::named(demo)
        .expect("a demo's name")
        .builder(Settings {
            seed: 1,
            until: Some(Time::from_micros(1_000_000)),
            parameters,
            ..Settings::default()
        })
        .expect("legal settings")
        .build()
}

fn bench(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, demo: &str, settings: &[(&str, &str)]) {
    let mut lab = second_of(demo, settings);
    lab.run();
    group.throughput(Throughput::Elements(lab.statistics().medium.in_range));
    group.bench_function(name, |bencher| {
        let run = |mut lab: Lab| {
            lab.run();
            lab
        };
        bencher.iter_batched(|| second_of(demo, settings), run, BatchSize::PerIteration);
    });
}

fn seconds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("medium");
    group.sample_size(20);
    let dense = [("boards", "100"), ("exponent", "3"), ("period", "100ms")];
    bench(&mut group, "field of 100, exponent 3", "field", &dense);
    let wide = [("boards", "1000"), ("exponent", "4"), ("period", "1s")];
    bench(&mut group, "field of 1000, exponent 4", "field", &wide);
    bench(&mut group, "saturation of 10", "saturation", &[("stations", "10")]);
    group.finish();
}

criterion_group!(benches, seconds);
criterion_main!(benches);
