//! Who may name whom in src/. A folder of src/, or a file beside them, is a room; `crate::room` is an arrow to it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// For each room the rooms that it may name. `error` may be named by all.
const RULE: [(&str, &[&str]); 9] = [
    (
        "boundary",
        &["definition", "entities", "keys", "keyspace", "store", "text", "words"],
    ),
    ("keyspace", &["definition", "keys", "store"]),
    ("definition", &["entities", "keys", "words"]),
    ("entities", &["sort", "text", "words"]),
    ("keys", &["sort", "text", "words"]),
    ("store", &["sort"]),
    ("text", &["words"]),
    ("sort", &[]),
    ("words", &[]),
];

/// The room of a path below src/: its folder, or its file.
fn room(path: &Path) -> String {
    let first = path.iter().next().unwrap().to_str().unwrap();
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

/// The rooms that a line names: what follows each `crate::`, also in `crate::{a::b, c}`.
fn named(line: &str) -> Vec<String> {
    let identifier = |text: &str| -> String {
        let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
        text.trim_start().chars().take_while(is_part).collect()
    };
    let mut rooms = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            rooms.push(identifier(rest));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for character in list.chars().chain([',']) {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => rooms.push(identifier(&std::mem::take(&mut item))),
                _ => {}
            }
            if depth < 0 {
                rooms.push(identifier(&item));
                break;
            }
            if character != ',' || depth > 0 {
                item.push(character);
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

/// What is wrong with one file, a line for each import that the rule forbids.
fn forbidden(path: &Path, source: &str) -> String {
    let mut wrong = String::new();
    let from = room(path);
    if from == "lib" {
        return wrong;
    }
    let allowed = match RULE.iter().find(|(name, _)| *name == from) {
        Some((_, allowed)) => *allowed,
        None if from == "error" => &[],
        None => return format!("src/{}: the rule has no room {from}\n", path.display()),
    };
    // A statement may go over several lines: it is joined, and reported where it begins.
    let mut statement = String::new();
    let mut start = 0;
    for (index, line) in source.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        if statement.is_empty() {
            start = index + 1;
        }
        statement.push_str(code.trim());
        if statement.starts_with("use ") && !statement.ends_with(';') {
            continue;
        }
        for to in named(&std::mem::take(&mut statement)) {
            if to != from && to != "error" && !allowed.contains(&to.as_str()) {
                let list = allowed.join(", ");
                writeln!(
                    wrong,
                    "src/{}:{start}: {from} names {to}, but may name only: error, {list}",
                    path.display()
                )
                .unwrap();
            }
        }
    }
    wrong
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn every_room_names_only_those_that_it_may() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&source, &mut paths);
    paths.sort();
    assert!(paths.len() > 40);
    let wrong: String = paths
        .iter()
        .map(|path| forbidden(path.strip_prefix(&source).unwrap(), &fs::read_to_string(path).unwrap()))
        .collect();
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_forbidden_import_is_reported_with_its_place() {
    let report = |path: &str, source: &str| forbidden(Path::new(path), source);
    assert_eq!(
        report(
            "store/table.rs",
            "use crate::sort::order;\n\nuse crate::keys::rules::KeyRules;\n"
        ),
        "src/store/table.rs:3: store names keys, but may name only: error, sort\n"
    );
    let of = |path: &str, source: &str| report(path, source).lines().count();
    assert_eq!(
        of("keys/rules.rs", "fn f() { crate::entities::ids::is_type(b\"\"); }"),
        1
    );
    assert_eq!(of("definition.rs", "use crate::boundary::scratch;"), 1);
    assert_eq!(
        of(
            "text/glob.rs",
            "use crate::{\n    error::{Code, Error},\n    store::Store,\n    words,\n};"
        ),
        1
    );
    assert_eq!(of("sort.rs", "use crate::{words, keys::{rules}, text};"), 3);
    assert_eq!(of("near.rs", ""), 1, "a room that the rule does not know");
}

#[test]
fn what_the_rule_allows_is_not_reported() {
    for (path, source) in [
        (
            "keyspace.rs",
            "use crate::definition::Definition;\nuse crate::error::Error;",
        ),
        ("store/room.rs", "use super::Store;\nuse crate::store::slab::NONE;"),
        ("text/glob.rs", "// crate::store is only a word here"),
        ("boundary/key.rs", "use crate::{keys::{cache_key, recognise}, words};"),
        ("lib.rs", "pub use crate::store::Store;"),
    ] {
        assert_eq!(forbidden(Path::new(path), source), "");
    }
}
