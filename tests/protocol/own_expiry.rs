//! The expiry of an index on a backend of one's own, which keeps indexes and values by themselves: an index must not end
//! before the values that it lists, whatever their order and whichever command lands last.
//!
//! The stores are those of one process. A command has been sent, and lands at some moment; then its reply comes.

use crate::model::machine::{Machine, Moves, breaks, holds};

const TOO_SHORT: &str = "with no store under way an index has the longest expiry that its stores have asked for";

const STORES: usize = 3;
/// For how long the value of each store lives.
const LIVES: [u8; STORES] = [1, 2, 3];
const DONE: u8 = 9;

#[derive(Clone, Copy, PartialEq)]
enum Setting {
    /// Each store sets what it needs.
    Own,
    /// Each sets what the longest of the stores under way needs.
    Longest,
    /// And when its command has settled, once more, if one that needs a longer one has begun since.
    LongestUntilItStays,
}

#[derive(Clone, Copy)]
struct OwnExpiry {
    setting: Setting,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Store {
    pc: u8,
    /// What PTTL has answered, and then what its PEXPIRE sets.
    expiry: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct State {
    /// The expiry of the index; 0: none.
    expiry: u8,
    /// The longest that a store under way needs; 0: there is none under way.
    longest: u8,
    stores: [Store; STORES],
}

impl OwnExpiry {
    fn store(&self, state: &State, slot: usize, moves: &mut Moves<State>) {
        let mut next = *state;
        let life = LIVES[slot];
        let own = &mut next.stores[slot];
        let label = match own.pc {
            0 => {
                next.longest = state.longest.max(life);
                own.pc = 1;
                "begins"
            }
            1 => {
                own.expiry = state.expiry;
                own.pc = 2;
                "PTTL"
            }
            2 => {
                let is_enough = own.expiry >= life;
                own.expiry = match self.setting {
                    Setting::Own => life,
                    _ => state.longest,
                };
                own.pc = if is_enough { DONE } else { 3 };
                "SADD; PEXPIRE is sent"
            }
            3 => {
                next.expiry = own.expiry;
                own.pc = 4;
                "PEXPIRE lands"
            }
            4 => {
                let is_short = self.setting == Setting::LongestUntilItStays && state.longest > own.expiry;
                own.expiry = state.longest;
                own.pc = if is_short { 3 } else { DONE };
                "PEXPIRE is answered"
            }
            _ => return,
        };
        if next.stores[slot].pc == DONE {
            next.stores[slot].expiry = 0;
        }
        if next.stores.iter().all(|store| matches!(store.pc, 0 | DONE)) {
            next.longest = 0;
        }
        moves.push(((label, slot as u8), next));
    }
}

impl Machine for OwnExpiry {
    type State = State;

    fn starts(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn moves(&self, state: &State, moves: &mut Moves<State>) {
        for slot in 0..STORES {
            self.store(state, slot, moves);
        }
    }

    fn fault(&self, state: &State) -> Option<&'static str> {
        let is_over = |&slot: &usize| state.stores[slot].pc == DONE;
        let needed = (0..STORES).filter(is_over).map(|slot| LIVES[slot]).max();
        (state.longest == 0 && needed.is_some_and(|needed| state.expiry < needed)).then_some(TOO_SHORT)
    }

    fn is_goal(&self, state: &State) -> bool {
        state.stores.iter().all(|store| store.pc == DONE)
    }
}

#[test]
fn the_longest_expiry_is_the_last_to_land() {
    holds(OwnExpiry {
        setting: Setting::LongestUntilItStays,
    });
}

#[test]
fn an_expiry_that_is_set_once_may_land_behind_a_longer_one() {
    for (variant, setting) in [
        ("each store sets its own", Setting::Own),
        ("the longest of those under way, set once", Setting::Longest),
    ] {
        breaks(variant, OwnExpiry { setting }, TOO_SHORT);
    }
}
