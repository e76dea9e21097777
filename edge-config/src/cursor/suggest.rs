/// Longer keys are not compared: the cost grows with the square of the length.
const MAX_LEN: usize = 64;

/// The one of `known` that `written` was probably meant to be.
pub(crate) fn did_you_mean<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if MAX_LEN < written.len() {
        return None;
    }
    let distance = |known: &str| strsim::damerau_levenshtein(&written.to_ascii_lowercase(), known);
    let (distance, nearest) = known.into_iter().map(|known| (distance(known), known)).min()?;
    // One slip in short words, one in three letters of longer ones.
    (distance <= (written.chars().count().max(nearest.len()) / 3).max(1)).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = ["id", "url", "data-dir", "max-rate-hz"];
        assert_eq!(did_you_mean("ur", known), Some("url"));
        assert_eq!(did_you_mean("data_dir", known), Some("data-dir"));
        assert_eq!(did_you_mean("max-rate", known), Some("max-rate-hz"));
        assert_eq!(did_you_mean("URL", known), Some("url"));
        assert_eq!(did_you_mean("colour", known), None);
        assert_eq!(did_you_mean(&"u".repeat(100_000), known), None);
        assert_eq!(did_you_mean("id", []), None);
    }
}
