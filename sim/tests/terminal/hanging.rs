//! A program that hangs does not hang the screen.

use std::time::{Duration, Instant};

use super::Terminal;

#[test]
fn the_screen_obeys_while_a_program_computes() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("hanging.py");
    std::fs::write(&script, "print('here')\nwhile True:\n    pass\n").expect("room");
    let script = script.to_str().expect("UTF-8");
    let args = ["run", script, "--interpreter", "python3", "--patience", "5min"];
    let mut terminal = Terminal::start(&args);
    terminal.wait_for("q quit");
    // Pictures come, keys are obeyed, time stands.
    terminal.press(" ");
    terminal.wait_for_status(&["PAUSED"]);
    terminal.press(" ");
    terminal.wait_for_status(&["t = 0.000000 s"]);
    // A step waits no less patiently.
    terminal.press("n");
    terminal.wait_for_status(&["PAUSED"]);
    terminal.press("q");
    let asked = Instant::now();
    assert_eq!(terminal.ends(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    terminal.assert_given_back();
}
