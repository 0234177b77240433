//! What a run prints and records.

use serde_json::Value;

use crate::shell::{Folder, json, printed, read, run, sim};

#[test]
fn without_a_command_it_prints_the_run_as_lines() {
    let text = printed(&[]);
    let lines: Vec<_> = text.lines().collect();
    let (summary, lines) = lines.split_last().expect("a summary");
    assert!(lines.iter().all(|line| line.starts_with("[  ")), "{text}");
    assert!(lines.iter().any(|line| line.ends_with("] 34:85:18:00:00:01 b'end'")));
    assert!(summary.starts_with("over at 1.") && summary.contains("frames on the air"));
    assert!(!text.contains('\u{1b}'), "a pipe has no colours");
    assert_eq!(text, printed(&["run", "--demo", "hello", "--seed", "1", "--headless"]));
}

#[test]
fn the_report_is_one_object_on_standard_output() {
    let text = printed(&["run", "--demo", "hello-unicast", "--report", "-"]);
    assert_eq!(text.lines().count(), 1);
    let report = json(text.as_bytes());
    assert_eq!(report["scenario"], "hello-unicast");
    assert_eq!(report["seed"], 1);
    for number in [
        "/virtual_us",
        "/wall_us",
        "/medium/transmissions",
        "/medium/in_range",
        "/medium/receptions",
        "/medium/lost/collision",
        "/medium/lost/noise",
        "/medium/lost/fault",
        "/medium/lost/busy",
    ] {
        assert!(report.pointer(number).is_some_and(Value::is_u64), "{number}");
    }
    assert_eq!(report["advice"], Value::Array(Vec::new()));
    let boards = report["boards"].as_array().expect("boards");
    assert_eq!(boards.len(), 2);
    for board in boards {
        for text in ["/name", "/mac", "/chip", "/console/0"] {
            assert!(board.pointer(text).is_some_and(Value::is_string), "{text}");
        }
        for number in [
            "/pixels/0/2",
            "/tx/frames",
            "/tx/attempts",
            "/tx/acked",
            "/tx/failed",
            "/rx/frames",
            "/rx/dropped",
            "/airtime_us",
        ] {
            assert!(board.pointer(number).is_some_and(Value::is_u64), "{number}");
        }
    }
    assert_eq!(boards[0]["tx"]["acked"], boards[1]["rx"]["frames"]);

    let placeholder = json(printed(&["--report", "-"]).as_bytes());
    assert_eq!(placeholder["advice"][0]["board"], "sender");
}

#[test]
fn trace_and_capture_go_to_standard_output_alone() {
    let folder = Folder::new();
    let [trace, pcap] = ["events", "air.pcapng"].map(|name| folder.path(name));
    printed(&["--trace", &trace, "--pcap", &pcap]);
    assert_eq!(printed(&["--trace", "-"]).into_bytes(), read(&trace));
    let output = sim(&["--pcap", "-"]).output().expect("the command starts");
    assert!(output.status.success());
    assert_eq!(output.stdout, read(&pcap));
}

#[test]
fn recorded_frames_are_all_decoded() {
    let folder = Folder::new();
    let [pcap, report, trace] = ["air.pcapng", "report.json", "events"].map(|name| folder.path(name));
    let text = printed(&[
        "--demo",
        "hello-unicast",
        "--loss",
        "0.2",
        "--pcap",
        &pcap,
        "--report",
        &report,
        "--trace",
        &trace,
    ]);
    let report = json(&read(&report));
    let medium = &report["medium"];
    let frames = medium["transmissions"].as_u64().expect("a number");
    let acks = medium["acks"].as_u64().expect("a number");
    assert!(text.contains(&format!("{frames} frames on the air, {acks} of them ACKs")));
    assert!(medium["lost"]["fault"].as_u64() > Some(0));

    let events = String::from_utf8(read(&trace)).expect("UTF-8");
    let sent = events.lines().filter(|line| line.contains(" tx frame ")).count();
    assert_eq!(sent as u64, frames);

    let messages = frames - acks;
    let summary = format!("{frames} frames: {messages} ESP-NOW, 0 encrypted, {acks} ACKs, 0 other, 0 with a bad FCS");
    assert_eq!(printed(&["decode", &pcap]).lines().last(), Some(&*summary));
    let ended = run(&["decode", "--json", &pcap]);
    assert_eq!((ended.code, ended.stderr), (Some(0), summary + "\n"));
    assert!(ended.stdout.lines().all(|line| json(line.as_bytes()).is_object()));
    assert_eq!(ended.stdout.lines().count() as u64, frames);
}

