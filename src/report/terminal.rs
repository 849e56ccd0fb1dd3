//! How large a terminal is.

use std::os::fd::AsFd;

use rustix::termios::tcgetwinsize;

/// Columns and rows; `None` where there is no terminal, or it does not tell.
pub fn size(stream: impl AsFd) -> Option<(usize, usize)> {
    let size = tcgetwinsize(stream).ok()?;
    let known = size.ws_col > 0 && size.ws_row > 0;
    known.then_some((size.ws_col.into(), size.ws_row.into()))
}
