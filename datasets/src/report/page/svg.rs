//! Charts with axes, drawn as inline SVG in the colours of the page's style sheet.

use super::escape::Escaped;
use super::scale::Scale;

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 268.0;
const LEFT: f64 = 42.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 42.0;

/// Series that the style sheet has a colour and a dash for; further ones begin again.
const SERIES: usize = 6;

/// One axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis<'a> {
    /// What is measured along it, with its unit.
    pub(super) name: &'a str,
    pub(super) scale: Scale,
}

/// A chart that is being drawn; what is drawn later lies above.
#[derive(Debug)]
pub(super) struct Plot<'a> {
    id: &'a str,
    title: &'a str,
    description: &'a str,
    x: Axis<'a>,
    y: Axis<'a>,
    marks: String,
}

impl<'a> Plot<'a> {
    /// An empty chart. `id` is unique on the page; `title` and `description` tell those who cannot see it.
    pub(super) fn new(id: &'a str, title: &'a str, description: &'a str, x: Axis<'a>, y: Axis<'a>) -> Self {
        Self { id, title, description, x, y, marks: String::new() }
    }

    /// Straight lines from point to point.
    pub(super) fn line(&mut self, series: usize, points: &[(f64, f64)]) {
        let places: Vec<String> = points
            .iter()
            .map(|&point| {
                let (x, y) = self.place(point);
                format!("{x:.1} {y:.1}")
            })
            .collect();
        if !places.is_empty() {
            let (class, path) = (series_class(series), places.join("L"));
            self.marks.push_str(&format!("<path class=\"line {class}\" d=\"M{path}\"/>"));
        }
    }

    /// A step function: each value holds until the next point.
    pub(super) fn steps(&mut self, series: usize, points: &[(f64, f64)]) {
        let mut corners: Vec<(f64, f64)> = Vec::with_capacity(2 * points.len());
        for &(x, y) in points {
            if let Some(&(_, held)) = corners.last() {
                corners.push((x, held));
            }
            corners.push((x, y));
        }
        self.line(series, &corners);
    }

    /// A point that stands out.
    pub(super) fn dot(&mut self, series: usize, point: (f64, f64)) {
        let (x, y) = self.place(point);
        let class = series_class(series);
        self.marks.push_str(&format!("<circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"));
    }

    /// An interval of y values at `x`.
    pub(super) fn whisker(&mut self, x: f64, low: f64, high: f64) {
        let ((x, low), (_, high)) = (self.place((x, low)), self.place((x, high)));
        let cap = x - 3.0;
        self.marks.push_str(&format!(
            "<path class=\"whisker\" d=\"M{x:.1} {low:.1}V{high:.1}M{cap:.1} {low:.1}h6M{cap:.1} {high:.1}h6\"/>"
        ));
    }

