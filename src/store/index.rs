//! The entity index: which entries contain an entity, and which entities an entry contains.
//!
//! Both ways are one edge: it stands in the chain of its entry and in the doubly linked list of its entity, so that an
//! entry leaves every index it is in without a search, and an entity without entries is gone at once. Entities are
//! known by prefix, type and id; the lists of a type (`invalidateLists`) are an entity of their own without an id.
//! Entries are only numbers here: the store, which uses this, knows what they hold.

use crate::error::Result;
use crate::store::short_bytes::Short;
use crate::store::slab::{Link, NONE, Slab};
use crate::store::table::{BUCKET_SHARE, Table};
use crate::store::topics::Topics;
use std::collections::BTreeMap;

/// The bytes that an entity and its share of the table take, without a long id.
const ENTITY_SIZE: u64 = 28 + BUCKET_SHARE;
/// The bytes that an edge takes.
const EDGE_SIZE: u64 = 16;
/// Types without entities are kept for reuse up to this number: a type may be a name found in hostile data.
const IDLE_TYPES: usize = 1024;
/// In `Edge::previous`: the edge is the first of its entity, whose number stands in the lower bits.
const IS_FIRST: u32 = 1 << 31;

/// Something that a result contains: an entity, or, without an id, a list of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tracked<'a> {
    /// The entity type.
    pub type_name: &'a str,
    /// The id as UTF-8 text; `None` for a list of the type.
    pub id: Option<&'a [u8]>,
}

#[derive(Clone)]
struct Entity {
    hash: u32,
    kind: u32,
    /// Its newest edge, or the next free one.
    first: u32,
    id: Short,
}

#[derive(Clone)]
struct Edge {
    entry: u32,
    /// The next edge of the same entry, or the next free one.
    sibling: u32,
    /// The edge before this one in the list of the entity, or `IS_FIRST` and the entity.
    previous: u32,
    next: u32,
}

// What the sizes above count with.
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Entity>() == 28 && size_of::<Edge>() == 16);

/// The entities (or the lists) of one type under one prefix.
#[derive(Clone)]
struct Kind {
    prefix: u32,
    name: Box<str>,
    is_list: bool,
    base: u64,
    /// The topic of the type, for the log.
    topic: u64,
    entities: u32,
    /// The next free one.
    next: u32,
}

impl Default for Entity {
    fn default() -> Self {
        Entity {
            hash: 0,
            kind: NONE,
            first: NONE,
            id: Short::default(),
        }
    }
}

impl Default for Edge {
    fn default() -> Self {
        Edge {
            entry: NONE,
            sibling: NONE,
            previous: NONE,
            next: NONE,
        }
    }
}

impl Default for Kind {
    fn default() -> Self {
        Kind {
            prefix: NONE,
            name: "".into(),
            is_list: false,
            base: 0,
            topic: 0,
            entities: 0,
            next: NONE,
        }
    }
}

macro_rules! link_by {
    ($item:ty, $field:ident) => {
        impl Link for $item {
            #[inline]
            fn link(&self) -> u32 {
                self.$field
            }
            #[inline]
            fn set_link(&mut self, next: u32) {
                self.$field = next;
            }
        }
    };
}

link_by!(Entity, first);
link_by!(Edge, sibling);
link_by!(Kind, next);

/// The index of one store.
pub(crate) struct Index {
    kinds: Slab<Kind>,
    /// The kind that was asked for last, which is mostly the next one too.
    recent: u32,
    /// The kinds in the order of their prefixes and names.
    by_name: Vec<u32>,
    entities: Slab<Entity>,
    /// The entity behind the one that was linked last. Entities that come together in one result often do so again, in
    /// the order in which they got their slots.
    guess: u32,
    table: Table,
    edges: Slab<Edge>,
    bytes: u64,
}

impl Index {
    pub(crate) fn new() -> Self {
        Index {
            kinds: Slab::new(),
            recent: NONE,
            by_name: Vec::new(),
            entities: Slab::new(),
            guess: 0,
            table: Table::new(),
            edges: Slab::new(),
            bytes: 0,
        }
    }

