//! The entity index: which entries contain an entity, and which entities an entry contains.
//!
//! One edge stands for "entry E contains entity T". It is in two lists: the chain of its entry (`sibling`), and the doubly
//! linked list of its entity (`next`, `previous`), newest first. Two entries, where entry 4 contains both entities:
//!
//! ```text
//!               entry 4          entry 9
//!               edges ↓          edges ↓
//! user 7  first → [edge 1] next → [edge 2]     invalidateEntity("user", 7) follows `next`: entries 4 and 9
//!               sibling ↓
//! user 8  first → [edge 0]                     entry 4 is removed: follows `sibling`, takes edges 1 and 0 out
//! ```
//!
//! So an entry leaves all its indexes without a search, and an entity without entries is removed at once.
//!
//! An entity is known by its prefix, type and id. A prefix, a type and a role make a *kind*, which has a number, and lists
//! its entities. The lists of a type (`invalidateLists`), and what depends on it (`dependsOn`), are one entity each, without
//! an id. Entries are only slot numbers here.

use super::short_bytes::ShortBytes;
use super::slab::{Link, NONE, Slab};
use super::table::{BUCKET_SHARE, Table};
use super::topics::Topics;
use crate::error::Result;

/// The bytes that an entity and its share of the table take, without a long id.
pub(super) const ENTITY_SIZE: u64 = 36 + BUCKET_SHARE;
/// The bytes that an edge takes.
pub(super) const EDGE_SIZE: u64 = 16;
/// Beyond this number of kinds, a kind without entities is removed: a type may be a name in hostile data.
const IDLE_TYPES: usize = 1024;
/// In `Edge::previous`: the edge is the first one of its entity. The lower bits are the number of the entity.
pub(super) const IS_FIRST: u32 = 1 << 31;

/// In which way an entry is tied to a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It contains an entity of the type.
    Entity,
    /// It is a list of the type.
    List,
    /// It depends on everything of the type.
    Dependent,
}

/// What ties a result to a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tracked<'a> {
    /// The entity type.
    pub type_name: &'a str,
    /// In which way.
    pub role: Role,
    /// The id of an entity as UTF-8 text; empty for the other roles.
    pub id: &'a [u8],
}

impl<'a> Tracked<'a> {
    /// An entity that the result contains.
    pub fn entity(type_name: &'a str, id: &'a [u8]) -> Self {
        let role = Role::Entity;
        Tracked { type_name, role, id }
    }

    /// The result is a list of the type.
    pub fn list(type_name: &'a str) -> Self {
        let (role, id) = (Role::List, &[][..]);
        Tracked { type_name, role, id }
    }

    /// The result depends on the type.
    pub fn dependent(type_name: &'a str) -> Self {
        let (role, id) = (Role::Dependent, &[][..]);
        Tracked { type_name, role, id }
    }
}

#[derive(Clone)]
pub(super) struct Entity {
    hash: u32,
    pub(super) kind: u32,
    /// Its newest edge, or the next free entity.
    pub(super) first: u32,
    /// The entities of its kind before and behind it.
    pub(super) newer: u32,
    pub(super) older: u32,
    pub(super) id: ShortBytes,
}

#[derive(Clone)]
pub(super) struct Edge {
    pub(super) entry: u32,
    /// The next edge of the same entry, or the next free edge.
    pub(super) sibling: u32,
    /// The edge before this one in the list of the entity, or `IS_FIRST` and the entity.
    pub(super) previous: u32,
    pub(super) next: u32,
}

// What the sizes above count with.
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Entity>() == 36 && size_of::<Edge>() == 16);

/// The entities of one type under one prefix in one role.
#[derive(Clone)]
pub(super) struct Kind {
    prefix: u32,
    name: Box<str>,
    role: Role,
    base: u64,
    pub(super) entities: u32,
    /// Its newest entity.
    pub(super) first: u32,
    /// The next free kind.
    next: u32,
}

