//! The compiled rules as JSON, for the walk over live objects (js/entities/walk.js).
//!
//! For example, the part `rules` for the rule `$.id` of the type 0, shortened:
//!
//! ```json
//! { "root": 1, "states": [{ "entities": [], … }, { "members": [{ "name": "id", "entities": [0], "slot": null, "next": 0 }], … }] }
//! ```

use super::extract::Table;
use super::jsonpath::Slice;
use super::matcher::{Matcher, Member, Record, State};
use crate::text::decimal::put_integer;
use crate::text::sink::quote;
use crate::words::Text;

/// The table of what is compiled.
pub fn to_json(table: &Table) -> Vec<u8> {
    let mut out = Vec::new();
    begin(&mut out, "{\"rules\":");
    matcher(&table.rules, &mut out);
    begin(&mut out, ",\"pages\":");
    match &table.pages {
        Some(pages) => {
            begin(&mut out, "{\"rules\":");
            matcher(&pages.rules, &mut out);
            begin(&mut out, ",\"types\":");
            list(&pages.types, &mut out, number);
            begin(&mut out, ",\"isSure\":");
            flag(pages.is_sure, &mut out);
            out.push(b'}');
        }
        None => begin(&mut out, "null"),
    }
    out.push(b'}');
    out
}

#[inline(never)]
fn matcher(matcher: &Matcher, out: &mut Vec<u8>) {
    begin(out, "{\"root\":");
    number(&matcher.root, out);
    begin(out, ",\"states\":");
    list(&matcher.states, out, state);
    out.push(b'}');
}

fn flag(flag: bool, out: &mut Vec<u8>) {
    begin(out, if flag { "true" } else { "false" });
}

#[inline(never)] // size: it runs once for each function
fn state(state: &State, out: &mut Vec<u8>) {
    begin(out, "{\"entities\":");
    list(&state.entities, out, number);
    begin(out, ",\"members\":");
    list(&state.members, out, member);
    begin(out, ",\"records\":");
    list(&state.records, out, record);
    begin(out, ",\"slots\":");
    put_integer(state.slots as i64, out);
    begin(out, ",\"other\":");
    number(&state.other, out);
    begin(out, ",\"elements\":{\"slices\":");
    list(&state.elements.slices, out, slice);
    begin(out, ",\"next\":");
    list(&state.elements.next, out, |(set, next), out| {
        list(&[*set, *next], out, number)
    });
    begin(out, "}}");
}

#[inline(never)]
fn member(member: &Member, out: &mut Vec<u8>) {
    begin(out, "{\"name\":");
    quote(Text::Utf8(&member.name), out);
    begin(out, ",\"entities\":");
    list(&member.entities, out, number);
    begin(out, ",\"slot\":");
    optional(member.slot.map(i64::from), out);
    begin(out, ",\"next\":");
    number(&member.next, out);
    out.push(b'}');
}

#[inline(never)]
fn record(record: &Record, out: &mut Vec<u8>) {
    begin(out, "{\"entity\":");
    optional(record.entity.map(i64::from), out);
    begin(out, ",\"slots\":");
    list(&record.slots, out, number);
    begin(out, ",\"isList\":");
    flag(record.is_list, out);
    out.push(b'}');
}

#[inline(never)]
fn slice(slice: &Slice, out: &mut Vec<u8>) {
    begin(out, "{\"start\":");
    optional(slice.start, out);
    begin(out, ",\"end\":");
    optional(slice.end, out);
    begin(out, ",\"step\":");
    put_integer(slice.step, out);
    out.push(b'}');
}

#[inline(never)]
fn begin(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn list<T>(items: &[T], out: &mut Vec<u8>, put: impl Fn(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        put(item, out);
    }
    out.push(b']');
}

#[inline(never)]
fn number(number: &u32, out: &mut Vec<u8>) {
    put_integer(i64::from(*number), out);
}

#[inline(never)]
fn optional(number: Option<i64>, out: &mut Vec<u8>) {
    match number {
        Some(number) => put_integer(number, out),
        None => begin(out, "null"),
    }
}
