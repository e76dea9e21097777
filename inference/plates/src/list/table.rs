//! Comma-separated text with a header. Every mistake is told with its line.

use toml::value::{Datetime, Offset};

use super::normal;
use super::{ListProblem, ListProblems, Validity};

/// Of a normalised text, as of the grammars' own.
const LONGEST_PLATE: usize = 16;
const LONGEST_NOTE: usize = 256;
/// Mistakes told at once; more are rather another kind of file.
const MOST_PROBLEMS: usize = 100;

const COLUMNS: [&str; 5] = [PLATE, COUNTRY, NOTE, FROM, UNTIL];
const PLATE: &str = "plate";
const COUNTRY: &str = "country";
const NOTE: &str = "note";
const FROM: &str = "valid-from";
const UNTIL: &str = "valid-until";

/// A line of the table, its values checked.
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) written: String,
    pub(super) plain: String,
    pub(super) country: Option<String>,
    pub(super) note: String,
    pub(super) valid: Validity,
}

/// The rows below the header.
pub(super) fn rows(csv: &str, utc_offset_min: i32) -> Result<Vec<Row>, ListProblems> {
    // Spreadsheets put a byte order mark in front.
    let csv = csv.strip_prefix('\u{feff}').unwrap_or(csv);
    let lines = Lines::of(csv);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(csv.as_bytes());
    let mut reading = Reading { utc_offset_min, problems: Vec::new() };
    let mut header: Option<Vec<&'static str>> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        if MOST_PROBLEMS <= reading.problems.len() {
            break;
        }
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = lines.of_record(error.position());
                reading.problem(line, "", format!("not comma-separated text: {error}"));
                break;
            }
        };
        let line = lines.of_record(record.position());
        if let Some(columns) = &header {
            rows.extend(reading.row(&record, columns, line));
            continue;
        }
        header = reading.header(&record, line);
        // Without it every row would be wrong.
        if header.is_none() {
            break;
        }
    }
    if header.is_none() && reading.problems.is_empty() {
        reading.problem(1, "", format!("no header, expected `{}`", COLUMNS.join(",")));
    }
    if reading.problems.is_empty() { Ok(rows) } else { Err(ListProblems::new(reading.problems)) }
}

struct Reading {
    utc_offset_min: i32,
    problems: Vec<ListProblem>,
}

impl Reading {
    fn problem(&mut self, line: usize, column: &'static str, message: String) {
        self.problems.push(ListProblem { line, column, message });
    }

