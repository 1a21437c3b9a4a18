//! The invalidation protocol, model-checked: every order in which processes can send their commands is tried, and in
//! every state that is reached it is asked whether somebody could read a value that is too old.
//!
//! **What is modelled.** A few processes, each with a program: a run of a wrapped function, an invalidation, a reader,
//! a reaper of dead index members. A step of a program is one command of the backend (or one script, where a script
//! does it), atomic as in Redis, with what the sender makes of the reply. Between any two steps any other process may
//! take any number of its own, a process may die for good, values and staged results may expire or be evicted, an index
//! or the log may be evicted, and the log may lose its oldest entry. A process that waits for long is one that is not scheduled for a while, so delays of any length are included; a
//! command that its sender has given up and that is carried out later is one of a process that dies after it.
//!
//! **What is asked.** Each value carries the invalidations that had been asked for when its run began. An invalidation
//! counts as asked for when its entry reaches the log and as resolved with the reply to its last command, and a run
//! begins as early as it can; each of these is the strictest reading of rule I1 (docs/rules.md). Then: no value can be
//! read that an invalidation which has resolved concerns and which its run did not know of; a value that is stored is in
//! its indexes; a run that nothing disturbs is stored; and from every state a run that is left alone is stored,
//! and an invalidation that is left alone finds what there is. `model::scenario::Rule` has them all.
//!
//! **What is found wrong must be found.** For each step of the protocol there is a variant without it, or with two
//! steps turned round, and a test that the checker finds the way to break it, which is printed by
//! `cargo test --test protocol NAME -- --nocapture`. The rows of docs/protocol.md, section 15, name each variant and each
//! count of states; the tests fail where the two differ.
//!
//! **Machines of their own.** What needs a state of another kind has a model of its own, explored by `machine`: pages and
//! cursors, moving slots, indexes without an expiry, lost data, backends without streams, near caches. The larger ones are in
//! `machines`. The design that they check, and what each rejects, is written down in docs/protocol.md.
//!
//! **What is not modelled.** Reads from replicas, and Workers KV between isolates, which promises less. The store in
//! memory, where one call is one step. The contents of values, keys and scripts: those are tested on a real Redis. What
//! the user's functions read: an invalidation that is asked for before the data have changed is the user's.
//!
//! The sizes are what a few seconds allow. With CACHEREF_SOAK set, as by `make soak`, they are larger.
#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs)]

mod machines;
mod model;

mod concerns;
mod cursor;
mod documented;
mod eviction;
mod foreign_log;
mod former;
mod full_server;
mod life;
mod log_position;
mod lost_data;
mod mixed;
mod near;
mod node_loss;
mod own_expiry;
mod own_log;
mod own_sweep;
mod pages;
mod reaping;
mod refresh;
mod rename_form;
mod scan;
mod script_form;
mod single_flight;
mod strict;
mod topology;
