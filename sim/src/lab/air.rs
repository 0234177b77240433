//! From a station's turn to the frame in somebody's receive queue.

use protocol::espnow::Interface;
use protocol::frame::{Ack, FCS_LEN, MacFields, Mpdu, append_fcs, stamp};
use protocol::{MacAddress, Rate};

use super::landing::{Inbox, Mailing, Origin, without_fcs};
use super::life::Life;
use super::turns::Turn;
use super::{Happening, Lab};
use crate::advice::Trap;
use crate::kernel::{Span, Time};
use crate::medium::{FlightId, Tally, Verdict, WakeWindows};
use crate::observe::{BoardId, Event, Loss, Reception, Transmission, TransmissionKind, whose};
use crate::station::{Attempt, Done, Phase, Queued};

impl Lab {
    /// A board's program hands a frame to the driver.
    pub(super) fn enqueue(&mut self, now: Time, index: u32, frame: Queued) {
        let ready_at = self.seats[index as usize].station.enqueue(now, frame);
        if ready_at > now {
            self.queue.schedule(ready_at, Happening::HostReady(index));
        } else {
            self.host_ready(now, index);
        }
    }

    /// The host has handed a frame to the MAC.
    pub(super) fn host_ready(&mut self, now: Time, index: u32) {
        let carrier = self.medium.carrier(index);
        self.seats[index as usize].station.request_access(now, carrier);
        self.arm_access(index);
    }

    /// Sees to it that the station's turn is in the queue. The air may become busy before; then the turn is looked at
    /// again when it comes, so that a station has one event however often it is put off.
    pub(super) fn arm_access(&mut self, index: u32) {
        if let Some(at) = self.next_turn(index) {
            self.queue.schedule(at, Happening::Turn(Turn::Station(index)));
        }
    }

    /// When the station's turn comes, if that is earlier than what is armed for it; it counts as armed then.
    pub(super) fn next_turn(&mut self, index: u32) -> Option<Time> {
        let seat = &mut self.seats[index as usize];
        self.medium.set_contending(index, seat.station.access.is_contending());
        let at = seat.station.access_at(self.medium.carrier(index))?;
        if seat.access_armed.is_some_and(|armed| armed <= at) {
            return None;
        }
        seat.access_armed = Some(at);
        Some(at)
    }

    pub(super) fn access(&mut self, now: Time, index: u32) {
        let seat = &mut self.seats[index as usize];
        if seat.access_armed == Some(now) {
            seat.access_armed = None;
        }
        // Others of this slot may have begun, which it can't have heard.
        let mut due = seat.station.access_at(self.medium.settled_carrier(index));
        if due != Some(now) && self.medium.is_unsettled() {
            self.settle_air(now);
            due = self.seats[index as usize].station.access_at(self.medium.carrier(index));
        }
        match due {
            Some(at) if at <= now => self.start_attempt(now, index),
            _ => self.arm_access(index),
        }
    }

    /// All frames of this moment have begun: whoever hears them stops counting down.
    pub(super) fn settle_air(&mut self, now: Time) {
        let seats = &mut self.seats;
        // The turn that is in the queue comes earlier than the next one can; it is put off when it comes.
        self.medium
            .settle(|hearer, carrier| seats[hearer as usize].station.freeze(now, carrier));
    }

    /// The station's turn has come: the frame at the head of its queue goes on the air.
    fn start_attempt(&mut self, now: Time, index: u32) {
        let seat = &mut self.seats[index as usize];
        self.medium.set_contending(index, false);
        seat.station.access.rest();
        if !seat.station.has_frame(now) {
            return;
        }
        let Some(attempt) = seat.station.begin_attempt(now) else {
            return;
        };
        let Attempt {
            frame,
            queued_at,
            sequence,
            number,
            rate,
            duration,
        } = attempt;
        let destination = frame.destination;
        // Rounded up, as the field counts whole µs (IEEE 802.11-2020, clause 9.2.5.2); an ACK never lasts 32 ms.
        let duration_us = u16::try_from(duration.as_nanos().div_ceil(1_000)).unwrap_or(u16::MAX);
        let fields = MacFields {
            duration_us,
            sequence,
            retry: number > 1,
        };
        let stamped = stamp(&mut frame.mpdu, fields);
        debug_assert!(stamped.is_ok(), "an endpoint's frame has a MAC header");
        let octets = if destination.is_group() {
            // It goes out once.
            std::mem::take(&mut frame.mpdu)
        } else {
            self.pool.copy(&frame.mpdu, FCS_LEN)
        };
        seat.statistics.tx_frames += u64::from(number == 1);
        seat.statistics.tx_attempts += 1;
        tracing::debug!(board = &*seat.info.name, %destination, %rate, attempt = number, "transmits");
        self.transmit(
            now,
            index,
            rate,
            octets,
            TransmissionKind::Data {
                destination,
                attempt: number,
            },
            queued_at,
        );
    }

