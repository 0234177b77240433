//! A guard whose flash can't be read, was changed, or refuses: no replay comes in, and its owner has a way back.

mod post;

use post::Post;
use protocol::board::StorageError;
use protocol::service::security::{GuardEvent, KeptError, TagLength};
use protocol::time::{Duration, Instant};
use rand_core::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

/// A lamp that has taken one message of a switch, and that message; the lamp has been reset since.
fn lamp_after_a_reset(random: &mut Xoshiro256PlusPlus) -> (Post, Vec<u8>) {
    let (mut switch, mut lamp) = (Post::new(1, TagLength::Eight), Post::new(2, TagLength::Eight));
    switch.say(b"on");
    switch.settle(Instant::START, random);
    lamp.settle(Instant::START, random);
    let recorded = switch.sent.remove(0);
    lamp.hear(Instant::START, &recorded);
    lamp.settle(Instant::START, random);
    assert_eq!(lamp.heard().len(), 1);
    lamp.reset(false);
    (lamp, recorded)
}

#[test]
fn a_flash_that_cant_be_read_lets_no_replay_in() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut lamp, recorded) = lamp_after_a_reset(&mut random);
    let kept = lamp.flash.clone();
    lamp.unreadable = true;
    let mut now = Instant::START;
    // It asks some times, and then no more.
    for seconds in 0..10 {
        now = Instant::START + Duration::from_secs(seconds);
        lamp.settle(now, &mut random);
        lamp.hear(now, &recorded);
        lamp.settle(now, &mut random);
    }
    assert_eq!(lamp.heard().len(), 1, "the replay was taken");
    assert_eq!(lamp.flash, kept, "what is kept was overwritten");
    // At first the counter was asked for, and the windows a pause later.
    let statistics = lamp.guard.statistics();
    assert_eq!((statistics.not_ready, statistics.shut), (1, 9));
    let error = KeptError::Unreadable(StorageError::Flash);
    assert_eq!(lamp.guard.is_shut(), Some(error));
    let events: Vec<_> = std::iter::from_fn(|| lamp.guard.poll_guard_event()).collect();
    assert_eq!(events, [GuardEvent::Mute(error), GuardEvent::Shut(error)]);
    // The next start can read it.
    lamp.unreadable = false;
    lamp.reset(false);
    lamp.settle(now, &mut random);
    lamp.hear(now, &recorded);
    lamp.settle(now, &mut random);
    assert_eq!((lamp.heard().len(), lamp.guard.statistics().repeated), (1, 1));
}

#[test]
fn a_flash_that_can_be_read_after_all_opens_the_guard() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut lamp, recorded) = lamp_after_a_reset(&mut random);
    lamp.unreadable = true;
    for seconds in 0..2 {
        lamp.settle(Instant::START + Duration::from_secs(seconds), &mut random);
    }
    assert!(lamp.guard.is_shut().is_some());
    lamp.unreadable = false;
    let later = Instant::START + Duration::from_secs(3);
    lamp.settle(later, &mut random);
    assert_eq!(lamp.guard.is_shut(), None);
    lamp.hear(later, &recorded);
    lamp.settle(later, &mut random);
    assert_eq!((lamp.heard().len(), lamp.guard.statistics().repeated), (1, 1));
}

#[test]
fn whichever_bit_of_what_was_taken_is_flipped_no_replay_comes_in() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut lamp, recorded) = lamp_after_a_reset(&mut random);
    let kept = lamp.flash["guard.windows"].clone();
    for bit in 0..8 * kept.len() {
        lamp.flash.get_mut("guard.windows").expect("it is there")[bit / 8] ^= 1 << (bit % 8);
        lamp.reset(false);
        lamp.settle(Instant::START, &mut random);
        lamp.hear(Instant::START, &recorded);
        lamp.settle(Instant::START, &mut random);
        assert_eq!(lamp.heard().len(), 1, "bit {bit}");
        assert_eq!(lamp.guard.is_shut(), Some(KeptError::Damaged), "bit {bit}");
        assert_eq!(
            lamp.guard.poll_guard_event(),
            Some(GuardEvent::Shut(KeptError::Damaged))
        );
        lamp.flash.insert("guard.windows", kept.clone());
    }
}

#[test]
fn its_owner_opens_a_guard_that_is_shut() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut lamp, _) = lamp_after_a_reset(&mut random);
    lamp.flash.get_mut("guard.windows").expect("it is there")[3] ^= 1;
    lamp.settle(Instant::START, &mut random);
    assert_eq!(
        lamp.guard.poll_guard_event(),
        Some(GuardEvent::Shut(KeptError::Damaged))
    );
    lamp.guard.forget_all();
    lamp.settle(Instant::START, &mut random);
    assert_eq!(lamp.guard.poll_guard_event(), Some(GuardEvent::Opened));
    let mut switch = Post::new(3, TagLength::Eight);
    switch.say(b"off");
    switch.settle(Instant::START, &mut random);
    lamp.hear(Instant::START, &switch.sent[0]);
    lamp.settle(Instant::START, &mut random);
    assert_eq!(lamp.heard().last().expect("two").1, b"off");
}

/// Whatever the flash is at when the owner says so, and whatever it has or refuses.
#[test]
fn a_guard_is_open_once_it_says_so_whenever_its_owner_opens_it() {
    for (damaged, unreadable) in [(false, false), (true, false), (false, true)] {
        for turns in 0..6 {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
            let (mut lamp, _) = lamp_after_a_reset(&mut random);
            if damaged {
                lamp.flash.get_mut("guard.windows").expect("it is there")[3] ^= 1;
            }
            lamp.unreadable = unreadable;
            for _ in 0..turns {
                lamp.run(Instant::START, &mut random);
                lamp.finish_flash(Instant::START);
            }
            lamp.run(Instant::START, &mut random);
            lamp.guard.forget_all();
            lamp.finish_flash(Instant::START);
            lamp.unreadable = false;
            let later = Instant::START + Duration::from_secs(10);
            lamp.settle(later, &mut random);
            let case = (damaged, unreadable, turns);
            let events = std::iter::from_fn(|| lamp.guard.poll_guard_event());
            assert_eq!(events.last(), Some(GuardEvent::Opened), "{case:?}");
            assert_eq!((lamp.guard.is_shut(), lamp.guard.is_mute()), (None, None), "{case:?}");
            let mut switch = Post::new(3, TagLength::Eight);
            switch.say(b"off");
            switch.settle(later, &mut random);
            lamp.hear(later, &switch.sent[0]);
            lamp.settle(later, &mut random);
            assert_eq!(lamp.heard().last().expect("two").1, b"off", "{case:?}");
        }
    }
}

#[test]
fn a_sender_that_the_flash_refused_shuts_no_guard() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut lamp = Post::new(2, TagLength::Eight);
    lamp.settle(Instant::START, &mut random);
    let mut now = Instant::START;
    // The flash refuses the first sender, and then takes the second.
    for (number, refuses) in [(1, true), (3, false)] {
        let mut switch = Post::new(number, TagLength::Eight);
        switch.say(b"on");
        switch.settle(now, &mut random);
        lamp.refuses = refuses;
        lamp.hear(now, &switch.sent[0]);
        lamp.settle(now, &mut random);
        now = now + Duration::from_secs(5);
        lamp.settle(now, &mut random);
    }
    assert_eq!(lamp.heard().len(), 1);
    lamp.reset(false);
    lamp.settle(now, &mut random);
    assert_eq!(lamp.guard.is_shut(), None);
}
