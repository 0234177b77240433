//! The page in a browser without a window: its script runs and complains of nothing.
//!
//! Where there is no Chromium the test says so and passes: the page's figures are checked without one elsewhere.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn browser() -> Option<&'static str> {
    BROWSERS.into_iter().find(|name| {
        let version = Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    })
}

/// What the document is when its scripts have run, and what was written to its console.
fn open(browser: &str, page: &Path, folder: &Path) -> (String, String) {
    let output = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("it starts");
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn scripts_run_and_complain_of_nothing() {
    let Some(browser) = browser() else {
        eprintln!("skipped: none of {} is here", BROWSERS.join(", "));
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let page = folder.path().join("run.html");
    let status = Command::new(env!("CARGO_BIN_EXE_sim"))
        .args([
            "run",
            "--headless",
            "--demo",
            "hello-unicast",
            "--loss",
            "0.3",
            "--html",
        ])
        .arg(&page)
        .stdout(Stdio::null())
        .status()
        .expect("it starts");
    assert!(status.success());
    let (document, complaints) = open(browser, &page, folder.path());
    assert!(!complaints.contains("CONSOLE"), "{complaints}");
    // The script shows what it can draw, and sets the canvas's height to that of two lanes.
    assert!(document.contains("<div id=\"zoom\">"), "{document}");
    assert!(document.contains("style=\"height: 70px;\""), "{document}");

    let text = fs::read_to_string(&page).expect("a page");
    let broken = text.replace("\"use strict\";", "\"use strict\"; throw new Error(\"broken\");");
    fs::write(&page, broken).expect("room");
    let (_, complaints) = open(browser, &page, folder.path());
    assert!(
        complaints.contains("CONSOLE") && complaints.contains("broken"),
        "the test can fail: {complaints}"
    );
}