    /// Puts an MPDU, still without its FCS, on the air.
    fn transmit(
        &mut self,
        now: Time,
        index: u32,
        rate: Rate,
        mut octets: Vec<u8>,
        kind: TransmissionKind,
        queued_at: Time,
    ) {
        let mpdu_len = octets.len();
        octets.resize(mpdu_len + FCS_LEN, 0);
        let appended = append_fcs(&mut octets, mpdu_len);
        debug_assert!(appended.is_ok(), "room was made for the FCS");
        let seat = &mut self.seats[index as usize];
        let airtime = Span::from(rate.airtime(octets.len()));
        let transmission = Transmission {
            id: self.next_transmission,
            sender: BoardId(index),
            queued_at,
            start: now,
            airtime,
            rate,
            channel: self.medium.channel(index),
            power_dbm: seat.power_dbm,
            mpdu: octets.into(),
            kind,
        };
        self.next_transmission += 1;
        self.last_seen = now;
        seat.statistics.airtime += airtime;
        let end = transmission.end();
        self.medium_statistics.transmissions += 1;
        self.medium_statistics.acks += u64::from(kind.is_ack());
        if self.air_is_watched {
            let transmission = transmission.clone();
            self.report_air(now, || Event::Transmission(transmission));
        }
        let seats = &mut self.seats;
        let flight = self.medium.begin(transmission, |hearer, carrier| {
            seats[hearer as usize].station.freeze(now, carrier);
        });
        self.queue.schedule(end, Happening::FrameEnd(flight));
    }

    /// A frame's last bit, and that of all others whose last bit is in this moment.
    pub(super) fn end_frames(&mut self, now: Time, first: FlightId) {
        let mut ending = std::mem::take(&mut self.ending);
        ending.push(first);
        while let Some(flight) = self.queue.pop_now(Happening::as_frame_end) {
            ending.push(flight);
        }
        let all_data = || ending.iter().all(|id| !self.medium.in_flight_as(*id).kind.is_ack());
        if ending.len() > 1 && self.cut_off.is_empty() && all_data() {
            self.end_together(now, &ending);
        } else {
            for &flight in &ending {
                self.end_frame(now, flight);
            }
        }
        ending.clear();
        self.ending = ending;
    }

    fn end_frame(&mut self, now: Time, flight: FlightId) {
        let mut verdicts = std::mem::take(&mut self.verdicts);
        let mut idle = std::mem::take(&mut self.idle);
        let losses_matter = self.losses_matter();
        let sender = self.medium.in_flight_as(flight).sender;
        let whole = !self.was_cut_off(sender.0);
        let mut mailing = if whole && !losses_matter {
            self.begin_mailing(now, self.medium.in_flight_as(flight))
        } else {
            None
        };
        let inboxes = &mut self.inboxes;
        let tell = |verdict: Verdict| {
            if !post(&mut mailing, inboxes, verdict) {
                verdicts.push(verdict);
            }
        };
        let (transmission, mut tally) = self
            .medium
            .end(now, flight, losses_matter, tell, |index| idle.push(index));
        if let Some(mailing) = mailing {
            self.end_mailing(&mailing);
        }
        if !whole {
            for verdict in verdicts.iter_mut().filter(|verdict| verdict.outcome.is_ok()) {
                verdict.outcome = Err(Loss::Fault);
                tally.spoil();
            }
        }
        if !transmission.kind.is_ack() {
            self.count(tally);
        }
        self.pass_on(now, transmission, whole, &verdicts);
        self.arm_all(&idle);
        verdicts.clear();
        idle.clear();
        (self.verdicts, self.idle) = (verdicts, idle);
    }

    /// Data frames whose last bits are in one moment: nobody's air is idle between them.
    fn end_together(&mut self, now: Time, ids: &[FlightId]) {
        let mut verdicts = std::mem::take(&mut self.verdicts);
        let mut idle = std::mem::take(&mut self.idle);
        let mut mailings = std::mem::take(&mut self.mailings);
        let mut ended = std::mem::take(&mut self.ended);
        let losses_matter = self.losses_matter();
        mailings.extend(ids.iter().map(|id| {
            let mailing = (!losses_matter).then(|| self.begin_mailing(now, self.medium.in_flight_as(*id)));
            (mailing.flatten(), 0)
        }));
        let inboxes = &mut self.inboxes;
        let tell = |place: usize, verdict: Verdict| {
            let (mailing, told) = &mut mailings[place];
            if !post(mailing, inboxes, verdict) {
                verdicts.push(verdict);
                *told += 1;
            }
        };
        let becomes_idle = |index| idle.push(index);
        let tally = self
            .medium
            .end_together(now, ids, losses_matter, tell, becomes_idle, &mut ended);
        self.count(tally);
        // The order in which they are found hangs on whether losses matter.
        idle.sort_unstable();
        let mut rest = &*verdicts;
        for (transmission, (mailing, told)) in ended.drain(..).zip(mailings.drain(..)) {
            if let Some(mailing) = mailing {
                self.end_mailing(&mailing);
            }
            let (verdicts, others) = rest.split_at(told);
            rest = others;
            self.pass_on(now, transmission, true, verdicts);
        }
        self.arm_all(&idle);
        verdicts.clear();
        idle.clear();
        (self.verdicts, self.idle) = (verdicts, idle);
        (self.mailings, self.ended) = (mailings, ended);
    }

