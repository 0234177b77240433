//! Sweeps as a shell sees them, killed ones among them.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::shell::{Folder, printed, read, refusal, sim};

#[test]
fn a_killed_sweep_goes_on_where_it_was() {
    let folder = Folder::new();
    let sweep = |out: &str| {
        let line = "sweep --demo pair --for 300ms --set loss=0,0.2 --set distance=10..30/10 --seeds 10 --jobs 1 --out";
        line.split(' ')
            .map(str::to_owned)
            .chain([out.to_owned()])
            .collect::<Vec<_>>()
    };
    let (whole, killed) = (folder.path("whole.csv"), folder.path("killed.csv"));
    let words: Vec<String> = sweep(&whole);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(printed(&words), format!("60 rows in {whole}\n"));

    let words = sweep(&killed);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut child = sim(&words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let journal = format!("{killed}.journal");
    let deadline = Instant::now() + Duration::from_secs(60);
    let rows = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count().saturating_sub(1));
    while rows() < 3 {
        assert!(Instant::now() < deadline, "no patience left");
        thread::yield_now();
    }
    child.kill().expect("it goes on");
    child.wait().expect("it ends");
    let before = rows();
    assert!(
        before < 60 && !fs::exists(&killed).expect("it can be told"),
        "killed too late"
    );
    let text = printed(&words);
    assert!(
        text.starts_with(&format!("60 rows in {killed}, ")) && text.ends_with(" of them from before\n"),
        "{text}"
    );
    assert!(read(&killed) == read(&whole));
    assert!(!fs::exists(&journal).expect("it can be told"));
}

#[test]
fn a_scenario_can_be_swept() {
    let folder = Folder::new();
    let scenario = folder.write(
        "hello.toml",
        "version = 1\n[air]\nloss = 0.1\n[[board]]\nname = \"sender\"\napp = \"hello-sender\"\n\
         arguments = { peer = \"receiver\" }\n[[board]]\nname = \"receiver\"\napp = \"hello-receiver\"\n\
         [[expect]]\nboard = \"receiver\"\npixel = { index = 0, colour = \"green\" }\nby = \"2s\"\n",
    );
    let out = folder.path("out.csv");
    printed(&[
        "sweep",
        &scenario,
        "--set",
        "air.loss=0,1",
        "--seeds",
        "2..3",
        "--out",
        &out,
    ]);
    let text = String::from_utf8(read(&out)).expect("text");
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("row,air.loss,seed,"), "{text}");
    assert_eq!(lines.len(), 5);
    // One expectation, met without loss and not met where nothing arrives.
    assert!(lines[1].starts_with("0,0,2,") && lines[1].ends_with(",1,1,"), "{text}");
    assert!(lines[4].starts_with("3,1,3,") && lines[4].ends_with(",1,0,"), "{text}");
    let refused = refusal(&[
        "sweep",
        &scenario,
        "--set",
        "air.lss=0,1",
        "--out",
        &folder.path("b.csv"),
    ]);
    assert!(refused.contains("lss"), "{refused}");
}

#[test]
fn mistakes_are_one_line() {
    let folder = Folder::new();
    let out = folder.path("a.csv");
    for (words, told) in [
        (&["--set", "loss=0..0.5"][..], "FIRST..LAST/STEP"),
        (&["--set", "loss=2"], "a probability is from 0 to 1"),
        (&["--set", "losss=0"], "has no parameter"),
        (&["--set", "loss=0", "--set", "loss=1"], "given twice"),
        (
            &["--set", "loss=0.2,0.3", "--loss", "0.1"],
            "--loss and --set loss=… set the same",
        ),
        (&["--unconfined"], "a demo runs none"),
        (&["--merge", "a.csv"], "cannot be used with"),
        (&["--seeds", "0"], "write how many"),
        (&["--shard", "5/4"], "a shard is I/N"),
        (&["--set", "distance=1..100", "--seeds", "100000000"], "too many"),
    ] {
        let refused = refusal(&[&["sweep", "--demo", "pair", "--out", &out], words].concat());
        assert!(refused.contains(told), "{refused}");
    }
    assert!(refusal(&["sweep", "--demo", "pair", "--out", &folder.path("a.txt")]).contains(".csv or .parquet"));
    assert!(refusal(&["sweep", "--out", &out]).contains("required"));
    assert!(refusal(&["sweep", "--merge", &folder.path("none.csv"), "--out", &out]).contains("can't read"));
    assert!(refusal(&["sweep", "--merge", &folder.path("."), "--out", &out]).contains("this is a folder, not a file"));
    assert!(refusal(&["sweep", &folder.path("."), "--out", &out]).contains("this is a folder, not a file"));
    assert!(!fs::exists(&out).expect("it can be told"));
}

