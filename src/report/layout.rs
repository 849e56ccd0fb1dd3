//! Layout: the board as lines that fit a terminal. There are never more of them than it has rows.
//!
//! What fails comes first and has the most room, then what is under way, then a count of what went
//! well. What has no room is counted; what is cut has a mark.

use anstyle::AnsiColor;
use jiff::Timestamp;

use super::board::{Facts, Panel, Row, State, age};
use super::fit::{cut, cut_start, pad, width, wrap};
use super::page::Page;
use super::style::Style;

/// Where and when the board is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    pub columns: usize,
    pub rows: usize,
    pub now: Timestamp,
    /// The sign in front of what is under way.
    pub spinner: char,
    pub style: Style,
}

/// How many rows that went well are named, and not only counted.
const NAMED: usize = 3;

/// The whole board. The last row of the terminal stays free, so that nothing scrolls.
pub fn lines(panels: &[Panel], frame: &Frame) -> Vec<String> {
    let room = frame.rows.saturating_sub(1).max(1);
    let (ended, open): (Vec<&Panel>, Vec<&Panel>) = panels.iter().partition(|panel| panel.has_ended);
    let reserved = ended.len().min(room / 3);
    let mut body = Vec::new();
    for (index, panel) in open.iter().enumerate() {
        let left = room - reserved - body.len();
        body.extend(panel_lines(panel, left / (open.len() - index), frame));
    }
    let mut lines = ended_lines(&ended, room - body.len(), frame);
    lines.extend(body);
    lines
}

/// The rows that did not go well, each in full, for after the board is gone.
pub fn summary(panels: &[Panel], frame: &Frame) -> String {
    let mut text = String::new();
    for panel in panels.iter().filter(|panel| panel.state != State::Good) {
        let rows = unfinished(&panel.rows);
        if rows.is_empty() {
            continue;
        }
        let pull = panel.facts.pull.as_ref().map(|pull| format!("  {pull}")).unwrap_or_default();
        text += &format!("{}{pull}\n", paint(frame, panel.state, &panel.name));
        text += &in_full_lines(&rows, frame);
    }
    text
}

/// The same of one environment, for a text that is read anywhere.
pub fn details(rows: &[Row], page: &Page) -> String {
    let rows: Vec<Row> = rows.iter().map(Row::tidy).collect();
    in_full_lines(&unfinished(&rows), &frame_of(page))
}

/// Each row in full, also those that went well; what fails comes first.
pub fn all_details(rows: &[Row], page: &Page) -> String {
    let mut rows: Vec<Row> = rows.iter().map(Row::tidy).collect();
    rows.sort_by(|one, other| (one.state, &one.label).cmp(&(other.state, &other.label)));
    in_full_lines(&rows.iter().collect::<Vec<_>>(), &frame_of(page))
}

fn frame_of(page: &Page) -> Frame {
    let columns = page.columns.unwrap_or(usize::MAX / 4);
    Frame { columns, rows: usize::MAX, now: page.now, spinner: ' ', style: page.style }
}

fn in_full_lines(rows: &[&Row], frame: &Frame) -> String {
    let labels = label_width(rows, frame);
    rows.iter().flat_map(|row| in_full(row, labels, frame, false)).map(|line| line + "\n").collect()
}

/// One line for each environment that is through; the first of them are only counted if there are
/// too many.
fn ended_lines(ended: &[&Panel], room: usize, frame: &Frame) -> Vec<String> {
    let names = ended.iter().map(|panel| width(&panel.name)).max().unwrap_or(0);
    let line = |panel: &&Panel| {
        let name = pad(&panel.name, names);
        let text = cut(&format!("{name}  {}", panel.headline), frame.columns.saturating_sub(2));
        let (mark, state) = match panel.state {
            State::Good => ('✓', State::Good),
            state => ('·', state),
        };
        paint_start(frame, state, &format!("{mark} {text}"), 2 + names)
    };
    let hidden = ended.len().saturating_sub(room);
    if hidden == 0 {
        return ended.iter().map(line).collect();
    }
    let Some(shown) = room.checked_sub(1) else { return Vec::new() };
    let hidden = ended.len() - shown;
    let more = cut(&format!("✓ {hidden} more environments"), frame.columns);
    std::iter::once(more).chain(ended[hidden..].iter().map(line)).collect()
}

