//! A test in Rust, over many seeds.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::bench::Bench;
use super::report::text;
use super::runner::{Case, Workforce, all_cores, run};
use super::trial::{Capture, capture, capture_folder, catch};
use crate::scenario::{Scenario, Seeds};

impl Scenario {
    /// Runs it with every seed, on all cores, and panics if anything is not as expected: with the seeds, what was seen, the last
    /// frames, and the file with the first failing run's air. That is in the folder that the environment variable `SIM_CAPTURES`
    /// names, or in the target folder.
    ///
    /// Ten lines for "thirty in a hundred frames are lost, and the light is green within two seconds":
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use protocol::MacAddress;
    /// # use protocol::board::{Board as _, Parts, Pixels as _, Radio as _, Rgb};
    /// # use protocol::espnow::{Delivery, Peer};
    /// # use sim::board::VirtualBoard;
    /// # use sim::observe::Ending;
    /// use sim::scenario::{Air, Board, Colour, Expectation, Scenario, Share};
    ///
    /// const LIGHT: MacAddress = MacAddress([0x34, 0x85, 0x18, 0, 0, 2]);
    ///
    /// Scenario::new("green light")
    ///     .air(Air::default().loss(Share::percent(30)))
    ///     .board(Board::new("switch").runs(switch))
    ///     .board(Board::new("light").address(LIGHT).runs(light))
    ///     .expect(Expectation::pixel("light", 0, Colour::GREEN).by(Duration::from_secs(2)))
    ///     .test(1..=200);
    ///
    /// // The application, as it runs on chips: what is sent is sent again until it is acknowledged.
    /// async fn switch(mut board: VirtualBoard) -> Ending {
    ///     let Parts { radio, .. } = board.parts();
    ///     radio.add_peer(Peer::new(LIGHT)).expect("a new peer");
    ///     while radio.send(LIGHT, b"on").await != Ok(Delivery::Acknowledged) {}
    ///     Ending::Finished
    /// }
    ///
    /// async fn light(mut board: VirtualBoard) -> Ending {
    ///     let Parts { radio, pixels, .. } = board.parts();
    ///     radio.receive(&mut [0; 8]).await;
    ///     pixels.set(0, Rgb::new(0, 25, 0));
    ///     pixels.write().await;
    ///     std::future::pending().await
    /// }
    /// ```
    ///
    /// # Panics
    /// If an expectation is not met, a program panics, or the scenario can't be run.
    #[track_caller]
    pub fn test(&self, seeds: impl Into<Seeds>) {
        let case = Case::new(self.clone(), seeds.into());
        let interrupted = AtomicBool::new(false);
        let workforce = Workforce {
            jobs: all_cores(),
            interrupted: &interrupted,
        };
        let results = match run(&[case], workforce, &|_| {}) {
            Ok(results) => results,
            Err(error) => panic!("{error}"),
        };
        if let Some(result) = results.iter().find(|result| !result.passed()) {
            let of_expectations = result
                .expectations
                .iter()
                .filter_map(|expectation| expectation.failed_seeds.first());
            let of_panics = result.panics.iter().map(|(seed, _)| seed);
            let first = of_expectations.chain(of_panics).min().copied().unwrap_or_default();
            let path = capture_path(&self.name, first);
            let captured = capture(self, first, &path);
            panic!("{}{}", text(result), told(captured, &path, first));
        }
    }
}

/// Runs a test's body with every seed, on all cores. Panics with the first seed with which it panics, and leaves a capture of that run's
/// air, as [`Scenario::test`] does.
///
/// ```
/// use std::time::Duration;
/// use sim::harness::for_seeds;
/// use sim::scenario::{Board, Scenario};
///
/// let scenario = Scenario::new("crash")
///     .board(Board::new("sender").app("hello-sender").with("peer", "receiver"))
///     .board(Board::new("receiver").app("hello-receiver"));
/// for_seeds(&scenario, 1..=10, |bench| {
///     bench.run_for(Duration::from_millis(100));
///     bench.crash("sender");
///     let end = bench.wait_until(Duration::from_secs(5), |bench| bench.printed("receiver", "b'end'"));
///     end.expect("the sender begins anew");
/// });
/// ```
///
/// # Panics
/// If the body does, or the scenario can't be run.
#[track_caller]
pub fn for_seeds(scenario: &Scenario, seeds: impl Into<Seeds>, body: impl Fn(&mut Bench) + Sync) {
    let seeds = seeds.into();
    let (first, count) = (*seeds.range().start(), seeds.count());
    let next = AtomicU64::new(0);
    let failed: Mutex<Option<(u64, String)>> = Mutex::new(None);
    let try_one = |seed| match Bench::new(scenario, seed) {
        Ok(mut bench) => catch(|| body(&mut bench)),
        Err(error) => Err(error.to_string()),
    };
    std::thread::scope(|scope| {
        for _ in 0..all_cores().get().min(usize::try_from(count).unwrap_or(usize::MAX)) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let seed = first.wrapping_add(number);
                    if number >= count {
                        return;
                    }
                    let Err(words) = try_one(seed) else { continue };
                    // Those before it are being tried, and may fail, too; those after it need not be.
                    next.store(count, Ordering::Relaxed);
                    if let Ok(mut failed) = failed.lock()
                        && failed.as_ref().is_none_or(|(other, _)| seed < *other)
                    {
                        *failed = Some((seed, words));
                    }
                    return;
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_default();
    let Some((seed, words)) = failed else { return };
    let path = capture_path(&scenario.name, seed);
    let captured = recapture(scenario, seed, &body, &path);
    panic!(
        "{} fails with seed {seed}: {words}\n{}",
        scenario.name,
        told(captured, &path, seed)
    );
}

/// The same run again, with its air captured.
fn recapture(scenario: &Scenario, seed: u64, body: &impl Fn(&mut Bench), path: &Path) -> std::io::Result<()> {
    let mut bench = Bench::new(scenario, seed).map_err(std::io::Error::other)?;
    let capture = Capture::begin(bench.lab(), path)?;
    let _ = catch(|| body(&mut bench));
    drop(bench);
    capture.finish()
}

fn capture_path(name: &str, seed: u64) -> PathBuf {
    let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '-' };
    let name: String = name.chars().map(plain).collect();
    capture_folder().join(format!("{name}-{seed}.pcapng"))
}

fn told(captured: std::io::Result<()>, path: &Path, seed: u64) -> String {
    match captured {
        Ok(()) => format!("  the air of seed {seed} is in {}", path.display()),
        Err(error) => format!(
            "  the air of seed {seed} could not be captured in {}: {error}",
            path.display()
        ),
    }
}
