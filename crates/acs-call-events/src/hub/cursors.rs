//! Where each subscriber of a log stands, and whom to wake.

use std::task::Waker;

#[derive(Debug)]
struct Place {
    position: u64,
    waker: Option<Waker>,
}

/// The places of all subscribers. A place that was left is used again.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    places: Vec<Option<Place>>,
}

impl Cursors {
    pub(crate) fn enter(&mut self, position: u64) -> usize {
        let place = Some(Place {
            position,
            waker: None,
        });
        if let Some(slot) = self.places.iter().position(Option::is_none) {
            if let Some(free) = self.places.get_mut(slot) {
                *free = place;
            }
            return slot;
        }
        // Most calls have one subscriber; growth by doubling would reserve four places for it.
        self.places.reserve_exact(1);
        self.places.push(place);
        self.places.len() - 1
    }

    pub(crate) fn leave(&mut self, slot: usize) {
        if let Some(place) = self.places.get_mut(slot) {
            *place = None;
        }
        while matches!(self.places.last(), Some(None)) {
            self.places.pop();
        }
    }

    pub(crate) fn position(&self, slot: usize) -> u64 {
        self.places
            .get(slot)
            .and_then(Option::as_ref)
            .map_or(u64::MAX, |place| place.position)
    }

    pub(crate) fn set_position(&mut self, slot: usize, position: u64) {
        if let Some(Some(place)) = self.places.get_mut(slot) {
            place.position = position;
        }
    }

    /// Remembers whom to wake. A waker that would wake the same task is kept as it is.
    pub(crate) fn wait(&mut self, slot: usize, waker: &Waker) {
        if let Some(Some(place)) = self.places.get_mut(slot) {
            match &mut place.waker {
                Some(known) => known.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
        }
    }

    /// Takes the wakers of all who wait. To be woken when no lock is held.
    #[must_use]
    pub(crate) fn take_wakers(&mut self) -> Vec<Waker> {
        self.places
            .iter_mut()
            .flatten()
            .filter_map(|place| place.waker.take())
            .collect()
    }

    /// The place of the one who is furthest behind; `None` without subscribers.
    pub(crate) fn lowest(&self) -> Option<u64> {
        self.places.iter().flatten().map(|place| place.position).min()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
