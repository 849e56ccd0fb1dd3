//! Limits of the operating system for tools that render what others wrote: memory, files, and no network.
//!
//! Linux gives a process a network of its own, in which there is nothing, unless the system forbids it:
//! many containers do. Then nothing else is done about it here.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a tool may take. A large chart takes some hundred MB.
pub const MEMORY: u64 = 3 << 30;

/// More than the files that a tool may read, and what it writes.
const LIMITS: [(Resource, u64); 4] = [
    (Resource::Data, MEMORY),
    (Resource::Nofile, 1024),
    (Resource::Fsize, 1 << 30),
    // It would hold the values.
    (Resource::Core, 0),
];

/// Has the command run with these limits, and all that it starts.
pub fn contain(command: &mut Command, network: bool) {
    let identity = network::Identity::current();
    let enter = move || {
        for (resource, most) in LIMITS {
            limit(resource, most);
        }
        if !network {
            network::leave(&identity);
        }
        io::Result::Ok(())
    };
    // SAFETY: nothing but system calls is made there, on what was prepared before.
    #[allow(unsafe_code, reason = "what is set is the child's own, and only it can set it")]
    unsafe {
        command.pre_exec(enter);
    }
}

fn limit(resource: Resource, most: u64) {
    // A system that does not know it has no other.
    _ = setrlimit(resource, tightened(&getrlimit(resource), most));
}

/// At most so much, unless less is allowed already.
fn tightened(now: &Rlimit, most: u64) -> Rlimit {
    let tighter = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
    Rlimit { current: tighter(now.current), maximum: tighter(now.maximum) }
}

#[cfg(target_os = "linux")]
mod network {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    use rustix::process::getuid;
    use rustix::thread::{UnshareFlags, unshare_unsafe};

    /// Who the process is, for the namespace in which it is to be the same.
    pub struct Identity(String);

    impl Identity {
        pub fn current() -> Self {
            let user = getuid().as_raw();
            Self(format!("{user} {user} 1"))
        }
    }

    /// Leaves the network, as a user who may, or in a namespace in which everybody may.
    pub fn leave(identity: &Identity) {
        if unshare(UnshareFlags::NEWNET) || !unshare(UnshareFlags::NEWNET | UnshareFlags::NEWUSER) {
            return;
        }
        let map = openat(CWD, c"/proc/self/uid_map", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty());
        // Without it, the files are still there for the owner.
        _ = map.and_then(|map| rustix::io::write(map, identity.0.as_bytes()));
    }

    fn unshare(what: UnshareFlags) -> bool {
        // SAFETY: the process has one thread, and its open files stay as they are.
        #[allow(unsafe_code, reason = "the call is dangerous for processes with several threads")]
        let done = unsafe { unshare_unsafe(what) };
        done.is_ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod network {
    /// Not needed: there is no way.
    pub struct Identity;

    impl Identity {
        pub fn current() -> Self {
            Self
        }
    }

    pub fn leave(_: &Identity) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tighter_limit_stays() {
        let limits = |current, maximum| {
            let limit = tightened(&Rlimit { current, maximum }, 100);
            (limit.current.unwrap(), limit.maximum.unwrap())
        };
        assert_eq!(limits(None, None), (100, 100));
        assert_eq!(limits(Some(500), None), (100, 100));
        assert_eq!(limits(Some(20), Some(500)), (20, 100));
        assert_eq!(limits(Some(20), Some(50)), (20, 50));
    }
}
