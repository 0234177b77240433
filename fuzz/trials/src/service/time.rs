//! One time for all.

use arbitrary::{Arbitrary, Unstructured};
use protocol::service::Service;
use protocol::service::time::{Discipline, Initiator, InitiatorConfig, Packet, Responder, ResponderConfig};
use protocol::service::wake::WakeSchedule;
use protocol::time::{Duration, Instant};

use super::{Subject, try_boards};

/// The octets are a packet, a schedule, and what happens to two clocks and two who go by them. Moments are reckoned there and back, and
/// what wakes together sleeps together.
pub fn time(octets: &[u8]) {
    check_packet(octets);
    check_schedule(&mut Unstructured::new(octets));
    let initiator = |_, way: u8| -> Box<dyn Subject> {
        Box::new(Clock(Initiator::new(InitiatorConfig {
            sync_interval: (way & 1 != 0).then_some(Duration::from_millis(500)),
            security: way & 2 != 0,
            two_step: way & 4 != 0,
        })))
    };
    let responder = |_, way: u8| -> Box<dyn Subject> {
        Box::new(Follower(Responder::new(ResponderConfig {
            discipline: if way & 8 != 0 {
                Discipline::Line {
                    latency: Duration::from_micros(500),
                }
            } else {
                Discipline::default()
            },
            security: way & 2 != 0,
        })))
    };
    try_boards(octets, &[initiator, responder, responder, initiator]);
}

fn check_packet(octets: &[u8]) {
    if let Ok(packet) = Packet::parse(octets) {
        assert_eq!(Packet::parse(&packet.to_octets()), Ok(packet));
    }
}

fn check_schedule(script: &mut Unstructured<'_>) {
    let Ok([interval, window, shift, guard, airtime]) = script.arbitrary::<[u64; 5]>() else {
        return;
    };
    let Ok(at) = script.arbitrary::<i64>() else { return };
    let [interval, window, shift, guard, airtime] =
        [interval, window, shift, guard, airtime].map(Duration::from_micros);
    let Ok(schedule) = WakeSchedule::new(interval, window) else {
        return;
    };
    let schedule = schedule.shifted(shift);
    if let Some(change) = schedule.next_change(at) {
        assert!(change > at);
        assert_ne!(
            schedule.is_awake(change),
            schedule.is_awake(at),
            "it changes then, and not before"
        );
    }
    if let Some(send) = schedule.next_send(at, guard, airtime) {
        assert!(send >= at && schedule.is_awake(send));
    }
    assert!(schedule.duty_per_mille() <= 1000);
    let _ = (schedule.repeat_for(airtime), schedule.longest_pause(airtime));
}

struct Clock(Initiator);

impl Subject for Clock {
    fn service(&mut self) -> &mut dyn Service {
        &mut self.0
    }

    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        match Option::<i64>::arbitrary(script)? {
            None => self.0.broadcast(),
            Some(utc_us) => self.0.set_utc(now, utc_us),
        }
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        false
    }
}

struct Follower(Responder);

impl Subject for Follower {
    fn service(&mut self) -> &mut dyn Service {
        &mut self.0
    }

    fn command(&mut self, now: Instant, script: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        match Option::<i64>::arbitrary(script)? {
            None => self.0.request(),
            Some(network_us) => drop(self.0.local(network_us)),
        }
        let _ = (self.0.network_us(now), self.0.rate_ppb());
        Ok(())
    }

    fn take_event(&mut self, _: Instant) -> bool {
        self.0.poll_event().is_some()
    }
}
