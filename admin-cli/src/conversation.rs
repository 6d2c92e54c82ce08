//! The person at the terminal, line by line.

use std::io::{self, BufRead};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::charset::Charset;
use crate::failure::{Failure, Outcome};
use crate::words::Complaint;

/// Somebody who types lines.
pub(crate) trait Conversation {
    /// The next line that is typed, without blanks around it.
    async fn line(&mut self) -> Outcome<String>;
    /// The next line, or nothing once a second has passed.
    async fn line_within_a_second(&mut self) -> Outcome<Option<String>>;
}

/// The person at stdin. A thread of its own reads, so that the program can count and be interrupted meanwhile.
pub(crate) struct Terminal {
    lines: mpsc::UnboundedReceiver<String>,
}

impl Terminal {
    /// Starts listening; nothing else may read stdin from now on.
    pub(crate) fn listen() -> Self {
        let (sender, lines) = mpsc::unbounded_channel();
        let charset = Charset::of_locale();
        std::thread::spawn(move || {
            for line in io::stdin().lock().split(b'\n').map_while(Result::ok) {
                if sender.send(charset.decode(&line)).is_err() {
                    return;
                }
            }
        });
        Self { lines }
    }

    /// The next line that is typed, with the blanks around it.
    pub(crate) async fn whole_line(&mut self) -> Outcome<String> {
        let line = self.lines.recv().await.ok_or_else(|| Failure::plain(Complaint::InputEnded))?;
        Ok(line.strip_suffix('\r').unwrap_or(&line).to_owned())
    }
}

impl Conversation for Terminal {
    async fn line(&mut self) -> Outcome<String> {
        Ok(self.whole_line().await?.trim().to_owned())
    }

    async fn line_within_a_second(&mut self) -> Outcome<Option<String>> {
        match tokio::time::timeout(Duration::from_secs(1), self.line()).await {
            Ok(line) => line.map(Some),
            Err(_elapsed) => Ok(None),
        }
    }
}
