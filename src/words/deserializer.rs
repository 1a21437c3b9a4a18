//! Reads configurations from words by serde: texts, flags, lists, and objects with known properties.
//!
//! JavaScript checks options first, and reports misuse in its own words. So an error here does not say what was wrong, and
//! the module needs no text for it.

use super::{Container, Malformed, Reader, Text, Value, tag};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use std::fmt::{self, Display};

/// Reads one value.
///
/// # Errors
/// If the words are no `T`.
pub fn from_words<'de, T: Deserialize<'de>>(words: &'de [u32]) -> super::Result<T> {
    let mut reader = Reader::new(words);
    let value = T::deserialize(reader.value()?)?;
    reader.end()?;
    Ok(value)
}

impl Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed words")
    }
}

impl std::error::Error for Malformed {}

impl Error for Malformed {
    fn custom<T: Display>(_: T) -> Self {
        Malformed
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Malformed;

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> super::Result<V::Value> {
        match self {
            Value::Text(Text::Ascii(text) | Text::Utf8(text)) => visitor.visit_str(text),
            Value::Text(text) => visitor.visit_str(&lossy(text)),
            _ => Err(Malformed),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> super::Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> super::Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> super::Result<V::Value> {
        match self {
            Value::Boolean(value) => visitor.visit_bool(value),
            _ => Err(Malformed),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> super::Result<V::Value> {
        match self {
            Value::Undefined | Value::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> super::Result<V::Value> {
        visitor.visit_seq(Items::of(self, tag::ARRAY)?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> super::Result<V::Value> {
        visitor.visit_map(Items::of(self, tag::OBJECT)?)
    }

    /// Variants are texts: none has a content.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> super::Result<V::Value> {
        match self {
            Value::Text(Text::Ascii(text)) => {
                let variant: StrDeserializer<'_, Malformed> = text.into_deserializer();
                visitor.visit_enum(variant)
            }
            _ => Err(Malformed),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> super::Result<V::Value> {
        visitor.visit_unit()
    }

    /// No option may have several types, or a type that is not above.
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> super::Result<V::Value> {
        Err(Malformed)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct map
    }
}

/// A text in which U+FFFD replaces lone surrogates.
fn lossy(text: Text<'_>) -> String {
    let mut lossy = String::new();
    for character in text.chars() {
        lossy.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    lossy
}

/// The elements of an array, or the names and values of an object in turn.
struct Items<'de> {
    left: usize,
    body: Reader<'de>,
}

impl<'de> Items<'de> {
    fn of(value: Value<'de>, wanted: u32) -> super::Result<Self> {
        match value {
            Value::Container(Container { tag, count, body }) if tag == wanted => Ok(Items { left: count, body }),
            _ => Err(Malformed),
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Malformed;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> super::Result<Option<T::Value>> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        seed.deserialize(self.body.value()?).map(Some)
    }
}

impl<'de> MapAccess<'de> for Items<'de> {
    type Error = Malformed;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> super::Result<Option<K::Value>> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> super::Result<V::Value> {
        seed.deserialize(self.body.value()?)
    }
}
