//! Parts of the page, and how they are laid out.

use super::escape::Escaped;

/// One part of the page, which opens and closes.
#[derive(Debug)]
pub(super) struct Section {
    /// Where links go.
    pub(super) id: &'static str,
    /// Its heading.
    pub(super) title: &'static str,
    /// What it rests on, beside the heading; text.
    pub(super) aside: String,
    /// HTML.
    pub(super) body: String,
}

impl Section {
    /// As HTML, open.
    pub(super) fn html(&self) -> String {
        format!(
            "<details class=\"section\" id=\"{}\" open><summary><h2>{}</h2><span class=\"aside\">{}</span></summary>\n\
             {}</details>\n",
            self.id,
            self.title,
            Escaped(&self.aside),
            self.body
        )
    }
}

/// A drawing or table under its title, which is text.
pub(super) fn figure(title: &str, body: &str) -> String {
    format!("<figure><figcaption>{}</figcaption>{body}</figure>", Escaped(title))
}

/// A figure as wide as two.
pub(super) fn wide_figure(title: &str, body: &str) -> String {
    format!("<figure class=\"wide\"><figcaption>{}</figcaption>{body}</figure>", Escaped(title))
}

/// Figures side by side, as many as there is room for.
pub(super) fn figures(figures: &[String]) -> String {
    format!("<div class=\"figures\">{}</div>", figures.concat())
}

/// Names with their values, which are HTML.
pub(super) fn facts<S: AsRef<str>>(facts: &[(S, String)]) -> String {
    let fact = |(name, value): &(S, String)| {
        format!("<div><dt>{}</dt><dd>{value}</dd></div>", Escaped(name.as_ref()))
    };
    format!("<dl class=\"facts\">{}</dl>", facts.iter().map(fact).collect::<String>())
}

/// A remark; text.
pub(super) fn remark(text: &str) -> String {
    format!("<p class=\"remark\">{}</p>", Escaped(text))
}