    /// A bar from the bottom up to `y`.
    pub(super) fn bar(&mut self, from: f64, to: f64, y: f64) {
        let ((left, top), (right, _)) = (self.place((from, y)), self.place((to, y)));
        // A hair of ground between neighbours.
        let (width, height) = ((right - left - 0.8).max(0.8), HEIGHT - BOTTOM - top);
        self.marks.push_str(&format!(
            "<rect class=\"bar\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
    }

    /// Shades all left of `x`.
    pub(super) fn shade_below(&mut self, x: f64) {
        let (right, _) = self.place((x, 0.0));
        let bottom = HEIGHT - BOTTOM;
        self.marks.push_str(&format!(
            "<rect class=\"shade\" x=\"{LEFT}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"/>\
             <path class=\"mark\" d=\"M{right:.1} {TOP}V{bottom}\"/>",
            right - LEFT,
            bottom - TOP,
        ));
    }

    /// A vertical line at `x`, with a note at its head.
    pub(super) fn rule(&mut self, x: f64, note: &str) {
        let (x, _) = self.place((x, 0.0));
        // Near the right border the note stands left of its line.
        let (anchor, at) = if WIDTH - RIGHT - 40.0 < x { ("end", x - 4.0) } else { ("start", x + 4.0) };
        self.marks.push_str(&format!(
            "<path class=\"mark\" d=\"M{x:.1} {TOP}V{}\"/>\
             <text class=\"note\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            HEIGHT - BOTTOM,
            TOP + 10.0,
            Escaped(note)
        ));
    }

    /// The chart as an `svg` element.
    pub(super) fn finish(self) -> String {
        let Self { id, title, description, x, y, marks } = &self;
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        format!(
            "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\
             <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>{}{marks}\
             <path class=\"axis\" d=\"M{LEFT} {TOP}V{bottom}H{right}\"/>\
             <text class=\"name\" x=\"4\" y=\"13\">{}</text>\
             <text class=\"name\" x=\"{right}\" y=\"{}\" text-anchor=\"end\">{}</text></svg>",
            Escaped(title),
            Escaped(description),
            self.grid(),
            Escaped(y.name),
            HEIGHT - 6.0,
            Escaped(x.name),
        )
    }

    fn grid(&self) -> String {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let mut grid = String::new();
        for (value, label) in self.x.scale.ticks() {
            let (x, _) = self.place((value, 0.0));
            grid.push_str(&format!(
                "<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom}\"/>\
                 <text class=\"tick\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
                bottom + 16.0
            ));
        }
        for (value, label) in self.y.scale.ticks() {
            let (_, y) = self.place((0.0, value));
            grid.push_str(&format!(
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>\
                 <text class=\"tick\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 6.0,
                y + 4.0
            ));
        }
        grid
    }

    /// In units of the drawing.
    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            LEFT + self.x.scale.place(x) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - self.y.scale.place(y) * (HEIGHT - TOP - BOTTOM),
        )
    }
}

/// What stands beside a name in a [`legend`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Sample {
    /// The line of a series.
    Line(usize),
    /// A dot of a series with its interval.
    Dot(usize),
    /// Shaded ground.
    Shade,
}

/// What is what: samples with their names and a figure, which are text.
pub(super) fn legend(entries: &[(Sample, String, String)]) -> String {
    let item = |(sample, name, figure): &(Sample, String, String)| {
        let drawing = match *sample {
            Sample::Line(series) => format!("<path class=\"line {}\" d=\"M0 6H26\"/>", series_class(series)),
            Sample::Dot(series) => format!(
                "<path class=\"whisker\" d=\"M13 0V12\"/><circle class=\"dot {}\" cx=\"13\" cy=\"6\" r=\"4\"/>",
                series_class(series)
            ),
            Sample::Shade => {
                "<rect class=\"shade\" width=\"26\" height=\"12\"/><path class=\"mark\" d=\"M25.5 0V12\"/>"
                    .to_owned()
            }
        };
        format!(
            "<li><svg class=\"sample\" viewBox=\"0 0 26 12\" aria-hidden=\"true\">{drawing}</svg>\
             <span>{}</span> <b>{}</b></li>",
            Escaped(name),
            Escaped(figure)
        )
    };
    format!("<ul class=\"legend\">{}</ul>", entries.iter().map(item).collect::<String>())
}

fn series_class(series: usize) -> String {
    format!("s{}", series % SERIES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_land_on_the_axes_and_steps_hold_their_value() {
        let axis = Axis { name: "a & b", scale: Scale::UNIT };
        let mut plot = Plot::new("id", "title", "description", axis, axis);
        plot.steps(7, &[(0.0, 1.0), (1.0, 0.0)]);
        let svg = plot.finish();
        assert!(svg.contains("<path class=\"line s1\" d=\"M42.0 26.0L368.0 26.0L368.0 226.0\"/>"), "{svg}");
        assert!(svg.contains("a &amp; b") && svg.contains("<title id=\"id-title\">title</title>"));
    }
}
