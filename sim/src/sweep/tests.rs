use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use proptest::prelude::*;

use super::*;
use crate::demo::Demo;
use crate::kernel::Span;
use crate::scenario::Runtime;

fn axis(text: &str) -> Axis {
    text.parse().expect(text)
}

fn values(text: &str) -> Vec<String> {
    axis(text).values().to_vec()
}

#[test]
fn values_are_lists_and_ranges() {
    assert_eq!(values("boards=10,20,50"), ["10", "20", "50"]);
    assert_eq!(values("mode = strong"), ["strong"]);
    assert_eq!(values("loss=0..0.3/0.1"), ["0", "0.1", "0.2", "0.3"]);
    assert_eq!(values("x=-1..1/0.5"), ["-1", "-0.5", "0", "0.5", "1"]);
    assert_eq!(values("n=1..4"), ["1", "2", "3", "4"]);
    assert_eq!(values("n=1..4/2,9"), ["1", "3", "9"]);
    assert_eq!(values("period=10ms..30ms/10ms"), ["10ms", "20ms", "30ms"]);
    assert_eq!(values("loss=0..20%/10%"), ["0%", "10%", "20%"]);
}

#[test]
fn what_are_no_values_is_told() {
    let cases = [
        ("loss", "write KEY=VALUES"),
        ("=1", "write KEY=VALUES"),
        ("loss=", "empty value"),
        ("loss=1,,2", "empty value"),
        ("loss=0..0.5", "FIRST..LAST/STEP"),
        ("loss=0..x/1", "FIRST..LAST/STEP"),
        ("t=1ms..5s/1ms", "with the same unit"),
        ("loss=0.5..0/0.1", "FIRST is above LAST"),
        ("loss=0..1/0", "STEP is not above 0"),
        ("loss=0..1/-0.1", "STEP is not above 0"),
        ("n=0..1000000000", "more than"),
        ("n=1,2,1", "1 is given twice"),
        ("n=1..3,2", "2 is given twice"),
    ];
    for (text, words) in cases {
        let error = text.parse::<Axis>().expect_err(text).to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{text}: {error}");
    }
    let error = Grid::new(vec![axis("n=1"), axis("n=2")]).expect_err("twice");
    assert_eq!(error.to_string(), "n: the parameter is given twice");
}

#[test]
fn the_last_parameter_changes_fastest() {
    let grid = Grid::new(vec![axis("a=1,2"), axis("b=x,y,z")]).expect("two");
    let points: Vec<_> = (0..grid.len()).map(|number| grid.point(number)).collect();
    assert_eq!(points.len(), 6);
    assert_eq!(points[1], [("a", "1"), ("b", "y")]);
    assert_eq!(points[3], [("a", "2"), ("b", "x")]);
    assert_eq!(Grid::default().point(0), []);
}

#[test]
fn shards_are_read() {
    assert_eq!(
        "3/16".parse::<Shard>().map(|shard| shard.to_string()),
        Ok("3/16".to_owned())
    );
    for text in ["0/4", "5/4", "1", "/", "a/b", "1/0"] {
        assert_eq!(text.parse::<Shard>(), Err(ParseShardError), "{text}");
    }
}

/// Four combinations, three seeds each, some milliseconds of virtual time.
fn sweep(jobs: usize, shard: Shard) -> Sweep {
    Sweep {
        subject: Subject::Demo {
            demo: Demo::named("pair").expect("a demo"),
            links: LinkSettings::default(),
            length: Some(Span::from_micros(20_000)),
            interferers: Vec::new(),
        },
        grid: Grid::new(vec![axis("loss=0,0.5"), axis("rate=1M,11M")]).expect("two"),
        seeds: "1..3".parse().expect("seeds"),
        shard,
        jobs: NonZeroUsize::new(jobs).expect("some"),
    }
}

fn done(rows: u64, resumed: u64) -> Done {
    Done {
        rows,
        resumed,
        changed: Vec::new(),
    }
}

