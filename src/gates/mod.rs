//! Gates: what must hold before a release enters an environment. One file a gate, with its section
//! of the pipeline file and how it is decided.
//!
//! To add one, write its file, with an implementation of [`Decide`], and put its key into the table
//! below.

mod gate;
pub mod http;
pub mod prometheus;
pub mod status;
pub mod test_results;
pub mod window;

pub use gate::{Asked, Decide, Decision, Gate};

use crate::yaml::{CommandLine, Later, Period, alternatives};

alternatives! {
    /// What must hold before a release enters: exactly one of the keys
    #[schemars(rename = "Gate")]
    Entry: dyn Decide {
        /// How long the release must have been verified in the environments before
        soak: Later<Period>,
        /// The hours in which releases enter
        window: Later<window::Window>,
        /// A commit status that the source commit must have
        status: Later<status::StatusGate>,
        /// The test results of an environment
        tests: test_results::TestsGate,
        /// An HTTP request that must be answered
        http: Later<http::HttpGate>,
        /// A Prometheus query whose value must be as expected
        prometheus: Later<prometheus::PrometheusGate>,
        /// A command that must succeed
        run: Later<CommandLine>,
    }
}
