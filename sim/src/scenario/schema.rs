//! The JSON schema of scenario files.
//!
//! Editors that know TOML (taplo, Even Better TOML) complete and check with it. Point them there with a first line
//! `#:schema scenario.schema.json`.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, json_schema};
use serde_json::Value;

use super::{App, Scenario};

/// The schema, as the file `scenario.schema.json` has it.
#[must_use]
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Scenario>();
    schema.insert("title".to_owned(), "A scenario of the ESP-NOW simulator".into());
    OrParameter.transform(&mut schema);
    let mut schema = schema.to_value();
    let names: Vec<_> = App::ALL.iter().map(|app| app.name.into()).collect();
    if let Some(app) = schema.pointer_mut("/$defs/Board/properties/app/anyOf/0").or(None) {
        app["enum"] = Value::Array(names);
    } else if let Some(app) = schema.pointer_mut("/$defs/Board/properties/app") {
        *app = serde_json::json!({
            "description": app["description"],
            "anyOf": [{ "enum": names }, PARAMETER.clone()],
        });
    }
    schema
}

static PARAMETER: std::sync::LazyLock<Value> = std::sync::LazyLock::new(
    || serde_json::json!({ "type": "string", "pattern": r"^\$[^$]", "description": "a parameter: \"$name\"" }),
);

/// A value may be a parameter's.
struct OrParameter;

impl Transform for OrParameter {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object() else { return };
        let is_scalar = |kind: &str| matches!(kind, "integer" | "number" | "boolean");
        let scalar = match object.get("type") {
            Some(Value::String(kind)) => is_scalar(kind),
            Some(Value::Array(kinds)) => {
                kinds.iter().filter_map(Value::as_str).any(is_scalar) && !kinds.contains(&"array".into())
            }
            _ => false,
        };
        let closed_text = object.contains_key("pattern") && object.get("type") == Some(&"string".into());
        if !(scalar || closed_text) || object.get("pattern") == PARAMETER.get("pattern") {
            return;
        }
        let mut value = schema.clone();
        let description = value.remove("description");
        let parameter = PARAMETER.clone();
        *schema = json_schema!({ "anyOf": [value, parameter] });
        if let Some(description) = description {
            schema.insert("description".to_owned(), description);
        }
    }
}