fn run(sweep: &Sweep, out: &Path) -> Done {
    let format = Format::of(out).expect("a known name");
    sweep.run(out, format, &mut |_, _| {}).expect("it runs")
}

#[test]
fn threads_and_shards_make_the_same_octets() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| folder.path().join(name);
    assert_eq!(run(&sweep(1, Shard::WHOLE), &path("one.csv")), done(12, 0));
    run(&sweep(3, Shard::WHOLE), &path("three.csv"));
    let one = fs::read_to_string(path("one.csv")).expect("a file");
    assert_eq!(one, fs::read_to_string(path("three.csv")).expect("a file"));
    let lines: Vec<_> = one.lines().collect();
    assert!(
        lines[0].starts_with("row,loss,rate,seed,virtual_seconds,boards,"),
        "{one}"
    );
    assert!(lines[1].starts_with("0,0,1M,1,0.02,2,"), "{one}");
    assert!(lines[12].starts_with("11,0.5,11M,3,0.02,2,"), "{one}");
    assert_eq!(lines.len(), 13);

    let shards: Vec<_> = (1..=5).map(|index| path(&format!("{index}.csv"))).collect();
    for (index, shard) in (1..).zip(&shards) {
        run(&sweep(2, format!("{index}/5").parse().expect("a shard")), shard);
    }
    assert_eq!(merge(&shards, &path("merged.csv"), Format::Csv).expect("all"), 12);
    assert_eq!(one, fs::read_to_string(path("merged.csv")).expect("a file"));
    let error = |files: &[PathBuf]| {
        merge(files, &path("none.csv"), Format::Csv)
            .expect_err("refused")
            .to_string()
    };
    assert_eq!(error(&shards[1..]), "row 0 is in none of the files: a shard is missing");
    assert_eq!(
        error(&[shards[0].clone(), shards[0].clone()]),
        "row 0 is in two of the files: give each shard once"
    );
    fs::write(path("other.csv"), "a,b\n1,2\n").expect("room");
    assert!(error(&[path("other.csv")]).contains("is no shard of a sweep"));

    run(&sweep(2, Shard::WHOLE), &path("whole.parquet"));
    merge(&shards, &path("merged.parquet"), Format::Parquet).expect("all");
    let octets = fs::read(path("whole.parquet")).expect("a file");
    assert!(octets == fs::read(path("merged.parquet")).expect("a file"));
}

#[test]
fn parquet_says_what_csv_says() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (text, table) = (folder.path().join("a.csv"), folder.path().join("a.parquet"));
    run(&sweep(2, Shard::WHOLE), &text);
    run(&sweep(2, Shard::WHOLE), &table);
    let text = fs::read_to_string(text).expect("a file");
    let mut lines = text.lines();
    let names: Vec<_> = lines.next().expect("names").split(',').collect();
    let reader = SerializedFileReader::new(fs::File::open(table).expect("a file")).expect("Parquet");
    let rows: Vec<_> = reader
        .get_row_iter(None)
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect();
    assert_eq!(rows.len(), 12);
    for (row, line) in rows.iter().zip(lines) {
        let cells: Vec<_> = line.split(',').collect();
        for (place, (name, field)) in row.get_column_iter().enumerate() {
            assert_eq!(name, names[place]);
            let told = match field {
                parquet::record::Field::Null => String::new(),
                parquet::record::Field::Long(number) => number.to_string(),
                parquet::record::Field::Double(number) => number.to_string(),
                parquet::record::Field::Str(text) => text.clone(),
                other => panic!("{other}"),
            };
            assert_eq!(told, cells[place], "{name}");
        }
    }
}

