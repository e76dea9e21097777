use super::Origin;

/// Told how a pull goes on, on the pulling thread.
pub trait Progress {
    /// Another process pulls `file` right now, and this pull waits for it.
    fn waiting(&mut self, file: &str);

    /// A transfer of `file` with `bytes` in all begins, from the mirror or the public place.
    fn begin(&mut self, file: &str, from: Origin, bytes: u64);

    /// `done` bytes lie in the store's temporary file now; falls back to 0 when a transfer starts again.
    fn advance(&mut self, done: u64);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn waiting(&mut self, _file: &str) {}
    fn begin(&mut self, _file: &str, _from: Origin, _bytes: u64) {}
    fn advance(&mut self, _done: u64) {}
}
