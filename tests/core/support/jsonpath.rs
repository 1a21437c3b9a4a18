//! A parser of JSONPath (RFC 9535) for the tests. The one that ships is js/entities/paths.js; tests/vectors/compiled.json
//! holds both to the same answers.

use cacheref::entities::slice::Slice;

/// A path that is not valid, or not supported: the sentence that JavaScript has as well.
pub type Result<T> = std::result::Result<T, String>;

/// The integers that RFC 9535 allows as an index or in a slice: those that a double holds exactly.
const LARGEST: i64 = (1 << 53) - 1;

/// A parsed path: its segments, from the root on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// What follows the `$`.
    pub segments: Vec<Segment>,
}

/// One step of a path: which children it selects, of the node alone or of all its descendants too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// `..` instead of `.`: the selectors apply to the node and to everything below it.
    pub is_descendant: bool,
    /// What it selects. `['a', 'b']` has two selectors.
    pub selectors: Vec<Selector>,
}

/// Selects children of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The member of this name.
    Name(String),
    /// All members, or all elements.
    Wildcard,
    /// Some elements. An index is a slice of one element.
    Slice(Slice),
}

impl Path {
    /// Parses a path.
    pub fn parse(text: &str) -> Result<Path> {
        let mut parser = Parser {
            text,
            chars: text.chars().collect(),
            at: 0,
        };
        parser.path()
    }
}

struct Parser<'a> {
    text: &'a str,
    chars: Vec<char>,
    at: usize,
}

