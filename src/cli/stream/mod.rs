//! The way out for everything this process says: a bounded queue before a thread that alone writes, and alone can be held
//! up.
//!
//! A pipe that is not read, or a terminal that is stopped (Ctrl-S), holds up the thread that writes to it. Cards and reports must
//! not wait for that: what does not fit into the queue is dropped and counted, and the count is reported when the stream flows
//! again.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How much may wait to be written: hours of a busy desk.
const ROOM: usize = 256 * 1024;

/// How long a stream that takes nothing just now (a non-blocking pipe that is full) is not tried again.
const TAKES_NOTHING: Duration = Duration::from_millis(20);

/// One stream of this process. Clones share it.
#[derive(Clone)]
pub(super) struct Stream(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    /// Something came into the queue.
    filled: Condvar,
    /// Something left the queue, or nothing ever will.
    drained: Condvar,
    /// The line that says how many were dropped.
    dropped_line: fn(u64) -> String,
}

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Vec<u8>>,
    /// What the chunks hold, and the one that is being written.
    bytes: usize,
    /// Dropped since the last line that said so.
    dropped: u64,
    /// How many chunks ever came in, and how many of them are out.
    accepted: u64,
    written: u64,
    /// What the thread writes to, until it runs.
    sink: Option<Box<dyn Write + Send>>,
    /// Nothing can be written any more, and why.
    broken: Option<(io::ErrorKind, String)>,
}

impl Stream {
    /// A stream into `sink`. `dropped_line` makes the line that says how many were dropped.
    pub(super) fn new(sink: Box<dyn Write + Send>, dropped_line: fn(u64) -> String) -> Self {
        Self(Arc::new(Shared {
            queue: Mutex::new(Queue {
                sink: Some(sink),
                ..Queue::default()
            }),
            filled: Condvar::new(),
            drained: Condvar::new(),
            dropped_line,
        }))
    }

    /// Says something if there is room for it, and never waits.
    pub(super) fn offer(&self, chunk: Vec<u8>) {
        let mut queue = self.0.queue();
        if queue.broken.is_some() {
            return;
        }
        if queue.bytes > 0 && queue.bytes + chunk.len() > ROOM {
            queue.dropped += 1;
            return;
        }
        self.0.put(&mut queue, chunk);
    }

    /// Says something, and waits until it is out: for the result of a command, which has nothing else left to do.
    ///
    /// # Errors
    /// When it cannot be written, such as into a pipe that was closed.
    pub(super) fn say(&self, chunk: Vec<u8>) -> io::Result<()> {
        let mut queue = self.0.queue();
        if queue.broken.is_none() {
            self.0.put(&mut queue, chunk);
        }
        let place = queue.accepted;
        loop {
            if let Some((kind, why)) = &queue.broken {
                return Err(io::Error::new(*kind, why.clone()));
            }
            if queue.written >= place {
                return Ok(());
            }
            queue = self.0.wait(queue, None);
        }
    }

    /// Waits until everything is out, as long as something still moves: `patience` is how long nothing may.
    pub(super) fn drain(&self, patience: Duration) {
        let mut queue = self.0.queue();
        let mut written = queue.written;
        let mut deadline = Instant::now() + patience;
        while queue.broken.is_none() && (queue.bytes > 0 || queue.dropped > 0) {
            if queue.written != written {
                written = queue.written;
                deadline = Instant::now() + patience;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            queue = self.0.wait(queue, Some(left));
        }
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(
        &self,
        queue: MutexGuard<'a, Queue>,
        patience: Option<Duration>,
    ) -> MutexGuard<'a, Queue> {
        match patience {
            None => self
                .drained
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let woken = self.drained.wait_timeout(queue, patience);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    fn put(self: &Arc<Self>, queue: &mut Queue, chunk: Vec<u8>) {
        if let Some(sink) = queue.sink.take() {
            let shared = Arc::clone(self);
            let started = thread::Builder::new()
                .name("output".to_owned())
                .spawn(move || shared.write(sink));
            if let Err(error) = started {
                queue.broken = Some((error.kind(), error.to_string()));
            }
        }
        // In its place: after what was kept before, and before what is said now.
        for chunk in self.dropped_chunk(queue).into_iter().chain([chunk]) {
            queue.bytes += chunk.len();
            queue.accepted += 1;
            queue.chunks.push_back(chunk);
        }
        self.filled.notify_one();
    }

    fn dropped_chunk(&self, queue: &mut Queue) -> Option<Vec<u8>> {
        match std::mem::take(&mut queue.dropped) {
            0 => None,
            dropped => Some((self.dropped_line)(dropped).into_bytes()),
        }
    }

    /// The thread.
    fn write(&self, mut sink: Box<dyn Write + Send>) {
        loop {
            let chunk = self.next();
            let outcome = write_whole(&mut sink, &chunk);
            let mut queue = self.queue();
            queue.bytes -= chunk.len();
            queue.written += 1;
            if let Err(error) = outcome {
                queue.written -= 1;
                queue.broken = Some((error.kind(), error.to_string()));
                queue.chunks.clear();
                queue.bytes = 0;
                queue.dropped = 0;
            }
            self.drained.notify_all();
            if queue.broken.is_some() {
                return;
            }
        }
    }

    fn next(&self) -> Vec<u8> {
        let mut queue = self.queue();
        loop {
            if let Some(chunk) = queue.chunks.pop_front() {
                return chunk;
            }
            if let Some(chunk) = self.dropped_chunk(&mut queue) {
                queue.bytes += chunk.len();
                queue.accepted += 1;
                return chunk;
            }
            queue = self
                .filled
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn write_whole(sink: &mut dyn Write, mut chunk: &[u8]) -> io::Result<()> {
    while !chunk.is_empty() {
        match sink.write(chunk) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) => chunk = &chunk[taken..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Another program made the pipe or the terminal non-blocking.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(TAKES_NOTHING);
            }
            Err(error) => return Err(error),
        }
    }
    sink.flush()
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.0.queue();
        f.debug_struct("Stream")
            .field("bytes", &queue.bytes)
            .field("dropped", &queue.dropped)
            .field("broken", &queue.broken)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