    /// The bytes that the index takes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The number of entities, lists included.
    pub(crate) fn entities(&self) -> u32 {
        self.entities.used()
    }

    /// The kind of a type under a prefix, made if need be.
    pub(crate) fn kind(&mut self, topics: &Topics, prefix: u32, name: &str, is_list: bool) -> Result<u32> {
        if self.recent != NONE {
            let recent = self.kinds.get(self.recent);
            if recent.prefix == prefix && recent.is_list == is_list && *recent.name == *name {
                return Ok(self.recent);
            }
        }
        self.recent = match self.place(prefix, name, is_list) {
            Ok(at) => self.by_name[at],
            Err(at) => self.add_kind(topics, prefix, name, is_list, at)?,
        };
        Ok(self.recent)
    }

    fn add_kind(&mut self, topics: &Topics, prefix: u32, name: &str, is_list: bool, place: usize) -> Result<u32> {
        let kind = self.kinds.insert(Kind {
            prefix,
            name: name.into(),
            is_list,
            base: topics.base(prefix, name, is_list),
            topic: topics.entity_type(prefix, name),
            entities: 0,
            next: NONE,
        })?;
        self.by_name.insert(place, kind);
        Ok(kind)
    }

    /// The topics of something of a kind: of itself, and of its type.
    #[inline]
    pub(crate) fn topics(&self, topics: &Topics, kind: u32, id: &[u8]) -> (u64, u64) {
        let kind = self.kinds.get(kind);
        (topics.entity(kind.base, id), kind.topic)
    }

    /// Notes that `entry` contains the entity with this id, and returns the new first edge of the entry.
    pub(crate) fn link(&mut self, topics: &Topics, entry: u32, first: u32, kind: u32, id: &[u8]) -> Result<u32> {
        let entity = if self.is_entity(self.guess, kind, id) {
            self.guess
        } else {
            let hash = self.topics(topics, kind, id).0;
            match self.find_entity(kind, id, hash) {
                Some(entity) => entity,
                None => self.add_entity(kind, id, hash)?,
            }
        };
        self.guess = entity + 1;
        let newest = self.entities.get(entity).first;
        // Edges are added to the front: if the newest one is this entry's, the result contains the entity twice.
        if newest != NONE && self.edges.get(newest).entry == entry {
            return Ok(first);
        }
        let edge = self.edges.insert(Edge {
            entry,
            sibling: first,
            previous: IS_FIRST | entity,
            next: newest,
        });
        let edge = match edge {
            Ok(edge) => edge,
            Err(error) => {
                self.remove_if_empty(entity);
                return Err(error);
            }
        };
        if newest != NONE {
            self.edges.get_mut(newest).previous = edge;
        }
        self.entities.get_mut(entity).first = edge;
        self.bytes += EDGE_SIZE;
        Ok(edge)
    }

    /// Takes an entry out of every index, given its first edge.
    pub(crate) fn unlink(&mut self, first: u32) {
        let mut at = first;
        while at != NONE {
            let edge = self.edges.get(at);
            let (sibling, previous, next) = (edge.sibling, edge.previous, edge.next);
            if next != NONE {
                self.edges.get_mut(next).previous = previous;
            }
            if previous & IS_FIRST == 0 {
                self.edges.get_mut(previous).next = next;
            } else {
                let entity = previous & !IS_FIRST;
                self.entities.get_mut(entity).first = next;
                self.remove_if_empty(entity);
            }
            self.edges.remove(at);
            self.bytes -= EDGE_SIZE;
            at = sibling;
        }
    }

