//! A recording on the screen.

use std::path::PathBuf;

use tempfile::TempDir;
use vt100::Screen;

use super::{CTRL_C, Terminal};

/// A folder with a recording of `sim run` with these options, and its path.
fn recorded(args: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("run.rec");
    let mut terminal =
        Terminal::start(&[&["run", "--headless", "--record", file.to_str().expect("UTF-8")], args].concat());
    assert_eq!(terminal.ends(), Some(0));
    (folder, file)
}

fn replay(file: &std::path::Path, args: &[&str]) -> Terminal {
    Terminal::start(&[&["replay", file.to_str().expect("UTF-8")], args].concat())
}

/// All between the bar and the keys, without the blanks at the rows' ends.
fn middle(screen: &Screen) -> Vec<String> {
    let rows: Vec<_> = screen.rows(0, u16::MAX).map(|row| row.trim_end().to_owned()).collect();
    rows[1..rows.len() - 1].to_vec()
}

#[test]
fn it_looks_as_the_run_looked() {
    let demo = ["--demo", "hello-unicast", "--loss", "0.3"];
    let (_folder, file) = recorded(&demo);
    let mut run = Terminal::start(&[&["run", "--speed", "max"], &demo[..]].concat());
    run.wait_for_status(&["finished"]);
    // The last row is drawn last: it has no keys any more that only a run heeds which goes on.
    run.wait_until(|screen| {
        let keys = screen.rows(0, u16::MAX).last().unwrap_or_default();
        keys.contains("q quit") && !keys.contains("step")
    });
    let mut replay = replay(&file, &["--speed", "max"]);
    replay.wait_for_status(&["hello-unicast  seed 1", "loss 30 %", "replay end 100 %"]);
    let expected = middle(run.screen());
    replay.wait_until(|screen| middle(screen) == expected);
    replay.press("q");
    assert_eq!(replay.ends(), Some(0));
    replay.assert_given_back();
}

#[test]
fn keys_go_forwards_and_back() {
    let (_folder, file) = recorded(&[]);
    let mut terminal = replay(&file, &["--speed", "paused"]);
    terminal.wait_for_status(&["t = 0.000000 s", "replay PAUSED 0 %"]);
    terminal.press("ss");
    terminal.wait_for_status(&["t = 0.000884 s"]);
    // The lowest rows that the two steps have changed.
    terminal.wait_until(|screen| {
        ["1 ✓ 1 of 1", "own address."]
            .iter()
            .all(|words| screen.contents().contains(words))
    });
    let there = middle(terminal.screen());
    terminal.press("ss");
    terminal.wait_for_status(&["t = 0.001144 s"]);
    terminal.press("bb");
    terminal.wait_until(|screen| middle(screen) == there);
    terminal.press("\u{1b}[C");
    terminal.wait_for_status(&["t = 1.000884 s"]);
    terminal.press("\u{1b}[D");
    terminal.wait_for_status(&["t = 0.000884 s"]);
    terminal.press("e");
    terminal.wait_for_status(&["t = 1.214204 s", "replay end 100 %"]);
    terminal.press("g50%\r");
    terminal.wait_for_status(&["t = 0.607102 s"]);
    terminal.press(":later\r");
    terminal.wait_for("write seconds or a time");
    terminal.press("r");
    terminal.wait_for_status(&["t = 0.000000 s"]);
    terminal.press("]");
    terminal.press("?");
    terminal.wait_for("back to before the last one");
    terminal.press("\u{1b}");
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
    terminal.assert_given_back();
}

#[test]
fn words_are_found_in_both_directions() {
    let (_folder, file) = recorded(&[]);
    let mut terminal = replay(&file, &["--speed", "paused"]);
    terminal.wait_for_status(&["replay PAUSED"]);
    terminal.press("/Console RECEIVED\r");
    terminal.wait_for("no more \"Console RECEIVED\" from here on");
    terminal.press("/b'end'\r");
    terminal.wait_for("receiver console");
    let first = terminal.text();
    terminal.press("n");
    terminal.wait_for("no more \"b'end'\" from here on");
    terminal.press("N");
    terminal.wait_for("no \"b'end'\" before");
    assert!(first.contains("t = 0.111704 s"), "{first}");
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn what_is_left_of_a_killed_run_is_shown() {
    let (_folder, file) = recorded(&[]);
    let octets = std::fs::read(&file).expect("a recording");
    std::fs::write(&file, &octets[..octets.len() - 1]).expect("room");
    let mut terminal = replay(&file, &["--speed", "max"]);
    terminal.wait_for("is cut off");
    terminal.wait_for_status(&["replay end 100 %"]);
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
    let text = terminal.text();
    assert!(text.contains("What is shown ends at 0.614518 s"), "{text}");
}

#[test]
fn ctrl_c_interrupts_a_replay_but_for_its_prompt() {
    let (_folder, file) = recorded(&[]);
    let mut terminal = replay(&file, &["--speed", "paused"]);
    terminal.wait_for_status(&["replay PAUSED 0 %"]);
    terminal.press("/nothing");
    terminal.wait_for("search: nothing_");
    terminal.press(CTRL_C);
    terminal.wait_for("q quit");
    terminal.press(CTRL_C);
    assert_eq!(terminal.ends(), Some(130));
    terminal.assert_given_back();
}
