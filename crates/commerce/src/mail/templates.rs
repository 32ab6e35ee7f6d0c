//! Values to words: the templates that come with the program, each of which a folder may replace.
//!
//! A template `welcome` is two files: `welcome.txt`, whose first line is `Subject: …`, and `welcome.html`. The HTML files extend
//! `layout.html`. What customers type in is only ever a value: it is escaped in HTML and never read as a template.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use minijinja::{Environment, UndefinedBehavior, value::Serde};

use super::{
    Context, Mail, Rendered, Template,
    context::{Person, Shop},
    links::Links,
};

const LAYOUT: &str = "layout.html";
const SUBJECT: &str = "Subject:";
/// Characters of a subject: mail readers show fewer.
const LONGEST_SUBJECT: usize = 200;

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[ $( ($name, include_str!(concat!("templates/", $name, ".txt")), include_str!(concat!("templates/", $name, ".html"))) ),* ]
    };
}

/// Name, text and HTML of the templates that come with the program.
const BUILT_IN: &[(&str, &str, &str)] = built_in![
    "welcome",
    "welcome_without_password",
    "confirmation",
    "confirmed",
    "password_reset",
    "password_reminder",
    "email_changed",
    "password_changed",
    "email_and_password_changed",
    "subscribed",
    "unsubscribed",
];

/// Every template, read and tried out.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

/// Why templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read the mail template {path}")]
    Read {
        /// What was read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that would replace nothing: a typing error, most likely.
    #[error(
        "{path} replaces no mail template; files may be layout.html, _ANYTHING, or NAME.txt and NAME.html with NAME one of {names}"
    )]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The names that there are.
        names: String,
    },
    /// The text file does not begin with a subject.
    #[error("the mail template {0}.txt must begin with a line \"Subject: …\"")]
    NoSubject(String),
    /// It is not a template, or uses a value that there is not.
    #[error("the mail template {name} does not work")]
    Broken {
        /// The template.
        name: String,
        /// What is wrong with it.
        source: minijinja::Error,
    },
}

impl Templates {
    /// The templates that come with the program, replaced by what a folder holds. All are tried out, so that none fails later.
    pub fn load(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut sources = built_in();
        if let Some(folder) = folder {
            add_folder(&mut sources, folder)?;
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in split_subjects(sources)? {
            let added = environment.add_template_owned(name.clone(), source);
            added.map_err(|source| TemplateError::Broken { name, source })?;
        }
        let templates = Self(environment);
        for template in Template::ALL {
            templates.words(*template, &sample())?;
        }
        Ok(templates)
    }

    /// A mail's words: as it was sent, or as it would be sent now.
    pub fn render(&self, mail: &Mail) -> Result<Rendered, TemplateError> {
        match &mail.sent_as {
            Some(words) => Ok(words.clone()),
            None => self.words(mail.template, &mail.context),
        }
    }

    fn words(&self, template: Template, context: &Context) -> Result<Rendered, TemplateError> {
        let name = template.name();
        Ok(Rendered {
            subject: one_line(&self.fill(&format!("{name}.subject"), context)?),
            text: self.fill(&format!("{name}.txt"), context)?,
            html: self.fill(&format!("{name}.html"), context)?,
        })
    }

    fn fill(&self, name: &str, context: &Context) -> Result<String, TemplateError> {
        let filled = self.0.get_template(name).and_then(|template| template.render(Serde(context)));
        filled.map_err(|source| TemplateError::Broken { name: name.to_owned(), source })
    }
}

fn built_in() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::from([(LAYOUT.to_owned(), include_str!("templates/layout.html").to_owned())]);
    for (name, text, html) in BUILT_IN {
        sources.insert(format!("{name}.txt"), (*text).to_owned());
        sources.insert(format!("{name}.html"), (*html).to_owned());
    }
    sources
}

/// Replaces sources by the folder's files. Names that begin with `_` are the folder's own parts; hidden files are passed over.
fn add_folder(sources: &mut BTreeMap<String, String>, folder: &Path) -> Result<(), TemplateError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| TemplateError::Read { path, source }
    };
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        if !sources.contains_key(&name) && !name.starts_with('_') {
            let names = Template::ALL.iter().map(|template| template.name()).collect::<Vec<_>>().join(", ");
            return Err(TemplateError::Unknown { path, names });
        }
        let source = fs::read_to_string(&path).map_err(unreadable(&path))?;
        sources.insert(name, source);
    }
    Ok(())
}