    /// The entries that contain an entity, newest first.
    pub(crate) fn entries(&self, topics: &Topics, prefix: u32, tracked: Tracked<'_>) -> Vec<u32> {
        let id = tracked.id.unwrap_or_default();
        let entity = self
            .find_kind(prefix, tracked.type_name, tracked.id.is_none())
            .and_then(|kind| self.find_entity(kind, id, self.topics(topics, kind, id).0));
        let mut entries = Vec::new();
        if let Some(entity) = entity {
            let mut at = self.entities.get(entity).first;
            while at != NONE {
                let edge = self.edges.get(at);
                entries.push(edge.entry);
                at = edge.next;
            }
        }
        entries
    }

    /// The number of slots that entities were ever kept in: `entity` is to be asked for those below it.
    pub(crate) fn bound(&self) -> u32 {
        self.entities.bound()
    }

    /// The prefix and the name of what is in a slot of the entities, if anything is.
    pub(crate) fn entity(&self, slot: u32) -> Option<(u32, Tracked<'_>)> {
        let entity = self.entities.get(slot);
        if entity.kind == NONE {
            return None;
        }
        let kind = self.kinds.get(entity.kind);
        let id = (!kind.is_list).then(|| entity.id.as_bytes());
        Some((
            kind.prefix,
            Tracked {
                type_name: &kind.name,
                id,
            },
        ))
    }

    fn is_entity(&self, slot: u32, kind: u32, id: &[u8]) -> bool {
        slot < self.entities.bound() && {
            let entity = self.entities.get(slot);
            entity.kind == kind && entity.id.is(id)
        }
    }

    #[inline]
    fn find_entity(&self, kind: u32, id: &[u8], hash: u64) -> Option<u32> {
        self.table.find(hash as u32, |slot| self.is_entity(slot, kind, id))
    }

    fn find_kind(&self, prefix: u32, name: &str, is_list: bool) -> Option<u32> {
        let at = self.place(prefix, name, is_list).ok()?;
        self.by_name.get(at).copied()
    }

    /// Where in `by_name` a kind is, or else would be.
    fn place(&self, prefix: u32, name: &str, is_list: bool) -> std::result::Result<usize, usize> {
        self.by_name.binary_search_by(|&slot| {
            let kind = self.kinds.get(slot);
            (kind.prefix, kind.is_list, &*kind.name).cmp(&(prefix, is_list, name))
        })
    }

    fn add_entity(&mut self, kind: u32, id: &[u8], hash: u64) -> Result<u32> {
        let id = Short::new(id);
        let size = ENTITY_SIZE + u64::from(id.heap_size());
        let entity = self.entities.insert(Entity {
            hash: hash as u32,
            kind,
            first: NONE,
            id,
        })?;
        self.bytes += size;
        self.table.insert(hash as u32, entity);
        self.kinds.get_mut(kind).entities += 1;
        Ok(entity)
    }

    fn remove_if_empty(&mut self, slot: u32) {
        let entity = self.entities.get(slot);
        if entity.first != NONE {
            return;
        }
        let kind = entity.kind;
        self.bytes -= ENTITY_SIZE + u64::from(entity.id.heap_size());
        self.table.remove(entity.hash, slot);
        self.entities.remove(slot);
        let of_kind = self.kinds.get_mut(kind);
        of_kind.entities -= 1;
        if of_kind.entities == 0 && self.kinds.used() as usize > IDLE_TYPES {
            self.remove_kind(kind);
        }
    }

    fn remove_kind(&mut self, slot: u32) {
        let kind = self.kinds.get(slot);
        if let Ok(at) = self.place(kind.prefix, &kind.name, kind.is_list) {
            self.by_name.remove(at);
        }
        self.kinds.remove(slot);
    }

    /// Checks every invariant against the entries' first edges, and returns what is wrong.
    pub(crate) fn validate(&self, topics: &Topics, chains: &[(u32, u32)]) -> std::result::Result<(), String> {
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
            let hash = self.topics(topics, entity.kind, id).0;
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
        }
        let free = self.edges.free_slots().len() + self.entities.free_slots().len();
        let unused = self.edges.bound() - self.edges.used() + self.entities.bound() - self.entities.used();
        if free != unused as usize {
            return Err(format!("{free} slots are free, {unused} are unused"));
        }
        Ok(())
    }
}
