//! Malformed files of every kind give one clear line: where, which key, what, and how to mend it.

use proptest::prelude::*;
use sim::scenario::{Override, Scenario};

/// Two boards, as a beginning: five lines.
const TWO: &str = "\
version = 1
[[board]]
name = \"sender\"
[[board]]
name = \"receiver\"
";

fn complaint(text: &str) -> String {
    match Scenario::parse("x.toml", text) {
        Ok(_) => panic!("nothing is wrong with {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_kind_of_mistake_has_its_line() {
    let after_two = [
        // TOML
        ("[air", "x.toml:6:5: ", "]"),
        ("a = = 1", "x.toml:6:5: ", ""),
        ("[air]\nloss = 0.1\nloss = 0.2", "x.toml:8:1: ", "duplicate"),
        (
            "[air]\nburst = { loss = 0.1, length = \"0s\" }",
            "x.toml:7:32: air.burst.length: ",
            "1us or more",
        ),
        (
            "[[link]]\nfrom = \"sender\"\nto = \"receiver\"\nburst = { loss = 0.1, length = \"0s\" }",
            "x.toml:9:32: link.0.burst.length: ",
            "1us or more",
        ),
        (
            "[[event]]\nat = \"1s\"\nlink = { from = \"sender\", to = \"receiver\", burst = { loss = 0.1, length = \"0s\" } }",
            "x.toml:8:75: event.0.link.burst.length: ",
            "1us or more",
        ),
        (
            "[[board]]\nname = \"x\"\ndriver = { callbacks-lost = 0.6, callbacks-late = 0.6 }",
            "x.toml:8:29: board.2.driver.callbacks-lost: ",
            "more than 1",
        ),
        (
            "[[board]]\nname = \"x\"\ndriver = { wake-interval-late-by = \"2h\" }",
            "x.toml:8:36: board.2.driver.wake-interval-late-by: ",
            "at most 1m",
        ),
        (
            "[[board]]\nname = \"x\"\nscript = \"x.py\"\ndriver = { callbacks-lost = 0.1 }",
            "x.toml:6:1: board.2: ",
            "for boards that run an app",
        ),
        // keys
        ("[ari]", "x.toml:6:2: ari: ", "did you mean air?"),
        ("[air]\nlos = 0.1", "x.toml:7:1: air.los: ", "did you mean loss?"),
        (
            "[air]\nxyzzy = 0.1",
            "x.toml:7:1: air.xyzzy: ",
            "there are environment, exponent",
        ),
        (
            "[[event]]\nat = \"1s\"\npres = \"sender\"",
            "x.toml:8:1: event.0.pres: ",
            "did you mean press?",
        ),
        (
            "[[expect]]\nconsol = \"x\"",
            "x.toml:7:1: expect.0.consol: ",
            "did you mean console?",
        ),
        (
            "[[board]]\nnmae = \"x\"",
            "x.toml:7:1: board.2.nmae: ",
            "did you mean name?",
        ),
        ("[[board]]\ncount = 2", "x.toml:6:1: board.2: ", "name is missing"),
        (
            "[[link]]\nfrom = \"*\"\nloss = 1",
            "x.toml:6:1: link.0: ",
            "to is missing",
        ),
        // types and ranges
        ("[air]\nloss = 1.5", "x.toml:7:8: air.loss: 1.5 is not", "from 0 to 1"),
        ("[air]\nloss = \"x\"", "x.toml:7:8: air.loss: ", "\"100%\""),
        ("[air]\nlatency = \"5\"", "x.toml:7:11: air.latency: ", "\"500ms\""),
        (
            "[air]\nlatency = 5",
            "x.toml:7:11: air.latency: 5 is not a time",
            "\"500ms\"",
        ),
        ("[air]\nchannel = 15", "x.toml:7:11: air.channel: 15 is not", "1 to 14"),
        (
            "[air]\nenvironment = \"dsk\"",
            "x.toml:7:15: air.environment: \"dsk\"",
            "did you mean desk?",
        ),
        ("[air]\nexponent = 3.0", "x.toml:7:12: air.exponent: ", "indoors"),
        (
            "[air]\nenvironment = \"indoors\"\nexponent = 99",
            "x.toml:8:12: air.exponent: 99",
            "from 1 to 10",
        ),
        (
            "[air]\nshadowing = -1",
            "x.toml:7:13: air.shadowing: -1",
            "from 0 to 20",
        ),
        (
            "[air]\nburst = { loss = 0.1 }",
            "x.toml:7:9: air.burst: ",
            "length is missing",
        ),
        (
            "[[air.wall]]\nfrom = [0]\nto = [1, 1]\nloss = 3",
            "x.toml:7:8: air.wall.0.from: 1 values",
            "[east, north]",
        ),
        (
            "[[air.interferer]]\nkind = \"radar\"",
            "x.toml:7:8: air.interferer.0.kind: ",
            "wifi",
        ),
        (
            "[[air.interferer]]\nkind = \"ble\"\nduty = 0.1",
            "x.toml:8:8: air.interferer.0.duty: ",
            "does not take it",
        ),
        (
            "[[air.interferer]]\nkind = \"microwave\"\nmains = 400",
            "x.toml:8:9: air.interferer.0.mains: ",
            "50 or 60",
        ),
        (
            "[[air.interferer]]\nkind = \"ble\"\ninterval = \"1ms\"",
            "x.toml:8:12: air.interferer.0.interval: ",
            "20000",
        ),
        ("[[board]]\nname = 5", "x.toml:7:8: board.2.name: 5 is not", ""),
        (
            "[[board]]\nname = \"\"",
            "x.toml:7:8: board.2.name: ",
            "1 to 255 octets",
        ),
        (
            "[[board]]\nname = \"x\"\ncount = -1",
            "x.toml:8:9: board.2.count: -1 is not",
            "",
        ),
        (
            "[[board]]\nname = \"x\"\ncount = 99999999999999999999",
            "x.toml:8:9: board.2.count: 9999",
            "too large",
        ),
        (
            "[[board]]\nname = \"x\"\ncount = 2000000",
            "x.toml:8:9: board.2.count: ",
            "more than 1000000",
        ),
        (
            "[[board]]\nname = \"x\"\ncount = 2",
            "x.toml:7:8: board.2.name: ",
            "\"x-{n}\"",
        ),
        (
            "[[board]]\nname = \"sender\"",
            "x.toml:7:8: board.2.name: ",
            "another board is called sender",
        ),
        (
            "[[board]]\nname = \"x\"\nchip = \"esp32s3\"",
            "x.toml:8:8: board.2.chip: ",
            "did you mean esp32-s3?",
        ),
        (
            "[[board]]\nname = \"x\"\naddress = \"35:00:00:00:00:01\"",
            "x.toml:8:11: board.2.address: ",
            "even",
        ),
        (
            "[[board]]\nname = \"x-{n}\"\ncount = 2\naddress = \"fe:ff:ff:ff:ff:ff\"",
            "x.toml:9:11: board.2.address: ",
            "not 2 boards' addresses",
        ),
        (
            "[[board]]\nname = \"x\"\npower = 90",
            "x.toml:8:9: board.2.power: ",
            "-60 to 30 dBm",
        ),
        (
            "[[board]]\nname = \"x\"\nplace = [1]",
            "x.toml:8:9: board.2.place: ",
            "[east, north]",
        ),
        (
            "[[board]]\nname = \"x\"\nplace = [1, nan]",
            "x.toml:8:9: board.2.place: ",
            "[east, north]",
        ),
        (
            "[[board]]\nname = \"x\"\nplace = { gird = {} }",
            "x.toml:8:11: board.2.place.gird: ",
            "did you mean grid?",
        ),
        (
            "[[board]]\nname = \"x\"\nplace = { grid = {} }",
            "x.toml:8:18: board.2.place.grid: ",
            "spacing is missing",
        ),
        (
            "[[board]]\nname = \"x\"\nplace = { grid = { spacing = -2 } }",
            "x.toml:8:30: board.2.place.grid.spacing: -2",
            "",
        ),
        (
            "[[board]]\nname = \"x\"\nplace = { path = { points = [], speed = 1 } }",
            "x.toml:8:29: board.2.place.path.points: ",
            "at least one point",
        ),
        (
            "[[board]]\nname = \"x\"\nplace = { path = { points = [[0, 0]], speed = 0 } }",
            "x.toml:8:47: board.2.place.path.speed: ",
            "above 0",
        ),
        // times that the run does not reach
        (
            "[[event]]\nat = \"10001ms\"\npress = \"sender\"",
            "x.toml:7:6: event.0.at: ",
            "the run's end, duration, is at 10s, before that",
        ),
        (
            "[[board]]\nname = \"x\"\npowered-on-at = \"11s\"",
            "x.toml:8:17: board.2.powered-on-at: ",
            "the run's end, duration, is at 10s, before that",
        ),
        (
            "[[board]]\nname = \"x\"\nplace = { path = { points = [[0, 0]], speed = 1, start = \"11s\" } }",
            "x.toml:8:58: board.2.place.path.start: ",
            "the run's end, duration, is at 10s, before that",
        ),
        // what runs
        (
            "[[board]]\nname = \"x\"\napp = \"becon\"",
            "x.toml:8:7: board.2.app: ",
            "did you mean beacon?",
        ),
        (
            "[[board]]\nname = \"x\"\nscript = \"main.py\"",
            "x.toml:8:10: board.2.script: main.py: ",
            "there is no such file",
        ),
        (
            "[[board]]\nname = \"x\"\napp = \"beacon\"\nscript = \"main.py\"",
            "x.toml:6:1: board.2: ",
            "not both",
        ),
        (
            "[[board]]\nname = \"x\"\narguments = { a = 1 }",
            "x.toml:6:1: board.2: ",
            "no app",
        ),
        (
            "[[board]]\nname = \"x\"\napp = \"beacon\"\narguments = { perid = \"1s\" }",
            "x.toml:9:23: board.2.arguments.perid: ",
            "did you mean period?",
        ),
        (
            "[[board]]\nname = \"x\"\napp = \"beacon\"\narguments = { period = \"soon\" }",
            "x.toml:9:24: board.2.arguments.period: \"soon\"",
            "\"100ms\"",
        ),
        (
            "[[board]]\nname = \"x\"\napp = \"beacon\"\narguments = { payload = 251 }",
            "x.toml:9:25: board.2.arguments.payload: ",
            "from 1 to 250",
        ),
        (
            "[[board]]\nname = \"x\"\napp = \"echo-caller\"",
            "x.toml:8:7: board.2.app: ",
            "needs peer",
        ),
        (
            "[[board]]\nname = \"x\"\napp = \"echo-caller\"\narguments = { peer = \"reciever\" }",
            "x.toml:9:22: board.2.arguments.peer: ",
            "did you mean receiver?",
        ),
        (
            "[[board]]\nname = \"x\"\napp = \"secure-switch\"\narguments = { lamps = \"lamp-*\" }",
            "x.toml:9:23: board.2.arguments.lamps: ",
            "names no board",
        ),
        (
            "[[board]]\nname = \"x\"\napp = \"idle\"\narguments = { a = 1 }",
            "x.toml:9:19: board.2.arguments.a: ",
            "takes no arguments",
        ),
        // links and events
        (
            "[[link]]\nfrom = \"*\"\nto = \"*\"",
            "x.toml:6:1: link.0: ",
            "nothing of the link is set",
        ),
        (
            "[[link]]\nfrom = \"sendr\"\nto = \"*\"\nloss = 1",
            "x.toml:7:8: link.0.from: ",
            "did you mean sender?",
        ),
        (
            "[[link]]\nfrom = \"lamp-*\"\nto = \"*\"\nloss = 1",
            "x.toml:7:8: link.0.from: ",
            "there are sender, receiver",
        ),
        (
            "[[link]]\nfrom = \"*\"\nto = \"*\"\nattenuation = 900",
            "x.toml:9:15: link.0.attenuation: ",
            "-200 to 200",
        ),
        (
            "[[event]]\nat = \"1s\"",
            "x.toml:6:1: event.0: ",
            "does nothing: give press",
        ),
        (
            "[[event]]\nat = \"1s\"\npress = \"sender\"\nreboot = \"sender\"",
            "x.toml:6:1: event.0: ",
            "two events",
        ),
        (
            "[[event]]\npress = \"sender\"",
            "x.toml:6:1: event.0: ",
            "at is missing",
        ),
        (
            "[[event]]\nat = \"1s\"\nheal = false",
            "x.toml:6:1: event.0: ",
            "leave it out",
        ),
        (
            "[[event]]\nat = \"1s\"\npress = []",
            "x.toml:8:9: event.0.press: ",
            "names no board",
        ),
        (
            "[[event]]\nat = \"1s\"\nmove = { board = \"x\", to = [0, 0] }",
            "x.toml:8:18: event.0.move.board: ",
            "no board is called",
        ),
        (
            "[[event]]\nat = \"1s\"\npartition = [\"sender\", \"*\"]",
            "x.toml:8:24: event.0.partition.1: ",
            "in two parts",
        ),
        (
            "[[event]]\nat = \"1s\"\njam = { for = \"1s\", power = 99 }",
            "x.toml:8:29: event.0.jam.power: ",
            "-100 to 60",
        ),
        (
            "[[event]]\nat = \"1s\"\nchannel = { board = \"*\", to = 0 }",
            "x.toml:8:31: event.0.channel.to: ",
            "1 to 14",
        ),
        (
            "[[event]]\nat = \"1s\"\nsensor = { board = \"*\", name = \"t\", value = inf }",
            "x.toml:8:45: event.0.sensor.value: ",
            "a number",
        ),
        (
            "[[event]]\nat = \"1s\"\nsensor = { board = \"sender\", name = \"adc1\", value = 1 }",
            "x.toml:8:20: event.0.sensor.board: ",
            "sender runs no program that could read a sensor",
        ),
        (
            "[[event]]\nat = \"1s\"\npress = \"*\"",
            "x.toml:8:9: event.0.press: ",
            "no program notices: give app or script to sender, receiver",
        ),
        // expectations
        (
            "[[expect]]\nby = \"1s\"",
            "x.toml:6:1: expect.0: ",
            "nothing is expected",
        ),
        (
            "[[expect]]\nconsole = \"x\"\nmark = \"y\"",
            "x.toml:6:1: expect.0: ",
            "make two of it",
        ),
        (
            "[[expect]]\nconsole = \"x\"\nby = \"1s\"\nnever = true",
            "x.toml:6:1: expect.0: ",
            "is enough",
        ),
        (
            "[[expect]]\nconsole = \"x\"\nby = \"11s\"",
            "x.toml:8:6: expect.0.by: ",
            "before that",
        ),
        (
            "[[expect]]\nconsole = \"x\"\nalways = true",
            "x.toml:8:10: expect.0.always: ",
            "in a moment",
        ),
        (
            "[[expect]]\nconsole = { matches = \"(\" }",
            "x.toml:7:11: expect.0.console: ",
            "unclosed group",
        ),
        (
            "[[expect]]\nconsole = { like = \"(\" }",
            "x.toml:7:13: expect.0.console.like: ",
            "there are contains, equals, matches",
        ),
        (
            "[[expect]]\nconsole = { equals = \"a\", contains = \"a\" }",
            "x.toml:7:11: expect.0.console: ",
            "is enough",
        ),
        (
            "[[expect]]\npixel = { index = 0, colour = \"green\" }",
            "x.toml:7:1: expect.0.pixel: ",
            "give board",
        ),
        (
            "[[expect]]\nboard = \"*\"\npixel = { index = 25, colour = \"green\" }",
            "x.toml:8:19: expect.0.pixel.index: ",
            "has 25 pixels",
        ),
        (
            "[[expect]]\nboard = \"*\"\npixel = { index = 0, colour = \"gren\" }",
            "x.toml:8:31: expect.0.pixel.colour: ",
            "#00ff00",
        ),
        (
            "[[expect]]\ncounter = { name = \"recieved\", equals = 1 }",
            "x.toml:7:20: expect.0.counter.name: ",
            "did you mean received?",
        ),
        (
            "[[expect]]\ncounter = { name = \"received\" }",
            "x.toml:6:1: expect.0: ",
            "one of equals, at-least and at-most",
        ),
        (
            "[[expect]]\ndelivery = { at-least = 2 }",
            "x.toml:7:25: expect.0.delivery.at-least: ",
            "from 0 to 1",
        ),
        (
            "[[expect]]\nlatency = { percentile = 0, at-most = \"1ms\" }",
            "x.toml:6:1: expect.0: ",
            "above 0 and at most 100",
        ),
        (
            "[[expect]]\nlatency = { percentile = 50, at-most = \"1ms\" }\nnever = true",
            "x.toml:6:1: expect.0: ",
            "asked for at a time",
        ),
        (
            "[[expect]]\nadvice = \"group-adress\"",
            "x.toml:7:10: expect.0.advice: ",
            "did you mean group-address?",
        ),
        (
            "[[expect]]\nboard = \"nobody\"\nconsole = \"x\"",
            "x.toml:7:9: expect.0.board: ",
            "no board is called",
        ),
        (
            "[[expect]]\nconsole = \"x\"\nwithin = \"1s\"\nafter = \"cut\"",
            "x.toml:9:9: expect.0.after: ",
            "no event has the name cut",
        ),
        (
            "[[expect]]\nconsole = \"x\"\nafter = \"cut\"",
            "x.toml:6:1: expect.0: ",
            "how long after",
        ),
        (
            "[[expect]]\nconsole = \"x\"\nfrom = \"1s\"",
            "x.toml:6:1: expect.0: ",
            "never and always",
        ),
        (
            "[[expect]]\nconsole = \"x\"\nnever = true\nfrom = \"2s\"\nuntil = \"1s\"",
            "x.toml:10:9: expect.0.until: ",
            "before 2s",
        ),
        // parameters
        (
            "[parameters]\nloss = 0.1\n[air]\nloss = 0.1",
            "x.toml:7:1: parameters.loss: ",
            "nothing uses this parameter: write \"$loss\"",
        ),
        (
            "[air]\nloss = \"$lss\"\n[parameters]\nloss = 1",
            "x.toml:7:8: air.loss: there is no parameter lss",
            "did you mean loss?",
        ),
    ];
    let mut otherwise = Vec::new();
    for (more, place, mend) in after_two {
        let complaint = complaint(&format!("{TWO}{more}\n"));
        if !(complaint.starts_with(place) && complaint.contains(mend) && !complaint.contains('\n')) {
            otherwise.push(format!("{more}\nsays:  {complaint}\nnot:   {place} ... {mend}"));
        }
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n\n"));
}

#[test]
fn the_version_is_needed_and_known() {
    assert_eq!(complaint("name = \"x\""), "x.toml:1:1: the key version is missing");
    assert!(complaint("version = 2").starts_with("x.toml:1:11: version: version 2 of the format is not known"));
    assert!(complaint("version = \"1\"").starts_with("x.toml:1:11: version: \"1\" is not"));
}

#[test]
fn a_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let gone = folder.path().join("gone.toml");
    let error = Scenario::load(&gone, &[]).expect_err("no such file").to_string();
    assert!(error.contains("gone.toml: can't be read"), "{error}");
    let error = Scenario::load(folder.path(), &[]).expect_err("a folder").to_string();
    assert!(error.contains("can't be read"), "{error}");
    let binary = folder.path().join("binary.toml");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).expect("room");
    let error = Scenario::load(&binary, &[]).expect_err("no text").to_string();
    assert!(
        error.contains("binary.toml: this is no text: save it as UTF-8"),
        "{error}"
    );
}

#[test]
fn what_is_set_from_outside_is_checked_and_named() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("x.toml");
    std::fs::write(
        &path,
        format!("{TWO}[parameters]\nloss = 0.1\n[air]\nloss = \"$loss\"\n"),
    )
    .expect("room");
    for (setting, because) in [
        ("loss=2", "--set loss=2: air.loss: 2 is not a number from 0 to 1"),
        ("los=0.1", "did you mean loss?"),
        (
            "air.los=0.1",
            "--set air.los=0.1: air.los: there is no such key here; did you mean loss?",
        ),
        ("board.2.count=3", "board is a list, whose entries are 0 to 1"),
        ("board.first.count=3", "board is a list, whose entries are 0 to 1"),
        ("version.x=3", "version is one value and has no x"),
        ("=3", "a key is the way to a value"),
        (
            "board.0.name=receiver",
            "board.1.name: another board is called receiver",
        ),
    ] {
        let setting: Override = setting.parse().expect("a key and a value");
        let error = Scenario::load(&path, &[setting]).expect_err("refused").to_string();
        assert!(
            error.contains(because) && !error.contains('\n'),
            "{error}\nnot: {because}"
        );
    }
    assert!("loss".parse::<Override>().is_err());
}