    fn losses_matter(&self) -> bool {
        self.air_is_watched || self.awaiting_acks > 0
    }

    fn count(&mut self, tally: Tally) {
        self.medium_statistics.in_range += tally.received + tally.lost.total();
        self.medium_statistics.receptions += tally.received;
        self.medium_statistics.lost.add(tally.lost);
    }

    /// What a frame that has ended means to its sender and its receivers. Of one that is not whole nobody has anything.
    fn pass_on(&mut self, now: Time, transmission: Transmission, whole: bool, verdicts: &[Verdict]) {
        match transmission.kind {
            TransmissionKind::Data { destination, .. } => {
                if whole {
                    self.end_attempt(now, transmission.sender.0, transmission.rate);
                }
                self.end_data(now, &transmission, destination, verdicts);
            }
            TransmissionKind::Ack { receiver } => self.end_ack(now, &transmission, receiver, verdicts),
        }
        // Whoever waited for an ACK and got something else, or something broken, instead.
        if self.awaiting_acks > 0 {
            for verdict in verdicts {
                self.give_up_waiting(now, verdict.index);
            }
        }
        self.pool.give_back(transmission.mpdu);
    }

    fn end_attempt(&mut self, now: Time, index: u32, rate: Rate) {
        let station = &mut self.seats[index as usize].station;
        if let Some(done) = station.end_attempt(now, rate) {
            self.finish(now, index, done);
        } else if let Phase::AwaitingAck { deadline } = station.phase {
            self.awaiting_acks += 1;
            self.medium.keep_awake(now, index, true);
            self.queue.schedule(deadline, Happening::AckTimeout(index));
        }
    }

    fn end_data(&mut self, now: Time, transmission: &Transmission, destination: MacAddress, verdicts: &[Verdict]) {
        let mpdu_octets = without_fcs(transmission);
        // A group frame reserves nothing.
        let reserved_until = now
            + self.seats[transmission.sender.index()]
                .station
                .reservation(destination, transmission.rate);
        // Parsed once for all receivers, and only if there is one.
        let mut parsed = None;
        let group = destination.is_group();
        for &Verdict {
            index,
            rssi_dbm,
            outcome,
        } in verdicts
        {
            let unicast = !group && self.answers_to(index, destination);
            let addressed = group || unicast;
            if self.air_is_watched {
                self.report_reception(now, transmission, index, addressed, rssi_dbm, outcome);
            }
            if outcome.is_err() {
                continue;
            }
            if !addressed {
                self.medium.reserve(index, reserved_until);
                continue;
            }
            let Ok(mpdu) = parsed.get_or_insert_with(|| Mpdu::parse(mpdu_octets)) else {
                continue;
            };
            if self.is_antenna(index) {
                self.carry_out_of_the_lab(now, transmission, mpdu);
                continue;
            }
            if unicast {
                let header = match mpdu {
                    Mpdu::Plain(packet) => packet.header(),
                    Mpdu::Sealed(sealed) => sealed.header(),
                    Mpdu::Ack(_) => continue,
                };
                let station = &mut self.seats[index as usize].station;
                station.owe_ack(header.source, transmission.rate);
                self.queue
                    .schedule(now + station.parameters.sifs, Happening::SendAck(index));
                if station
                    .duplicates
                    .is_repetition(header.source, header.sequence, header.retry)
                {
                    continue;
                }
            }
            let at = self.medium.hand_over_at(now, transmission.sender.0, index);
            if self.medium.links.is_held(transmission.sender.0, index) {
                self.hold_back(index, transmission, rssi_dbm);
            } else if at > now {
                self.hand_over_later(at, index, transmission, rssi_dbm);
            } else {
                self.take_in(now, index, Origin::of(transmission), mpdu, rssi_dbm);
            }
        }
    }

    pub(super) fn send_ack(&mut self, now: Time, index: u32) {
        let Some((receiver, rate)) = self.seats[index as usize].station.take_owed_ack() else {
            return;
        };
        let octets = self.pool.copy(&Ack { receiver }.emit(), FCS_LEN);
        self.transmit(now, index, rate, octets, TransmissionKind::Ack { receiver }, now);
        self.settle_air(now);
    }

