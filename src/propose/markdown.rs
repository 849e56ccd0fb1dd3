//! Text from users in Markdown: whatever it says, it stays text.

/// One line as a code span, for tables too.
pub fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let fence = "`".repeat(longest_run(&text) + 1);
    // A span that begins or ends with a backtick needs a space there, which Markdown takes off.
    let space = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"))
}

/// Lines as a code block with a fence longer than any in the text.
pub fn code_block(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stays_code() {
        assert_eq!(code("web"), "`web`");
        assert_eq!(code("a`b``c|d\n</details>"), "```a`b``c\\|d </details>```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code_block("diff", "+a\n+````\n"), "`````diff\n+a\n+````\n`````\n");
    }
}
