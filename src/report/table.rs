//! Aligned columns.

use jiff::Timestamp;

use super::fit::{cut, pad, width, wrap};
use crate::secrets;

/// A column is not made narrower than this.
const NARROWEST: usize = 8;

/// Rows of cells, each column as wide as its widest cell, two spaces between. The last column is
/// not padded, so that lines do not end in spaces.
pub fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

/// The same, in so many columns of a terminal: the widest columns of the table are cut, or, where that
/// is not enough, each row becomes a block of lines. The first row has the names. `paint` colours the
/// text of a cell.
pub fn fitted<const N: usize>(
    rows: &[[String; N]],
    columns: Option<usize>,
    paint: impl Fn(usize, usize, &str) -> String,
) -> String {
    // Half of a secret, where a cell is cut, is not found.
    let rows: Vec<_> =
        rows.iter().map(|row| row.each_ref().map(|cell| secrets::redact(cell).into_owned())).collect();
    let Some(widths) = widths(&rows, columns.unwrap_or(usize::MAX)) else {
        return blocks(&rows, columns.unwrap_or(usize::MAX), paint);
    };
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let cell = cut(cell, widths[column]);
            let gap = pad("", widths[column].saturating_sub(width(&cell)) + 2);
            line += &paint(index, column, &cell);
            line += if column + 1 < N { &gap } else { "" };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// How wide each column is; `None` when they do not fit.
fn widths<const N: usize>(rows: &[[String; N]], columns: usize) -> Option<[usize; N]> {
    let mut widths = std::array::from_fn(|column| {
        rows.iter().map(|row: &[String; N]| width(&row[column])).max().unwrap_or(0)
    });
    let least: [usize; N] =
        std::array::from_fn(|column| rows.first().map_or(0, |row| width(&row[column])).max(NARROWEST));
    while widths.iter().sum::<usize>() + 2 * (N - 1) > columns {
        let can_shrink = (0..N).filter(|&column| widths[column] > least[column]);
        let widest = can_shrink.max_by_key(|&column| widths[column])?;
        widths[widest] -= 1;
    }
    Some(widths)
}

fn blocks<const N: usize>(
    rows: &[[String; N]],
    columns: usize,
    paint: impl Fn(usize, usize, &str) -> String,
) -> String {
    let Some((names, rows)) = rows.split_first() else { return String::new() };
    let named = names.iter().skip(1).map(|name| width(name)).max().unwrap_or(0);
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        text += &format!("{}\n", row[0]);
        for column in 1..N {
            let lines = wrap(&row[column], columns.saturating_sub(named + 4));
            for (line, value) in lines.iter().enumerate() {
                let name = if line == 0 { names[column].as_str() } else { "" };
                text += &format!("  {}  {}\n", pad(name, named), paint(index + 1, column, value));
            }
        }
    }
    text
}

/// How long ago something was, in its largest unit.
pub fn age(seconds: i64) -> String {
    match seconds {
        ..60 => "now".to_owned(),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400.. => format!("{}d", seconds / 86_400),
    }
}

/// A time without the parts of a second.
pub fn to_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    #[test]
    fn ages_are_short() {
        let ages = [0, 59, 60, 7_199, 86_399, 200_000].map(super::age);
        assert_eq!(ages, ["now", "now", "1m", "1h", "23h", "2d"]);
    }

    #[test]
    fn a_table_fits_a_terminal() {
        let rows = [["ENVIRONMENT", "AGE", "VERDICT"], ["dev", "5m", "1.4.0 verified: 1 reporter, 1 check"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        let fitted = |columns| super::fitted(&rows, columns, |_, _, text| text.to_owned());
        insta::assert_snapshot!(fitted(None), @"
        ENVIRONMENT  AGE  VERDICT
        dev          5m   1.4.0 verified: 1 reporter, 1 check
        ");
        insta::assert_snapshot!(fitted(Some(40)), @"
        ENVIRONMENT  AGE  VERDICT
        dev          5m   1.4.0 verified: 1 rep…
        ");
        insta::assert_snapshot!(fitted(Some(25)), @"
        dev
          AGE      5m
          VERDICT  1.4.0
                   verified: 1
                   reporter, 1
                   check
        ");
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [["a", "é", ""], ["long", "b", "c"]].map(|row| row.map(str::to_owned));
        assert_eq!(super::aligned(&rows), "a     é\nlong  b  c\n");
    }
}