/// Makes the first line of `welcome.txt` a template of its own, so that no value can end it.
fn split_subjects(sources: BTreeMap<String, String>) -> Result<Vec<(String, String)>, TemplateError> {
    let mut split = Vec::new();
    for (name, source) in sources {
        let Some(stem) = name.strip_suffix(".txt").filter(|stem| !stem.starts_with('_')) else {
            split.push((name, source));
            continue;
        };
        let (first, rest) = source.split_once('\n').unwrap_or((&source, ""));
        let subject = first.strip_prefix(SUBJECT).ok_or_else(|| TemplateError::NoSubject(stem.to_owned()))?;
        split.push((format!("{stem}.subject"), subject.trim().to_owned()));
        split.push((name.clone(), rest.trim_start().to_owned()));
    }
    Ok(split)
}

/// A subject is one line whatever its values hold.
fn one_line(text: &str) -> String {
    let blank = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}');
    let words: Vec<&str> = text.split(blank).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(LONGEST_SUBJECT).collect()
}

/// Values for trying templates out: all there can be.
fn sample() -> Context {
    Context {
        customer: Person {
            name: "Ada Lovelace".to_owned(),
            firstname: "Ada".to_owned(),
            lastname: "Lovelace".to_owned(),
            email: "ada@example.com".to_owned(),
        },
        store: Shop {
            name: "Main Website Store".to_owned(),
            url: "https://shop.example.com/".to_owned(),
            support_email: "support@example.com".to_owned(),
        },
        links: Links {
            account: "https://shop.example.com/customer/account/".to_owned(),
            confirm: Some("https://shop.example.com/customer/account/confirm/?id=1&key=k".to_owned()),
            password: Some(
                "https://shop.example.com/customer/account/createPassword/?id=1&token=t".to_owned(),
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_has_words_of_its_own() {
        let templates = Templates::load(None).unwrap();
        for template in Template::ALL {
            let words = templates.words(*template, &sample()).unwrap();
            assert!(!words.subject.is_empty() && words.text.contains("Ada Lovelace"), "{}", template.name());
            assert!(
                words.html.starts_with("<!doctype html>") && words.html.contains("Ada Lovelace"),
                "{}",
                template.name()
            );
        }
        assert_eq!(
            templates.words(Template::Welcome, &sample()).unwrap().subject,
            "Welcome to Main Website Store"
        );
    }

    #[test]
    fn what_customers_type_is_a_value_and_escaped() {
        let mut context = sample();
        context.customer.name = "<b>{{ store.url }}</b>".to_owned();
        context.store.name = "Shop\r\nBcc: eve@example.net".to_owned();
        let words = Templates::load(None).unwrap().words(Template::Welcome, &context).unwrap();
        assert_eq!(words.subject, "Welcome to Shop Bcc: eve@example.net");
        assert!(words.text.contains("<b>{{ store.url }}</b>"));
        assert!(
            words.html.contains("&lt;b&gt;{{ store.url }}&lt;") && !words.html.contains("<b>"),
            "{}",
            words.html
        );
    }

    #[test]
    fn a_folder_replaces_templates_and_a_mistake_in_it_is_found_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("welcome.txt", "Subject: Hello {{ customer.firstname }}\n\n{% include '_foot.txt' %}");
        write("_foot.txt", "Yours, {{ store.name }}");
        let words =
            Templates::load(Some(folder.path())).unwrap().words(Template::Welcome, &sample()).unwrap();
        assert_eq!((words.subject.as_str(), words.text.as_str()), ("Hello Ada", "Yours, Main Website Store"));

        write("welcome.txt", "Subject: Hello {{ customer.nickname }}\n");
        assert!(matches!(Templates::load(Some(folder.path())), Err(TemplateError::Broken { .. })));
        write("welcome.txt", "Hello");
        assert!(matches!(Templates::load(Some(folder.path())), Err(TemplateError::NoSubject(_))));
        write("welcom.txt", "Subject: Hello\n");
        assert!(matches!(Templates::load(Some(folder.path())), Err(TemplateError::Unknown { .. })));
    }
}
