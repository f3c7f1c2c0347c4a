//! A text made from columns: `{LOG1}[ / {LOG2}]`. Square brackets drop out when a column inside is empty.

/// A parsed template.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Column(String),
    Optional(Vec<Part>),
}

impl Template {
    /// Parses; the error says what is wrong.
    ///
    /// # Errors
    /// An unclosed or stray bracket.
    pub fn parse(pattern: &str) -> Result<Self, &'static str> {
        let mut rest = pattern;
        let parts = parse_parts(&mut rest, false)?;
        Ok(Self { parts })
    }

    /// Column names in order of appearance.
    pub fn columns(&self) -> Vec<&str> {
        fn collect<'a>(parts: &'a [Part], out: &mut Vec<&'a str>) {
            for part in parts {
                match part {
                    Part::Column(name) => out.push(name),
                    Part::Optional(inner) => collect(inner, out),
                    Part::Text(_) => {}
                }
            }
        }
        let mut out = Vec::new();
        collect(&self.parts, &mut out);
        out
    }

    /// Fills the columns in; `value` returns what a column shows, empty if it has nothing.
    pub fn render<'v>(&self, value: &dyn Fn(&str) -> &'v str) -> String {
        let mut out = String::new();
        render(&self.parts, value, &mut out);
        out.trim().to_owned()
    }
}

fn render<'v>(parts: &[Part], value: &dyn Fn(&str) -> &'v str, out: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Column(name) => out.push_str(value(name)),
            Part::Optional(inner) => {
                let complete = inner.iter().all(|p| !matches!(p, Part::Column(name) if value(name).is_empty()));
                if complete {
                    render(inner, value, out);
                }
            }
        }
    }
}

fn parse_parts(rest: &mut &str, inside: bool) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut text = String::new();
    while let Some(c) = rest.chars().next() {
        *rest = &rest[c.len_utf8()..];
        match c {
            '{' => {
                let end = rest.find('}').ok_or("`{` without `}`")?;
                flush(&mut text, &mut parts);
                parts.push(Part::Column(rest[..end].to_owned()));
                *rest = &rest[end + 1..];
            }
            '[' if !inside => {
                flush(&mut text, &mut parts);
                parts.push(Part::Optional(parse_parts(rest, true)?));
            }
            ']' if inside => {
                flush(&mut text, &mut parts);
                return Ok(parts);
            }
            '[' => return Err("`[` inside `[`"),
            ']' | '}' => return Err("a closing bracket without an opening one"),
            _ => text.push(c),
        }
    }
    if inside {
        return Err("`[` without `]`");
    }
    flush(&mut text, &mut parts);
    Ok(parts)
}

fn flush(text: &mut String, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_drops_out_with_its_column() {
        let template = Template::parse("{A}[ / {B}]").unwrap();
        assert_eq!(template.render(&|c| if c == "A" { "R 1" } else { "" }), "R 1");
        assert_eq!(template.render(&|_| "x"), "x / x");
        assert_eq!(template.columns(), ["A", "B"]);
    }

    #[test]
    fn broken_brackets_are_named() {
        assert!(Template::parse("{A").is_err());
        assert!(Template::parse("[a[b]]").is_err());
        assert!(Template::parse("a]").is_err());
    }
}