#[test]
fn where_nothing_can_be_written_nothing_is_run() {
    let folder = Folder::new();
    let part = folder.write("part.csv", "row,seed\n0,1\n");
    let out = folder.path("none/a.csv");
    for what in [&["--demo", "pair"][..], &["--merge", &part]] {
        let refused = refusal(&[&["sweep", "--out", &out], what].concat());
        assert!(refused.contains(&format!("can't write {out}: ")), "{refused}");
    }
    fs::create_dir(folder.path("b.csv.journal")).expect("room");
    let refused = refusal(&["sweep", "--demo", "pair", "--out", &folder.path("b.csv")]);
    assert!(refused.contains("b.csv.journal: this is a folder"), "{refused}");
}

#[test]
fn a_parameter_that_is_called_as_a_column_is_has_a_name_of_its_own() {
    let folder = Folder::new();
    let scenario = folder.write(
        "s.toml",
        "version = 1\nduration = \"10ms\"\n[parameters]\nDelivery = 1\nseed = 1\nmine = 1\n\
         [[board]]\nname = \"a-{n}\"\ncount = \"$Delivery\"\nplace = [\"$seed\", \"$mine\"]\n",
    );
    let demo = ["--demo", "field", "--for", "1ms", "--set", "boards=5,6"];
    let file = [
        &*scenario,
        "--set",
        "Delivery=1,2",
        "--set",
        "seed=1,2",
        "--set",
        "mine=1,2",
    ];
    for (number, (what, names)) in [
        (&demo[..], "row,set.boards,seed,virtual_seconds,boards,"),
        (&file, "row,set.Delivery,set.seed,mine,seed,"),
    ]
    .into_iter()
    .enumerate()
    {
        let out = folder.path(&format!("{number}.csv"));
        printed(&[&["sweep", "--out", &out], what].concat());
        let text = String::from_utf8(read(&out)).expect("text");
        assert!(text.starts_with(names), "{text}");
        let merged = folder.path(&format!("{number}.parquet"));
        printed(&["sweep", "--merge", &out, "--out", &merged]);
    }
}

#[test]
fn shards_are_not_overwritten_by_what_they_are_put_together_to() {
    let folder = Folder::new();
    let part = folder.path("part.csv");
    printed(&[
        "sweep", "--demo", "pair", "--for", "1ms", "--shard", "1/1", "--out", &part,
    ]);
    let before = read(&part);
    let line = refusal(&["sweep", "--merge", &part, "--out", &part]);
    assert!(line.contains("would overwrite a file that is read"), "{line}");
    assert!(read(&part) == before);
}

#[test]
fn rows_are_not_written_into_a_board() {
    let folder = Folder::new();
    fs::create_dir(folder.path("board")).expect("room");
    folder.write("board/main.py", "print('x')\n");
    let scenario = folder.write(
        "s.toml",
        "version = 1\nduration = \"1s\"\n[[board]]\nname = \"a\"\nscript = \"board\"\n",
    );
    let line = refusal(&["sweep", &scenario, "--out", &folder.path("board/rows.csv")]);
    assert!(line.contains("which is read"), "{line}");
}
