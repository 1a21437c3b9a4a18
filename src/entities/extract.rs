//! The entity rules of a function, compiled once. The rules E1 to E7 (docs/rules.md) are carried out here.
//!
//! They are compiled to a [`Matcher`]. The scan follows it over the text of a result, and JavaScript over a live result.
//! A user's own function may extract ids too; only its types are declared here ([`IdRule::Custom`]).

use super::compile::{Rule, compile};
use super::ids::{Declared, Ids, is_type};
#[cfg(feature = "scan")]
use super::json::repeated::without_repeated;
use super::jsonpath::{Path, Segment, Selector};
use super::matcher::Matcher;
use super::pages::{Own, Pages};
#[cfg(feature = "scan")]
use super::scan::Scanner;
use crate::error::{Code, Error, Result};
use crate::text::sink::quoted;
use crate::words::Text;
use serde::Deserialize;
use std::sync::Arc;

/// What a function declares about the entities of its results. As JSON: `{ "rules": [...] }`,
/// `{ "auto": { "typeField", "idField" } }`, or neither.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "EntityFields")]
pub enum EntityConfig {
    /// No entities: plain caching.
    #[default]
    None,
    /// These types.
    Rules(Vec<EntityRule>),
    /// Every object, at any depth, that has a type's name and an id.
    Auto {
        /// The field that names the type, `__typename` by default.
        type_field: String,
        /// The field that is the id.
        id_field: String,
    },
}

/// One entity type, and where its ids are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntityRule {
    /// The type: not empty, without `:`.
    pub entity_type: String,
    /// Where the ids are.
    pub id: IdRule,
}

/// Where the ids of a type are. As JSON: `{ "field": … }`, `{ "fields": [...] }`, `{ "path": … }`, or none of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "IdFields")]
pub enum IdRule {
    /// A field of the result, or of its elements if it is an array. A result or an element that is a string or a number is
    /// the id itself.
    Field(String),
    /// The same with several fields, joined with `-`. All of them must be there.
    Fields(Vec<String>),
    /// What a JSONPath selects.
    Path(String),
    /// What a user's function returns.
    Custom,
}

/// What a function declares about the shape of its results.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shape {
    /// The fields in which a page is looked for: `["data"]`, or `["edges", "node"]` for `edges[*].node`.
    #[serde(default)]
    pub pages: Vec<Vec<String>>,
    /// Whether each result is a list of its types, or none is; `None`: the result and the paths say so (rule E7).
    pub list: Option<bool>,
    /// The types that each result depends on.
    #[serde(default)]
    pub depends_on: Vec<String>,
}

/// An [`EntityConfig`] as it is deserialized. A struct takes a third of the code that a derived enum would take.
#[derive(Deserialize)]
struct EntityFields {
    rules: Option<Vec<EntityRule>>,
    auto: Option<AutoFields>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AutoFields {
    type_field: String,
    id_field: String,
}

impl From<EntityFields> for EntityConfig {
    fn from(fields: EntityFields) -> Self {
        match fields {
            EntityFields { rules: Some(rules), .. } => EntityConfig::Rules(rules),
            EntityFields { auto: Some(auto), .. } => EntityConfig::Auto {
                type_field: auto.type_field,
                id_field: auto.id_field,
            },
            _ => EntityConfig::None,
        }
    }
}

/// An [`IdRule`] as it is deserialized.
#[derive(Deserialize)]
struct IdFields {
    field: Option<String>,
    fields: Option<Vec<String>>,
    path: Option<String>,
}

impl From<IdFields> for IdRule {
    fn from(rule: IdFields) -> Self {
        match rule {
            IdFields { field: Some(field), .. } => IdRule::Field(field),
            IdFields {
                fields: Some(fields), ..
            } => IdRule::Fields(fields),
            IdFields { path: Some(path), .. } => IdRule::Path(path),
            _ => IdRule::Custom,
        }
    }
}

/// The compiled rules of one function.
///
/// ```
/// # #[cfg(feature = "scan")] {
/// use cacheref::entities::extract::{EntityConfig, EntityRule, Extractor, IdRule, Shape};
/// use cacheref::entities::ids::Ids;
/// use cacheref::entities::scan::Scanner;
///
/// let rule = EntityRule { entity_type: "product".into(), id: IdRule::Path("$.items[*].productId".into()) };
/// let extractor = Extractor::compile(&EntityConfig::Rules(vec![rule]), &Shape::default()).unwrap();
/// let mut ids = Ids::new();
/// let json = br#"{ "id": 1, "items": [{ "productId": 7 }, { "productId": "x" }] }"#;
/// extractor.extract_text(json, &mut Scanner::default(), &mut ids);
/// assert_eq!(ids.iter().collect::<Vec<_>>(), [("product", &b"7"[..]), ("product", &b"x"[..])]);
/// # }
/// ```
#[derive(Debug)]
pub struct Extractor {
    declared: Arc<Declared>,
    table: Table,
}

/// The compiled rules, for the walker of live objects.
#[derive(Debug)]
pub struct Table {
    /// What is followed first.
    pub rules: Matcher,
    /// What is followed if the result is an object without an id of its own.
    pub pages: Option<Pages>,
}

impl Extractor {
    /// Compiles what is declared.
    ///
    /// # Errors
    /// `ERR_CACHEREF_ENTITY_TYPE` for a type that is empty or contains a `:`, `ERR_CACHEREF_PATH` for a path that is not
    /// valid or not supported, `ERR_CACHEREF_OPTION` for a composite id of no fields.
    pub fn compile(config: &EntityConfig, shape: &Shape) -> Result<Extractor> {
        let mut declared = Declared {
            is_list: shape.list,
            ..Declared::default()
        };
        let mut compiled = Vec::new();
        match config {
            EntityConfig::None => {}
            EntityConfig::Auto { type_field, id_field } => compiled.push(Rule::Auto {
                type_field: type_field.clone(),
                id_field: id_field.clone(),
            }),
            EntityConfig::Rules(rules) => {
                for rule in rules {
                    let entity = number_of(&mut declared.types, &rule.entity_type)?;
                    compiled.extend(compile_rule(entity, &rule.id)?);
                }
            }
        }
        for name in &shape.depends_on {
            number_of(&mut declared.depends_on, name)?;
        }
        let mut own = Vec::new();
        for rule in &compiled {
            match rule {
                Rule::Fields { entity, fields } => own.push(Own {
                    entity: *entity,
                    fields: fields.clone(),
                }),
                Rule::Path { entity, segments } if segments.iter().any(is_of_many) => declared.lists.push(*entity),
                _ => {}
            }
        }
        let entity_of = |rule: &Rule| match rule {
            Rule::Fields { entity, .. } | Rule::Path { entity, .. } | Rule::Page { entity, .. } => Some(*entity),
            Rule::Auto { .. } => None,
        };
        let has_one_rule = |own: &Own| {
            compiled
                .iter()
                .filter(|rule| entity_of(rule) == Some(own.entity))
                .count()
                == 1
        };
        let is_sure = own.iter().all(has_one_rule);
        Ok(Extractor {
            table: Table {
                rules: compile(&compiled)?,
                pages: Pages::compile(&shape.pages, own, is_sure)?,
            },
            declared: Arc::new(declared),
        })
    }