/// A piece of a file, as somebody might write it who does not look.
fn piece() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("version"),
        Just("air"),
        Just("board"),
        Just("event"),
        Just("expect"),
        Just("link"),
        Just("name"),
        Just("at"),
        Just("place"),
        Just("app"),
        Just("arguments"),
        Just("console"),
        Just("pixel"),
        Just("loss"),
        Just("count"),
        Just("by"),
        Just("never"),
        Just("partition"),
        Just("jam"),
        Just("for"),
        Just("parameters"),
        Just("latency"),
        Just("uniform"),
    ];
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("-3.5".to_owned()),
        Just("\"*\"".to_owned()),
        Just("\"2s\"".to_owned()),
        Just("true".to_owned()),
        Just("[]".to_owned()),
        Just("[1, 2]".to_owned()),
        Just("{}".to_owned()),
        Just("\"$a\"".to_owned()),
        Just("1979-05-27".to_owned()),
        Just("nan".to_owned()),
        ".{0,6}",
    ];
    prop_oneof![
        (word.clone(), value).prop_map(|(key, value)| format!("{key} = {value}\n")),
        word.clone().prop_map(|table| format!("[{table}]\n")),
        word.prop_map(|table| format!("[[{table}]]\n")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_read_or_refused_in_one_line(pieces in prop::collection::vec(piece(), 0..12), noise in ".{0,40}") {
        for text in [format!("version = 1\n{}", pieces.concat()), pieces.concat(), noise] {
            if let Err(error) = Scenario::parse("x.toml", &text) {
                prop_assert!(!error.to_string().contains('\n'), "{}", error);
            }
        }
    }
}
