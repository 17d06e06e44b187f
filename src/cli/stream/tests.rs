//! The queue at a pipe that is read when the test says so.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::*;

/// A pipe that holds nothing: each chunk waits until it is read.
struct Pipe(SyncSender<String>);

impl Write for Pipe {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(chunk).into_owned();
        self.0
            .send(text)
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn piped() -> (Stream, Receiver<String>) {
    let (sender, reader) = sync_channel(0);
    let stream = Stream::new(Box::new(Pipe(sender)), |count| format!("{count} dropped"));
    (stream, reader)
}

fn quarter(name: char) -> Vec<u8> {
    name.to_string().repeat(ROOM / 4).into_bytes()
}

#[test]
fn what_does_not_fit_is_dropped_and_told_in_its_place() {
    let (stream, reader) = piped();
    for name in "abcdefg".chars() {
        stream.offer(quarter(name));
    }
    let first = |text: String| text.chars().next().unwrap();
    let read = || reader.recv().unwrap();
    assert_eq!([first(read()), first(read())], ['a', 'b']);
    stream.offer(b"later".to_vec());
    assert_eq!([first(read()), first(read())], ['c', 'd']);
    assert_eq!([read(), read()], ["3 dropped", "later"]);
}

#[test]
fn what_was_dropped_is_told_although_nothing_follows() {
    let (stream, reader) = piped();
    for name in "abcdef".chars() {
        stream.offer(quarter(name));
    }
    let read: Vec<String> = reader.iter().take(5).collect();
    assert_eq!(read.last().unwrap(), "2 dropped");
}

#[test]
fn a_result_is_never_dropped_and_is_out_when_it_is_said() {
    let (stream, reader) = piped();
    for name in "abcdef".chars() {
        stream.offer(quarter(name));
    }
    let reading = thread::spawn(move || reader.iter().take(6).last().unwrap());
    stream.say(b"result".to_vec()).unwrap();
    assert_eq!(reading.join().unwrap(), "result");
}

#[test]
fn a_stream_that_is_closed_fails_a_result_and_swallows_the_rest() {
    let (stream, reader) = piped();
    drop(reader);
    let error = stream.say(b"result".to_vec()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    stream.offer(b"more".to_vec());
    stream.drain(Duration::from_secs(60));
}

#[test]
fn draining_ends_though_nobody_reads() {
    let (stream, _reader) = piped();
    stream.offer(b"a line".to_vec());
    stream.drain(Duration::from_millis(1));
}

#[test]
fn a_pipe_that_is_full_and_does_not_block_is_waited_for() {
    struct Full(u8);
    impl Write for Full {
        fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 == 1 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(chunk.len().min(2))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let stream = Stream::new(Box::new(Full(0)), |_| String::new());
    stream.say(b"result".to_vec()).unwrap();
}
