//! Room for connections: so many at a time. When there is none, the connection that has said nothing for the longest makes way for the
//! next one, so that connections that are only held open keep no request out.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;

/// Room for connections.
#[derive(Debug)]
pub(super) struct Room(Mutex<Places>);

#[derive(Debug)]
struct Places {
    free: usize,
    turn: u64,
    /// Those whose connections wait for the head of a request, in the order in which they began to wait.
    idle: BTreeMap<u64, Arc<Notify>>,
}

/// The place of one connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    room: Arc<Room>,
    /// None while a request is answered.
    turn: Mutex<Option<u64>>,
    leave: Arc<Notify>,
}

/// A request that is answered: its connection keeps its place until the answer is whole.
#[derive(Debug)]
pub(super) struct AtWork(Arc<Place>);

impl Room {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Places {
            free: most,
            turn: 0,
            idle: BTreeMap::new(),
        })))
    }

    /// A place for one more; none where every connection is being answered.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Arc<Place>> {
        let leave = Arc::new(Notify::new());
        let mut places = lock(&self.0);
        match places.free.checked_sub(1) {
            Some(free) => places.free = free,
            // Its place goes to the new one.
            None => places.idle.pop_first()?.1.notify_one(),
        }
        let turn = places.wait(&leave);
        drop(places);
        Some(Arc::new(Place {
            room: Arc::clone(self),
            turn: Mutex::new(Some(turn)),
            leave,
        }))
    }
}

impl Places {
    fn wait(&mut self, leave: &Arc<Notify>) -> u64 {
        let turn = self.turn;
        self.turn += 1;
        self.idle.insert(turn, Arc::clone(leave));
        turn
    }
}

impl Place {
    /// Ready when the connection has to make way.
    pub(super) async fn given_away(&self) {
        self.leave.notified().await;
    }

    /// The head of a request has come.
    pub(super) fn at_work(self: &Arc<Self>) -> AtWork {
        let mut turn = lock(&self.turn);
        if let Some(number) = *turn
            && lock(&self.room.0).idle.remove(&number).is_some()
        {
            *turn = None;
        }
        AtWork(Arc::clone(self))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let place = &self.0;
        let mut turn = lock(&place.turn);
        if turn.is_none() {
            *turn = Some(lock(&place.room.0).wait(&place.leave));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let turn = *lock(&self.turn);
        let mut places = lock(&self.room.0);
        let was_given_away = turn.is_some_and(|turn| places.idle.remove(&turn).is_none());
        if !was_given_away {
            places.free += 1;
        }
    }
}

/// The body of an answer, and what keeps the place of its connection.
#[derive(Debug)]
pub(super) struct Held {
    body: Body,
    _at_work: AtWork,
}

impl Held {
    pub(super) fn new(body: Body, at_work: AtWork) -> Self {
        Self {
            body,
            _at_work: at_work,
        }
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn has_to_leave(place: &Place) -> bool {
        place.given_away().now_or_never().is_some()
    }

    #[test]
    fn the_one_that_has_waited_longest_makes_way() {
        let room = Room::new(2);
        let (first, second) = (room.enter().unwrap(), room.enter().unwrap());
        // It has said something meanwhile.
        drop(first.at_work());
        let third = room.enter().unwrap();
        assert!(has_to_leave(&second));
        assert!(!has_to_leave(&first) && !has_to_leave(&third));
        // What was given away is not free when it is left.
        drop(second);
        let _fourth = room.enter().unwrap();
        assert!(has_to_leave(&first));
    }

    #[test]
    fn one_that_is_answered_stays() {
        let room = Room::new(2);
        let (first, second) = (room.enter().unwrap(), room.enter().unwrap());
        let answers = [first.at_work(), second.at_work()];
        assert!(room.enter().is_none());
        drop(answers);
        assert!(!has_to_leave(&first));
        assert!(room.enter().is_some());
        assert!(has_to_leave(&first));
    }

    #[test]
    fn a_place_that_is_left_is_free() {
        let room = Room::new(1);
        let only = room.enter().unwrap();
        let answer = only.at_work();
        assert!(room.enter().is_none());
        drop((answer, only));
        let next = room.enter().unwrap();
        let _answer = next.at_work();
        assert!(room.enter().is_none());
    }
}
