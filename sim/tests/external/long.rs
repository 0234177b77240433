//! What is longer than a request of a program's can be.

use sim::board::Profile;

use crate::desk::{Desk, interpreters};

#[test]
fn a_strip_that_takes_several_requests_is_shown_whole_and_once() {
    let script = "
from machine import Pin
from neopixel import NeoPixel
for octets in (3, 4):
    strip = NeoPixel(Pin(48), 40000, octets)
    for i, colour in ((0, 1), (15999, 2), (16000, 3), (31999, 4), (32000, 5), (39999, 6)):
        strip[i] = (colour,) + (0,) * (octets - 1)
    strip.write()
    strip.fill((0,) * octets)
    strip.write()
";
    for interpreter in interpreters() {
        let profile = Profile {
            pixels: 40_000,
            ..Profile::ESP32_S3
        };
        let strips = Desk::new(&interpreter).chip(profile).script(script).run().strips();
        let lit = |strip: &Vec<u8>| -> Vec<(usize, u8)> {
            let lit = strip.iter().copied().enumerate();
            lit.filter(|&(_, red)| red != 0).collect()
        };
        let shown: Vec<_> = strips.iter().map(lit).collect();
        let all = vec![(0, 1), (15_999, 2), (16_000, 3), (31_999, 4), (32_000, 5), (39_999, 6)];
        assert_eq!(shown, [all.clone(), vec![], all, vec![]], "{interpreter:?}");
    }
}

#[test]
fn a_program_that_fails_with_many_words_has_failed() {
    for interpreter in interpreters() {
        let lines = Desk::new(&interpreter)
            .script("raise ValueError('é' * 100_000)")
            .run()
            .lines();
        let said: usize = lines.iter().map(|line| line.matches('é').count()).sum();
        let failed = lines.last().expect("an end");
        assert!(
            failed.starts_with("0 failed: ValueError: éé") && failed.ends_with('…'),
            "{failed}"
        );
        assert!(said > 100_000, "the console has all of it: {said}");
    }
}
