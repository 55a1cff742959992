//! What is used hour by hour: most of what inputs hold, and the same in every copy of them. Written and read as a list of numbers.

use serde::{Deserialize, Serialize, Serializer};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// Whole numbers by hour, shared by all copies of some inputs. Who changes them gets some of their own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<u64>")]
pub struct Cells(Arc<[u64]>);

impl From<Vec<u64>> for Cells {
    fn from(cells: Vec<u64>) -> Self {
        Self(cells.into())
    }
}

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0[..].serialize(to)
    }
}

impl Deref for Cells {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        &self.0
    }
}

impl DerefMut for Cells {
    fn deref_mut(&mut self) -> &mut [u64] {
        Arc::make_mut(&mut self.0)
    }
}
