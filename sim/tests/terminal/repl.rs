//! `sim repl` on a terminal of its own.

use rustix::process::Signal;

use crate::Terminal;

#[test]
fn signals_give_the_terminal_back_from_a_board() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)] {
        let (ours, _theirs) = pty_process::blocking::open().expect("a board's terminal");
        let board = rustix::pty::ptsname(&ours, Vec::new()).expect("its name");
        let mut terminal = Terminal::start(&["repl", board.to_str().expect("UTF-8")]);
        terminal.wait_for("Ctrl-] leaves");
        terminal.signal(signal);
        assert_eq!(terminal.ends(), Some(code), "{signal:?}");
        terminal.assert_modes_given_back();
    }
}

#[test]
fn the_screen_is_not_suspended() {
    let mut terminal = Terminal::start(&[]);
    terminal.wait_for("q quit");
    terminal.signal(Signal::TSTP);
    terminal.press("q");
    assert_eq!(terminal.ends(), Some(0));
    terminal.assert_given_back();
}
