//! Answers: one tree, two spellings.

use serde_json::{Map, Value};

use super::{Fault, Format};

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Nothing: an empty element, `null`.
    Empty,
    /// Words.
    Text(String),
    /// Yes or no: a word in XML, a boolean in JSON (clients rely on that).
    Flag(bool),
    /// A number.
    Number(f64),
    /// Named parts in order.
    Record(Vec<(&'static str, Node)>),
    /// A list; the name is that of each element in XML.
    List(&'static str, Vec<Node>),
}

impl Node {
    /// Words, or nothing.
    #[must_use]
    pub fn text_or_empty(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |t| Self::Text(t.into()))
    }
}

impl<T: Into<String>> From<T> for Node {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// Name of the outermost element in XML. In JSON a list stands bare.
pub type Root = &'static str;

/// Spells an answer.
#[must_use]
pub fn write(root: Root, node: &Node, format: Format) -> String {
    match format {
        Format::Xml => xml(root, node),
        Format::Json => json(node).to_string(),
    }
}

/// The tree as JSON.
#[must_use]
pub fn json(node: &Node) -> Value {
    match node {
        Node::Empty => Value::Null,
        Node::Text(text) => Value::String(text.clone()),
        Node::Flag(flag) => Value::Bool(*flag),
        Node::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Value::from(*number as i64),
        Node::Number(number) => Value::from(*number),
        Node::Record(parts) => Value::Object(parts.iter().map(|(name, part)| ((*name).to_owned(), json(part))).collect::<Map<_, _>>()),
        Node::List(_, items) => items.iter().map(json).collect(),
    }
}

/// The tree as XML with its declaration, without namespaces.
#[must_use]
pub fn xml(root: Root, node: &Node) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    element(&mut out, root, node);
    out
}

fn element(out: &mut String, name: &str, node: &Node) {
    match node {
        Node::Empty => {
            out.push('<');
            out.push_str(name);
            out.push_str("/>");
            return;
        }
        Node::List(_, items) if items.is_empty() => return element(out, name, &Node::Empty),
        _ => {}
    }
    out.push('<');
    out.push_str(name);
    out.push('>');
    match node {
        Node::Empty => {}
        Node::Text(text) => escape(out, text),
        Node::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Node::Number(number) => out.push_str(&number.to_string()),
        Node::Record(parts) => parts.iter().for_each(|(name, part)| element(out, name, part)),
        Node::List(item, items) => items.iter().for_each(|i| element(out, item, i)),
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// XML 1.0 text: markup escaped, control characters that no parser accepts left out.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            '\r' => out.push_str("&#13;"),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

/// An answer that is a fault.
#[must_use]
pub fn errors(fault: &Fault) -> Node {
    let error = Node::Record(vec![("code", Node::Text(fault.status.to_string())), ("description", Node::Text(fault.description.clone()))]);
    Node::List("error", vec![error])
}

/// What a discovery document says.
#[must_use]
pub fn discovery(changeset: &str, contact: &str, key_service: &str, endpoint: &str, production: bool) -> Node {
    let formats = Node::List("format", vec!["text/xml".into(), "application/json".into()]);
    let endpoint = Node::Record(vec![
        ("specification", "http://wiki.open311.org/GeoReport_v2".into()),
        ("url", endpoint.into()),
        ("changeset", changeset.into()),
        ("type", if production { "production" } else { "test" }.into()),
        ("formats", formats),
    ]);
    Node::Record(vec![
        ("changeset", changeset.into()),
        ("contact", contact.into()),
        ("key_service", key_service.into()),
        ("endpoints", Node::List("endpoint", vec![endpoint])),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_say_the_same() {
        let node = Node::List(
            "service",
            vec![Node::Record(vec![
                ("service_code", "HZ<1>".into()),
                ("metadata", Node::Flag(true)),
                ("lat", Node::Number(30.25)),
                ("group", Node::Empty),
                ("tags", Node::List("tag", vec![])),
            ])],
        );
        assert_eq!(
            xml("services", &node),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<services><service><service_code>HZ&lt;1&gt;</service_code><metadata>true</metadata><lat>30.25</lat><group/><tags/></service></services>"
        );
        assert_eq!(json(&node).to_string(), r#"[{"service_code":"HZ<1>","metadata":true,"lat":30.25,"group":null,"tags":[]}]"#);
    }

    #[test]
    fn no_character_breaks_the_document() {
        let text: String = (0u8..=0x7f).map(char::from).chain(['路', '\u{fffe}', '😀']).collect();
        let written = xml("a", &Node::Text(text));
        let mut reader = quick_xml::Reader::from_str(&written);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(e) => panic!("{e}"),
            }
        }
    }
}
