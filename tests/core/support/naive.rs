//! The oracle for entity extraction: a document as a tree, paths followed node by node as RFC 9535 words it, and
//! writers that spell one document in many ways. Slow, plain, and it shares nothing with the code that it checks but the
//! parsed path.

use super::jsonpath::{Path, Selector};
use std::collections::BTreeSet;

/// A document. Members may repeat: the last counts.
#[derive(Debug, Clone)]
pub enum Doc {
    Null,
    Bool(bool),
    /// As it is spelled.
    Number(String),
    String(String),
    Array(Vec<Doc>),
    Object(Vec<(String, Doc)>),
}

pub type Found = BTreeSet<(String, String)>;

impl Doc {
    pub fn from_value(value: &serde_json::Value) -> Doc {
        use serde_json::Value;
        match value {
            Value::Null => Doc::Null,
            Value::Bool(value) => Doc::Bool(*value),
            Value::Number(number) => Doc::Number(number.to_string()),
            Value::String(text) => Doc::String(text.clone()),
            Value::Array(items) => Doc::Array(items.iter().map(Doc::from_value).collect()),
            Value::Object(members) => Doc::Object(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), Doc::from_value(value)))
                    .collect(),
            ),
        }
    }

    fn member(&self, wanted: &str) -> Option<&Doc> {
        let Doc::Object(members) = self else { return None };
        members
            .iter()
            .rev()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value)
    }

    fn children(&self) -> Vec<&Doc> {
        match self {
            Doc::Array(items) => items.iter().collect(),
            Doc::Object(members) => {
                let names: BTreeSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                names.into_iter().filter_map(|name| self.member(name)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn with_descendants<'a>(&'a self, into: &mut Vec<&'a Doc>) {
        into.push(self);
        for child in self.children() {
            child.with_descendants(into);
        }
    }

    /// What `String(value)` is of a string or finite number.
    fn id(&self) -> Option<String> {
        match self {
            Doc::String(text) => Some(text.clone()),
            Doc::Number(spelled) => {
                let value: f64 = spelled.parse().unwrap();
                value
                    .is_finite()
                    .then(|| ryu_js::Buffer::new().format(value).to_owned())
            }
            _ => None,
        }
    }
}

/// The nodes that a path selects.
pub fn select<'a>(path: &Path, root: &'a Doc) -> Vec<&'a Doc> {
    let mut nodes = vec![root];
    for segment in &path.segments {
        let mut from = Vec::new();
        for node in nodes {
            if segment.is_descendant {
                node.with_descendants(&mut from)
            } else {
                from.push(node)
            }
        }
        nodes = from
            .iter()
            .flat_map(|node| segment.selectors.iter().flat_map(|selector| apply(selector, node)))
            .collect();
    }
    nodes
}

fn apply<'a>(selector: &Selector, node: &'a Doc) -> Vec<&'a Doc> {
    match (selector, node) {
        (Selector::Name(name), _) => node.member(name).into_iter().collect(),
        (Selector::Wildcard, _) => node.children(),
        (Selector::Slice(slice), Doc::Array(items)) => {
            // The pseudocode of RFC 9535, section 2.3.4.2.2.
            let length = items.len() as i64;
            let normalize = |i: i64| if i >= 0 { i } else { length + i };
            let (start, end) = if slice.step >= 0 {
                (slice.start.unwrap_or(0), slice.end.unwrap_or(length))
            } else {
                (slice.start.unwrap_or(length - 1), slice.end.unwrap_or(-length - 1))
            };
            let (start, end) = (normalize(start), normalize(end));
            let mut picked = Vec::new();
            if slice.step > 0 {
                let mut i = start.max(0).min(length);
                while i < end.max(0).min(length) {
                    picked.push(&items[i as usize]);
                    i = i.saturating_add(slice.step);
                }
            } else if slice.step < 0 {
                let mut i = start.max(-1).min(length - 1);
                while end.max(-1).min(length - 1) < i {
                    picked.push(&items[i as usize]);
                    i = i.saturating_add(slice.step);
                }
            }
            picked
        }
        _ => Vec::new(),
    }
}

