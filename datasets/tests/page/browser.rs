//! The page in a real browser without a window.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;
use vision::{Picture, PictureLimits, SizePx};

/// A browser that must not reach anything, for pages in a folder of their own.
pub(crate) struct Browser {
    folder: TempDir,
}

impl Browser {
    /// `None` means: there is no browser, return from the test.
    ///
    /// # Panics
    /// When there is none and `CI` is `true`.
    pub(crate) fn find(test: &str) -> Option<Self> {
        let found =
            Command::new("chromium").arg("--version").output().is_ok_and(|output| output.status.success());
        if !found {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: needs chromium");
            eprintln!("SKIPPED: {test}: needs chromium");
            return None;
        }
        Some(Self { folder: tempfile::tempdir().unwrap() })
    }

    /// How `html` looks in a window of `size`.
    pub(crate) fn screenshot(&self, html: &str, size: SizePx) -> Picture {
        let file = self.folder.path().join("page.png");
        let window = format!("--window-size={},{}", size.width, size.height);
        let screenshot = format!("--screenshot={}", file.display());
        self.run(html, &[&window, &screenshot]);
        read(&file)
    }

    /// The document that the browser makes of `html`, and what it logs meanwhile.
    pub(crate) fn dom(&self, html: &str) -> (String, String) {
        let output = self.run(html, &["--dump-dom", "--enable-logging=stderr", "--v=0"]);
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn run(&self, html: &str, arguments: &[&str]) -> Output {
        let page = self.folder.path().join("page.html");
        std::fs::write(&page, html).unwrap();
        let profile = tempfile::tempdir_in(self.folder.path()).unwrap();
        let output = Command::new("timeout")
            .args(["--kill-after=5", "120", "chromium", "--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-quic", "--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync", "--hide-scrollbars"])
            // Text is drawn alike whatever the screen would be.
            .args(["--force-device-scale-factor=1", "--disable-lcd-text", "--font-render-hinting=none"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(arguments)
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {log}", output.status);
        output
    }
}

/// The picture in `file`.
pub(crate) fn read(file: &Path) -> Picture {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let limits = PictureLimits { size: SizePx::new(16_384, 16_384), pixels: 1 << 27 };
    Picture::decode(&bytes, limits).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
