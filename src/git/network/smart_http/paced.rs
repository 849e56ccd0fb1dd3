//! An answer that keeps coming. The client below limits each read, so a server that sends a byte now and then
//! would never be given up.

use std::io::{self, ErrorKind, Read};
use std::time::{Duration, Instant};

/// What has to come in each span of time: a tenth of what the slowest connections bring.
const LEAST: u64 = 64 << 10;
/// No answer takes longer: what is fetched is a part of a repository.
const LONGEST: Duration = Duration::from_secs(60 * 60);

pub struct Paced<R> {
    body: R,
    span: Duration,
    began: Instant,
    /// When the span began, and what has come in it.
    since: Instant,
    came: u64,
}

impl<R> Paced<R> {
    pub fn new(body: R, span: Duration) -> Self {
        let now = Instant::now();
        Self { body, span, began: now, since: now, came: 0 }
    }
}

impl<R: Read> Read for Paced<R> {
    fn read(&mut self, part: &mut [u8]) -> io::Result<usize> {
        let now = Instant::now();
        if now - self.since >= self.span {
            if self.came < LEAST {
                return Err(ErrorKind::TimedOut.into());
            }
            (self.since, self.came) = (now, 0);
        }
        if now - self.began >= LONGEST {
            return Err(ErrorKind::TimedOut.into());
        }
        let read = self.body.read(part)?;
        self.came += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_drips_is_given_up_after_its_span() {
        let mut drip = Paced::new(io::repeat(0), Duration::ZERO);
        assert_eq!(drip.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        let mut patient = Paced::new(io::repeat(0), Duration::from_secs(60));
        patient.read_exact(&mut [0; 10]).unwrap();
    }

    #[test]
    fn one_that_keeps_coming_begins_a_new_span() {
        let span = Duration::from_secs(60);
        let mut steady = Paced { came: LEAST, ..Paced::new(io::repeat(0), span) };
        steady.since = steady.since.checked_sub(span).expect("a machine that runs for a minute");
        steady.read_exact(&mut [0; 10]).unwrap();
        assert_eq!(steady.came, 10);
    }
}
