//! What docs/protocol.md says of each model: a row of the table in section 15, with state counts and rejected variants.

const DOCUMENT: &str = include_str!("../../../docs/protocol.md");

/// A row of the table.
pub struct Row {
    pub model: &'static str,
    counts: &'static str,
    variants: &'static str,
}

impl Row {
    /// The variants that the model rejects.
    pub fn variants(&self) -> impl Iterator<Item = &'static str> {
        self.variants.split("; ").filter(|variant| !variant.is_empty())
    }
}

/// The rows of all models.
pub fn rows() -> impl Iterator<Item = Row> {
    let section = DOCUMENT.split("\n## 15. ").nth(1).unwrap_or_default();
    section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.strip_suffix(" |")?.split(" | ");
        let (model, _, counts, variants) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        let model = model.strip_suffix('`')?;
        Some(Row {
            model,
            counts,
            variants,
        })
    })
}

/// The row of the model in this file.
fn row_of(file: &str) -> Row {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file).trim_end_matches(".rs");
    match rows().find(|row| row.model == name) {
        Some(row) => row,
        None => panic!("docs/protocol.md, section 15: there is no row of `{name}`"),
    }
}

/// Fails if the row of a model lacks this number of states. CACHEREF_SOAK makes other numbers.
pub fn assert_counted(file: &str, states: usize) {
    if std::env::var_os("CACHEREF_SOAK").is_some() {
        return;
    }
    let digits = states.to_string();
    let mut number = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            number.push(',');
        }
        number.push(digit);
    }
    let Row { model, counts, .. } = row_of(file);
    let is_there = counts
        .split(|letter: char| !letter.is_ascii_digit() && letter != ',')
        .any(|word| word.trim_end_matches(',') == number);
    assert!(
        is_there,
        "docs/protocol.md, section 15: the row of `{model}` lacks {number} states"
    );
}

/// Fails if the row of a model lacks a variant that it rejects.
pub fn assert_rejected(file: &str, variant: &str) {
    let row = row_of(file);
    let is_there = row.variants().any(|named| named == variant);
    let model = row.model;
    assert!(
        is_there,
        "docs/protocol.md, section 15: the row of `{model}` lacks the variant: {variant}"
    );
}
