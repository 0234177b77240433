//! The published schema is that of the types.

use std::path::Path;

use sim::scenario::schema::schema;

/// Set to anything, the file is written anew: `SIM_WRITE_SCHEMA=1 cargo test -p sim --test scenario schema`.
const WRITE: &str = "SIM_WRITE_SCHEMA";

#[test]
fn the_published_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scenario.schema.json");
    let current = format!("{:#}\n", schema());
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &current).expect("room");
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == current,
        "{} is not what the types say: {WRITE}=1 cargo test -p sim --test scenario schema",
        path.display()
    );
}

#[test]
fn every_key_is_explained_and_takes_a_parameter() {
    let schema = schema();
    for key in ["air", "board", "link", "event", "expect", "parameters"] {
        let explained = schema.pointer(&format!("/properties/{key}/description"));
        assert!(explained.is_some_and(serde_json::Value::is_string), "{key}");
    }
    let count = schema
        .pointer("/$defs/Board/properties/count/anyOf")
        .expect("a number or a parameter");
    assert!(count.to_string().contains("a parameter"), "{count}");
    let apps = schema.pointer("/$defs/Board/properties/app").expect("an app");
    assert!(apps.to_string().contains("\"beacon\""), "{apps}");
}
