//! The check of every invariant, for tests and debug builds.

use super::Store;
use super::index::{EDGE_SIZE, ENTITY_SIZE, IS_FIRST, Index};
use super::slab::NONE;
use super::topics::Topics;
use std::collections::BTreeMap;

impl Store {
    /// Checks every invariant of the store.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn validate(&self) -> Result<(), String> {
        let in_table = self.table.slots()?;
        let in_order = self.order.slots(&self.entries)?;
        let mut chains = Vec::new();
        let (mut stored, mut bytes, mut runs) = (0, 0, 0);
        for &slot in &in_table {
            let entry = self.entries.get(slot);
            let call = entry.call();
            if self.find(call, self.hash(call)) != Some(slot) {
                return Err(format!("slot {slot} is not found by its key"));
            }
            if !entry.is_stored() && entry.run == NONE {
                return Err(format!("slot {slot} has neither a value nor a run"));
            }
            if entry.is_stored() {
                stored += 1;
                bytes += entry.bytes();
            } else if entry.edges != NONE {
                return Err(format!("slot {slot} has no value but is in the index"));
            }
            if entry.run != NONE {
                runs += 1;
                if self.runs.get(entry.run).ticket == 0 {
                    return Err(format!("slot {slot} has a run that ended"));
                }
            }
            chains.push((slot, entry.edges));
        }
        let counted = [
            ("slots", in_table.len(), self.entries.used() as usize),
            ("values", stored, self.stored as usize),
            ("values in order", in_order.len(), stored),
            ("runs", runs, self.runs.used() as usize),
            ("runs in the log", self.log.runs() as usize, runs),
            (
                "free slots",
                self.entries.free_slots().len(),
                (self.entries.bound() - self.entries.used()) as usize,
            ),
            (
                "values of functions",
                self.functions
                    .iter()
                    .map(|(_, function)| function.entries as usize)
                    .sum(),
                stored,
            ),
        ];
        for (what, found, expected) in counted {
            if found != expected {
                return Err(format!("there are {found} {what}, where {expected} are expected"));
            }
        }
        if let Some(slot) = in_order.iter().find(|&&slot| !self.entries.get(slot).is_stored()) {
            return Err(format!("slot {slot} is in order but has no value"));
        }
        if bytes != self.bytes {
            return Err(format!(
                "the entries take {bytes} bytes, the store counts {}",
                self.bytes
            ));
        }
        if self.stored > self.limits.entries || self.bytes() > self.limits.bytes {
            return Err("the store holds more than it may".into());
        }
        self.index.validate(&self.topics, &chains)?;
        self.log.validate()
    }
}

impl Index {
    /// Checks every invariant of the index. `chains` are the entries with their first edges.
    fn validate(&self, topics: &Topics, chains: &[(u32, u32)]) -> Result<(), String> {
        let mut linked = 0;
        for &(entry, first) in chains {
            let mut at = first;
            while at != NONE {
                let edge = self.edges.get(at);
                if edge.entry != entry {
                    return Err(format!(
                        "edge {at} is in the chain of entry {entry} but belongs to {}",
                        edge.entry
                    ));
                }
                linked += 1;
                at = edge.sibling;
            }
        }
        if linked != self.edges.used() {
            return Err(format!(
                "{} edges are in use, the entries hold {linked}",
                self.edges.used()
            ));
        }
        let (mut listed, mut bytes) = (0, 0);
        let mut of_kind = BTreeMap::<u32, u32>::new();
        let slots = self.table.slots()?;
        for &slot in &slots {
            let entity = self.entities.get(slot);
            let id = entity.id.as_bytes();
            let hash = self.topic(topics, entity.kind, id);
            if self.find_entity(entity.kind, id, hash) != Some(slot) {
                return Err(format!("entity {slot} is not found by its id"));
            }
            if entity.first == NONE {
                return Err(format!("entity {slot} has no entry"));
            }
            let mut previous = IS_FIRST | slot;
            let mut at = entity.first;
            while at != NONE {
                let edge = self.edges.get(at);
                if edge.previous != previous {
                    return Err(format!("edge {at} does not know what is before it"));
                }
                listed += 1;
                (previous, at) = (at, edge.next);
            }
            bytes += ENTITY_SIZE + u64::from(entity.id.heap_size());
            *of_kind.entry(entity.kind).or_default() += 1;
        }
        if listed != linked {
            return Err(format!("the entities list {listed} edges, the entries {linked}"));
        }
        if slots.len() != self.entities.used() as usize {
            return Err(format!(
                "{} entities are in use, {} are found",
                self.entities.used(),
                slots.len()
            ));
        }
        if bytes + u64::from(linked) * EDGE_SIZE != self.bytes {
            return Err(format!("the index takes {} bytes, it counts {}", bytes, self.bytes));
        }
        for (&kind, &entities) in &of_kind {
            if self.kinds.get(kind).entities != entities {
                return Err(format!(
                    "type {kind} has {entities} entities, it counts {}",
                    self.kinds.get(kind).entities
                ));
            }
            let (mut newer, mut at) = (NONE, self.kinds.get(kind).first);
            let mut chained = 0;
            while at != NONE && chained <= entities {
                let entity = self.entities.get(at);
                if entity.kind != kind || entity.newer != newer {
                    return Err(format!("entity {at} is in the wrong place of its type"));
                }
                chained += 1;
                (newer, at) = (at, entity.older);
            }
            if chained != entities {
                return Err(format!("type {kind} lists {chained} of its {entities} entities"));
            }
        }
        let free = self.edges.free_slots().len() + self.entities.free_slots().len();
        let unused = self.edges.bound() - self.edges.used() + self.entities.bound() - self.entities.used();
        if free != unused as usize {
            return Err(format!("{free} slots are free, {unused} are unused"));
        }
        Ok(())
    }
}
