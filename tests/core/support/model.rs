//! A naive model of the in-memory store, and operations that are run on both.
//!
//! The model keeps everything in plain maps, remembers for each run every invalidation since it began, and looks at
//! all of it each time. It does not say when expired entries are swept: any value that goes must have a reason.
//! Property tests and the fuzz target (fuzz/) share this file.

use cacheref::store::index::{Role, Tracked};
use cacheref::store::{Answer, Call, Lifetime, Limits, Outcome, State, Store};
use std::collections::{BTreeMap, BTreeSet};

const PREFIXES: [&str; 2] = ["a:", "b:"];
const TYPES: [&str; 3] = ["user", "order", "user list"];
/// Prefix, name, and the types that the function declares; `None` when they are only known at the end of a run.
const FUNCTIONS: [(usize, &str, Option<&[&str]>); 4] = [
    (0, "get", Some(&["user"])),
    (0, "list", Some(&["user", "order"])),
    (0, "auto", None),
    (1, "get", Some(&["user"])),
];
const STALE_MS: f64 = 20.0;

type Key = (usize, Vec<u8>);
/// A type, in which way the result is tied to it, and the id of an entity.
type Item = (usize, Role, Vec<u8>);

#[derive(Debug, Clone, PartialEq)]
enum Target {
    Tracked(usize, Item),
    Type(usize, usize),
    Function(usize),
    Key(Key),
    All(usize),
}

struct Value {
    slot: u32,
    expires_ms: f64,
    window_ms: f64,
    items: BTreeSet<Item>,
}

struct Flight {
    slot: u32,
    ticket: u64,
    heard: Vec<Target>,
}

/// The store and its model, side by side.
pub struct Pair {
    store: Store,
    functions: Vec<u32>,
    limit: usize,
    now_ms: f64,
    values: BTreeMap<Key, Value>,
    /// Least recently used first.
    order: Vec<Key>,
    runs: BTreeMap<Key, Flight>,
    /// Runs whose place another one took: `commit` must refuse them.
    lost: Vec<(u32, u64)>,
}

/// Runs operations, each decoded from four bytes, and panics where store and model differ.
pub fn compare(limit: u8, operations: &[[u8; 4]]) {
    let mut pair = Pair::new(usize::from(limit % 16) + 1);
    for &operation in operations {
        pair.apply(operation);
        pair.store.validate().expect("the invariants hold");
        assert_eq!(pair.store.len() as usize, pair.values.len(), "after {operation:?}");
        assert_eq!(pair.store.runs() as usize, pair.runs.len(), "after {operation:?}");
    }
}

impl Pair {
    fn new(limit: usize) -> Self {
        let limits = Limits {
            entries: limit as u32,
            ..Limits::default()
        };
        let mut store = Store::new([7, 9], limits);
        let functions = FUNCTIONS
            .iter()
            .map(|&(prefix, name, types)| store.open(PREFIXES[prefix], name, types));
        Pair {
            functions: functions.collect(),
            store,
            limit,
            now_ms: 1_000_000.0,
            values: BTreeMap::new(),
            order: Vec::new(),
            runs: BTreeMap::new(),
            lost: Vec::new(),
        }
    }

    fn apply(&mut self, [kind, a, b, c]: [u8; 4]) {
        match kind % 13 {
            0..=2 => self.call(a, b, false),
            3 => self.call(a, b, true),
            4..=6 => self.commit(a, b, c),
            7 => self.release(a),
            8 => {
                let prefix = usize::from(a) % 2;
                let target = match item(b, c) {
                    (kind, Role::Dependent, _) => Target::Type(prefix, kind),
                    item => Target::Tracked(prefix, item),
                };
                self.invalidate(target, c % 4 == 0);
            }
            9 => {
                let target = match a % 8 {
                    0..=2 => Target::Function(usize::from(b) % 4),
                    3..=6 => Target::Key(key(b, c)),
                    _ => Target::All(usize::from(b) % 2),
                };
                self.invalidate(target, false);
            }
            10 => self.now_ms += f64::from(a % 32),
            11 => self.touch(a),
            _ => self.look(a, b),
        }
    }

    fn call(&mut self, a: u8, b: u8, is_refresh: bool) {
        let key = key(a, b);
        let call = Call {
            function: self.functions[key.0],
            key: &key.1,
        };
        let answer = match is_refresh {
            true => self.store.refresh(call),
            false => self.store.lookup(call, self.now_ms, STALE_MS),
        };
        let answer = answer.expect("far below the limits");
        let is_joinable = self
            .runs
            .get(&key)
            .is_some_and(|run| run.heard.iter().all(|heard| !may_concern(heard, &key)));
        let expected = match self.values.get(&key) {
            _ if is_refresh => State::Run,
            Some(value) if self.now_ms < value.expires_ms - value.window_ms => State::Fresh,
            Some(value) if self.now_ms < value.expires_ms.min(value.expires_ms - value.window_ms + STALE_MS) => {
                if is_joinable {
                    State::Stale
                } else {
                    State::Refresh
                }
            }
            _ if is_joinable => State::Join,
            _ => State::Run,
        };
        assert_eq!(answer.state, expected, "{key:?}");
        self.drain(|_, _| false);
        self.note(key, answer);
    }

