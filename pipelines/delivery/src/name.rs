//! Names that go into topics, attributes and tables are checked once, here.

use crate::error::DeliveryError;

/// Longest name taken, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// Refuses what would change the meaning of an MQTT topic or a CloudEvents source: empty, longer than 128 bytes,
/// or with any character outside `A-Z a-z 0-9 . _ : -`.
pub(crate) fn check_name(what: &'static str, value: &str) -> Result<(), DeliveryError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    if !value.is_empty() && value.len() <= MAX_NAME_BYTES && value.chars().all(fits) {
        return Ok(());
    }
    Err(DeliveryError::Name {
        what,
        value: value.chars().take(MAX_NAME_BYTES).collect(),
        expected: "1 to 128 letters, digits, `.`, `_`, `:` or `-`",
    })
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn topic_separators_and_wildcards_are_refused() {
        for name in ["", "a/b", "a+", "#", "$SYS/x", "a b", "ä", "a\0", &"x".repeat(129)] {
            assert!(check_name("box id", name).is_err(), "{name:?} was taken");
        }
        for name in ["box-1", "site.north", "Ab_9", "a:b", &"x".repeat(128)] {
            assert!(check_name("box id", name).is_ok(), "{name:?} was refused");
        }
    }
}
