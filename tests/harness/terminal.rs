//! `tokenadm` at a terminal of its own, with somebody who types.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::command::binary;

/// Runs `tokenadm` at a terminal, with the profile in this folder.
pub fn on_a_terminal(folder: &Path, arguments: &str) -> Child {
    let line = format!("'{}' {arguments}", binary("tokenadm").display());
    Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs([("TERM", "dumb"), ("SHELL", "/bin/sh"), ("LC_ALL", "C.UTF-8")])
        .envs([("TOKENADM_CONFIG", folder), ("HOME", folder)])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Types a line at each prompt that ends so, and says how it ended and what was seen.
pub async fn typed(mut child: Child, prompt: &str, lines: &[&str]) -> (i32, String) {
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = Vec::new();
    for line in lines {
        let before = seen.len();
        while !seen[before..].ends_with(prompt.as_bytes()) {
            let mut bytes = [0; 1];
            let read = screen.read(&mut bytes).await.unwrap();
            assert_eq!(read, 1, "it ended after {:?}", String::from_utf8_lossy(&seen));
            seen.push(bytes[0]);
        }
        keyboard.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }
    screen.read_to_end(&mut seen).await.unwrap();
    (child.wait().await.unwrap().code().unwrap(), String::from_utf8(seen).unwrap())
}