#[test]
fn a_journal_is_gone_on_with() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let out = folder.path().join("a.csv");
    run(&sweep(1, Shard::WHOLE), &out);
    let whole = fs::read(&out).expect("a file");
    fs::remove_file(&out).expect("it is there");
    // Rows 7 and 2 were done, and a part of another.
    let wanted = sweep(1, Shard::WHOLE);
    let mut journal = Journal::open(
        &out,
        &wanted.identity(&Snapshot::default(), None).expect("it can be read"),
    )
    .expect("new");
    for number in [7, 2] {
        let (point, seed) = wanted.task(number);
        journal
            .append(
                number,
                &wanted
                    .subject
                    .run(&point, seed, &Arc::default(), &AtomicBool::new(false))
                    .expect("it runs")
                    .expect("to its end"),
            )
            .expect("room");
    }
    drop(journal);
    let path = folder.path().join("a.csv.journal");
    let mut cut = fs::read(&path).expect("a journal");
    cut.extend(b"00000000 [\"3\",\"0\",\"11M\",");
    fs::write(&path, &cut).expect("room");

    let other = Sweep {
        seeds: "1..4".parse().expect("seeds"),
        ..wanted.clone()
    };
    let error = other
        .run(&out, Format::Csv, &mut |_, _| {})
        .expect_err("another sweep's")
        .to_string();
    assert!(
        error.contains("was left by another sweep (seeds: 1..3, not 1..4)"),
        "{error}"
    );
    assert_eq!(run(&wanted, &out), done(12, 2));
    assert!(fs::read(&out).expect("a file") == whole);
    assert!(!path.exists());
    let error = wanted
        .run(&out, Format::Csv, &mut |_, _| {})
        .expect_err("done")
        .to_string();
    assert!(error.contains("is there already"), "{error}");
}

/// A sweep of a scenario, with a row of it in its journal.
fn begun(folder: &Path) -> (Sweep, PathBuf) {
    let path = folder.join("s.toml");
    fs::write(
        &path,
        "version = 1\nduration = \"1s\"\n[[board]]\nname = \"a\"\napp = \"beacon\"\n",
    )
    .expect("room");
    let sweep = Sweep {
        subject: Subject::File {
            path: path.clone(),
            runtime: Runtime::default(),
        },
        grid: Grid::default(),
        ..sweep(1, Shard::WHOLE)
    };
    let out = folder.join("a.csv");
    let snapshot = Arc::new(Snapshot::of([&*path]).expect("room"));
    let identity = sweep.identity(&snapshot, None).expect("it can be read");
    let mut journal = Journal::open(&out, &identity).expect("new");
    let (point, seed) = sweep.task(1);
    let row = sweep
        .subject
        .run(&point, seed, &Arc::default(), &AtomicBool::new(false))
        .expect("it runs");
    journal.append(1, &row.expect("nobody says stop")).expect("room");
    (sweep, out)
}

fn refused(sweep: &Sweep, out: &Path) -> String {
    let error = sweep
        .run(out, Format::Csv, &mut |_, _| {})
        .expect_err("refused")
        .to_string();
    assert!(!out.exists() && !error.contains('\n'), "{error}");
    error
}

#[test]
fn a_sweep_is_another_one_when_what_it_reads_changes() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (wanted, out) = begun(folder.path());
    let path = folder.path().join("s.toml");
    let before = fs::read_to_string(&path).expect("text");
    fs::write(&path, before.replace("1s", "2s")).expect("room");
    let error = refused(&wanted, &out);
    assert!(
        error.contains("s.toml has changed since): remove it, or give another --out"),
        "{error}"
    );
    fs::write(&path, &before).expect("room");
    assert_eq!(run(&wanted, &out), done(3, 1));
}

/// Another scenario in the place of the first one's, renamed, so that nobody reads half of it.
fn exchange(folder: &Path) {
    let new = folder.join("new");
    fs::write(
        &new,
        "version = 1\nduration = \"2s\"\n[[board]]\nname = \"a\"\napp = \"beacon\"\n",
    )
    .expect("room");
    fs::rename(&new, folder.join("s.toml")).expect("room");
}