    fn note(&mut self, key: Key, answer: Answer) {
        if let Some(value) = self.values.get(&key) {
            assert_eq!(value.slot, answer.slot);
        }
        if matches!(answer.state, State::Run | State::Refresh) {
            let run = Flight {
                slot: answer.slot,
                ticket: answer.ticket,
                heard: Vec::new(),
            };
            if let Some(old) = self.runs.insert(key, run) {
                self.lost.push((old.slot, old.ticket));
            }
        } else {
            assert_eq!(answer.ticket, 0);
            assert!(answer.state != State::Join || self.runs[&key].slot == answer.slot);
        }
    }

    fn commit(&mut self, a: u8, b: u8, c: u8) {
        let items: BTreeSet<Item> = (0..b % 4)
            .map(|at| item(a.wrapping_mul(at), c.wrapping_add(at)))
            .collect();
        // Twice: what a result contains may be told more than once.
        let tracked = || items.iter().chain(&items).map(tracked_of);
        let lifetime = Lifetime {
            now_ms: self.now_ms,
            fresh_until_ms: self.now_ms + f64::from(c % 40) + 1.0,
            window_ms: f32::from(c % 3) * 15.0,
            size: 10,
        };
        if a % 8 == 0 {
            if let Some((slot, ticket)) = self.lost.pop() {
                let outcome = self
                    .store
                    .commit(slot, ticket, lifetime, tracked)
                    .expect("far below the limits");
                assert_eq!(outcome, Outcome::Superseded);
                return;
            }
        }
        let Some(key) = pick(&self.runs, a) else { return };
        let run = self.runs.remove(&key).expect("it was picked");
        let is_concerned = run.heard.iter().any(|heard| concerns(heard, &key, &items));
        let outcome = self
            .store
            .commit(run.slot, run.ticket, lifetime, tracked)
            .expect("far below the limits");
        if is_concerned {
            assert_eq!(outcome, Outcome::Invalidated);
            return;
        }
        assert_eq!(outcome, Outcome::Stored);
        let value = Value {
            slot: run.slot,
            expires_ms: lifetime.fresh_until_ms + f64::from(lifetime.window_ms),
            window_ms: f64::from(lifetime.window_ms),
            items,
        };
        let is_new = self.values.insert(key.clone(), value).is_none();
        self.order.retain(|other| *other != key);
        self.order.push(key.clone());
        let slot = run.slot;
        let removed = self.store.take_removed();
        let (mut replaced, mut evicted) = (false, false);
        for gone in removed {
            if gone == slot && !is_new && !replaced {
                replaced = true;
                continue;
            }
            let victim = self.key_of(gone);
            let is_expired = self.values[&victim].expires_ms <= self.now_ms;
            if !is_expired {
                assert!(
                    !evicted && self.values.len() > self.limit,
                    "{victim:?} went although there was room"
                );
                evicted = true;
            }
            assert!(is_expired || self.order[0] == victim, "{victim:?} went before its turn");
            self.forget(&victim);
        }
        assert!(self.values.len() <= self.limit);
    }

    fn release(&mut self, a: u8) {
        let Some(key) = pick(&self.runs, a) else { return };
        let run = self.runs.remove(&key).expect("it was picked");
        let is_live = self.store.release(run.slot, run.ticket, self.now_ms);
        assert_eq!(
            is_live,
            self.values
                .get(&key)
                .is_some_and(|value| self.now_ms < value.expires_ms)
        );
    }

