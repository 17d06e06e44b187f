//! A simulated card on a virtual reader: the file that is its memory, and the reader's side of the vpcd protocol.

use std::fs;
use std::path::Path;

use cardbridge::encoder::virtual_card::{VirtualCard, VirtualCardError, VirtualCardEvent};
use cardbridge::text::Hint;
use cardbridge_drivers::contract::Uid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

const UID: [u8; 7] = [0x04, 1, 2, 3, 4, 5, 6];

fn open(model: &str, uid: Option<[u8; 7]>, file: &Path) -> Result<VirtualCard, VirtualCardError> {
    let uid = uid.and_then(|uid| Uid::try_from(uid.as_slice()).ok());
    VirtualCard::open(model, uid, Some(file))
}

#[test]
fn a_file_that_is_not_there_is_made_and_one_that_is_there_is_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card");
    let first = open("ntag213", None, &file).unwrap();
    assert_eq!(fs::read(&file).unwrap().len(), 180);
    let again = open("ntag213", None, &file).unwrap();
    assert_eq!(again.uid(), first.uid());
    assert_eq!(again.uid().as_bytes()[0], 0x04);
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_the_keys_in_a_card_s_file() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card");
    open("ntag213", None, &file).unwrap();
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_file_of_another_size_or_another_card_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card");
    open("ntag213", Some(UID), &file).unwrap();
    let before = fs::read(&file).unwrap();
    let error = open("ntag215", None, &file).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has 180 bytes, the memory of this card has 540"),
        "{error}"
    );
    let error = open("ntag213", Some([4, 9, 9, 9, 9, 9, 9]), &file).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("is the memory of card 04010203040506, not 04090909090909"),
        "{error}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn what_no_card_is_gets_a_clear_error() {
    let error = VirtualCard::open("ntag999", None, None).unwrap_err();
    assert_eq!(error.to_string(), "there is no simulated card \"ntag999\"");
    assert!(error.hint().contains("cardbridge drivers"));
    let short = Uid::try_from([1, 2, 3, 4].as_slice()).ok();
    let error = VirtualCard::open("ntag215", short, None).unwrap_err();
    assert_eq!(error.to_string(), "NTAG215 cannot have the UID 01020304");
    let error = open("ntag215", None, Path::new("/nowhere/card")).unwrap_err();
    assert!(matches!(error, VirtualCardError::Memory { .. }), "{error}");
}

#[tokio::test]
async fn the_card_answers_its_reader_keeps_its_memory_and_lies_down_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("card");
    let mut card = open("ntag213", Some(UID), &file).unwrap();
    let atr = cardbridge_drivers::cards::simulate("ntag213", card.uid())
        .unwrap()
        .atr();
    let service = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = service.local_addr().unwrap().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let (tell, mut told) = mpsc::unbounded_channel();
    let lies = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        card.run(&address, stopped, |event| {
            let _ = tell.send(event);
        })
        .await
    });

    let (mut reader, _) = service.accept().await.unwrap();
    assert_eq!(told.recv().await, Some(VirtualCardEvent::Inserted));
    let read_uid = [0xFF, 0xCA, 0, 0, 0];
    send(&mut reader, &[4]).await;
    assert_eq!(receive(&mut reader).await, atr);
    send(&mut reader, &read_uid).await;
    assert_eq!(
        receive(&mut reader).await,
        [0x63, 0x00],
        "not powered, not selected"
    );
    send(&mut reader, &[1]).await;
    send(&mut reader, &read_uid).await;
    assert_eq!(
        receive(&mut reader).await,
        [&UID, &[0x90, 0x00][..]].concat()
    );
    send(&mut reader, &[0xFF, 0xD6, 0, 5, 4, 0xDE, 0xAD, 0xBE, 0xEF]).await;
    assert_eq!(receive(&mut reader).await, [0x90, 0x00]);
    assert_eq!(fs::read(&file).unwrap()[20..24], [0xDE, 0xAD, 0xBE, 0xEF]);

    drop(reader);
    assert_eq!(told.recv().await, Some(VirtualCardEvent::Waiting));
    let (mut reader, _) = service.accept().await.unwrap();
    assert_eq!(told.recv().await, Some(VirtualCardEvent::Inserted));
    // A message in pieces is one message.
    send(&mut reader, &[2]).await;
    reader.write_all(&[0]).await.unwrap();
    reader.write_all(&[5, 0xFF, 0xB0]).await.unwrap();
    reader.write_all(&[0, 5, 4]).await.unwrap();
    assert_eq!(
        receive(&mut reader).await,
        [0xDE, 0xAD, 0xBE, 0xEF, 0x90, 0x00]
    );

    stop.send(()).unwrap();
    lies.await.unwrap().unwrap();
    assert_eq!(reader.read(&mut [0; 1]).await.unwrap(), 0, "removed");
}

async fn send(reader: &mut TcpStream, body: &[u8]) {
    let length = u16::try_from(body.len()).unwrap_or_default().to_be_bytes();
    let message = [&length, body].concat();
    assert!(reader.write_all(&message).await.is_ok());
}

async fn receive(reader: &mut TcpStream) -> Vec<u8> {
    let length = reader.read_u16().await.unwrap_or_default();
    let mut body = vec![0; usize::from(length)];
    assert!(reader.read_exact(&mut body).await.is_ok());
    body
}
