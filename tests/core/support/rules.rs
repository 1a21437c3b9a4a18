//! Entity rules as JavaScript describes them, compiled for the tests. js/entities/declared.js does the same for all others.

use super::compile::{Rule, compile};
use super::jsonpath::{Path, Result, Segment, Selector, as_index};
use cacheref::entities::extract::Extractor;
use cacheref::entities::ids::{Declared, Ids};
use cacheref::entities::pages::Pages;
use cacheref::entities::scan::Scanner;
use serde::Deserialize;
use std::sync::Arc;

/// What a function declares about the entities of its results.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EntityConfig {
    pub rules: Vec<EntityRule>,
    pub auto: Option<Auto>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Auto {
    pub type_field: String,
    pub id_field: String,
}

/// One entity type, and where its ids are.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntityRule {
    pub entity_type: String,
    pub id: IdRule,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IdRule {
    Field(String),
    Fields(Vec<String>),
    Path(String),
}

/// What a function declares about the shape of its results.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shape {
    pub pages: Vec<Vec<String>>,
    pub list: Option<bool>,
    pub depends_on: Vec<String>,
}

/// The compiled rules of one function.
pub struct Compiled {
    pub declared: Arc<Declared>,
    pub extractor: Extractor,
}

impl Compiled {
    pub fn new(config: &EntityConfig, shape: &Shape) -> Result<Compiled> {
        let mut declared = Declared {
            is_list: shape.list,
            depends_on: shape.depends_on.clone(),
            ..Declared::default()
        };
        let auto = config.auto.iter().map(|auto| Rule::Auto {
            type_field: auto.type_field.clone(),
            id_field: auto.id_field.clone(),
        });
        let mut rules: Vec<Rule> = auto.collect();
        let mut own = Vec::new();
        for rule in &config.rules {
            let entity = number_of(&mut declared.types, &rule.entity_type);
            let fields = match &rule.id {
                IdRule::Path(path) => {
                    let segments = Path::parse(path)?.segments;
                    if segments.iter().any(is_of_many) {
                        declared.lists.push(entity);
                    }
                    rules.push(Rule::Path { entity, segments });
                    continue;
                }
                IdRule::Field(field) => vec![field.clone()],
                IdRule::Fields(fields) => fields.clone(),
            };
            own.push((entity, fields.clone()));
            rules.push(Rule::Fields { entity, fields });
        }
        let count = |entity: u32| {
            config
                .rules
                .iter()
                .filter(|rule| rule.entity_type == declared.types[entity as usize])
                .count()
        };
        let is_sure = own.iter().all(|(entity, _)| count(*entity) == 1);
        Ok(Compiled {
            extractor: Extractor {
                rules: compile(&rules)?,
                pages: pages(&shape.pages, own, is_sure)?,
            },
            declared: Arc::new(declared),
        })
    }

    pub fn extract_text(&self, json: &[u8], scanner: &mut Scanner, ids: &mut Ids) {
        self.extractor.extract_text(&self.declared, json, scanner, ids);
    }

    pub fn extract_stringified(&self, json: &[u8], scanner: &mut Scanner, ids: &mut Ids) {
        self.extractor.extract_stringified(&self.declared, json, scanner, ids);
    }
}

fn number_of(types: &mut Vec<String>, name: &str) -> u32 {
    let known = types.iter().position(|known| known == name);
    known.unwrap_or_else(|| {
        types.push(name.to_owned());
        types.len() - 1
    }) as u32
}

/// Whether a segment of a path may select any number of nodes.
fn is_of_many(segment: &Segment) -> bool {
    let is_many = |selector: &Selector| match selector {
        Selector::Name(_) => false,
        Selector::Wildcard => true,
        Selector::Slice(slice) => as_index(slice).is_none(),
    };
    segment.is_descendant || segment.selectors.iter().any(is_many)
}

/// The rules for pages. Each type has three numbers there: its own id, an id in a field, a list.
fn pages(forms: &[Vec<String>], own: Vec<(u32, Vec<String>)>, is_sure: bool) -> Result<Option<Pages>> {
    if forms.is_empty() || own.is_empty() {
        return Ok(None);
    }
    let (mut rules, mut types) = (Vec::new(), Vec::new());
    for (place, (entity, fields)) in (0..).zip(own) {
        let first = place * 3;
        for form in forms {
            rules.push(Rule::Page {
                entity: first + 1,
                list: first + 2,
                path: form.iter().cloned().map(Selector::Name).collect(),
                fields: fields.clone(),
            });
        }
        rules.push(Rule::Fields { entity: first, fields });
        types.push(entity);
    }
    let rules = compile(&rules)?;
    Ok(Some(Pages { rules, types, is_sure }))
}