    /// The declared types, in the order of their indexes; none for [`EntityConfig::Auto`].
    pub fn types(&self) -> &[String] {
        &self.declared.types
    }

    /// Whether an invalidation finds every result, whatever it holds: by its lists or by what it depends on.
    pub fn is_tracking_always(&self) -> bool {
        let Declared {
            types,
            lists,
            is_list,
            depends_on,
        } = &*self.declared;
        let is_list = match is_list {
            Some(is_list) => *is_list && !types.is_empty(),
            None => !lists.is_empty(),
        };
        is_list || !depends_on.is_empty()
    }

    /// The types that results depend on.
    pub fn depends_on(&self) -> &[String] {
        &self.declared.depends_on
    }

    #[cfg(feature = "scan")]
    /// Puts the ids of a result, given as JSON text, into `ids`, whose content they replace. Text that is no JSON gives some
    /// ids or none.
    pub fn extract_text(&self, json: &[u8], scanner: &mut Scanner, ids: &mut Ids) {
        self.extract_stringified(&without_repeated(json), scanner, ids);
    }

    #[cfg(feature = "scan")]
    /// The same for a text that `JSON.stringify` has written, in which no name is repeated in an object. If one is repeated
    /// after all, the ids may include those of a member that does not count.
    pub fn extract_stringified(&self, json: &[u8], scanner: &mut Scanner, ids: &mut Ids) {
        self.begin(ids);
        scanner.scan(&self.table.rules, json, ids);
        if let Some(pages) = &self.table.pages
            && pages.is_needed(json, ids)
        {
            pages.add(json, scanner, ids);
        }
    }

    /// Empties `ids` for a result whose ids come from elsewhere.
    pub fn begin(&self, ids: &mut Ids) {
        ids.clear(&self.declared);
    }

    /// The compiled rules, for the walker of live objects.
    pub fn table(&self) -> &Table {
        &self.table
    }
}

/// Whether a segment of a path may select any number of nodes, as a list has them.
fn is_of_many(segment: &Segment) -> bool {
    let is_many = |selector: &Selector| match selector {
        Selector::Name(_) => false,
        Selector::Wildcard => true,
        Selector::Slice(slice) => slice.as_index().is_none(),
    };
    segment.is_descendant || segment.selectors.iter().any(is_many)
}

fn number_of(types: &mut Vec<String>, name: &str) -> Result<u32> {
    if !is_type(name.as_bytes()) {
        return Err(Error::new(
            Code::EntityType,
            format!(
                "an entity type is a non-empty string without ':', got {}",
                quoted(Text::Utf8(name))
            ),
        ));
    }
    let known = types.iter().position(|known| known == name);
    Ok(known.unwrap_or_else(|| {
        types.push(name.to_owned());
        types.len() - 1
    }) as u32)
}

fn compile_rule(entity: u32, id: &IdRule) -> Result<Option<Rule>> {
    let fields = match id {
        IdRule::Custom => return Ok(None),
        IdRule::Path(path) => {
            let segments = Path::parse(path)?.segments;
            return Ok(Some(Rule::Path { entity, segments }));
        }
        IdRule::Field(field) => vec![field.clone()],
        IdRule::Fields(fields) if fields.is_empty() => {
            return Err(Error::new(
                Code::Option,
                "a composite id needs at least one field, got an empty array",
            ));
        }
        IdRule::Fields(fields) => fields.clone(),
    };
    Ok(Some(Rule::Fields { entity, fields }))
}