impl Parser<'_> {
    fn path(&mut self) -> Result<Path> {
        if !self.take('$') {
            return self.refuse(self.at, "a path starts with $");
        }
        let mut segments = Vec::new();
        loop {
            let before_space = self.at;
            self.skip_space();
            match self.peek() {
                Some(_) => segments.push(self.segment()?),
                None if self.at > before_space => {
                    return self.refuse(before_space, "nothing may follow the path, not even space");
                }
                None => return Ok(Path { segments }),
            }
        }
    }

    fn segment(&mut self) -> Result<Segment> {
        let is_descendant = self.peek() == Some('.') && self.chars.get(self.at + 1) == Some(&'.');
        let selectors = if is_descendant {
            self.at += 2;
            if self.peek() == Some('[') {
                self.bracketed()?
            } else {
                vec![self.shorthand()?]
            }
        } else if self.take('.') {
            vec![self.shorthand()?]
        } else if self.peek() == Some('[') {
            self.bracketed()?
        } else {
            return self.refuse(self.at, "expected . or .. or [");
        };
        Ok(Segment {
            is_descendant,
            selectors,
        })
    }

    /// The `name` of `.name`, or the `*` of `.*`.
    fn shorthand(&mut self) -> Result<Selector> {
        if self.take('*') {
            return Ok(Selector::Wildcard);
        }
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| is_name_start(c) || (self.at > start && c.is_ascii_digit()))
        {
            self.at += 1;
        }
        if self.at == start {
            return self.refuse(start, "expected a name or *; other names are written ['…']");
        }
        Ok(Selector::Name(self.chars[start..self.at].iter().collect()))
    }

    fn bracketed(&mut self) -> Result<Vec<Selector>> {
        self.at += 1;
        let mut selectors = Vec::new();
        loop {
            self.skip_space();
            selectors.push(self.selector()?);
            self.skip_space();
            if self.take(']') {
                return Ok(selectors);
            }
            if !self.take(',') {
                return self.refuse(self.at, "expected , or ]");
            }
        }
    }

    fn selector(&mut self) -> Result<Selector> {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote).map(Selector::Name),
            Some('*') => {
                self.at += 1;
                Ok(Selector::Wildcard)
            }
            Some('?') => self.refuse(
                self.at,
                "filters (?) and functions are not supported; names, indexes, slices, * and .. are",
            ),
            Some(c) if c == ':' || c == '-' || c.is_ascii_digit() => self.slice(),
            _ => self.refuse(self.at, "expected a quoted name, an index, a slice or *"),
        }
    }

    fn slice(&mut self) -> Result<Selector> {
        let start = self.integer()?;
        let after_start = self.at;
        self.skip_space();
        if !self.take(':') {
            self.at = after_start;
            return match start {
                Some(index) => Ok(Selector::Slice(index_slice(index))),
                None => self.refuse(self.at, "expected an index"),
            };
        }
        self.skip_space();
        let end = self.integer()?;
        let after_end = self.at;
        self.skip_space();
        let mut step = None;
        if self.take(':') {
            let after_colon = self.at;
            self.skip_space();
            step = self.integer()?;
            if step.is_none() {
                self.at = after_colon;
            }
        } else {
            self.at = after_end;
        }
        Ok(Selector::Slice(Slice {
            start,
            end,
            step: step.unwrap_or(1),
        }))
    }

    /// `0`, or an integer without leading zeros. `None` if there is no integer here.
    fn integer(&mut self) -> Result<Option<i64>> {
        let start = self.at;
        let is_negative = self.take('-');
        let digits_start = self.at;
        let mut value: i64 = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            value = value.saturating_mul(10).saturating_add(i64::from(digit));
            self.at += 1;
        }
        let digits = &self.chars[digits_start..self.at];
        if digits.is_empty() && !is_negative {
            return Ok(None);
        }
        if digits.is_empty() || (digits[0] == '0' && (digits.len() > 1 || is_negative)) {
            return self.refuse(start, "expected an integer without leading zeros");
        }
        if value > LARGEST {
            return self.refuse(start, "an index lies between -(2^53-1) and 2^53-1");
        }
        Ok(Some(if is_negative { -value } else { value }))
    }

    fn quoted(&mut self, quote: char) -> Result<String> {
        let start = self.at;
        self.at += 1;
        let mut name = String::new();
        loop {
            let at = self.at;
            let Some(c) = self.peek() else {
                return self.refuse(start, "the quoted name has no end");
            };
            self.at += 1;
            match c {
                _ if c == quote => return Ok(name),
                '\\' => name.push(self.escape(quote)?),
                '\0'..='\x1f' => return self.refuse(at, "a control character must be escaped"),
                _ => name.push(c),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Result<char> {
        let at = self.at;
        let Some(c) = self.peek() else {
            return self.refuse(at, "an escape has no end");
        };
        self.at += 1;
        Ok(match c {
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '/' | '\\' => c,
            _ if c == quote => c,
            'u' => return self.escaped_unicode(at),
            _ => return self.refuse(at, "no such escape"),
        })
    }

    fn escaped_unicode(&mut self, at: usize) -> Result<char> {
        let first = self.hex4()?;
        let code = match first {
            0xd800..0xdc00 if self.take('\\') && self.take('u') => match self.hex4()? {
                second @ 0xdc00..0xe000 => 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                _ => first,
            },
            _ => first,
        };
        match char::from_u32(code) {
            Some(c) => Ok(c),
            None => self.refuse(at, "half a surrogate pair"),
        }
    }

    fn hex4(&mut self) -> Result<u32> {
        let mut value = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) else {
                return self.refuse(self.at, "expected four hexadecimal digits");
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, c: char) -> bool {
        let is_here = self.peek() == Some(c);
        self.at += usize::from(is_here);
        is_here
    }

    fn refuse<T>(&self, at: usize, why: &str) -> Result<T> {
        Err(self.refusal(at, why))
    }

    fn refusal(&self, at: usize, why: &str) -> String {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let found = match self.chars.get(at) {
            Some('\'') => "'\\''".to_owned(),
            Some(c) => format!("'{}'", quoted(&c.to_string()).trim_matches('"')),
            None => "the end".to_owned(),
        };
        let column = at + 1;
        format!(
            "the path {} is not usable at column {column} ({found}): {why}",
            quoted(self.text)
        )
    }
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// The slice that selects just one element.
pub fn index_slice(index: i64) -> Slice {
    Slice {
        start: Some(index),
        end: if index == -1 { None } else { Some(index + 1) },
        step: 1,
    }
}

/// The index, if the slice selects one element at most.
pub fn as_index(slice: &Slice) -> Option<i64> {
    slice.start.filter(|&start| *slice == index_slice(start))
}
