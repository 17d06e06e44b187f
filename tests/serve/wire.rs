//! The line between an agent and the API, which can go silent: it stays connected, and nothing comes over it any more.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A line to one address, until it is dropped.
pub(crate) struct Line {
    address: SocketAddr,
    speaks: watch::Sender<bool>,
}

impl Line {
    pub(crate) async fn to(host: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (speaks, heard) = watch::channel(true);
        let host = host.to_owned();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&host).await.unwrap();
                let (from_near, to_near) = near.into_split();
                let (from_far, to_far) = far.into_split();
                tokio::spawn(carry(from_near, to_far, heard.clone()));
                tokio::spawn(carry(from_far, to_near, heard.clone()));
            }
        });
        Self { address, speaks }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn is_silent(&self) {
        self.speaks.send_replace(false);
    }

    pub(crate) fn speaks_again(&self) {
        self.speaks.send_replace(true);
    }
}

async fn carry(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut speaks: watch::Receiver<bool>,
) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if speaks.wait_for(|speaks| *speaks).await.is_err()
            || to.write_all(&bytes[..count]).await.is_err()
        {
            return;
        }
    }
}
