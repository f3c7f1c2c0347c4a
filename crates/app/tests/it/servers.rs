//! Other people's servers, played on the loopback: one that takes calls over HTTP, one that takes mail.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A call as it came in.
#[derive(Clone, Debug)]
pub struct Call {
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// What was answered.
    pub status: u16,
}

/// Takes every POST, notes it and answers with the status set.
#[derive(Clone, Debug)]
pub struct Receiver {
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    status: Arc<AtomicU16>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let receiver = Self { url, calls: Arc::default(), status: Arc::new(AtomicU16::new(200)) };
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(socket).await });
            }
        });
        receiver
    }

    pub fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The calls that were answered with a success.
    pub fn taken(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|c| c.status == 200).collect()
    }

    async fn serve(self, socket: TcpStream) {
        let (read, mut write) = socket.into_split();
        let mut read = BufReader::new(read);
        loop {
            let mut line = String::new();
            if read.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let mut headers = BTreeMap::new();
            loop {
                let mut line = String::new();
                if read.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                let Some((name, value)) = line.trim_end().split_once(": ") else { break };
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            let length: usize = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            if read.read_exact(&mut body).await.is_err() {
                return;
            }
            let status = self.status.load(Ordering::SeqCst);
            self.calls.lock().unwrap().push(Call { headers, body: String::from_utf8(body).unwrap(), status });
            let answer = format!("HTTP/1.1 {status} X\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n");
            if write.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// Takes mail without asking who sends it, and keeps what stood in it.
#[derive(Clone, Debug)]
pub struct MailServer {
    pub port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    refuse: Arc<AtomicU16>,
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), mails: Arc::default(), refuse: Arc::new(AtomicU16::new(0)) };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(socket).await });
            }
        });
        server
    }

    /// Refuses recipients with this code from now on; 0 takes them.
    pub fn refuse(&self, code: u16) {
        self.refuse.store(code, Ordering::SeqCst);
    }

    /// Envelope and text of each mail.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    async fn serve(self, socket: TcpStream) -> Option<()> {
        let (read, mut write) = socket.into_split();
        let mut read = BufReader::new(read);
        let mut mail = String::new();
        write.write_all(b"220 test\r\n").await.ok()?;
        loop {
            let mut line = String::new();
            if read.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let refuse = self.refuse.load(Ordering::SeqCst);
            let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" => "250-test\r\n250 8BITMIME\r\n".to_owned(),
                "RCPT" if refuse > 0 => format!("{refuse} no\r\n"),
                "MAIL" | "RCPT" => {
                    mail.push_str(&line);
                    "250 ok\r\n".to_owned()
                }
                "DATA" => {
                    write.write_all(b"354 go\r\n").await.ok()?;
                    loop {
                        let mut line = String::new();
                        if read.read_line(&mut line).await.ok()? == 0 {
                            return None;
                        }
                        if line == ".\r\n" {
                            break;
                        }
                        mail.push_str(&line);
                    }
                    self.mails.lock().unwrap().push(std::mem::take(&mut mail));
                    "250 taken\r\n".to_owned()
                }
                "QUIT" => {
                    write.write_all(b"221 bye\r\n").await.ok()?;
                    return None;
                }
                _ => "250 ok\r\n".to_owned(),
            };
            write.write_all(answer.as_bytes()).await.ok()?;
        }
    }
}
