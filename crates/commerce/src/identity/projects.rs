//! Projects of the developer console. Each has one workspace.

use patron_sql::Session;

use super::{Project, epoch, store};
use crate::{
    Moment,
    failure::Result,
    instances::counters::{self, Counter},
};

/// The name of a project's workspace.
pub const WORKSPACE: &str = "Production";
/// What a project is called when its title has no letter or digit that a name may hold.
const UNNAMED: &str = "Project";

/// Makes a project; its name is what a name may hold of `title`.
pub fn create(sql: Session<'_>, moment: Moment<'_>, organisation_id: i64, title: &str) -> Result<Project> {
    let project = Project {
        id: counters::next(sql, 0, Counter::Project)?,
        organisation_id,
        name: name_for(title),
        title: title_for(title),
        created_at: moment.millis(),
    };
    store::add_project(sql, &project)?;
    Ok(project)
}

/// The projects of an organisation, oldest first.
pub fn of_organisation(sql: Session<'_>, organisation_id: i64) -> Result<Vec<Project>> {
    store::projects(sql, organisation_id)
}

/// The organisation's project with this key.
pub fn find(sql: Session<'_>, organisation_id: i64, id: i64) -> Result<Option<Project>> {
    Ok(of_organisation(sql, organisation_id)?.into_iter().find(|project| project.id == id))
}

/// Gives a project another title, and the name that follows from it.
pub fn rename(sql: Session<'_>, project: &Project, title: &str) -> Result<Project> {
    let renamed = Project { name: name_for(title), title: title_for(title), ..project.clone() };
    store::change_project(sql, &renamed)?;
    Ok(renamed)
}

/// Deletes a project with its credentials, whose tokens are refused at once.
pub fn delete(sql: Session<'_>, moment: Moment<'_>, project: &Project) -> Result<()> {
    for credential in store::credentials(sql, project.organisation_id)? {
        if credential.project_id == project.id {
            store::delete_credential(sql, credential.id)?;
        }
    }
    store::delete_project(sql, project.organisation_id, project.id)?;
    epoch::advance(sql, moment)
}

/// 1 to 20 letters and digits (`spec/ims.md` 5.4).
fn name_for(title: &str) -> String {
    let name: String = title.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    if name.is_empty() { UNNAMED.to_owned() } else { name }
}

/// 1 to 45 letters, digits and blanks (`spec/ims.md` 5.4).
fn title_for(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect::<String>();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let title: String = words.join(" ").chars().take(45).collect();
    if title.is_empty() { UNNAMED.to_owned() } else { title.trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_titles_hold_what_the_consoles_file_allows() {
        assert_eq!(name_for("Demo ACCS, no. 1"), "DemoACCSno1");
        assert_eq!(name_for(&"x".repeat(30)).len(), 20);
        assert_eq!(name_for("—"), "Project");
        assert_eq!(title_for("  Demo — ACCS!"), "Demo ACCS");
        assert_eq!(title_for(""), "Project");
        assert_eq!(title_for(&"ab ".repeat(30)).len(), 44);
    }
}