    /// The column at each place.
    fn header(&mut self, record: &csv::StringRecord, line: usize) -> Option<Vec<&'static str>> {
        let before = self.problems.len();
        let mut columns: Vec<&'static str> = Vec::new();
        for written in record {
            match COLUMNS.iter().find(|known| known.eq_ignore_ascii_case(written)) {
                Some(known) if columns.contains(known) => {
                    self.problem(line, known, "is there twice, expected once".to_owned());
                }
                Some(known) => columns.push(known),
                None => {
                    let expected = COLUMNS.join("`, `");
                    self.problem(line, "", format!("column `{written}` is unknown, expected `{expected}`"));
                }
            }
        }
        if self.problems.len() == before && !columns.contains(&PLATE) {
            self.problem(line, PLATE, "is missing, expected a column of plates".to_owned());
        }
        (self.problems.len() == before).then_some(columns)
    }

    fn row(&mut self, record: &csv::StringRecord, columns: &[&'static str], line: usize) -> Option<Row> {
        if record.len() != columns.len() {
            self.problem(line, "", format!("{} fields, expected {}", record.len(), columns.len()));
            return None;
        }
        let cell = |name| columns.iter().position(|column| *column == name).and_then(|at| record.get(at));
        let plain = self.plate(line, cell(PLATE).unwrap_or_default());
        let country = self.country(line, cell(COUNTRY).unwrap_or_default());
        let note = self.note(line, cell(NOTE).unwrap_or_default());
        let from_unix_s = self.moment(line, FROM, cell(FROM).unwrap_or_default());
        let until_unix_s = self.moment(line, UNTIL, cell(UNTIL).unwrap_or_default());
        let (from_unix_s, until_unix_s) = (from_unix_s?, until_unix_s?);
        if let (Some(from), Some(until)) = (from_unix_s, until_unix_s)
            && until <= from
        {
            self.problem(line, UNTIL, format!("is not after `{FROM}`"));
            return None;
        }
        Some(Row {
            line,
            written: cell(PLATE).unwrap_or_default().to_owned(),
            plain: plain?,
            country: country?,
            note: note?,
            valid: Validity { from_unix_s, until_unix_s },
        })
    }

    fn plate(&mut self, line: usize, written: &str) -> Option<String> {
        let expected =
            format!("expected 2 to {LONGEST_PLATE} letters and digits, and separators between them");
        let problem = match normal::plain(written) {
            Ok(plain) if (2..=LONGEST_PLATE).contains(&plain.chars().count()) => return Some(plain),
            Ok(plain) => format!("has {} letters and digits, {expected}", plain.chars().count()),
            Err(stranger) => format!("has {stranger:?}, {expected}"),
        };
        self.problem(line, PLATE, problem);
        None
    }

    fn country(&mut self, line: usize, written: &str) -> Option<Option<String>> {
        let is_code = written.len() == 2 && written.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !written.is_empty() && !is_code {
            let message = format!("is {}, expected two letters such as `VN`, or nothing", quoted(written));
            self.problem(line, COUNTRY, message);
            return None;
        }
        Some((!written.is_empty()).then(|| written.to_ascii_uppercase()))
    }

    fn note(&mut self, line: usize, written: &str) -> Option<String> {
        let length = written.chars().count();
        if LONGEST_NOTE < length || written.contains(char::is_control) {
            let expected = format!("at most {LONGEST_NOTE}, none of them a control character");
            self.problem(line, NOTE, format!("has {length} characters, expected {expected}"));
            return None;
        }
        Some(written.to_owned())
    }

    /// A day, or a time with its offset, in seconds since 1970. The last day counts to its end.
    fn moment(&mut self, line: usize, column: &'static str, written: &str) -> Option<Option<i64>> {
        if written.is_empty() {
            return Some(None);
        }
        let moment = written.parse().ok().and_then(|datetime: Datetime| {
            let date = datetime.date?;
            let days = days_since_1970(i64::from(date.year), i64::from(date.month), i64::from(date.day));
            match (datetime.time, datetime.offset) {
                (None, None) => {
                    let days = days + i64::from(column == UNTIL);
                    Some((days * 24 * 60 - i64::from(self.utc_offset_min)) * 60)
                }
                (Some(time), Some(offset)) => {
                    let offset_min = match offset {
                        Offset::Z => 0,
                        Offset::Custom { minutes } => i64::from(minutes),
                    };
                    let minutes =
                        (days * 24 + i64::from(time.hour)) * 60 + i64::from(time.minute) - offset_min;
                    Some(minutes * 60 + i64::from(time.second.unwrap_or(0)))
                }
                _ => None,
            }
        });
        if moment.is_none() {
            let expected = "a day such as `2026-12-31` or a time such as `2026-12-31T18:00:00+07:00`";
            self.problem(line, column, format!("is {}, expected {expected}", quoted(written)));
        }
        moment.map(Some)
    }
}

/// What was typed, as far as it fits on a line.
fn quoted(written: &str) -> String {
    let short: String = written.chars().take(40).filter(|c| !c.is_control()).collect();
    format!("`{short}`")
}

/// Days from 1970-01-01, by the proleptic Gregorian calendar; `month` and `day` from 1.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    const BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap_years_to = |year: i64| year / 4 - year / 100 + year / 400;
    let is_leap = leap_years_to(year) != leap_years_to(year - 1);
    let before_month = BEFORE_MONTH[(month - 1).clamp(0, 11) as usize] + i64::from(is_leap && 2 < month);
    (year - 1970) * 365 + leap_years_to(year - 1) - leap_years_to(1969) + before_month + day - 1
}

/// Where lines begin.
struct Lines<'t> {
    text: &'t str,
    /// Of each line break.
    breaks: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at).collect();
        Self { text, breaks }
    }

    /// The line, from 1, on which the record at `position` begins; the reader's own is that of blank lines before it.
    fn of_record(&self, position: Option<&csv::Position>) -> usize {
        let at = position.map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        1 + self.breaks.partition_point(|&line_break| line_break < at.saturating_add(blank))
    }
}