/// The ids that a path selects.
pub fn ids_of_path(path: &str, root: &Doc) -> BTreeSet<String> {
    select(&Path::parse(path).unwrap(), root)
        .into_iter()
        .filter_map(Doc::id)
        .collect()
}

/// The ids by rule E1.
pub fn ids_of_fields(fields: &[String], root: &Doc) -> BTreeSet<String> {
    let of_one = |doc: &Doc| match doc {
        Doc::Object(_) => {
            let parts: Option<Vec<String>> = fields.iter().map(|field| doc.member(field)?.id()).collect();
            parts.map(|parts| parts.join("-"))
        }
        _ => doc.id(),
    };
    match root {
        Doc::Array(items) => items.iter().filter_map(of_one).collect(),
        _ => of_one(root).into_iter().collect(),
    }
}

/// The ids in pages, and whether there is a page that makes the document a list.
pub fn ids_of_pages(pages: &[Vec<String>], fields: &[String], root: &Doc) -> (BTreeSet<String>, bool) {
    let objects_in = |doc: &Doc| -> Vec<Doc> {
        let all = match doc {
            Doc::Array(items) => items.clone(),
            other => vec![other.clone()],
        };
        all.into_iter().filter(|doc| matches!(doc, Doc::Object(_))).collect()
    };
    let (mut ids, mut is_list) = (BTreeSet::new(), false);
    for form in pages {
        let Some(value) = root.member(&form[0]) else { continue };
        is_list = is_list || matches!(value, Doc::Array(_) | Doc::Null);
        let objects = match (form.get(1), value) {
            (None, value) => objects_in(value),
            (Some(name), Doc::Array(items)) => items.iter().filter_map(|item| item.member(name).cloned()).collect(),
            (Some(_), _) => Vec::new(),
        };
        for object in objects.iter().filter(|doc| matches!(doc, Doc::Object(_))) {
            ids.extend(ids_of_fields(fields, object));
        }
    }
    (ids, is_list)
}

/// The entities by `entities: "auto"`.
pub fn auto(type_field: &str, id_field: &str, root: &Doc) -> Found {
    let mut nodes = Vec::new();
    root.with_descendants(&mut nodes);
    let entity = |node: &&Doc| match node.member(type_field)? {
        Doc::String(name) if !name.is_empty() && !name.contains(':') => {
            Some((name.clone(), node.member(id_field)?.id()?))
        }
        _ => None,
    };
    nodes.iter().filter_map(entity).collect()
}

/// Writes a document, taking a decision from `dice` wherever JSON allows more than one spelling.
pub fn write(doc: &Doc, dice: &mut Dice, out: &mut String) {
    dice.space(out);
    match doc {
        Doc::Null => out.push_str("null"),
        Doc::Bool(value) => out.push_str(&value.to_string()),
        Doc::Number(spelled) => out.push_str(spelled),
        Doc::String(text) => write_string(text, dice, out),
        Doc::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write(item, dice, out);
            }
            dice.space(out);
            out.push(']');
        }
        Doc::Object(members) => {
            out.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                dice.space(out);
                write_string(name, dice, out);
                dice.space(out);
                out.push(':');
                write(value, dice, out);
            }
            dice.space(out);
            out.push('}');
        }
    }
    dice.space(out);
}

fn write_string(text: &str, dice: &mut Dice, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        let must_escape = matches!(c, '"' | '\\' | '\0'..='\x1f');
        if !must_escape && dice.roll(8) > 0 {
            out.push(c);
            continue;
        }
        match c {
            '"' | '\\' | '/' if dice.roll(2) == 0 => out.extend(['\\', c]),
            '\n' if dice.roll(2) == 0 => out.push_str("\\n"),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

/// A sequence of decisions (xorshift).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn space(&mut self, out: &mut String) {
        if self.roll(6) == 0 {
            out.push_str([" ", "\n", "\t", "\r\n  "][self.roll(4) as usize]);
        }
    }
}
