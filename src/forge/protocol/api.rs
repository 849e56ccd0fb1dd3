//! What every part of the protocol needs of an adapter.

use anyhow::Result;

use super::refusals::Refusals;
use crate::forge::row::{Connection, Row};
use crate::http::{Client, Server};

/// What every adapter is made of: a client of the API, and the repository there.
pub struct Site {
    pub row: &'static Row,
    pub client: Client,
    /// The repository's path: `repos/OWNER/NAME`, encoded.
    pub root: String,
    /// The merges that the forge refused.
    pub refusals: Refusals,
}

impl Site {
    pub fn new(connection: &Connection, server: Server, root: String) -> Result<Self> {
        let client = Client::new(server, connection.settings.clone())?;
        Ok(Self { row: connection.row, client, root, refusals: Refusals::default() })
    }
}

pub trait Api: Send + Sync {
    fn site(&self) -> &Site;

    /// The first line of the commit that merges a pull request, as the forge's own would be.
    fn subject_of_merge(&self, number: u64, title: &str) -> String {
        format!("{title} ({}{number})", self.row().mark)
    }

    /// The text as it may be sent, where the forge would take some of it for commands.
    fn harmless(&self, text: &str) -> String {
        text.to_owned()
    }

    fn row(&self) -> &'static Row {
        self.site().row
    }

    fn client(&self) -> &Client {
        &self.site().client
    }

    /// A path below the repository's.
    fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", self.site().root)
    }

    /// A pull request, for people.
    fn name(&self, number: u64) -> String {
        self.row().pull_name(number)
    }
}
