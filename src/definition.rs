//! What the core knows of one wrapped function: how its keys are made, and which entities its results contain.
//!
//! A function is defined once, when it is wrapped. The boundary keeps a table of definitions.

#[cfg(feature = "scan")]
use crate::entities::extract::Extractor;
use crate::entities::ids::Declared;
use crate::keys::rules::KeyRules;
use crate::words::{Reader, Result};
use std::sync::Arc;

/// A wrapped function.
#[derive(Debug)]
pub struct Definition {
    /// How keys are made.
    pub keys: KeyRules,
    /// What is declared of the entities in results.
    pub declared: Arc<Declared>,
    /// Finds the entities in the text of a result.
    #[cfg(feature = "scan")]
    pub extractor: Extractor,
}

impl Definition {
    /// Reads what JavaScript writes (`define` of js/boundary/core.js): an array of the key rules, of what is declared of
    /// entities and, for a build with the feature `scan`, of the compiled rules.
    ///
    /// # Errors
    /// If the words are something else.
    pub fn read(words: &[u32]) -> Result<Definition> {
        let mut reader = Reader::new(words);
        let definition = reader.record(|fields| {
            Ok(Definition {
                keys: KeyRules::read(fields)?,
                declared: Arc::new(Declared::read(fields)?),
                #[cfg(feature = "scan")]
                extractor: Extractor::read(fields)?,
            })
        })?;
        reader.end()?;
        Ok(definition)
    }
}
