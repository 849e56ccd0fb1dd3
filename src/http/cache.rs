//! Answers that the server gave an ETag to. A 304 costs no budget on most forges, and while a
//! rollout is waited for nearly every answer is one.

use std::collections::HashMap;

use url::Url;

use super::Response;

/// More than a rollout looks at. When it is full it starts anew: the next look fills it again.
const MOST: usize = 512;
/// The bytes that they take together, about.
const HEAVIEST: usize = 64 << 20;

#[derive(Default)]
pub struct Cache(HashMap<Url, (String, Response)>);

impl Cache {
    pub fn etag(&self, url: &Url) -> Option<String> {
        self.0.get(url).map(|(etag, _)| etag.clone())
    }

    pub fn answer(&self, url: &Url) -> Option<Response> {
        self.0.get(url).map(|(_, answer)| answer.clone())
    }

    pub fn keep(&mut self, url: &Url, answer: &Response) {
        let Some(etag) = answer.header("etag") else { return };
        let weight: usize = self.0.values().map(|(_, known)| known.weight).sum();
        if answer.weight > HEAVIEST / 4 {
            return;
        }
        if self.0.len() >= MOST || weight + answer.weight > HEAVIEST {
            self.0.clear();
        }
        self.0.insert(url.clone(), (etag.to_owned(), answer.clone()));
    }
}
