//! Notify: tells webhooks what happens to releases.
//!
//! There is no memory of what was told. So a run tells only what it brought about itself: the pull request that it
//! opened, the verdict that it wrote, the wait that began with it. A run that finds all this done tells nothing.
//!
//! Messages are sent by a thread of their own, one after the other, so that a slow webhook keeps no release
//! waiting. What cannot be sent is a warning, and never more than that.
//!
//! - `message`: what happened, in words
//! - `tracker`: which events of a run are worth a message
//! - `body`: a message as Slack, Teams and programs read it
//! - `hmac`: signatures
//! - `webhook`: where messages go

mod body;
mod hmac;
mod message;
mod tracker;
mod webhook;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

pub use self::hmac::hmac_sha256;
pub use self::message::Message;
pub use self::tracker::Tracker;
use self::webhook::Webhook;
use crate::clock::Clock;
use crate::config::Pipeline;
use crate::vocabulary::Warning;

/// Who is told that a message could not be sent.
pub type Warn = Arc<dyn Fn(Warning) + Send + Sync>;

/// Sends messages to the webhooks of a pipeline. What is still to be sent is sent when it is dropped.
pub struct Notifier {
    queue: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Notifier {
    /// `variables` is the process environment. A webhook that lacks a variable is warned of.
    pub fn new(
        pipeline: &Pipeline,
        variables: &[(String, String)],
        clock: Arc<dyn Clock>,
        warn: Warn,
    ) -> Self {
        let mut webhooks = Vec::new();
        for declared in &pipeline.notify {
            match Webhook::new(declared, variables) {
                Ok(webhook) => webhooks.push(webhook),
                Err(warning) => warn(warning),
            }
        }
        if webhooks.is_empty() {
            return Self { queue: None, thread: None };
        }
        let (queue, waiting) = channel::<Message>();
        let send = move || {
            for message in waiting {
                let told = webhooks.iter().filter(|webhook| webhook.is_told_of(message.occasion));
                told.filter_map(|webhook| webhook.send(&message, &*clock).err()).for_each(|it| warn(it));
            }
        };
        // Without a thread, nobody is told; the release goes on.
        let thread = thread::Builder::new().name("notify".to_owned()).spawn(send).ok();
        Self { queue: Some(queue), thread }
    }

    /// Whether there is anybody to tell.
    pub fn is_on(&self) -> bool {
        self.queue.is_some()
    }

    pub fn tell(&self, message: Message) {
        // Where the thread is gone, nobody is told.
        self.queue.iter().for_each(|queue| _ = queue.send(message.clone()));
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.queue = None;
        self.thread.take().map(JoinHandle::join);
    }
}
