//! Lists that come in pages, the six ways in which forges number them.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::de::DeserializeOwned;

use super::{Kind, Request, Response, Result, body};

/// No list of ours is this long; a server that never ends its list is broken.
const MOST: usize = 5_000;

/// How a server says that there is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// `Link: <…>; rel="next"` (GitHub, GitLab, Gitea)
    Link,
    /// `X-Next-Page: 2`, to be sent as `page` (GitLab)
    NextPage,
    /// `page=1`, `page=2` … until `X-Total-Count` items came or a page is empty: only for lists of
    /// which that is known to count the list (Gitea)
    Counted,
    /// The same until a page is empty: of other lists it counts the page (Gitea's timeline)
    EveryPage,
    /// `x-ms-continuationtoken: …`, to be sent as `continuationToken` (Azure DevOps)
    Continuation,
    /// The number of items seen so far, in the parameter of this name, until a page is empty
    /// (Azure DevOps: `$skip`, `skip`)
    Skip(&'static str),
}

impl<'a> Request<'a> {
    /// The pages of a list, each asked for when it is wanted.
    pub fn pages(self, paging: Paging) -> Pages<'a> {
        Pages::new(self, paging)
    }

    /// The items of all pages. What is written meanwhile can make an item appear twice.
    pub fn all<T: DeserializeOwned>(self, paging: Paging) -> Result<Vec<T>> {
        let mut items = Vec::new();
        for page in self.pages(paging) {
            let page = page?;
            for item in page.items() {
                items.push(page.decode(item)?);
            }
        }
        Ok(items)
    }
}

/// The pages of a list, one request each.
pub struct Pages<'a> {
    next: Option<Request<'a>>,
    paging: Paging,
    pages: usize,
    items: usize,
    /// Digests of the pages that came: no two are the same, unless the server repeats them.
    seen: HashSet<u64>,
}

impl<'a> Pages<'a> {
    fn new(first: Request<'a>, paging: Paging) -> Self {
        let first = Request { most: body::PAGE, ..first };
        Self { next: Some(first), paging, pages: 0, items: 0, seen: HashSet::new() }
    }

    /// The request for the page after this one.
    fn following(&self, mut request: Request<'a>, page: &Response) -> Result<Option<Request<'a>>> {
        let full = !page.items().is_empty();
        let (name, value) = match self.paging {
            Paging::Link => return link(request, page),
            Paging::NextPage => ("page", page.header("x-next-page").unwrap_or_default().to_owned()),
            Paging::Continuation => {
                ("continuationToken", page.header("x-ms-continuationtoken").unwrap_or_default().to_owned())
            }
            Paging::Skip(name) if full => (name, self.items.to_string()),
            Paging::Counted if self.has_all(page) => return Ok(None),
            Paging::Counted | Paging::EveryPage if full => ("page", (self.pages + 1).to_string()),
            Paging::Skip(_) | Paging::Counted | Paging::EveryPage => return Ok(None),
        };
        if value.is_empty() {
            return Ok(None);
        }
        request.set_query(name, &value);
        Ok(Some(request))
    }

    fn has_all(&self, page: &Response) -> bool {
        let total = page.header("x-total-count").and_then(|total| total.parse().ok());
        total.is_some_and(|total: usize| self.items >= total)
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Response>;

    fn next(&mut self) -> Option<Self::Item> {
        let request = self.next.take()?;
        let page = match request.clone().send() {
            Ok(page) => page,
            Err(fault) => return Some(Err(fault)),
        };
        self.pages += 1;
        self.items += page.items().len();
        if !page.items().is_empty() && !self.seen.insert(digest(&page)) {
            return Some(Err(request.fault(Kind::BadAnswer, "the server repeats a page of the list")));
        }
        match self.following(request.clone(), &page) {
            Ok(Some(next)) if self.pages >= MOST || next.url == request.url => {
                Some(Err(request.fault(Kind::BadAnswer, "the list has too many pages")))
            }
            Ok(next) => {
                self.next = next;
                Some(Ok(page))
            }
            Err(fault) => Some(Err(fault)),
        }
    }
}

fn digest(page: &Response) -> u64 {
    let mut hasher = DefaultHasher::new();
    page.body().hash(&mut hasher);
    hasher.finish()
}

/// Follows `rel="next"`, but only to where the token belongs.
fn link<'a>(mut request: Request<'a>, page: &Response) -> Result<Option<Request<'a>>> {
    let Some(target) = page.header("link").and_then(next_of) else { return Ok(None) };
    match request.url.join(target) {
        Ok(url) if url.origin() == request.url.origin() => {
            request.url = url;
            Ok(Some(request))
        }
        _ => Err(request.fault(Kind::BadAnswer, format!("the next page is on another server: {target}"))),
    }
}

fn next_of(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            parameter.trim().strip_prefix("rel=").is_some_and(|rel| rel.trim_matches('"') == "next")
        });
        is_next.then_some(target)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_the_next_link() {
        let header = r#"<https://x/a?page=1>; rel="prev", <https://x/a?page=3>; rel="next""#;
        assert_eq!(super::next_of(header), Some("https://x/a?page=3"));
        assert_eq!(super::next_of(r#"<https://x/a?page=1>; rel="last""#), None);
        assert_eq!(super::next_of("nonsense"), None);
    }
}
