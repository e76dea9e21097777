//! The report as a page: what it holds, and how it looks in a browser.
//!
//! `UPDATE_SCREENSHOT=1` writes the reference picture anew: look at it before it is committed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod likeness;
mod sample;

use std::path::{Path, PathBuf};

use browser::Browser;
use datasets::report::{Document, Failure, page};
use vision::SizePx;

const SECTIONS: [&str; 10] = [
    "detection",
    "tracking",
    "plates",
    "faces",
    "events",
    "robustness",
    "breakdown",
    "gallery",
    "speed",
    "reading",
];
const HOSTILE: &str = "<script>console.error('here')</script><img src=https://example.org/x onerror=x>\"'&";

#[test]
fn every_section_has_its_place_and_the_same_run_gives_the_same_bytes() {
    let (document, exhibits) = (sample::document(), sample::exhibits());
    let html = page(&document, &exhibits);
    for section in SECTIONS {
        assert_eq!(html.matches(&format!("<details class=\"section\" id=\"{section}\" open>")).count(), 1);
        assert!(html.contains(&format!("<a href=\"#{section}\">")), "no link to {section}");
    }
    assert!(!html.contains("NaN") && !html.contains("inf"), "a number that is none");
    assert_eq!(html, page(&document, &exhibits));
}

#[test]
fn what_there_is_nothing_of_is_left_out() {
    let mut document = sample::document();
    document.units.retain(|unit| unit.item == "plates");
    document.units.iter_mut().for_each(|unit| unit.tags.clear());
    document.options.degradations.clear();
    (document.speed, document.machine) = (None, None);
    document.failed.clear();
    let html = page(&document, &[]);
    let has = |section: &str| html.contains(&format!("id=\"{section}\" open"));
    let left: Vec<&str> = SECTIONS.into_iter().filter(|section| has(section)).collect();
    assert_eq!(left, ["plates", "breakdown", "reading"]);
    assert!(!html.contains("class=\"failed\""));

    document.units.clear();
    let html = page(&document, &[]);
    assert!(html.contains("No item of this run has a score."));
}

#[test]
fn text_from_outside_stays_text() {
    let html = page(&hostile(), &sample::exhibits());
    assert!(!html.contains("<script") && !html.contains("<img src=https"));
    // As a tag, an item, a model, a class and a reason why an item failed.
    let escaped = "&lt;script&gt;console.error(&#39;here&#39;)&lt;/script&gt;";
    assert!(5 < html.matches(escaped).count());
}

#[test]
fn the_browser_loads_nothing_and_has_nothing_to_complain_about() {
    let test = "the_browser_loads_nothing_and_has_nothing_to_complain_about";
    let Some(browser) = Browser::find(test) else { return };
    let (dom, log) = browser.dom(&page(&hostile(), &sample::exhibits()));
    assert!(dom.contains("default-src 'none'"));
    for section in SECTIONS {
        assert!(dom.contains(&format!("id=\"{section}\"")), "no section {section}");
    }
    let (tags, pictures) = (tags(&dom), dom.matches("<img ").count());
    assert_eq!(dom.matches("src=\"data:image/jpeg;base64,").count(), pictures);
    for tag in tags {
        let loads = ["<script", "<link", "<iframe", "<object", "<embed", "http:", "https:", "url("];
        // Text from outside may say so in a quoted attribute, where it is harmless.
        let harmless = tag.starts_with("<div class=\"scroll\"") || tag.starts_with("<img src=\"data:");
        assert!(harmless || !loads.iter().any(|load| tag.contains(load)), "{tag}");
    }
    assert!(!log.contains("CONSOLE"), "{log}");

    // The log does tell: without a policy, a page with a script says what it does.
    let (_, log) = browser.dom("<!DOCTYPE html><title>t</title><script>console.error('here')</script>");
    assert!(log.contains("CONSOLE"), "{log}");
}

#[test]
fn the_page_looks_as_it_did() {
    let Some(browser) = Browser::find("the_page_looks_as_it_did") else { return };
    let size = SizePx::new(1280, 10_624);
    let html = page(&sample::document(), &sample::exhibits());
    // The reference has the fonts of a plain Debian; a machine may prefer others.
    let html = html.replace("system-ui", "'DejaVu Sans'").replace("ui-monospace", "'DejaVu Sans Mono'");
    let shot = browser.screenshot(&html, size);
    assert_eq!(shot.size(), size);
    // A quarter is enough to look at, and small enough to keep.
    let shot = likeness::shrunk(&shot, 4);
    if std::env::var_os("UPDATE_SCREENSHOT").is_some() {
        std::fs::write(expected(), shot.to_jpeg(70).unwrap()).unwrap();
    }
    let expected = likeness::shrunk(&browser::read(&expected()), 2);
    let shot = likeness::shrunk(&shot, 2);
    let difference = likeness::worst_tile(&shot, &expected);
    eprintln!("largest difference of a tile: {difference:.2}");
    assert!(difference < LIKE, "the page looks different: {difference:.1}, at most {LIKE}");

    // The bound tells a page that lacks something, wherever it stood.
    for top in (0..1200).step_by(50) {
        let difference = likeness::worst_tile(&likeness::without_rows(&shot, top, 30), &expected);
        assert!(LIKE < difference, "rows {top} to {} missing: {difference:.2}", top + 30);
    }
}

/// Difference of a tile up to which two pictures show the same page.
const LIKE: f64 = 6.0;

fn expected() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page/expected.jpg")
}

/// The sample with names that would be markup.
fn hostile() -> Document {
    let mut document = sample::document();
    for unit in &mut document.units {
        unit.tags.push(HOSTILE.to_owned());
        if unit.item == "yard" {
            unit.item = HOSTILE.to_owned();
            unit.model = HOSTILE.to_owned();
        }
        let classes = unit.detect.iter_mut().flat_map(|picture| &mut picture.classes);
        classes.filter(|class| class.class == "bus").for_each(|class| class.class = HOSTILE.to_owned());
    }
    document.models[0].id = HOSTILE.to_owned();
    document.dataset.id = HOSTILE.to_owned();
    document.failed.push(Failure {
        job: None,
        item: HOSTILE.to_owned(),
        model: Some(HOSTILE.to_owned()),
        degradation: None,
        reason: HOSTILE.to_owned(),
    });
    document
}

/// Every tag of `html` with its attributes, as a parser of well-formed HTML sees them.
fn tags(html: &str) -> Vec<&str> {
    let body = html.split_once("</style>").map_or(html, |(_, body)| body);
    body.match_indices('<')
        .map(|(start, _)| &body[start..])
        .map(|rest| rest.find('>').map_or(rest, |end| &rest[..end]))
        .collect()
}
