//! `sim run` with programs.

use std::fs;
use std::process::{Command, Output};

use sim::external::{Capabilities, Confinement, Restriction};

use crate::desk::{confined, interpreters};

fn sim(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.env_remove("RUST_LOG");
    command.args(args).output().expect("the command ends")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn example(name: &str) -> String {
    format!("{}/examples/hello/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_product_pages_programs_blink_and_say_the_same_on_every_interpreter() {
    let mut runs = interpreters().into_iter().map(|interpreter| {
        let path = interpreter.path().to_str().expect("UTF-8").to_owned();
        let (sender, receiver) = (example("sender.py"), example("receiver.py"));
        let run = sim(&["run", &sender, &receiver, "--interpreter", &path]);
        assert_eq!((run.status.code(), &*text(&run.stderr)), (Some(0), ""));
        text(&run.stdout)
    });
    let first = runs.next().expect("a run");
    for (line, times) in [
        ("sender  ] True", 102),
        // Printing takes longer than sending, so that the receive queue overruns.
        ("receiver] b'4\\x85\\x18\\x00\\x00\\x04' b'", 79),
        (
            "receiver] advice: a message from sender was acknowledged and then dropped",
            1,
        ),
        ("b'All received.'", 1),
        ("sender  ] pixels: #0 (0, 0, 25)", 1),
        ("receiver] pixels: #0 (0, 25, 0)", 1),
        ("pixels off", 2),
        ("advice: bb:bb:bb:bb:bb:bb is a group address", 1),
        ("program finished", 1),
    ] {
        assert_eq!(first.matches(line).count(), times, "{line}:\n{first}");
    }
    for other in runs {
        assert_eq!(other, first);
    }
}

#[test]
fn a_folder_is_a_board_and_stays_as_it_is() {
    for interpreter in interpreters() {
        let user = tempfile::tempdir().expect("a folder");
        let file = |name: &str| user.path().join(name);
        fs::create_dir(file("lib")).expect("room");
        fs::write(file("boot.py"), "print('boot')\n").expect("room");
        fs::write(file("lib/greet.py"), "WORD = 'hello'\n").expect("room");
        fs::write(file("text.txt"), "a file").expect("room");
        let main = "import greet\nprint(greet.WORD, open('text.txt').read())\nopen('text.txt', 'w').write('changed')\n";
        fs::write(file("main.py"), main).expect("room");
        let path = user.path().to_str().expect("UTF-8");
        let interpreter = interpreter.path().to_str().expect("UTF-8").to_owned();
        let run = sim(&["run", path, "--interpreter", &interpreter]);
        let stdout = text(&run.stdout);
        assert!(
            stdout.contains("] boot\n") && stdout.contains("] hello a file\n"),
            "{stdout}"
        );
        assert_eq!(fs::read_to_string(file("text.txt")).expect("a file"), "a file");
    }
}

/// Even one that knows how to get at its interpreter's own modules.
#[test]
fn a_program_writes_in_its_folder_and_nowhere_else() {
    let confinement = confined();
    let capabilities = confinement.capabilities().expect("a trial");
    if capabilities.is_none_or(|it| it.gaps().any(|gap| gap == Restriction::Writing)) {
        eprintln!("skipped: this system has no Landlock");
        return;
    }
    for interpreter in interpreters() {
        let outside = tempfile::tempdir().expect("a folder");
        let target = outside.path().join("written");
        let script = outside.path().join("escape.py");
        let source = format!(
            "import _modules\nhost = _modules.host('os')\ntry:\n    host.mkdir('{}')\n    print('out')\nexcept Exception:\n    print('kept in')\nhost.mkdir('inside')\nprint('there')\n",
            target.display()
        );
        fs::write(&script, source).expect("room");
        let interpreter = interpreter.path().to_str().expect("UTF-8").to_owned();
        let run = sim(&["run", script.to_str().expect("UTF-8"), "--interpreter", &interpreter]);
        let stdout = text(&run.stdout);
        assert!(
            stdout.contains("kept in") && stdout.contains("there"),
            "{stdout}{}",
            text(&run.stderr)
        );
        assert!(!target.exists());
    }
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let sender = example("sender.py");
    let shared = format!("{sender}@24:6f:28:01:02:03");
    for (args, because) in [
        (vec!["run", "nosuch.py"], "can't put nosuch.py on a board"),
        (vec!["run", env!("CARGO_MANIFEST_DIR")], "there is no main.py in"),
        (
            vec!["run", &sender, "--interpreter", "/bin/false"],
            "does not answer as an interpreter",
        ),
        (
            vec!["run", &sender, "--interpreter", "nosuch"],
            "no such command on the PATH",
        ),
        (vec!["run", &sender, "--demo", "hello"], "cannot be used with"),
        (vec!["run", "a.py*0"], "how many boards"),
        (vec!["run", "a.py@ff:ff:ff:ff:ff:ff"], "a board's address"),
        (vec!["run", &shared, &shared], "two boards have the same address"),
        (vec!["run", &sender, "--patience", "0s"], "in no time"),
    ] {
        let run = sim(&args);
        let stderr = text(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(
            stderr.contains(because) && stderr.lines().count() == 1,
            "{args:?}: {stderr}"
        );
    }
    let empty = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_sim"))
        .env("PATH", empty.path())
        .args(["run", &sender])
        .output()
        .expect("the command ends");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("pip install"), "{}", text(&output.stderr));
}

#[test]
fn what_a_system_can_t_hold_is_told_and_what_fails_is_refused() {
    let nothing = Capabilities::default().notice().expect("there is much to say");
    for restriction in Restriction::ALL {
        if restriction != Restriction::Truncating {
            assert!(nothing.contains(restriction.breach()), "{nothing}");
        }
    }
    // A program that starts nobody.
    let error = Confinement::by(std::path::Path::new("/bin/false"), |_| {}).capabilities();
    let error = error.expect_err("it tries nothing").to_string();
    assert!(error.contains("--unconfined"), "{error}");
    assert_eq!(Confinement::none().capabilities(), Ok(None));
}
