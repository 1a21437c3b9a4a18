//! The check of every invariant, for tests and debug builds.

use super::Store;
use crate::store::slab::NONE;

impl Store {
    /// Looks at everything and says what is wrong, if anything is.
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