impl Default for Entity {
    fn default() -> Self {
        Entity {
            hash: 0,
            kind: NONE,
            first: NONE,
            newer: NONE,
            older: NONE,
            id: ShortBytes::default(),
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
            role: Role::Entity,
            base: 0,
            entities: 0,
            first: NONE,
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
    pub(super) kinds: Slab<Kind>,
    /// The kind that was used last. Mostly the next entity is of that kind too.
    recent: u32,
    /// The kinds in the order of their prefixes and names.
    by_name: Vec<u32>,
    pub(super) entities: Slab<Entity>,
    /// How many of them stand for the lists or the dependents of a type.
    others: u32,
    /// The entity behind the one that was linked last. Entities that come together in one result often do so again, in the
    /// order of their slots.
    guess: u32,
    pub(super) table: Table,
    pub(super) edges: Slab<Edge>,
    pub(super) bytes: u64,
}

impl Index {
    pub(crate) fn new() -> Self {
        Index {
            kinds: Slab::new(),
            recent: NONE,
            by_name: Vec::new(),
            entities: Slab::new(),
            others: 0,
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

    /// The number of entities. The lists and the dependents of a type are none.
    pub(crate) fn entities(&self) -> u32 {
        self.entities.used() - self.others
    }

    /// The kind of a type under a prefix. A new one is added.
    pub(crate) fn kind(&mut self, topics: &Topics, prefix: u32, name: &str, role: Role) -> Result<u32> {
        if self.recent != NONE {
            let recent = self.kinds.get(self.recent);
            if recent.prefix == prefix && recent.role == role && *recent.name == *name {
                return Ok(self.recent);
            }
        }
        self.recent = match self.place(prefix, name, role) {
            Ok(at) => self.by_name[at],
            Err(at) => self.add_kind(topics, prefix, name, role, at)?,
        };
        Ok(self.recent)
    }

    fn add_kind(&mut self, topics: &Topics, prefix: u32, name: &str, role: Role, place: usize) -> Result<u32> {
        let kind = self.kinds.insert(Kind {
            prefix,
            name: name.into(),
            role,
            base: topics.base(prefix, name, role),
            entities: 0,
            first: NONE,
            next: NONE,
        })?;
        self.by_name.insert(place, kind);
        Ok(kind)
    }

    /// The topic of something of a kind.
    #[inline]
    pub(super) fn topic(&self, topics: &Topics, kind: u32, id: &[u8]) -> u64 {
        topics.entity(self.kinds.get(kind).base, id)
    }

    /// Notes that `entry` contains the entity with this id, and returns the new first edge of the entry.
    pub(crate) fn link(&mut self, topics: &Topics, entry: u32, first: u32, kind: u32, id: &[u8]) -> Result<u32> {
        let entity = if self.is_entity(self.guess, kind, id) {
            self.guess
        } else {
            let hash = self.topic(topics, kind, id);
            match self.find_entity(kind, id, hash) {
                Some(entity) => entity,
                None => self.add_entity(kind, id, hash)?,
            }
        };
        self.guess = entity + 1;
        let newest = self.entities.get(entity).first;
        // Edges are added at the front. If the newest edge is that of this entry, the result contains the entity twice.
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

    /// The entries that something is tied to, newest first.
    pub(crate) fn entries(&self, topics: &Topics, prefix: u32, tracked: Tracked<'_>) -> Vec<u32> {
        let mut entries = Vec::new();
        let entity = self
            .find_kind(prefix, tracked.type_name, tracked.role)
            .and_then(|kind| self.find_entity(kind, tracked.id, self.topic(topics, kind, tracked.id)));
        if let Some(entity) = entity {
            self.add_entries(entity, &mut entries);
        }
        entries
    }

    /// The entries that are tied to a type in any way. One may come several times.
    pub(crate) fn entries_of_type(&self, prefix: u32, name: &str) -> Vec<u32> {
        let mut entries = Vec::new();
        for role in [Role::Entity, Role::List, Role::Dependent] {
            let kind = self.find_kind(prefix, name, role);
            let mut entity = kind.map_or(NONE, |kind| self.kinds.get(kind).first);
            while entity != NONE {
                self.add_entries(entity, &mut entries);
                entity = self.entities.get(entity).older;
            }
        }
        entries
    }

    fn add_entries(&self, entity: u32, entries: &mut Vec<u32>) {
        let mut at = self.entities.get(entity).first;
        while at != NONE {
            let edge = self.edges.get(at);
            entries.push(edge.entry);
            at = edge.next;
        }
    }

    /// All slots of entities are below this.
    pub(crate) fn bound(&self) -> u32 {
        self.entities.bound()
    }

    /// The prefix, the type and the id of the entity in a slot, if there is one.
    pub(crate) fn entity(&self, slot: u32) -> Option<(u32, Tracked<'_>)> {
        let entity = self.entities.get(slot);
        if entity.kind == NONE {
            return None;
        }
        let kind = self.kinds.get(entity.kind);
        Some((
            kind.prefix,
            Tracked {
                type_name: &kind.name,
                role: kind.role,
                id: entity.id.as_bytes(),
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
    pub(super) fn find_entity(&self, kind: u32, id: &[u8], hash: u64) -> Option<u32> {
        self.table.find(hash as u32, |slot| self.is_entity(slot, kind, id))
    }

    fn find_kind(&self, prefix: u32, name: &str, role: Role) -> Option<u32> {
        let at = self.place(prefix, name, role).ok()?;
        self.by_name.get(at).copied()
    }

    /// Where a kind is in `by_name`, or where it would be.
    fn place(&self, prefix: u32, name: &str, role: Role) -> std::result::Result<usize, usize> {
        self.by_name.binary_search_by(|&slot| {
            let kind = self.kinds.get(slot);
            (kind.prefix, kind.role, &*kind.name).cmp(&(prefix, role, name))
        })
    }

    fn add_entity(&mut self, kind: u32, id: &[u8], hash: u64) -> Result<u32> {
        let id = ShortBytes::new(id);
        let size = ENTITY_SIZE + u64::from(id.heap_size());
        let older = self.kinds.get(kind).first;
        let entity = self.entities.insert(Entity {
            hash: hash as u32,
            kind,
            first: NONE,
            newer: NONE,
            older,
            id,
        })?;
        if older != NONE {
            self.entities.get_mut(older).newer = entity;
        }
        self.bytes += size;
        self.table.insert(hash as u32, entity);
        let of_kind = self.kinds.get_mut(kind);
        of_kind.first = entity;
        of_kind.entities += 1;
        self.others += u32::from(of_kind.role != Role::Entity);
        Ok(entity)
    }

    fn remove_if_empty(&mut self, slot: u32) {
        let entity = self.entities.get(slot);
        if entity.first != NONE {
            return;
        }
        let (kind, newer, older) = (entity.kind, entity.newer, entity.older);
        self.bytes -= ENTITY_SIZE + u64::from(entity.id.heap_size());
        self.table.remove(entity.hash, slot);
        self.entities.remove(slot);
        if older != NONE {
            self.entities.get_mut(older).newer = newer;
        }
        if newer != NONE {
            self.entities.get_mut(newer).older = older;
        }
        let of_kind = self.kinds.get_mut(kind);
        if of_kind.first == slot {
            of_kind.first = older;
        }
        of_kind.entities -= 1;
        self.others -= u32::from(of_kind.role != Role::Entity);
        if of_kind.entities == 0 && self.kinds.used() as usize > IDLE_TYPES {
            self.remove_kind(kind);
        }
    }

    fn remove_kind(&mut self, slot: u32) {
        let kind = self.kinds.get(slot);
        if let Ok(at) = self.place(kind.prefix, &kind.name, kind.role) {
            self.by_name.remove(at);
        }
        self.kinds.remove(slot);
    }
}
