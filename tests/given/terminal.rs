//! A terminal of a size, and what stands on its screen: a pseudo-terminal, read by an emulator.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A terminal in which a command runs.
pub struct Terminal {
    child: Child,
    screen: vt100::Parser,
    input: File,
}

impl Terminal {
    /// A terminal like those of today, unless `TERM` says otherwise.
    pub fn start(command: Command, columns: u16, rows: u16) -> Self {
        Self::start_with(command, false, columns, rows)
    }

    /// A terminal on which the command also reads what is typed.
    pub fn start_reading(command: Command, columns: u16, rows: u16) -> Self {
        Self::start_with(command, true, columns, rows)
    }

    fn start_with(mut command: Command, reads: bool, columns: u16, rows: u16) -> Self {
        let input = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&input).unwrap();
        unlockpt(&input).unwrap();
        let name = ptsname(&input, Vec::new()).unwrap();
        let output = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        resize(&input, columns, rows);
        let typed = if reads { output.try_clone().unwrap().into() } else { Stdio::null() };
        command.stdin(typed).stdout(output.try_clone().unwrap()).stderr(output);
        if command.get_envs().all(|(name, _)| name != "TERM") {
            command.env("TERM", "xterm-256color");
        }
        let child = command.spawn().unwrap();
        // The last writer is the child then, so that reading ends when it does.
        drop(command);
        Self { child, screen: vt100::Parser::new(rows, columns, 1000), input: input.into() }
    }

    /// Reads until the screen shows something.
    pub fn until(&mut self, shown: impl Fn(&str) -> bool) -> String {
        while !shown(&self.text()) {
            assert!(self.read(), "the command ended before:\n{}", self.text());
        }
        self.text()
    }

    pub fn type_line(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        resize(&self.input, columns, rows);
        self.screen.screen_mut().set_size(rows, columns);
    }

    pub fn interrupt(&self) {
        kill_process(Pid::from_raw(self.child.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    }

    /// What stands on the screen when the command has ended, and how it ended.
    pub fn end(mut self) -> (String, ExitStatus) {
        while self.read() {}
        let status = self.child.wait().unwrap();
        (self.text(), status)
    }

    /// Whether there was more to read.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        // A terminal that nobody has open any more is an error to read.
        let count = self.input.read(&mut bytes).unwrap_or(0);
        self.screen.process(&bytes[..count]);
        count > 0
    }

    /// The lines of the screen, without empty ones at the end.
    fn text(&self) -> String {
        let (_, columns) = self.screen.screen().size();
        let lines: Vec<String> = self.screen.screen().rows(0, columns).collect();
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        lines.join("\n").trim_end().to_owned()
    }
}

fn resize(terminal: impl std::os::fd::AsFd, columns: u16, rows: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).unwrap();
}