fn panel_lines(panel: &Panel, room: usize, frame: &Frame) -> Vec<String> {
    let mark = match panel.state {
        State::Bad => '✗',
        _ => frame.spinner,
    };
    let columns = frame.columns.saturating_sub(2);
    let text = wrap(&format!("{}: {}", panel.name, panel.headline), columns);
    // Where there are rows, they say what matters.
    let most = if panel.rows.is_empty() { room / 2 } else { room / 4 };
    let mut lines = Vec::new();
    for (index, line) in at_most(text, most.max(1), columns).into_iter().enumerate() {
        lines.push(match index {
            0 => paint_start(frame, panel.state, &format!("{mark} {line}"), 2 + width(&panel.name)),
            _ => format!("  {line}"),
        });
    }
    let facts = facts(panel, room / 3, frame);
    lines.extend(facts.iter().map(|line| frame.style.dim(&format!("  {line}"))));
    let left = room.saturating_sub(lines.len());
    lines.extend(rows(&panel.rows, left, frame));
    lines
}

/// So many lines; what is missing at the end is marked.
fn at_most(mut lines: Vec<String>, most: usize, columns: usize) -> Vec<String> {
    if most == 0 {
        lines.clear();
    } else if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(cut(&rest, columns));
    }
    lines
}

/// `3m 12s, next deadline in 26m, commit f83ff6224e, https://…/pull/12`. A link is there as a whole,
/// or not at all.
fn facts(panel: &Panel, most: usize, frame: &Frame) -> Vec<String> {
    let Facts { pull, commit, since, deadline } = &panel.facts;
    let parts = [
        since.map(|since| age(since, frame.now)),
        deadline.map(|deadline| format!("next deadline in {}", age(frame.now, deadline))),
        commit.as_ref().map(|commit| format!("commit {}", &commit[..commit.len().min(10)])),
    ];
    let mut parts: Vec<String> = parts.into_iter().flatten().collect();
    let columns = frame.columns.saturating_sub(2);
    let without = wrap(&parts.join(", "), columns);
    parts.extend(pull.clone().filter(|pull| !panel.headline.contains(pull)));
    let with = wrap(&parts.join(", "), columns);
    if with.len() <= most { with } else { at_most(without, most, columns) }
}

fn unfinished(rows: &[Row]) -> Vec<&Row> {
    let mut open: Vec<&Row> = rows.iter().filter(|row| row.state != State::Good).collect();
    open.sort_by_key(|row| (row.state, &row.label));
    open
}

fn rows(all: &[Row], room: usize, frame: &Frame) -> Vec<String> {
    let open = unfinished(all);
    let tally = tally(all, frame).filter(|_| room > usize::from(!open.is_empty()));
    let room = room.saturating_sub(usize::from(tally.is_some()));
    let labels = label_width(&open, frame);
    let mut lines: Vec<String> = Vec::new();
    let mut shown = 0;
    for (index, row) in open.iter().enumerate() {
        let (left, after) = (room - lines.len(), &open[index + 1..]);
        let full = in_full(row, labels, frame, true);
        if full.len() + needed(row, after) <= left {
            lines.extend(full);
        } else if left > usize::from(!after.is_empty()) {
            lines.push(in_one_line(row, labels, frame));
        } else {
            break;
        }
        shown = index + 1;
    }
    if shown < open.len() && lines.len() < room {
        let rest = &open[shown..];
        let more = format!("  and {} more: {}", rest.len(), counts(rest));
        lines.push(cut(&more, frame.columns));
    }
    lines.into_iter().chain(tally).collect()
}

/// How many lines are to be left for what comes after a row: one for each that fails, and one for
/// the others, which may be counted; after a row that does not fail, one for each.
fn needed(row: &Row, after: &[&Row]) -> usize {
    if row.state > State::Doubtful {
        return after.len();
    }
    let failing = after.iter().filter(|row| row.state <= State::Doubtful).count();
    failing + usize::from(failing < after.len())
}

