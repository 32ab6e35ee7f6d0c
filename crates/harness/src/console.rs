//! The console in a browser: somebody has signed in, opens pages and fills in their forms.

use crate::{Browser, Page, Patron};

/// A browser in front of the console.
pub struct Console {
    browser: Browser,
    base: String,
}

impl Console {
    /// The user who was made by the first start, whose e-mail address and password the banner tells.
    #[track_caller]
    pub fn of_first_user(server: &Patron) -> Self {
        let told =
            |label| server.banner(label).unwrap_or_else(|| panic!("no {label} in\n{}", server.stdout()));
        let (email, password) = (told("Console user"), told("Console password"));
        let (console, page) = Self::sign_in(server.base(), "", &email, &password);
        assert_eq!(page.status, 303, "{}", page.html);
        console
    }

    /// Tries to sign in as a user of an organization, or of the operators' where none is named; what came of it.
    #[track_caller]
    pub fn sign_in(base: &str, org_id: &str, email: &str, password: &str) -> (Self, Page) {
        let mut browser = Browser::new();
        let query = if org_id.is_empty() { String::new() } else { format!("?organization={org_id}") };
        let page = browser.open(&format!("{base}/console/sign-in{query}"));
        let page = browser.submit(&page, &[("email", email), ("password", password)]);
        (Self { browser, base: base.to_owned() }, page)
    }

    /// Opens a page by its path, and follows where it leads.
    #[track_caller]
    pub fn open(&mut self, path: &str) -> Page {
        let page = self.ask(path);
        self.browser.follow(&self.base, page)
    }

    /// Opens a page by its path, and shows what comes back.
    #[track_caller]
    pub fn ask(&mut self, path: &str) -> Page {
        self.browser.open(&format!("{}{path}", self.base))
    }

    /// Sends a form of a page to a path, and follows to what comes after it.
    #[track_caller]
    pub fn submit(&mut self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.send(page, path, fields);
        self.browser.follow(&self.base, page)
    }

    /// Sends a form of a page to a path, and shows what comes back.
    #[track_caller]
    pub fn send(&mut self, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
        self.browser.submit_to(page, &format!("{}{path}", self.base), fields)
    }

    /// The path of a page, without its query.
    pub fn path(&self, page: &Page) -> String {
        let path = page.url.strip_prefix(&self.base).unwrap_or(&page.url);
        path.split('?').next().unwrap_or(path).to_owned()
    }

    /// The path of the first organization's pages.
    #[track_caller]
    pub fn organization(&mut self) -> String {
        let page = self.open("/console");
        let path = self.path(&page);
        match path.strip_suffix("/instances") {
            Some(organization) => organization.to_owned(),
            None => links(&page, "/console/organizations/1").into_iter().next().expect("an organization"),
        }
    }

    /// The browser itself.
    pub fn browser(&mut self) -> &mut Browser {
        &mut self.browser
    }
}

/// Where a page links to, below a path.
fn links(page: &Page, below: &str) -> Vec<String> {
    let html = page.html.replace("&#x2f;", "/");
    let links = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.starts_with(below)).map(str::to_owned).collect()
}