#[test]
fn a_sweeps_rows_are_of_its_files_as_they_were_when_it_began() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (wanted, out) = begun(folder.path());
    let path = folder.path().join("s.toml");
    let before = fs::read(&path).expect("text");
    assert_eq!(run(&wanted, &folder.path().join("whole.csv")), done(3, 0));
    let whole = fs::read(folder.path().join("whole.csv")).expect("a file");

    // To its end, all rows but the first after the change.
    let changed = wanted
        .run(&out, Format::Csv, &mut |_, _| exchange(folder.path()))
        .expect("it runs");
    assert_eq!((changed.rows, changed.changed), (3, vec![path.clone()]));
    assert!(fs::read(&out).expect("a file") == whole);
    fs::remove_file(&out).expect("it is there");

    // Stopped after the change, and gone on with.
    fs::write(&path, &before).expect("room");
    begun(folder.path());
    let error = wanted
        .run_unless(&out, Format::Csv, &AtomicBool::new(true), &mut |_, _| {
            exchange(folder.path());
        })
        .expect_err("stopped")
        .to_string();
    let told =
        "stopped after 1 of 3 rows: the same command goes on from there, once what has changed since is what it was: ";
    assert!(error.starts_with(told) && error.ends_with("s.toml"), "{error}");
    assert!(refused(&wanted, &out).contains("s.toml has changed since"));
    fs::write(&path, &before).expect("room");
    assert_eq!(run(&wanted, &out), done(3, 1));
    assert!(fs::read(&out).expect("a file") == whole);
}

#[cfg(unix)]
#[test]
fn a_journal_that_has_no_end_is_not_read() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let out = folder.path().join("a.csv");
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("a.csv.journal")).expect("a link");
    let error = refused(&sweep(1, Shard::WHOLE), &out);
    assert!(error.contains("a.csv.journal: this is a device, not a file"), "{error}");
}

#[test]
fn a_merge_has_as_many_rows_as_a_file() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let shard = folder.path().join("a.csv");
    let rows = MOST_ROWS_A_FILE + 1;
    let lines: String = (0..rows).map(|row| format!("{row},1\n")).collect();
    fs::write(&shard, format!("row,seed\n{lines}")).expect("room");
    let error = merge(&[shard], &folder.path().join("b.csv"), Format::Csv).expect_err("too many");
    assert!(matches!(error, MergeError::TooMany), "{error}");
}

#[test]
fn damage_to_a_journal_is_noticed() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (wanted, out) = begun(folder.path());
    let path = folder.path().join("a.csv.journal");
    let whole = fs::read(&path).expect("a journal");
    let advice = "remove it to start anew, or give another --out";
    // A digit of the row's, one of the first line's, and what a torn disk leaves behind.
    let digit = |from: usize| whole.iter().skip(from).position(u8::is_ascii_digit).expect("a digit") + from;
    let row = whole.iter().position(|&octet| octet == b'\n').expect("two lines");
    for (at, line) in [(digit(row + 12), 2), (digit(10), 1)] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).expect("room");
        let error = refused(&wanted, &out);
        assert!(
            error.contains(&format!("is damaged in line {line}")) && error.contains(advice),
            "{error}"
        );
    }
    fs::write(&path, [&whole[..], b"\0\xff\xfe garbage\n"].concat()).expect("room");
    let error = refused(&wanted, &out);
    assert!(
        error.contains("is damaged in line 3") && error.contains(advice),
        "{error}"
    );
    // A hole takes no room.
    fs::write(&path, &whole).expect("room");
    let file = fs::File::options().write(true).open(&path).expect("a journal");
    file.set_len(65 << 20).expect("room");
    assert!(refused(&wanted, &out).contains("is damaged in line 3"));
    // A line that was cut has no end, whatever is in it.
    fs::write(&path, [&whole[..], b"\0\xff\xfe"].concat()).expect("room");
    assert_eq!(run(&wanted, &out), done(3, 1));
}

