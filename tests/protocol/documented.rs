//! The table in docs/protocol.md, section 15, and the models beside this file are the same list. [`document`] compares the
//! state counts, and each variant that a model rejects, with the row of the model.
//!
//! [`document`]: crate::model::document

use std::path::Path;
use std::{fs, io};

use crate::model::document::rows;

const OTHERS: [&str; 2] = ["main", "documented"];

#[test]
fn each_model_has_a_row_and_each_row_a_model_that_rejects_what_it_names() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protocol");
    let mut models = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(model) = name.strip_suffix(".rs").filter(|model| !OTHERS.contains(model)) {
            models.push(model.to_owned());
        }
    }
    let mut documented: Vec<_> = rows().map(|row| row.model.to_owned()).collect();
    models.sort();
    documented.sort();
    assert_eq!(models, documented);
    for row in rows() {
        let code = fs::read_to_string(folder.join(format!("{}.rs", row.model)))?;
        for variant in row.variants() {
            let is_broken = code.contains(&format!("\"{variant}\""));
            assert!(is_broken, "`{}` has no test of the variant: {variant}", row.model);
        }
    }
    Ok(())
}
