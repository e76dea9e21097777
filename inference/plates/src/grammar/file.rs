//! From a country's file as written to the grammar as used. The format is described in `docs/plates.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::form::{Element, Form, Piece, Word, orders};
use super::{Colours, Country, Kind, Syntax};
use crate::PlateError;

/// Characters of a normalised text at most, so that no file makes parsing slow.
const LONGEST: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CountryToml {
    code: String,
    name: String,
    separators: String,
    /// What readers say for characters that some of them lack.
    #[serde(default)]
    read_as: BTreeMap<char, char>,
    #[serde(default)]
    sets: BTreeMap<String, SetToml>,
    syntax: Vec<SyntaxToml>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SetToml {
    /// One word per character.
    Characters(String),
    Words(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SyntaxToml {
    id: String,
    kind: Kind,
    name: String,
    forms: Vec<String>,
    colours: Vec<Colours>,
    #[serde(default)]
    not_ending: Vec<String>,
    since: Option<u16>,
    until: Option<u16>,
    #[serde(default = "yes")]
    confirmed: bool,
}

fn yes() -> bool {
    true
}

/// The country that `text` describes.
pub(super) fn country(file: &str, text: &str) -> Result<Country, PlateError> {
    let written: CountryToml = toml::from_str(text)
        .map_err(|source| PlateError::GrammarToml { file: file.to_owned(), source: Box::new(source) })?;
    checked(written).map_err(|Problem { key, problem }| PlateError::Grammar {
        file: file.to_owned(),
        key,
        problem,
    })
}

/// What is wrong, and where.
struct Problem {
    key: String,
    problem: String,
}

fn wrong(key: impl Into<String>, problem: impl Into<String>) -> Problem {
    Problem { key: key.into(), problem: problem.into() }
}

fn checked(written: CountryToml) -> Result<Country, Problem> {
    let code = written.code;
    if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(wrong("code", format!("is `{code}`, expected two capital letters (ISO 3166-1)")));
    }
    let separators: Vec<char> = written.separators.chars().collect();
    if let Some(&bad) = separators.iter().find(|c| c.is_alphanumeric() || "/#{}".contains(**c)) {
        return Err(wrong(
            "separators",
            format!("has `{bad}`, expected no letter, digit, `/`, `#` or brace"),
        ));
    }
    if !separators.contains(&' ') {
        return Err(wrong("separators", "has no space, which stands between two lines"));
    }
    let mut sets = BTreeMap::new();
    for (name, set) in written.sets {
        let words = set_of(set, &separators, &written.read_as)
            .map_err(|problem| wrong(format!("sets.{name}"), problem))?;
        sets.insert(name, Arc::<[Word]>::from(words));
    }
    let templates = Templates {
        separators: &separators,
        sets: &sets,
        digits: ('0'..='9').map(|digit| word(&digit.to_string(), &written.read_as)).collect(),
        read_as: &written.read_as,
    };
    let mut syntaxes: Vec<Syntax> = Vec::new();
    for (i, syntax) in written.syntax.into_iter().enumerate() {
        if syntaxes.iter().any(|known| known.id == syntax.id) {
            return Err(wrong(
                format!("syntax[{i}].id"),
                format!("`{}` is there already, expected each id once", syntax.id),
            ));
        }
        syntaxes.push(templates.syntax(&format!("syntax[{i}]"), &code, syntax)?);
    }
    if syntaxes.is_empty() {
        return Err(wrong("syntax", "is empty, expected at least one"));
    }
    Ok(Country { code, name: written.name, separators, syntaxes })
}

fn set_of(set: SetToml, separators: &[char], read_as: &BTreeMap<char, char>) -> Result<Vec<Word>, String> {
    let words = match set {
        SetToml::Characters(characters) => characters.chars().map(String::from).collect(),
        SetToml::Words(words) => words,
    };
    if words.is_empty() {
        return Err("is empty, expected at least one word".to_owned());
    }
    for (i, word) in words.iter().enumerate() {
        if word.is_empty() || word.chars().any(|c| separators.contains(&c)) {
            return Err(format!("has `{word}`, expected words without separators"));
        }
        if words[..i].contains(word) {
            return Err(format!("has `{word}` twice, expected each word once"));
        }
    }
    Ok(words.iter().map(|text| word(text, read_as)).collect())
}

fn word(text: &str, read_as: &BTreeMap<char, char>) -> Word {
    Word {
        printed: text.chars().collect(),
        normal: text.chars().map(|character| *read_as.get(&character).unwrap_or(&character)).collect(),
    }
}

/// What the templates of a country are made of.
struct Templates<'a> {
    separators: &'a [char],
    sets: &'a BTreeMap<String, Arc<[Word]>>,
    digits: Arc<[Word]>,
    read_as: &'a BTreeMap<char, char>,
}

#[derive(Clone, PartialEq)]
enum Token {
    Digit,
    Set(String),
    Literal(char),
    Separator(char),
    Break,
}

impl Templates<'_> {
    fn syntax(&self, key: &str, country: &str, written: SyntaxToml) -> Result<Syntax, Problem> {
        let first = written
            .forms
            .first()
            .ok_or_else(|| wrong(format!("{key}.forms"), "is empty, expected at least one form"))?;
        let at_form = |i: usize| format!("{key}.forms[{i}]");
        let tokens = self.tokens(first).map_err(|problem| wrong(at_form(0), problem))?;
        let canonical: Vec<Token> = tokens.into_iter().filter(Token::is_element).collect();
        let mut forms = Vec::new();
        for (i, form) in written.forms.iter().enumerate() {
            let tokens = self.tokens(form).map_err(|problem| wrong(at_form(i), problem))?;
            forms.push(arranged(&canonical, tokens).map_err(|problem| wrong(at_form(i), problem))?);
        }
        if written.colours.is_empty() {
            return Err(wrong(format!("{key}.colours"), "is empty, expected at least one"));
        }
        let elements: Vec<Element> = canonical.iter().filter_map(|token| self.element(token)).collect();
        let longest =
            |element: &Element| element.words.iter().map(|word| word.normal.len()).max().unwrap_or(0);
        let length: usize = elements.iter().map(longest).sum();
        if LONGEST < length {
            return Err(wrong(at_form(0), format!("has {length} characters, expected at most {LONGEST}")));
        }
        let mut syntax = Syntax {
            id: written.id,
            country: country.to_owned(),
            kind: written.kind,
            name: written.name,
            colours: written.colours,
            since: written.since,
            until: written.until,
            confirmed: written.confirmed,
            orders: orders(&forms),
            elements,
            forms,
            not_ending: written.not_ending,
            example: Vec::new(),
        };
        syntax.example = syntax
            .draw_example()
            .ok_or_else(|| wrong(format!("{key}.not-ending"), "leaves no plate that could be found"))?;
        Ok(syntax)
    }

    fn tokens(&self, form: &str) -> Result<Vec<Token>, String> {
        let mut tokens = Vec::new();
        let mut rest = form.chars();
        while let Some(character) = rest.next() {
            tokens.push(match character {
                '#' => Token::Digit,
                '/' => Token::Break,
                '{' => {
                    let (name, after) = rest
                        .as_str()
                        .split_once('}')
                        .ok_or_else(|| format!("is `{form}`, expected `}}` after each `{{`"))?;
                    if !self.sets.contains_key(name) {
                        return Err(format!("names the set `{name}`, expected one of `sets`"));
                    }
                    rest = after.chars();
                    Token::Set(name.to_owned())
                }
                '}' => return Err(format!("is `{form}`, expected `{{` before each `}}`")),
                separator if self.separators.contains(&separator) => Token::Separator(separator),
                literal => Token::Literal(literal),
            });
        }
        let element = |token: Option<&Token>| token.is_some_and(Token::is_element);
        let doubled = tokens.windows(2).any(|pair| !pair[0].is_element() && !pair[1].is_element());
        if !element(tokens.first()) || !element(tokens.last()) || doubled {
            return Err(format!("is `{form}`, expected each separator between two characters"));
        }
        if 1 < tokens.iter().filter(|&token| *token == Token::Break).count() {
            return Err(format!("is `{form}`, expected at most one `/`"));
        }
        Ok(tokens)
    }

    fn element(&self, token: &Token) -> Option<Element> {
        let words = match token {
            Token::Digit => Arc::clone(&self.digits),
            Token::Set(name) => Arc::clone(self.sets.get(name)?),
            Token::Literal(character) => Arc::from([word(&character.to_string(), self.read_as)]),
            Token::Separator(_) | Token::Break => return None,
        };
        Some(Element { words })
    }
}

impl Token {
    fn is_element(&self) -> bool {
        !matches!(self, Self::Separator(_) | Self::Break)
    }
}

/// The form of `tokens`, whose elements are those of `canonical` in any order: the n-th of each sort is the n-th there.
fn arranged(canonical: &[Token], tokens: Vec<Token>) -> Result<Form, String> {
    let mut used = vec![false; canonical.len()];
    let mut pieces = Vec::new();
    for token in tokens {
        pieces.push(match token {
            Token::Separator(character) => Piece::Separator(character),
            Token::Break => Piece::Break,
            element => {
                let index = (0..canonical.len())
                    .find(|&i| !used[i] && canonical[i] == element)
                    .ok_or("has other characters than the first form, expected the same in any order")?;
                used[index] = true;
                Piece::Element(index)
            }
        });
    }
    if used.contains(&false) {
        return Err("lacks characters of the first form, expected the same in any order".to_owned());
    }
    Ok(Form { pieces })
}
