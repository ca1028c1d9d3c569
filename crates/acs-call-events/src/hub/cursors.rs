//! Where each subscriber of a log stands, and whom to wake.

use std::task::Waker;

#[derive(Debug)]
struct Place {
    position: u64,
    waker: Option<Waker>,
}

/// The position of a place that nobody has.
const FREE: u64 = u64::MAX;

impl Place {
    fn at(position: u64) -> Self {
        Self {
            position,
            waker: None,
        }
    }

    fn is_taken(&self) -> bool {
        self.position != FREE
    }
}

/// The places of all subscribers. A place that was left is used again. The first one is kept in place: most
/// calls have one subscriber.
#[derive(Debug)]
pub(crate) struct Cursors {
    first: Place,
    #[expect(
        clippy::box_collection,
        reason = "most logs have none, and there may be a million of them"
    )]
    more: Option<Box<Vec<Place>>>,
}

impl Default for Cursors {
    fn default() -> Self {
        Self {
            first: Place::at(FREE),
            more: None,
        }
    }
}

impl Cursors {
    fn places(&self) -> impl Iterator<Item = &Place> {
        let more = self.more.iter().flat_map(|more| more.iter());
        std::iter::once(&self.first).chain(more)
    }

    fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        let more = self.more.iter_mut().flat_map(|more| more.iter_mut());
        std::iter::once(&mut self.first).chain(more)
    }

    fn place(&self, slot: usize) -> Option<&Place> {
        match slot.checked_sub(1) {
            None => Some(&self.first),
            Some(index) => self.more.as_ref()?.get(index),
        }
    }

    fn place_mut(&mut self, slot: usize) -> Option<&mut Place> {
        match slot.checked_sub(1) {
            None => Some(&mut self.first),
            Some(index) => self.more.as_mut()?.get_mut(index),
        }
    }

    pub(crate) fn enter(&mut self, position: u64) -> usize {
        let free = self.places_mut().enumerate().find(|(_, place)| !place.is_taken());
        if let Some((slot, place)) = free {
            *place = Place::at(position);
            return slot;
        }
        let more = self.more.get_or_insert_default();
        more.push(Place::at(position));
        more.len()
    }

    pub(crate) fn leave(&mut self, slot: usize) {
        if let Some(place) = self.place_mut(slot) {
            *place = Place::at(FREE);
        }
        if let Some(more) = &mut self.more {
            while more.last().is_some_and(|place| !place.is_taken()) {
                more.pop();
            }
            if more.is_empty() {
                self.more = None;
            }
        }
    }

    pub(crate) fn position(&self, slot: usize) -> u64 {
        self.place(slot).map_or(FREE, |place| place.position)
    }

    pub(crate) fn set_position(&mut self, slot: usize, position: u64) {
        if let Some(place) = self.place_mut(slot).filter(|place| place.is_taken()) {
            place.position = position;
        }
    }

    /// Remembers whom to wake. A waker that would wake the same task is kept as it is.
    pub(crate) fn wait(&mut self, slot: usize, waker: &Waker) {
        if let Some(place) = self.place_mut(slot).filter(|place| place.is_taken()) {
            match &mut place.waker {
                Some(known) => known.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
        }
    }

    /// Takes the wakers of all who wait. To be woken when no lock is held.
    #[must_use]
    pub(crate) fn take_wakers(&mut self) -> Wakers {
        Wakers {
            first: self.first.waker.take(),
            more: match &mut self.more {
                Some(more) => more.iter_mut().filter_map(|place| place.waker.take()).collect(),
                None => Vec::new(),
            },
        }
    }

    /// The place of the one who is furthest behind; `None` without subscribers.
    pub(crate) fn lowest(&self) -> Option<u64> {
        self.places()
            .filter(|place| place.is_taken())
            .map(|place| place.position)
            .min()
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.places().any(Place::is_taken)
    }
}

/// Those who waited.
#[derive(Debug)]
pub(crate) struct Wakers {
    first: Option<Waker>,
    more: Vec<Waker>,
}

impl Wakers {
    pub(crate) fn wake(self) {
        self.first.into_iter().chain(self.more).for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_were_left_are_used_again_and_only_then() {
        let mut cursors = Cursors::default();
        assert!(cursors.is_empty());
        let slots: Vec<_> = (0..4).map(|position| cursors.enter(position + 10)).collect();
        assert_eq!(slots, [0, 1, 2, 3]);
        assert_eq!(cursors.lowest(), Some(10));
        cursors.leave(0);
        assert_eq!(cursors.lowest(), Some(11));
        cursors.leave(2);
        assert_eq!((cursors.enter(5), cursors.enter(6)), (0, 2));
        assert_eq!(cursors.position(0), 5);
        assert_eq!(cursors.position(2), 6);
        cursors.set_position(2, 9);
        assert_eq!(cursors.position(2), 9);
        for slot in slots {
            cursors.leave(slot);
        }
        assert!(cursors.is_empty() && cursors.more.is_none());
        cursors.set_position(1, 3);
        assert!(
            cursors.is_empty(),
            "a place that nobody has is not taken by moving"
        );
        assert_eq!(cursors.lowest(), None);
    }

    #[test]
    fn whoever_waits_is_taken_once() {
        let (first, second) = (futures::task::noop_waker(), futures::task::noop_waker());
        let mut cursors = Cursors::default();
        for slot in 0..3 {
            assert_eq!(cursors.enter(0), slot);
        }
        cursors.wait(0, &first);
        cursors.wait(2, &second);
        let taken = cursors.take_wakers();
        assert!(taken.first.is_some());
        assert_eq!(taken.more.len(), 1);
        let again = cursors.take_wakers();
        assert!(again.first.is_none() && again.more.is_empty());
    }
}
