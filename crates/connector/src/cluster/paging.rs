//! Which page of a list comes next, and how large it is.

use std::collections::HashSet;

use super::{api::encoded, revision::Revision};

/// A server may have pages without objects, but not one after the other for ever.
const IDLE: u32 = 20;

/// Pages that are too much for a server get no smaller than this.
const FLOOR: u32 = 10;

/// The size of the next page.
#[derive(Debug)]
pub(super) struct PageSize {
    next: u32,
    most: u32,
}

impl PageSize {
    /// Begins with this size, which is also the largest.
    pub(super) fn new(most: u32) -> Self {
        let most = most.max(1);
        Self { next: most, most }
    }

    /// How many objects to ask for.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// Whether smaller pages may be asked of a server that a page was too much for.
    pub(super) fn may_shrink(&self) -> bool {
        self.next > FLOOR
    }

    /// Asks for a quarter from now on: the smallest pages are reached before a reader loses patience.
    pub(super) fn shrink(&mut self) {
        self.most = (self.next / 4).max(FLOOR).min(self.most);
        self.next = self.most;
    }

    /// Asks for half, to come nearer to an object that spoils its page; false if it is alone in it.
    pub(super) fn narrow(&mut self) -> bool {
        let spoilt = self.next;
        self.next = (spoilt / 2).max(1);
        spoilt > 1
    }

    /// After a page that was read: back to larger ones.
    pub(super) fn widen(&mut self) {
        self.next = self.widened();
    }

    fn widened(&self) -> u32 {
        self.next.saturating_mul(2).min(self.most)
    }
}

/// The way through a list.
pub(super) struct Pages {
    path: String,
    /// What the first page is asked for with, besides its size.
    query: String,
    token: Option<String>,
    seen: HashSet<String>,
    idle: u32,
    count: u64,
    most: u64,
    pub(super) size: PageSize,
}

/// What comes after a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Another one.
    Next,
    /// Nothing: that was all.
    End,
    /// Nothing that would come to an end, and why.
    Endless(String),
}

impl Pages {
    /// Begins with the first of at most so many pages of this list (`/api/v1/pods`, or with a query).
    pub(super) fn new(path: String, pin: Option<&Revision>, size: u32, most: u64) -> Self {
        let query = pin.map_or(String::new(), |pin| {
            format!("&resourceVersion={}&resourceVersionMatch=Exact", encoded(&pin.text))
        });
        let (token, seen, size) = (None, HashSet::new(), PageSize::new(size));
        Self { path, query, token, seen, idle: 0, count: 0, most, size }
    }

    /// Where the page is.
    pub(super) fn url(&self) -> String {
        self.url_of(self.token.as_deref(), self.size.next())
    }

    fn url_of(&self, token: Option<&str>, size: u32) -> String {
        let Self { path, query, .. } = self;
        let joint = if path.contains('?') { '&' } else { '?' };
        match token {
            None => format!("{path}{joint}limit={size}{query}"),
            Some(token) => format!("{path}{joint}limit={size}&continue={}", encoded(token)),
        }
    }

    /// Where the page after this one is, if the server says that there is one that was not read yet.
    pub(super) fn url_after(&self, next: &str) -> Option<String> {
        if next.is_empty() || self.seen.contains(next) || self.count + 1 >= self.most {
            return None;
        }
        Some(self.url_of(Some(next), self.size.widened()))
    }

    /// Begins again, at whatever revision there is.
    pub(super) fn unpin(&mut self) {
        self.query.clear();
    }

    /// Turns the page. The server says where the next one begins, and how many objects there were that it had not
    /// sent before.
    pub(super) fn turn(&mut self, next: String, fresh: usize) -> Turn {
        self.count += 1;
        self.idle = if fresh == 0 { self.idle + 1 } else { 0 };
        self.size.widen();
        if next.is_empty() {
            return Turn::End;
        }
        if !self.seen.insert(next.clone()) {
            return Turn::Endless("the API server gave one continue token twice".to_owned());
        }
        if self.idle == IDLE {
            return Turn::Endless(format!("{IDLE} pages without a new object, and the API server has more"));
        }
        if self.count >= self.most {
            return Turn::Endless(format!("no end after {} pages", self.count));
        }
        self.token = Some(next);
        Turn::Next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end() {
        let pages = || Pages::new("/api/v1/pods".to_owned(), None, 2, 50);
        let end = |next: &dyn Fn(u32) -> String, fresh: usize| {
            let mut pages = pages();
            (0..1000).map(|page| pages.turn(next(page), fresh)).find(|turn| *turn != Turn::Next)
        };
        assert_eq!(end(&|page| if page < 3 { page.to_string() } else { String::new() }, 2), Some(Turn::End));
        let endless = |next, fresh| match end(next, fresh) {
            Some(Turn::Endless(why)) => why,
            other => panic!("{other:?}"),
        };
        assert!(endless(&|page| (page % 7).to_string(), 2).contains("token twice"));
        assert!(endless(&|page| page.to_string(), 0).contains("20 pages without a new object"));
        assert!(endless(&|page| page.to_string(), 2).contains("no end after 50 pages"));
    }

    #[test]
    fn the_first_page_is_pinned_and_the_next_one_goes_on() {
        let pin = Revision::at("7");
        let mut pages = Pages::new("/api/v1/namespaces?fieldSelector=a".to_owned(), Some(&pin), 2, 50);
        let first = "/api/v1/namespaces?fieldSelector=a&limit=2&resourceVersion=7&resourceVersionMatch=Exact";
        assert_eq!(pages.url(), first);
        assert_eq!(pages.turn("c=".to_owned(), 2), Turn::Next);
        assert_eq!(pages.url(), "/api/v1/namespaces?fieldSelector=a&limit=2&continue=c%3D");
    }

    #[test]
    fn what_is_too_much_stays_small() {
        let mut size = PageSize::new(500);
        let mut asked = vec![size.next()];
        while size.may_shrink() {
            size.shrink();
            asked.push(size.next());
        }
        assert_eq!(asked, [500, 125, 31, 10]);
        size.widen();
        assert_eq!(size.next(), 10);
        assert!(!PageSize::new(0).may_shrink());
    }

    #[test]
    fn what_is_spoilt_is_found_and_passed() {
        let mut size = PageSize::new(500);
        let mut steps = 0;
        while size.narrow() {
            steps += 1;
        }
        assert_eq!((size.next(), steps), (1, 8));
        (0..9).for_each(|_| size.widen());
        assert_eq!(size.next(), 500);
    }
}
