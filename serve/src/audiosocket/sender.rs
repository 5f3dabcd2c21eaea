//! What is sent back: silence in frames, and the last word.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::time::timeout;

use super::message;

/// Length of a frame of silence, and time between two.
pub const FRAME: Duration = Duration::from_millis(20);

/// Time for the last word.
const LAST_WORD: Duration = Duration::from_secs(1);

/// The way back to a peer.
pub struct Sender {
    writer: OwnedWriteHalf,
    /// What the system had no room for of a frame: to be sent before anything else.
    rest: Vec<u8>,
}

impl Sender {
    pub fn new(writer: OwnedWriteHalf) -> Self {
        Self {
            writer,
            rest: Vec::new(),
        }
    }

    /// Sends a frame of silence. Waits for nothing: of a peer that does not read, frames are left
    /// out, and what it says is heard as before.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub fn silence(&mut self, kind: u8, rate_hz: u32) -> io::Result<()> {
        if self.rest.is_empty() {
            self.rest = message::silence(kind, rate_hz, FRAME);
        }
        match self.writer.try_write(&self.rest) {
            Ok(n) => {
                self.rest.drain(..n);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Hangs up. A peer that is gone, or does not read, misses it.
    pub async fn hang_up(&mut self) {
        let sent = async {
            self.writer.write_all(&self.rest).await?;
            self.writer.write_all(message::HANG_UP).await
        };
        let _ = timeout(LAST_WORD, sent).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// More silence than any system has room for, sent without a wait; what is read late is whole
    /// frames, and the last word.
    #[tokio::test]
    async fn a_peer_that_does_not_read_gets_whole_frames_and_holds_up_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (_reader, writer) = listener.accept().await.unwrap().0.into_split();
        writer.writable().await.unwrap();
        let (mut sender, frames) = (Sender::new(writer), 20_000);
        for _ in 0..frames {
            sender.silence(0x16, 48_000).unwrap();
        }
        let read = tokio::spawn(async move {
            let mut read = Vec::new();
            peer.read_to_end(&mut read).await.unwrap();
            read
        });
        sender.hang_up().await;
        drop((sender, _reader));
        let read = read.await.unwrap();
        let (silence, last) = read.split_at(read.len() - 3);
        assert_eq!(last, message::HANG_UP);
        let frame = message::silence(0x16, 48_000, FRAME);
        assert!(silence.len() < frames * frame.len(), "all had room");
        assert!(silence.chunks(frame.len()).all(|sent| sent == frame));
    }
}
