//! A scenario's file.

use sim::scenario::Scenario;

/// The octets are a scenario's text. A complaint is about something; what is accepted can be written down, and what was written is accepted.
pub fn scenario(octets: &[u8]) {
    let Ok(text) = str::from_utf8(octets) else { return };
    match Scenario::parse("it.toml", text) {
        Err(error) => {
            assert!(
                !error.message().is_empty() && error.to_string().starts_with("it.toml"),
                "{error}"
            );
        }
        Ok(scenario) => {
            let names = scenario.board_names().expect("it was checked");
            assert!(names.len() <= 1_000_000);
            let Ok(written) = scenario.to_toml() else { return };
            if let Err(error) = Scenario::parse("it.toml", &written) {
                panic!("{error} in\n{written}");
            }
        }
    }
}
