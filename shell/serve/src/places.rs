//! How many connections an address has at once, so that one of them does not take the places of all.

use crate::throttle::network;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Connections by address.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    most: Option<usize>,
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

/// A connection's place; it is free again when this goes out of use.
#[derive(Debug)]
pub(crate) struct Place {
    from: IpAddr,
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

impl Places {
    /// So many for an address; without a number, as many as there are.
    pub(crate) fn new(most: Option<usize>) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// A place for a connection; none where its address has all that it gets.
    pub(crate) fn take(&self, from: IpAddr) -> Option<Place> {
        let from = network(from);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(&from).copied().unwrap_or_default();
        if self.most.is_some_and(|most| count >= most) {
            return None;
        }
        taken.insert(from, count + 1);
        Some(Place { from, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get(&self.from).copied() {
            Some(count) if count > 1 => taken.insert(self.from, count - 1),
            _ => taken.remove(&self.from),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let (places, here, there) = (Places::new(Some(2)), "192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let (first, second) = (places.take(here), places.take(here));
        assert!(first.is_some() && second.is_some() && places.take(here).is_none());
        assert!(places.take(there).is_some());
        drop(first);
        assert!(places.take(here).is_some());
        drop(second);
        assert!(places.taken.lock().unwrap().is_empty());
        let unlimited = Places::new(None);
        let all: Vec<_> = (0..100).map(|_| unlimited.take(here)).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
