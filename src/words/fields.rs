//! Reads definitions from words, field by field: texts, flags, numbers, and arrays of them.
//!
//! JavaScript checks options first, and reports misuse in its own words. So an error here does not say what was wrong, and
//! the module needs no text for it. A function is defined once: nothing here is inlined, which makes the module smaller.

use super::{Container, Malformed, Reader, Result, Text, Value, tag};

impl<'a> Reader<'a> {
    /// Reads the next value, which must be an array. Returns the number of its elements, and what reads them.
    #[inline(never)]
    fn array(&mut self) -> Result<(usize, Reader<'a>)> {
        match self.value()? {
            Value::Container(Container {
                tag: tag::ARRAY,
                count,
                body,
            }) => Ok((count, body)),
            _ => Err(Malformed),
        }
    }

    /// Reads the next value, which must be an array whose elements `read` takes one by one, and all of them.
    pub fn record<T>(&mut self, read: impl FnOnce(&mut Reader<'a>) -> Result<T>) -> Result<T> {
        let (_, mut fields) = self.array()?;
        let record = read(&mut fields)?;
        fields.end()?;
        Ok(record)
    }

    /// Reads the next value, which must be an array whose elements `read` reads.
    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Reader<'a>) -> Result<T>) -> Result<Vec<T>> {
        let (count, mut body) = self.array()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(&mut body)?);
        }
        body.end()?;
        Ok(items)
    }

    /// Reads the next value, which must be a text. U+FFFD replaces lone surrogates.
    #[inline(never)]
    pub fn string(&mut self) -> Result<String> {
        match self.text()? {
            Text::Ascii(text) | Text::Utf8(text) => Ok(text.to_owned()),
            text => Ok(text
                .chars()
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()),
        }
    }

    /// Reads the next value, which must be `true` or `false`.
    #[inline(never)]
    pub fn flag(&mut self) -> Result<bool> {
        match self.value()? {
            Value::Boolean(flag) => Ok(flag),
            _ => Err(Malformed),
        }
    }

    /// Reads the next value, which must be a whole number that a double holds exactly.
    #[inline(never)]
    pub fn integer(&mut self) -> Result<i64> {
        match self.value()? {
            Value::Number(number) if number == (number as i64) as f64 => Ok(number as i64),
            _ => Err(Malformed),
        }
    }

    /// Reads the next value, which must be a number of something.
    #[inline(never)]
    pub fn number(&mut self) -> Result<u32> {
        u32::try_from(self.integer()?).map_err(|_| Malformed)
    }

    /// Reads the next value by `read`; `None` if it is `undefined` or `null`.
    pub fn optional<T>(&mut self, read: impl FnOnce(&mut Reader<'a>) -> Result<T>) -> Result<Option<T>> {
        match self.words.split_first() {
            Some((first, rest)) if matches!(first & 0xff, tag::UNDEFINED | tag::NULL) => {
                self.words = rest;
                Ok(None)
            }
            _ => read(self).map(Some),
        }
    }
}
