//! What the core knows of one wrapped function: how its keys are made, and which entities its results contain.
//!
//! A definition is compiled once, when the function is wrapped, so that misuse is reported there. The boundary keeps a table
//! of definitions.

use crate::entities::extract::{EntityConfig, Extractor, Shape};
use crate::error::{Code, Error, Result};
use crate::keys::rules::{KeyFormat, KeyRules};
use serde::Deserialize;

/// A function as JavaScript describes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionConfig {
    /// Every key begins with it. It is well-formed UTF-8, as the other names are: JavaScript escapes them.
    pub prefix: String,
    /// What follows the prefix in keys; `c:` if nothing is given.
    pub heading: Option<String>,
    /// The function name in keys.
    pub name: String,
    /// A part of every key.
    pub version: Option<String>,
    /// What the argument part of a key looks like.
    #[serde(default)]
    pub key_format: KeyFormat,
    /// Whether arguments are normalized: they go by name, and lists, sets and maps are unordered.
    #[serde(default)]
    pub normalize_args: bool,
    /// The names of the positional parameters.
    #[serde(default)]
    pub params: Vec<String>,
    /// Whether an in-memory store knows its calls by their cache keys.
    #[serde(default)]
    pub text_keys: bool,
    /// The entities of its results.
    #[serde(default)]
    pub entities: EntityConfig,
    /// The shape of its results.
    #[serde(default)]
    pub shape: Shape,
}

/// The compiled form of a [`FunctionConfig`].
#[derive(Debug)]
pub struct Definition {
    /// How keys are made.
    pub keys: KeyRules,
    /// Which entities results contain.
    pub entities: Extractor,
}

impl Definition {
    /// Compiles what JavaScript describes.
    ///
    /// # Errors
    /// Whatever [`Extractor::compile`] refuses; a `version` for keys in Python's format, which has no place for it; and
    /// that format itself in a build without the feature `python`.
    pub fn compile(config: FunctionConfig) -> Result<Definition> {
        let is_python = config.key_format == KeyFormat::Python;
        if is_python && !cfg!(feature = "python") {
            return Err(Error::new(
                Code::Option,
                "keyFormat must be \"readable\" or \"hashed\", got \"python\": this build of the core has no Python keys",
            ));
        }
        if is_python && config.version.is_some() {
            return Err(Error::new(
                Code::Option,
                "version must be absent where keyFormat is \"python\": the Python library's keys have no version",
            ));
        }
        Ok(Definition {
            entities: Extractor::compile(&config.entities, &config.shape)?,
            keys: KeyRules {
                prefix: config.prefix,
                heading: config.heading,
                name: config.name,
                version: config.version,
                format: config.key_format,
                normalize: config.normalize_args,
                params: config.params,
                as_text: config.text_keys,
            },
        })
    }
}
