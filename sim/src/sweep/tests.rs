use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use proptest::prelude::*;

use super::*;
use crate::demo::Demo;
use crate::kernel::Span;

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

fn run(sweep: &Sweep, out: &Path) -> Done {
    let format = Format::of(out).expect("a known name");
    sweep.run(out, format, &mut |_, _| {}).expect("it runs")
}

#[test]
fn threads_and_shards_make_the_same_octets() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| folder.path().join(name);
    assert_eq!(
        run(&sweep(1, Shard::WHOLE), &path("one.csv")),
        Done { rows: 12, resumed: 0 }
    );
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
    let mut journal = Journal::open(&out, &wanted.fingerprint()).expect("new");
    for number in [7, 2] {
        let (point, seed) = wanted.task(number);
        journal
            .append(
                number,
                &wanted
                    .subject
                    .run(&point, seed, &AtomicBool::new(false))
                    .expect("it runs")
                    .expect("to its end"),
            )
            .expect("room");
    }
    drop(journal);
    let path = folder.path().join("a.csv.journal");
    let mut cut = fs::read(&path).expect("a journal");
    cut.extend(b"3,0,11M,");
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
    assert_eq!(run(&wanted, &out), Done { rows: 12, resumed: 2 });
    assert!(fs::read(&out).expect("a file") == whole);
    assert!(!path.exists());
    let error = wanted
        .run(&out, Format::Csv, &mut |_, _| {})
        .expect_err("done")
        .to_string();
    assert!(error.contains("is there already"), "{error}");
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
