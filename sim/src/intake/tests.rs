use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use super::*;

fn refusal(error: &io::Error) -> Option<&Refusal> {
    error.get_ref()?.downcast_ref()
}

#[test]
fn a_file_is_read_up_to_its_limit_and_not_beyond() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.toml");
    fs::write(&path, "name = \"a\"").expect("room");
    assert_eq!(text(&path, Kind::Scenario).expect("text"), "name = \"a\"");
    // As editors and PowerShell write it.
    let utf16: Vec<u8> = "name = \"a\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for octets in [
        &b"\xef\xbb\xbfname = \"a\""[..],
        &utf16,
        &[&[0xff, 0xfe], &*utf16].concat(),
    ] {
        fs::write(&path, octets).expect("room");
        assert_eq!(text(&path, Kind::Scenario).expect("text"), "name = \"a\"");
    }
    fs::write(&path, [0xff]).expect("room");
    let error = text(&path, Kind::Scenario).expect_err("no text");
    assert_eq!(refusal(&error), Some(&Refusal::NotText));
    // A file with a hole takes no room.
    let limit = Kind::Scenario.limit_mib() << 20;
    File::create(&path).and_then(|file| file.set_len(limit)).expect("room");
    assert_eq!(read(&path, Kind::Scenario).expect("just so").len() as u64, limit);
    File::create(&path)
        .and_then(|file| file.set_len(limit + 1))
        .expect("room");
    let error = read(&path, Kind::Scenario).expect_err("too long");
    assert_eq!(refusal(&error), Some(&Refusal::TooLong(Kind::Scenario)));
    assert_eq!(error.to_string(), "a scenario has at most 4 MiB, and this is longer");
}

#[test]
fn what_comes_from_a_pipe_is_bounded_by_what_is_read() {
    let mut endless = Bounded::new(io::repeat(b'x'), Kind::Scenario);
    let mut octets = Vec::new();
    let error = endless.read_to_end(&mut octets).expect_err("no end");
    assert_eq!(refusal(&error), Some(&Refusal::TooLong(Kind::Scenario)));
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .expect("mkfifo");
    assert!(made.success());
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let zero = folder.path().join("zero");
    std::os::unix::fs::symlink("/dev/zero", &zero).expect("a link");
    for (path, what) in [
        (folder.path(), "a folder"),
        (&pipe, "a pipe"),
        (&socket, "a socket"),
        (Path::new("/dev/zero"), "a device"),
        (&zero, "a device"),
    ] {
        let error = read(path, Kind::Recording).expect_err("refused");
        assert_eq!(refusal(&error), Some(&Refusal::NotAFile(what)), "{}", path.display());
        assert!(!is_file(path), "{}", path.display());
    }
    let linked = folder.path().join("linked");
    fs::write(folder.path().join("real"), "x").expect("room");
    std::os::unix::fs::symlink("real", &linked).expect("a link");
    assert_eq!(read(&linked, Kind::Recording).expect("a file"), b"x");
}

#[test]
fn a_copy_takes_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    fs::write(&from, [7; 100]).expect("room");
    let mut room = 150;
    assert!(copy(&from, &to, Kind::Program, &mut room).expect("a file"));
    assert_eq!((room, fs::read(&to).expect("a copy").len()), (50, 100));
    assert!(!copy(&from, &to, Kind::Program, &mut room).expect("a file"));
}

#[cfg(unix)]
#[test]
fn a_walk_ends_whatever_the_links() {
    let folder = tempfile::tempdir().expect("a folder");
    let deep = folder.path().join("deep");
    fs::create_dir(&deep).expect("room");
    for name in ["one", "two"] {
        std::os::unix::fs::symlink(folder.path(), deep.join(name)).expect("a link");
    }
    let mut walk = Folders::default();
    assert_eq!(walk.enter(folder.path()).expect("a folder"), Some(vec![deep.clone()]));
    for inner in walk.enter(&deep).expect("a folder").expect("a new one") {
        assert_eq!(walk.enter(&inner).expect("a folder"), None);
    }
    walk.leave();
    // The same folder beside itself is no loop.
    assert!(walk.enter(&deep).expect("a folder").is_some());
}

#[test]
fn a_walk_has_a_depth() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut path = folder.path().to_owned();
    let mut walk = Folders::default();
    let mut entered = 0;
    let error = loop {
        match walk.enter(&path) {
            Ok(_) => entered += 1,
            Err(error) => break error,
        }
        assert!(entered < 100, "without an end");
        path.push("d");
        fs::create_dir(&path).expect("room");
    };
    assert_eq!(refusal(&error), Some(&Refusal::TooDeep(64)));
}