    fn end_ack(&mut self, now: Time, transmission: &Transmission, receiver: MacAddress, verdicts: &[Verdict]) {
        for &Verdict {
            index,
            rssi_dbm,
            outcome,
        } in verdicts
        {
            // A station waits for its ACK even if its interface was stopped meanwhile.
            let addressed = self.seats[index as usize].info.address == receiver || self.answers_to(index, receiver);
            if self.air_is_watched {
                self.report_reception(now, transmission, index, addressed, rssi_dbm, outcome);
            }
            let station = &mut self.seats[index as usize].station;
            let awaited = addressed && matches!(station.phase, Phase::AwaitingAck { .. });
            if awaited
                && outcome.is_ok()
                && let Some(done) = station.acknowledged(now)
            {
                self.awaiting_acks -= 1;
                self.medium.keep_awake(now, index, false);
                self.finish(now, index, done);
            }
        }
    }

    /// An ACK should have begun. If something is coming in, it may be that; its end will tell.
    pub(super) fn ack_timeout(&mut self, now: Time, index: u32) {
        if !self.medium.is_receiving(index) {
            self.give_up_waiting(now, index);
        }
    }

    /// If the station waits for an ACK whose time is over, the attempt has failed.
    pub(super) fn give_up_waiting(&mut self, now: Time, index: u32) {
        let station = &mut self.seats[index as usize].station;
        if matches!(station.phase, Phase::AwaitingAck { deadline } if deadline <= now) {
            let done = station.unacknowledged(now);
            self.awaiting_acks -= 1;
            self.medium.keep_awake(now, index, false);
            match done {
                Some(done) => self.finish(now, index, done),
                None => self.arm_access(index),
            }
        }
    }

    /// The MAC is done with a frame.
    pub(super) fn finish(&mut self, now: Time, index: u32, done: Done) {
        let board = BoardId(index);
        let Done {
            mpdu,
            destination,
            ticket,
            acknowledged,
            attempts,
        } = done;
        self.pool.keep(mpdu);
        let seat = &mut self.seats[board.index()];
        if !destination.is_group() {
            *if acknowledged {
                &mut seat.statistics.tx_acked
            } else {
                &mut seat.statistics.tx_failed
            } += 1;
        }
        self.touch(now, index, |hardware| hardware.handle_sent(ticket, acknowledged));
        self.report_air(now, || Event::Sent {
            board,
            destination,
            acknowledged,
            attempts,
        });
        if !acknowledged {
            self.look_for_mismatch(now, board, destination);
        }
        self.arm_access(index);
    }

    fn look_for_mismatch(&mut self, now: Time, board: BoardId, destination: MacAddress) {
        let ours = self.medium.channel(board.0);
        let whose = whose(destination, |address| self.rows.get(&address).copied());
        let is_up = |index: u32| self.seats[index as usize].life == Life::Up;
        if let Some((index, interface)) = whose.filter(|(index, _)| is_up(*index)) {
            let seat = &self.seats[index as usize];
            let receiver = seat.info.name.to_string();
            let is_active = |interface| seat.hardware.look().endpoint.is_active(interface);
            let other = Interface::ALL.into_iter().find(|other| is_active(*other));
            let theirs = self.medium.channel(index);
            if let Some(other) = other.filter(|_| !is_active(interface)) {
                let trap = Trap::InactiveInterface {
                    destination,
                    receiver,
                    interface,
                    active: other.address(seat.info.address),
                };
                self.advise(now, board, &trap);
            } else if theirs != ours {
                self.advise(now, board, &Trap::ChannelMismatch { receiver, theirs, ours });
            } else if let Some(windows) = self.medium.asleep(now, index) {
                let WakeWindows { window, .. } = windows;
                self.advise(now, board, &Trap::SleepingReceiver { receiver, window });
            }
        }
    }

    fn report_reception(
        &mut self,
        now: Time,
        transmission: &Transmission,
        index: u32,
        addressed: bool,
        rssi_dbm: i8,
        outcome: Result<(), Loss>,
    ) {
        let receiver = BoardId(index);
        let transmission = transmission.id;
        self.report_air(now, || {
            Event::Reception(Reception {
                transmission,
                receiver,
                addressed,
                rssi_dbm,
                outcome,
            })
        });
    }
}

/// Puts a frame into a board's inbox. Returns `false`, and has done nothing, if it can't stay there.
#[inline]
fn post(mailing: &mut Option<Mailing>, inboxes: &mut [Inbox], verdict: Verdict) -> bool {
    let inbox = &mut inboxes[verdict.index as usize];
    verdict.outcome.is_ok() && mailing.as_mut().is_some_and(|mail| mail.post(inbox, verdict.rssi_dbm))
}
