//! `core.sharedRepository`: other users of the group, or all, can read and write what Towline
//! writes. libgit2 heeds it only when a repository is made, and sets modes as the process' umask
//! says. So the umask is another one while something is written.

use rustix::fs::{Mode, RawMode};

/// Sets the umask back when it ends.
pub(super) struct Shared(Option<Mode>);

impl Shared {
    /// While it lives, what is written has the modes that a repository with this setting asks for.
    pub fn begin(wanted: Option<Sharing>) -> Self {
        let Some(wanted) = wanted else { return Self(None) };
        let before = rustix::process::umask(Mode::empty());
        rustix::process::umask(Mode::from_raw_mode(wanted.umask(before.bits())));
        Self(Some(before))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(before) = self.0 {
            rustix::process::umask(before);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    Group,
    All,
    /// Just these bits.
    Mode(RawMode),
}

impl Sharing {
    /// As git reads the setting; nothing when the umask decides.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "group" | "true" | "1" | "yes" | "on" => Some(Self::Group),
            "all" | "world" | "everybody" | "2" => Some(Self::All),
            _ => RawMode::from_str_radix(text.strip_prefix('0')?, 8)
                .ok()
                .filter(|it| it & 0o600 == 0o600)
                .map(Self::Mode),
        }
    }

    /// Folders can be entered by whoever can read them.
    fn umask(self, before: RawMode) -> RawMode {
        match self {
            Self::Group => before & !0o070,
            Self::All => before & !0o075,
            Self::Mode(mode) => 0o777 & !(mode | (mode & 0o444) >> 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_umask_follows_the_setting() {
        let umask = |text: &str| Sharing::parse(text).map(|it| format!("{:03o}", it.umask(0o077)));
        assert_eq!(umask("group").unwrap(), "007");
        assert_eq!(umask("all").unwrap(), "002");
        assert_eq!(umask("0640").unwrap(), "027");
        assert_eq!(umask("0660").unwrap(), "007");
        assert_eq!((umask("umask"), umask("false"), umask("0")), (None, None, None));
    }
}
