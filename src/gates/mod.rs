//! Gates: what must hold before a release enters an environment. One file a gate, with its section
//! of the pipeline file and how it is decided.
//!
//! A gate is a function of what it is [`Asked`]. What stands in git and on the forge comes to it as
//! [`Evidence`], so a gate knows neither.
//!
//! To add one, write its file, with an implementation of [`Decide`], and put its key into the table
//! below.

pub mod approvals;
pub mod command;
mod decision;
mod evidence;
pub mod freeze;
mod gate;
pub mod http;
pub mod manual;
pub mod prometheus;
mod queue;
pub mod soak;
pub mod status;
mod test_counts;
pub mod test_results;
pub mod window;

pub use decision::{Closed, Decision, Opens};
pub use evidence::{Command, End, Evidence, Ran, Recorded, Verified};
pub use freeze::Freeze;
pub use gate::{Asked, Decide, Gate, Moment, Rest};
pub use queue::{Queue, Releases};
pub use test_counts::TestCounts;

use crate::yaml::{Line, Period, alternatives};

alternatives! {
    /// What must hold before a release enters: exactly one of the keys, and `name` if wanted
    #[schemars(rename = "Gate")]
    Entry: dyn Decide {
        /// How long the release must have been verified in the environments that this one needs
        soak: Period,
        /// The hours in which releases enter
        window: window::Window,
        /// A commit status that must be a success
        status: status::StatusGate,
        /// The test results of an environment
        tests: test_results::TestsGate,
        /// An HTTP request that must be answered
        http: http::HttpGate,
        /// A Prometheus query whose value must be as expected
        prometheus: prometheus::PrometheusGate,
        /// A command line for `sh`: exit code 0 opens the gate, 75 keeps it closed for now, any other closes it
        run: command::CommandGate,
        /// Approvals of the pull request. Asked before Towline merges it
        approvals: approvals::ApprovalsGate,
        /// Somebody must run `towline approve`
        manual: manual::ManualGate,
    }
    beside {
        /// What people see, and `towline override --gate` takes; the key when absent
        name: Option<Line>,
    }
}
