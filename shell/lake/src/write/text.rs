//! One text column of a buffer: every distinct value once, a key for each row.

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::Int32Type;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;
use std::sync::Arc;

/// The key of a row without a value.
pub(crate) const NULL_KEY: u32 = u32::MAX;

/// A dictionary-encoded text column that grows row by row.
///
/// **Invariant:** `bytes` is valid UTF-8 between any two neighbouring `offsets`: values are checked when first seen.
#[derive(Debug, Default)]
pub(crate) struct TextData {
    keys: Vec<u32>,
    bytes: Vec<u8>,
    /// Where value `i` ends in `bytes`.
    ends: Vec<i32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    last: Option<u32>,
}

/// Bytes a value may have: far more than any bill's text, and so few that a buffer of them stays in bounds.
pub(crate) const TEXT_BYTES_MAX: usize = 64 << 10;

/// Why a value is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextError {
    /// It is not UTF-8.
    NotUtf8,
    /// It has more than [`TEXT_BYTES_MAX`] bytes.
    TooLong,
}

impl TextData {
    /// Sets the value of `row`, which is the last row or a later one. An empty value is no value.
    ///
    /// # Errors
    /// [`TextError`] when it is not UTF-8 or too long; nothing is set then.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: &[u8]) -> Result<(), TextError> {
        if value.is_empty() {
            return Ok(());
        }
        let key = match self.last {
            // Neighbouring rows of a bill mostly agree, and a comparison is cheaper than a hash.
            Some(last) if self.value(last) == value => last,
            _ => self.intern(value)?,
        };
        self.last = Some(key);
        self.set_key(row, key);
        Ok(())
    }

    /// Sets the value of `row` by a key that [`Self::key`] gave for this column.
    pub(crate) fn set_key(&mut self, row: usize, key: u32) {
        self.keys.resize(row, NULL_KEY);
        self.keys.push(key);
    }

    /// The key of `row`.
    #[inline]
    pub(crate) fn key(&self, row: usize) -> u32 {
        self.keys.get(row).copied().unwrap_or(NULL_KEY)
    }

    /// The bytes of a key's value.
    #[inline]
    pub(crate) fn value(&self, key: u32) -> &[u8] {
        let key = key as usize;
        let start = if key == 0 { 0 } else { self.ends[key - 1] as usize };
        &self.bytes[start..self.ends[key] as usize]
    }

    /// How many distinct values there are.
    pub(crate) fn distinct(&self) -> usize {
        self.ends.len()
    }

    /// Bytes held by distinct values.
    pub(crate) fn value_bytes(&self) -> usize {
        self.bytes.len()
    }

    #[inline(never)]
    fn intern(&mut self, value: &[u8]) -> Result<u32, TextError> {
        let hash = self.hasher.hash_one(value);
        if let Some(key) = self.index.find(hash, |key| self.value(*key) == value) {
            return Ok(*key);
        }
        if value.len() > TEXT_BYTES_MAX {
            return Err(TextError::TooLong);
        }
        std::str::from_utf8(value).map_err(|_| TextError::NotUtf8)?;
        let key = u32::try_from(self.ends.len()).expect("a buffer has fewer than 2^32 rows");
        self.bytes.extend_from_slice(value);
        self.ends.push(i32::try_from(self.bytes.len()).expect("a buffer is flushed long before 2 GiB of text"));
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.index.insert_unique(hash, key, |key| {
            let key = *key as usize;
            let start = if key == 0 { 0 } else { ends[key - 1] as usize };
            hasher.hash_one(&bytes[start..ends[key] as usize])
        });
        Ok(key)
    }

    /// For each key its place among all values in byte order; absent values come first, at 0.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.ends.len() as u32).collect();
        order.sort_unstable_by(|a, b| self.value(*a).cmp(self.value(*b)));
        let mut ranks = vec![0; order.len()];
        for (rank, key) in (1..).zip(order) {
            ranks[key as usize] = rank;
        }
        ranks
    }

    /// The column in the order of `rows`, as an Arrow dictionary.
    pub(crate) fn array(&self, rows: &[u32]) -> ArrayRef {
        let keys: Vec<u32> = rows.iter().map(|row| self.key(*row as usize)).collect();
        let nulls = NullBuffer::from_iter(keys.iter().map(|key| *key != NULL_KEY));
        let keys = ScalarBuffer::from(keys.iter().map(|key| if *key == NULL_KEY { 0 } else { key.cast_signed() }).collect::<Vec<i32>>());
        let offsets: Vec<i32> = std::iter::once(0).chain(self.ends.iter().copied()).collect();
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let values = StringArray::new(offsets, Buffer::from_slice_ref(&self.bytes), None);
        let keys = Int32Array::new(keys, Some(nulls));
        Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(values)))
    }

    /// Forgets the rows from `rows` on; their values stay known.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
    }

    /// Forgets all rows and values, keeping the memory.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.bytes.clear();
        self.ends.clear();
        self.index.clear();
        self.last = None;
    }

    /// Whether no row has a value.
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{NULL_KEY, TEXT_BYTES_MAX, TextData, TextError};

    #[test]
    fn equal_values_share_a_key_and_gaps_are_null() {
        let mut column = TextData::default();
        for (row, value) in [(0, "b"), (2, "a"), (3, "b"), (4, "")] {
            column.set(row, value.as_bytes()).unwrap();
        }
        assert_eq!([0, 1, 2, 3, 4].map(|row| column.key(row)), [0, NULL_KEY, 1, 0, NULL_KEY]);
        assert_eq!(column.ranks(), [2, 1]);
        assert_eq!(column.set(5, b"\xff"), Err(TextError::NotUtf8));
        assert_eq!(column.set(5, &vec![b'x'; TEXT_BYTES_MAX + 1]), Err(TextError::TooLong));
        assert_eq!(column.set(5, &vec![b'x'; TEXT_BYTES_MAX]), Ok(()));
    }
}