/// `28 succeeded`, with their names when there are few.
fn tally(rows: &[Row], frame: &Frame) -> Option<String> {
    let good: Vec<&Row> = rows.iter().filter(|row| row.state == State::Good).collect();
    if good.is_empty() {
        return None;
    }
    let text = format!("  {}", counts(&good));
    let labels: Vec<&str> = good.iter().map(|row| row.label.as_str()).collect();
    let named = format!("{text}: {}", labels.join(", "));
    let text = if good.len() <= NAMED && width(&named) <= frame.columns { named } else { text };
    Some(frame.style.color(AnsiColor::Green, &cut(&text, frame.columns)))
}

/// `3 failing, 19 in progress`
fn counts(rows: &[&Row]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in rows {
        match counts.iter_mut().find(|(word, _)| *word == row.word) {
            Some((_, count)) => *count += 1,
            None => counts.push((row.word, 1)),
        }
    }
    counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

fn label_width(rows: &[&Row], frame: &Frame) -> usize {
    let widest = rows.iter().map(|row| width(&row.label)).max().unwrap_or(0);
    widest.min((frame.columns / 3).max(12))
}

/// Its name, state and age, and how wide that is.
fn head(row: &Row, labels: usize, frame: &Frame) -> (String, usize) {
    let status = row.status(frame.now);
    let taken = 2 + labels + 2 + width(&status);
    if taken > frame.columns {
        let text = cut(&format!("  {} {status}", cut_start(&row.label, labels)), frame.columns);
        return (paint(frame, row.state, &text), frame.columns);
    }
    let label = pad(&cut_start(&row.label, labels), labels);
    (format!("  {label}  {}", paint(frame, row.state, &status)), taken)
}

fn in_one_line(row: &Row, labels: usize, frame: &Frame) -> String {
    let (mut line, taken) = head(row, labels, frame);
    let left = frame.columns.saturating_sub(taken + 2);
    let text = cut(&row.text, left);
    if left > 1 && !text.is_empty() {
        line += &format!("  {text}");
    }
    match &row.url {
        Some(url) if width(&text) + 2 + width(url) <= left => format!("{line}  {url}"),
        _ => line,
    }
}

/// In as many lines as it takes. Links that are to be broken are broken where a line ends; the
/// others the terminal breaks, so that they can be followed.
fn in_full(row: &Row, labels: usize, frame: &Frame, breaks_links: bool) -> Vec<String> {
    let (mut line, mut taken) = head(row, labels, frame);
    let mut below = Vec::new();
    let columns = frame.columns.saturating_sub(4);
    let mut place = |text: &str, is_link: bool| {
        let needed = 2 + width(text);
        if below.is_empty() && taken + needed <= frame.columns {
            line += &format!("  {text}");
            taken += needed;
        } else if is_link && !breaks_links {
            below.push(format!("    {text}"));
        } else {
            below.extend(wrap(text, columns).iter().map(|line| format!("    {line}")));
        }
    };
    if !row.text.is_empty() {
        place(&row.text, false);
    }
    if let Some(url) = &row.url {
        place(url, true);
    }
    std::iter::once(line).chain(below).collect()
}

fn paint(frame: &Frame, state: State, text: &str) -> String {
    let color = match state {
        State::Bad => AnsiColor::Red,
        State::Doubtful => AnsiColor::Yellow,
        State::Working => AnsiColor::Cyan,
        State::Good => AnsiColor::Green,
    };
    frame.style.color(color, text)
}

/// Paints the first columns of a line.
fn paint_start(frame: &Frame, state: State, line: &str, columns: usize) -> String {
    let mut taken = 0;
    let end = line.char_indices().find(|(_, c)| {
        taken += width(c.encode_utf8(&mut [0; 4]));
        taken > columns
    });
    let (start, rest) = line.split_at(end.map_or(line.len(), |(at, _)| at));
    format!("{}{rest}", paint(frame, state, start))
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
