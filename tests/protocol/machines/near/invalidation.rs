//! The steps of an invalidation: the data change, its entries and the drop, the reply, and the wait for leases.

use super::state::{INSTANCES, Invalidation, State, Value};
use super::{Kind, Near};
use crate::model::machine::Moves;

impl Near {
    pub fn invalidate(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let kind = self.kinds[slot];
        let own_instance = (self.is_own && slot == 0).then_some(0);
        let pc = state.invalidations[slot].pc;
        let mut waits_now = false;
        let label = match (pc, kind) {
            (0, _) => {
                next.row += 1;
                next.invalidations[slot].version = next.row;
                next.invalidations[slot].pc = if kind == Kind::OneStep { 1 } else { 4 };
                "the data change"
            }
            (1, _) => {
                next.append(true);
                next.value = None;
                waits_now = true;
                "the entry and the drop"
            }
            (4, _) => {
                next.append(true);
                next.invalidations[slot].pc = 5;
                waits_now = !self.has_closing_entry;
                "the entry"
            }
            (5, _) => {
                next.value = match next.value {
                    Some(value) if kind == Kind::Soft => Some(Value {
                        is_stale: true,
                        ..value
                    }),
                    _ => None,
                };
                next.invalidations[slot].pc = if self.has_closing_entry { 6 } else { 2 };
                "the drop"
            }
            (6, _) => {
                next.append(true);
                waits_now = true;
                "the closing entry"
            }
            (2, _) => {
                if let Some(own) = own_instance {
                    next.own_entry = next.invalidations[slot].entry;
                    if self.applies_its_own {
                        next.instances[own].drop_near();
                    }
                }
                next.invalidations[slot].pc = 3;
                "the reply arrives"
            }
            (3, _) => {
                let Invalidation {
                    entry, waits, version, ..
                } = state.invalidations[slot];
                let waits_for = |instance: usize| {
                    let is_behind =
                        state.registry[instance].is_some_and(|field| !field.is_over && field.applied < entry);
                    waits & 1 << instance != 0 && (is_behind || (self.has_witness && state.lost[instance]))
                };
                if (0..INSTANCES).any(waits_for) {
                    return;
                }
                next.resolved = next.resolved.max(version);
                next.invalidations[slot] = Invalidation {
                    pc: 9,
                    ..Invalidation::default()
                };
                "it resolves"
            }
            _ => return,
        };
        if waits_now {
            let entry = next.last;
            let mut waits = 0;
            for instance in (0..INSTANCES).filter(|instance| Some(*instance) != own_instance) {
                let is_held = next.registry[instance].is_some_and(|field| !field.is_over);
                if is_held || (self.has_witness && next.lost[instance]) {
                    waits |= 1 << instance;
                }
            }
            let own = &mut next.invalidations[slot];
            (own.entry, own.waits) = (entry, waits);
            if pc != 4 {
                own.pc = 2;
            }
        }
        moves.push(((label, slot as u8), next));
    }
}
