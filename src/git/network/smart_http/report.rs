//! What the server says of a push: `unpack ok`, then `ok NAME` or `ng NAME REASON`, and beside it what
//! its hooks print.

use super::packets::{Band, Packets, lines_in};
use crate::git::network::fault::{Failure, Fault};
use crate::git::network::transport::{Answer, Pushed};

pub fn read(mut packets: Packets, reference: &str) -> Answer<Pushed> {
    let (mut report, mut told) = (Vec::new(), String::new());
    while let Some(band) = packets.next_band()? {
        match band {
            Band::Data(data) => {
                packets.count(Some(&data))?;
                report.extend(data);
            }
            Band::Told(text) => told += &text,
        }
    }
    packets.finish();
    let said: String = told.lines().map(|line| format!("remote: {line}\n")).collect();
    judge(&lines_in(&report), reference, said)
}

fn judge(lines: &[String], reference: &str, said: String) -> Answer<Pushed> {
    for line in lines {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (name, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "unpack" if rest != "ok" => {
                return Err(Failure::new(
                    Fault::Refused,
                    format!("{said}the server cannot unpack it: {rest}"),
                ));
            }
            "ok" if name == reference => return Ok(Pushed::Done),
            "ng" if name == reference => return Ok(Pushed::Refused { reason: reason.to_owned(), said }),
            _ => {}
        }
    }
    Err(Failure::new(Fault::Unreachable, format!("{said}the server did not say whether it took the push")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(lines: &[&str]) -> Answer<Pushed> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        judge(&lines, "refs/heads/main", String::new())
    }

    #[test]
    fn the_line_of_the_reference_decides() {
        assert_eq!(judged(&["unpack ok", "ok refs/heads/main"]), Ok(Pushed::Done));
        let refused = Pushed::Refused { reason: "pre-receive hook declined".into(), said: String::new() };
        assert_eq!(judged(&["unpack ok", "ng refs/heads/main pre-receive hook declined"]), Ok(refused));
        let fault = |lines: &[&str]| judged(lines).unwrap_err().fault;
        assert_eq!(fault(&["unpack index-pack failed", "ng refs/heads/main unpacker error"]), Fault::Refused);
        assert_eq!(fault(&["unpack ok", "ok refs/heads/other"]), Fault::Unreachable);
        assert_eq!(fault(&[]), Fault::Unreachable);
    }
}