#[test]
fn shards_of_different_sweeps_make_no_whole() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| folder.path().join(name);
    let shard = |text: &str| text.parse::<Shard>().expect("a shard");
    for index in 1..=3 {
        run(&sweep(2, shard(&format!("{index}/3"))), &path(&format!("{index}.csv")));
    }
    let longer = Sweep {
        subject: Subject::Demo {
            demo: Demo::named("pair").expect("a demo"),
            links: LinkSettings::default(),
            length: Some(Span::from_micros(30_000)),
            interferers: Vec::new(),
        },
        ..sweep(2, shard("2/3"))
    };
    run(&longer, &path("longer.csv"));
    let error = |names: &[&str]| {
        let files: Vec<_> = names.iter().map(|name| path(name)).collect();
        merge(&files, &path("none.csv"), Format::Csv)
            .expect_err("refused")
            .to_string()
    };
    let told = error(&["1.csv", "longer.csv", "3.csv"]);
    assert!(told.contains("longer.csv is a part of another sweep than "), "{told}");
    // Another program's rows: the mark's second part says so.
    let text = fs::read_to_string(path("2.csv")).expect("a file");
    let mark = text
        .lines()
        .nth(1)
        .and_then(|line| line.rsplit(',').next())
        .expect("a mark");
    let mut parts: Vec<&str> = mark.split('-').collect();
    parts[1] = "0000000000000000";
    fs::write(path("older.csv"), text.replace(mark, &parts.join("-"))).expect("room");
    assert!(error(&["1.csv", "older.csv", "3.csv"]).contains("(sim itself is another)"));
    let unmarked: Vec<_> = text
        .lines()
        .map(|line| line.rsplit_once(',').map_or(line, |(rest, _)| rest))
        .collect();
    fs::write(path("unmarked.csv"), unmarked.join("\n")).expect("room");
    assert!(error(&["1.csv", "unmarked.csv", "3.csv"]).contains("has no column `sweep`"));
    // Nothing but its number says that the last row is missing.
    let one_row = Sweep {
        grid: Grid::default(),
        seeds: "1..2".parse().expect("seeds"),
        ..sweep(1, shard("1/2"))
    };
    run(&one_row, &path("first.csv"));
    assert_eq!(
        error(&["first.csv"]),
        "row 1 is in none of the files: a shard is missing"
    );
}

#[test]
fn what_cannot_be_run_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let out = folder.path().join("a.csv");
    for (text, words) in [
        ("distance=10,far", "distance=far: a number from"),
        ("distnace=10", "has no parameter"),
        ("loss=0,2", "loss=2: a probability is from 0 to 1"),
        ("latency=5", "latency=5: a time has a unit"),
    ] {
        let wrong = Sweep {
            grid: Grid::new(vec![axis(text)]).expect("one"),
            ..sweep(1, Shard::WHOLE)
        };
        let error = wrong
            .run(&out, Format::Csv, &mut |_, _| {})
            .expect_err(text)
            .to_string();
        assert!(error.contains(words), "{error}");
    }
    assert!(fs::read_dir(folder.path()).expect("a folder").next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_an_axis_or_none(text in "[a-z]{0,3}=?[-0-9.,/%msx]{0,20}") {
        if let Ok(axis) = text.parse::<Axis>() {
            prop_assert!(!axis.values().is_empty());
            // What was read is written as values that are read again.
            prop_assert_eq!(axis.to_string().parse(), Ok(axis));
        }
    }

    #[test]
    fn every_row_is_in_one_shard(number: u64, of in 1..100_u64) {
        let shards = (1..=of).filter_map(|index| format!("{index}/{of}").parse::<Shard>().ok());
        prop_assert_eq!(shards.filter(|shard| shard.has(number)).count(), 1);
    }
}
