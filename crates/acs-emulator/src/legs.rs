//! Which call a leg belongs to, so that requests about a leg stand in the journal of its call.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Legs by call and calls by leg, as long as the call goes on.
#[derive(Debug, Default)]
pub(crate) struct Legs(Mutex<Maps>);

#[derive(Debug, Default)]
struct Maps {
    call_of: HashMap<Arc<str>, Arc<str>>,
    legs_of: HashMap<Arc<str>, Vec<Arc<str>>>,
}

impl Legs {
    fn maps(&self) -> MutexGuard<'_, Maps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that a leg is of a call.
    pub(crate) fn learn(&self, leg: &str, call: &str) {
        let mut maps = self.maps();
        if maps.call_of.get(leg).is_some_and(|known| **known == *call) {
            return;
        }
        let (leg, call): (Arc<str>, Arc<str>) = (leg.into(), call.into());
        maps.call_of.insert(Arc::clone(&leg), Arc::clone(&call));
        match maps.legs_of.entry(call) {
            Entry::Occupied(mut legs) => legs.get_mut().push(leg),
            Entry::Vacant(vacant) => {
                vacant.insert(vec![leg]);
            }
        }
    }

    /// The call of a leg.
    pub(crate) fn call(&self, leg: &str) -> Option<String> {
        self.maps().call_of.get(leg).map(|call| (**call).to_owned())
    }

    /// Forgets a call that is over.
    pub(crate) fn forget(&self, call: &str) {
        let mut maps = self.maps();
        for leg in maps.legs_of.remove(call).unwrap_or_default() {
            // A leg that moved on belongs to another call by now.
            if maps.call_of.get(&leg).is_some_and(|known| **known == *call) {
                maps.call_of.remove(&leg);
            }
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.maps() = Maps::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_takes_its_legs_along() {
        let legs = Legs::default();
        legs.learn("a", "one");
        legs.learn("b", "one");
        legs.learn("b", "two");
        legs.learn("b", "two");
        assert_eq!(legs.call("a").as_deref(), Some("one"));
        legs.forget("one");
        assert_eq!(legs.call("a"), None);
        assert_eq!(legs.call("b").as_deref(), Some("two"));
        legs.forget("two");
        let maps = legs.maps();
        assert!(maps.call_of.is_empty() && maps.legs_of.is_empty());
    }
}
