//! Aligned columns.

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

/// How long ago something was, in its largest unit.
pub fn age(seconds: i64) -> String {
    match seconds {
        ..60 => "now".to_owned(),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400.. => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ages_are_short() {
        let ages = [0, 59, 60, 7_199, 86_399, 200_000].map(super::age);
        assert_eq!(ages, ["now", "now", "1m", "1h", "23h", "2d"]);
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [["a", "é", ""], ["long", "b", "c"]].map(|row| row.map(str::to_owned));
        assert_eq!(super::aligned(&rows), "a     é\nlong  b  c\n");
    }
}