#[test]
fn a_seed_gives_the_same_files_in_every_process() {
    let record = |seed| {
        let folder = Folder::new();
        let [pcap, report, trace] = ["air", "report", "events"].map(|name| folder.path(name));
        let text = printed(&[
            "--demo",
            "hello-unicast",
            "--loss",
            "30%",
            "--jitter",
            "3ms",
            "--seed",
            seed,
            "--pcap",
            &pcap,
            "--report",
            &report,
            "--trace",
            &trace,
        ]);
        let mut report = json(&read(&report));
        assert!(report["wall_us"].take().is_u64());
        (text, read(&pcap), report, read(&trace))
    };
    let first = record("7");
    assert!(first == record("7"));
    let other = record("8");
    assert!(first.1 != other.1 && first.2 != other.2 && first.3 != other.3);
}

#[test]
fn a_length_ends_the_run() {
    assert!(printed(&["--for", "20ms"]).contains("\nover at 0.020000 s: "));
    // More than there is: the demo's own end comes first, or the last nanosecond that can be counted.
    for long in ["99999999999999h", "584554531years"] {
        assert!(printed(&["--for", long]).contains("\nover at 1."), "{long}");
        assert!(
            printed(&["--latency", long, "--jitter", long]).contains("\nover at 300."),
            "{long}"
        );
    }
}

#[test]
fn demos_are_listed() {
    let text = printed(&["demos"]);
    // Parameters stand below their demo, indented.
    let demos = text.lines().filter(|line| !line.starts_with(' '));
    let names: Vec<_> = demos.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(
        names,
        sim::demo::Demo::ALL.iter().map(|demo| demo.name).collect::<Vec<_>>()
    );
    for name in names {
        assert!(printed(&["run", "--demo", name, "--for", "1ms"]).contains("over at 0.001"));
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["run", "--help"],
        &["decode", "--help"],
    ] {
        assert!(printed(args).contains("Usage: sim"), "{args:?}");
    }
    assert_eq!(
        printed(&["--version"]),
        concat!("sim ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn lights_say_how_soon_they_obeyed() {
    let run = |loss: &str| printed(&["run", "--demo", "light", "--set", "lights=20", "--loss", loss]);
    let last = |text: &str| text.lines().last().expect("a line").to_owned();
    let alone = last(&run("0"));
    assert!(
        alone.starts_with("commands obeyed: 180 of 180, half within 1.9 ms"),
        "{alone}"
    );
    assert_ne!(
        last(&run("0.5")),
        alone,
        "what is lost is said again, and that takes its time"
    );

    let report = json(printed(&["run", "--demo", "light", "--set", "lights=20", "--report", "-"]).as_bytes());
    let responses = report["responses"].as_array().expect("responses");
    assert_eq!(responses[0]["command"], "key_1: power 1");
    assert_eq!(
        (&responses[0]["asked"], &responses[0]["answered"]),
        (&20.into(), &20.into())
    );
    let half = responses[0]["median_us"].as_u64().expect("a time");
    assert!(responses[0]["last_us"].as_u64() >= Some(half) && half > 0);
    let hello = json(printed(&["run", "--demo", "hello", "--report", "-"]).as_bytes());
    assert!(hello.get("responses").is_none(), "nobody commands there");
}

#[test]
fn a_report_says_which_lines_it_leaves_out() {
    let folder = Folder::new();
    let scenario = folder.write(
        "s.toml",
        "version = 1\n[[board]]\nname = \"beacon\"\napp = \"beacon\"\n[[board]]\nname = \"sink\"\napp = \"stream-sink\"\n",
    );
    let page = folder.path("page.html");
    let report =
        |length: &str| json(printed(&["run", &scenario, "--for", length, "--report", "-", "--html", &page]).as_bytes());
    // It prints a line a second.
    let short = report("900s");
    let lines = short["boards"][1]["console"].as_array().expect("lines").clone();
    assert!((890..=900).contains(&lines.len()), "{}", lines.len());
    assert!(short["boards"][1].get("console_left_out").is_none());
    let long = report("1800s");
    let kept = long["boards"][1]["console"].as_array().expect("lines");
    assert_eq!(kept.len(), 1_000);
    assert_eq!(kept[..200], lines[..200]);
    let left_out = &long["boards"][1]["console_left_out"];
    assert_eq!(left_out["after"], 200);
    let all = 1_000 + left_out["lines"].as_u64().expect("a number");
    assert!((1_790..=1_800).contains(&all), "{all}");
    let page = String::from_utf8(read(&page)).expect("text");
    assert!(
        page.contains("The last 200 of 1\u{202f}7"),
        "the page counts all of them"
    );
}