    fn invalidate(&mut self, target: Target, is_soft: bool) {
        let now_ms = self.now_ms;
        let count = match &target {
            Target::Tracked(prefix, item) => {
                self.store
                    .invalidate_tracked(PREFIXES[*prefix], tracked_of(item), now_ms, is_soft)
            }
            Target::Type(prefix, kind) => self
                .store
                .invalidate_type(PREFIXES[*prefix], TYPES[*kind], now_ms, is_soft),
            Target::Function(function) => {
                let (prefix, name, _) = FUNCTIONS[*function];
                self.store.invalidate_function(PREFIXES[prefix], name, now_ms)
            }
            Target::Key((function, key)) => {
                let call = Call {
                    function: self.functions[*function],
                    key,
                };
                self.store.invalidate_key(call, now_ms)
            }
            Target::All(prefix) => self.store.invalidate_all(PREFIXES[*prefix], now_ms),
        };
        for run in self.runs.values_mut() {
            run.heard.push(target.clone());
        }
        let concerned: Vec<Key> = self
            .values
            .iter()
            .filter(|(key, value)| concerns(&target, key, &value.items))
            .map(|(key, _)| key.clone())
            .collect();
        let expected = concerned
            .iter()
            .filter(|key| now_ms < self.values[*key].expires_ms)
            .count();
        assert_eq!(count as usize, expected, "{target:?}");
        for key in &concerned {
            let value = self.values.get_mut(key).expect("it is concerned");
            if is_soft && value.window_ms > 0.0 && now_ms < value.expires_ms {
                value.expires_ms = value.expires_ms.min(now_ms + value.window_ms);
            }
        }
        self.drain(|key, value| concerned.contains(key) && !(is_soft && value.window_ms > 0.0));
        if !is_soft {
            assert!(concerned.iter().all(|key| !self.values.contains_key(key)));
        }
    }

    fn touch(&mut self, a: u8) {
        if let Some(key) = pick(&self.values, a) {
            self.store.touch(&[self.values[&key].slot, u32::MAX]);
            self.order.retain(|other| *other != key);
            self.order.push(key);
        }
    }

    fn look(&mut self, a: u8, b: u8) {
        let key = key(a, b);
        let call = Call {
            function: self.functions[key.0],
            key: &key.1,
        };
        let expected = self
            .values
            .get(&key)
            .filter(|value| self.now_ms < value.expires_ms.min(value.expires_ms - value.window_ms + STALE_MS));
        let found = self.store.peek(call, self.now_ms, STALE_MS);
        assert_eq!(found, expected.map(|value| value.slot));
        if let Some(value) = expected {
            let described = self.store.describe(value.slot, self.now_ms).expect("it is there");
            assert_eq!(described.key, key.1);
            assert_eq!(described.function, self.functions[key.0]);
            assert_eq!(described.expires_in_ms, value.expires_ms - self.now_ms);
        }
    }

    /// Forgets what the store says is gone; it must be expired, or have the reason.
    fn drain(&mut self, reason: impl Fn(&Key, &Value) -> bool) {
        for slot in self.store.take_removed() {
            let key = self.key_of(slot);
            let value = &self.values[&key];
            assert!(
                value.expires_ms <= self.now_ms || reason(&key, value),
                "{key:?} went without a reason"
            );
            self.forget(&key);
        }
        self.store.take_softened();
    }

    fn key_of(&self, slot: u32) -> Key {
        let found = self.values.iter().find(|(_, value)| value.slot == slot);
        found.expect("only values go").0.clone()
    }

    fn forget(&mut self, key: &Key) {
        self.values.remove(key);
        self.order.retain(|other| other != key);
    }
}

fn key(a: u8, b: u8) -> Key {
    // Some keys are longer than what an entry holds inline.
    let length = if b % 3 == 0 { 40 } else { 2 };
    (usize::from(a) % FUNCTIONS.len(), vec![b % 8; length])
}

fn item(a: u8, b: u8) -> Item {
    let length = if b % 5 == 0 { 30 } else { 1 };
    let kind = usize::from(a) % TYPES.len();
    match a % 7 {
        0 => (kind, Role::List, Vec::new()),
        1 => (kind, Role::Dependent, Vec::new()),
        _ => (kind, Role::Entity, vec![b % 6; length]),
    }
}

fn tracked_of((kind, role, id): &Item) -> Tracked<'_> {
    Tracked {
        type_name: TYPES[*kind],
        role: *role,
        id,
    }
}

fn pick<V>(map: &BTreeMap<Key, V>, a: u8) -> Option<Key> {
    map.keys().nth(usize::from(a) % map.len().max(1)).cloned()
}

/// Whether an invalidation concerns a result.
fn concerns(target: &Target, key: &Key, items: &BTreeSet<Item>) -> bool {
    let prefix = FUNCTIONS[key.0].0;
    match target {
        Target::Tracked(of, item) => {
            let dependent = (item.0, Role::Dependent, Vec::new());
            *of == prefix && (items.contains(item) || items.contains(&dependent))
        }
        Target::Type(of, kind) => *of == prefix && items.iter().any(|item| item.0 == *kind),
        Target::Function(function) => *function == key.0,
        Target::Key(other) => other == key,
        Target::All(of) => *of == prefix,
    }
}

/// Whether an invalidation may concern the result of a run that has not ended.
fn may_concern(target: &Target, key: &Key) -> bool {
    let (prefix, _, types) = FUNCTIONS[key.0];
    match target {
        Target::Tracked(of, (kind, ..)) | Target::Type(of, kind) => {
            *of == prefix && types.is_none_or(|types| types.contains(&TYPES[*kind]))
        }
        target => concerns(target, key, &BTreeSet::new()),
    }
}
