//! Quick actions: a line that begins with a slash, such as `/close` or `/approve`, is to GitLab a
//! command of whoever wrote the text, and it takes the line out. What Towline writes has names and
//! values from other people in it, and they must command nothing.
//!
//! <https://docs.gitlab.com/user/project/quick_actions/>

/// The text without a line that begins with a slash. The space in front of one shows in code only.
pub fn disarm(text: &str) -> String {
    let text = text.replace("\n/", "\n /");
    if text.starts_with('/') { format!(" {text}") } else { text }
}
