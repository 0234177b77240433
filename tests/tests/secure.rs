//! A key for all boards, commands under it, and what somebody without it can do.

use protocol::board::Rgb;
use sim::demo::{Demo, Settings};
use sim::observe::{BoardId, Event};
use sim::record::Report;
use tests::{Seen, lossy_demo, run};

const SWITCH: usize = 0;
const EAVESDROPPER: usize = 1;
const FIRST_LAMP: usize = 2;

fn secure(seed: u64, loss: f64, parameters: &[(&str, &str)]) -> (Seen, Report) {
    let (seen, report, _) = run(lossy_demo("secure", seed, loss, parameters));
    (seen, report)
}

/// How many boards have the key, of how many, and after how many ms, as the switch says.
fn given(report: &Report) -> (usize, usize, u64) {
    let line = report.boards[SWITCH]
        .console
        .iter()
        .find(|line| line.contains("boards have the key"))
        .expect("it says so");
    let numbers: Vec<_> = line.split(' ').filter_map(|word| word.parse::<u64>().ok()).collect();
    let [succeeded, asked, ms] = numbers[..] else {
        panic!("{line}")
    };
    (succeeded as usize, asked as usize, ms)
}

/// The colours of a lamp, one after the other.
fn colours(seen: &Seen, board: usize) -> Vec<Rgb> {
    seen.0
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Pixels {
                board: BoardId(id),
                colours,
            } if *id as usize == board => Some(colours[0]),
            _ => None,
        })
        .collect()
}

/// What a lamp says after it has the key.
fn story(report: &Report, lamp: usize) -> Vec<&str> {
    let console = report.boards[lamp].console.iter().map(String::as_str);
    console
        .skip_while(|line| !line.starts_with("a key from"))
        .skip(1)
        .collect()
}

const SAID: &str = "says 34:85:18:00:00:01";

#[test]
fn all_boards_have_the_key_within_five_seconds() {
    for mode in ["strong", "compatible"] {
        for boards in ["16", "100"] {
            for loss in [0.0, 0.1, 0.3] {
                let (_, report) = secure(1, loss, &[("mode", mode), ("boards", boards)]);
                let (succeeded, asked, ms) = given(&report);
                println!("{mode:>10}  {boards:>3} boards  loss {loss:.1}  {ms:>5} ms");
                assert_eq!((succeeded, asked.to_string().as_str()), (asked, boards));
                assert!(ms < 5000, "{mode}, {boards} boards, loss {loss}: {ms} ms");
                for lamp in FIRST_LAMP..FIRST_LAMP + asked {
                    let story = story(&report, lamp);
                    // Ten repetitions: none is lost.
                    let said = story.iter().filter(|line| line.ends_with(SAID)).count();
                    assert!(said >= 3, "{}: {story:?}", report.boards[lamp].name);
                }
            }
        }
    }
}

#[test]
fn in_the_strong_mode_the_eavesdropper_lights_no_lamp() {
    let (seen, report) = secure(1, 0.0, &[("mode", "strong")]);
    assert_eq!(report.boards[EAVESDROPPER].console.len(), 5);
    for lamp in FIRST_LAMP..FIRST_LAMP + 16 {
        let story = story(&report, lamp);
        let heeded: Vec<_> = story.iter().filter(|line| line.contains("says")).collect();
        assert_eq!(
            heeded,
            [
                &format!("green, {SAID}"),
                &format!("off, {SAID}"),
                &format!("blue, {SAID}")
            ]
        );
        assert!(story.contains(&"refused: it was said before"), "{story:?}");
        assert!(
            story.contains(&"refused: changed, or said without the key"),
            "{story:?}"
        );
        let amber = Rgb::new(12, 6, 0);
        let white = Rgb::new(6, 6, 6);
        let (green, blue) = (Rgb::new(0, 80, 0), Rgb::new(0, 0, 120));
        assert_eq!(colours(&seen, lamp), [amber, white, green, Rgb::OFF, blue]);
    }
}

#[test]
fn in_the_compatible_mode_it_lights_them_and_in_any_name() {
    let (_, report) = secure(1, 0.0, &[("mode", "compatible")]);
    for lamp in FIRST_LAMP..FIRST_LAMP + 16 {
        assert_eq!(
            story(&report, lamp),
            [
                &format!("green, {SAID}"),
                &format!("off, {SAID}"),
                // As it was heard, the list of magics stops it; what was made up without the key, the tag.
                &format!("green, {SAID}"),
                "green, says 24:6f:28:66:66:66",
                &format!("blue, {SAID}"),
            ]
        );
    }
}

#[test]
fn a_lamp_with_another_proof_of_possession_gets_no_key() {
    for mode in ["strong", "compatible"] {
        let (seen, report) = secure(1, 0.1, &[("mode", mode), ("wrong", "5")]);
        assert_eq!(given(&report).0, 15);
        let refused = "34:85:18:00:00:06 refused: wrong proof of possession";
        assert!(report.boards[SWITCH].console.iter().any(|line| line == refused));
        let lamp = FIRST_LAMP + 4;
        let console = &report.boards[lamp].console;
        let wrong = "34:85:18:00:00:01 has the wrong proof of possession";
        assert!(console.iter().any(|line| line == wrong), "{console:?}");
        assert!(!console.iter().any(|line| line.contains("says")), "{console:?}");
        assert_eq!(colours(&seen, lamp).last(), Some(&Rgb::new(60, 0, 0)));
    }
}

#[test]
fn a_lamp_that_is_not_there_can_t_be_wrong() {
    let mut settings = Settings::default();
    settings.parameters.set("wrong", "17");
    let demo = Demo::named("secure").expect("it is shipped");
    let error = demo.builder(settings).expect_err("there are 16");
    assert_eq!(error.to_string(), "wrong=17: one of the 16 lamps, or 0");
}
