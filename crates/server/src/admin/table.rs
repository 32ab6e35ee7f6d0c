//! Every command: the route it calls, what it takes and what it shows. `{name}` in a path is an argument of that name; `{organization}`
//! and `{owner}` are found out when only one organization is there.

use Kind::{Names, Number, Numbers, Password, Resources, Text, Truth};
use Shows::{List, Nothing, One};

/// A thing that commands are about: `patron user …`.
pub struct Noun {
    /// The word.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What can be done.
    pub verbs: &'static [Verb],
}

/// One command: `patron user create`.
pub struct Verb {
    /// The word.
    pub name: &'static str,
    /// What it does, for `--help`.
    pub about: &'static str,
    /// The request's method.
    pub method: &'static str,
    /// The request's path, below `/_`.
    pub path: &'static str,
    /// What goes into the request's body.
    pub fields: &'static [Field],
    /// What the answer shows.
    pub shows: Shows,
}

/// A flag that becomes a member of the body.
#[derive(Clone, Copy)]
pub struct Field {
    /// The flag; the member has underscores for hyphens.
    pub flag: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether the command is nothing without it.
    pub required: bool,
    /// What it means, for `--help`.
    pub about: &'static str,
}

/// How a flag's text becomes JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As it is.
    Text,
    /// A whole number.
    Number,
    /// Separated by commas.
    Names,
    /// Whole numbers, separated by commas.
    Numbers,
    /// `true` or `false`.
    Truth,
    /// `all`, or names separated by commas.
    Resources,
    /// Never on the command line, where every process can read it: `--password-file` or `--generate-password`.
    Password,
}

/// What an answer shows to people; machines get it whole.
pub enum Shows {
    /// The rows in this member, by these columns.
    List(&'static str, &'static [&'static str]),
    /// One thing, member by member.
    One,
    /// Nothing but that it was done.
    Nothing(&'static str),
}

const fn needs(flag: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { flag, kind, required: true, about }
}

const fn takes(flag: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { flag, kind, required: false, about }
}

const fn get(name: &'static str, about: &'static str, path: &'static str, shows: Shows) -> Verb {
    Verb { name, about, method: "GET", path, fields: &[], shows }
}

const fn post(
    name: &'static str,
    about: &'static str,
    path: &'static str,
    fields: &'static [Field],
    shows: Shows,
) -> Verb {
    Verb { name, about, method: "POST", path, fields, shows }
}

const fn put(name: &'static str, about: &'static str, path: &'static str, fields: &'static [Field]) -> Verb {
    Verb { name, about, method: "PUT", path, fields, shows: One }
}

const fn delete(name: &'static str, about: &'static str, path: &'static str, done: &'static str) -> Verb {
    Verb { name, about, method: "DELETE", path, fields: &[], shows: Nothing(done) }
}

/// All of them.
pub const NOUNS: &[Noun] = &[
    Noun {
        name: "organization",
        about: "Organizations: who owns instances, projects, credentials and users",
        verbs: &[
            get(
                "list",
                "List all",
                "/organizations",
                List("organizations", &["org_id", "name", "created_at"]),
            ),
            get("show", "Show one", "/organizations/{org-id}", One),
            post("create", "Make one", "/organizations", &[needs("name", Text, "Its name")], One),
            put("rename", "Name it anew", "/organizations/{org-id}", &[needs("name", Text, "Its new name")]),
            delete(
                "delete",
                "Delete one that has no instance, with everything in it",
                "/organizations/{org-id}",
                "The organization is deleted.",
            ),
        ],
    },
    Noun {
        name: "project",
        about: "Projects of the developer console, which hold credentials",
        verbs: &[
            get(
                "list",
                "List an organization's",
                "/organizations/{organization}/projects",
                List("projects", &["id", "name", "title", "created_at"]),
            ),
            get("show", "Show one", "/organizations/{organization}/projects/{project-id}", One),
            post(
                "create",
                "Make one",
                "/organizations/{organization}/projects",
                &[needs("title", Text, "Its title: letters, digits and blanks")],
                One,
            ),
            put(
                "rename",
                "Give it another title",
                "/organizations/{organization}/projects/{project-id}",
                &[needs("title", Text, "Its new title")],
            ),
            delete(
                "delete",
                "Delete one with its credentials",
                "/organizations/{organization}/projects/{project-id}",
                "The project is deleted.",
            ),
        ],
    },
    Noun {
        name: "credential",
        about: "Credentials: how clients get tokens",
        verbs: &[
            get(
                "list",
                "List an organization's or an instance's",
                "/{owner}/credentials",
                List("credentials", &["client_id", "type", "name", "project_id", "created_at"]),
            ),
            get("show", "Show one, without its secrets", "/credentials/{client-id}", One),
            post(
                "create",
                "Make one; its secret is shown this once",
                "/{owner}/credentials",
                CREDENTIAL,
                One,
            ),
            put("change", "Change one", "/credentials/{client-id}", CREDENTIAL_CHANGE),
            delete(
                "delete",
                "Delete one; its tokens stop working at once",
                "/credentials/{client-id}",
                "The credential is deleted.",
            ),
            get(
                "list-secrets",
                "List its secrets, without their values",
                "/credentials/{client-id}/secrets",
                List("secrets", &["uuid", "created_at", "last_used_at"]),
            ),
            post(
                "add-secret",
                "Give it a second secret, shown this once",
                "/credentials/{client-id}/secrets",
                &[],
                One,
            ),
            delete(
                "remove-secret",
                "Delete one of its secrets",
                "/credentials/{client-id}/secrets/{uuid}",
                "The secret is deleted.",
            ),
        ],
    },
    Noun {
        name: "instance",
        about: "Instances: one shop's customers each",
        verbs: &[
            get(
                "list",
                "List all",
                "/instances",
                List("instances", &["instance_id", "name", "region", "environment", "rest_endpoint"]),
            ),
            get("show", "Show one", "/instances/{instance-id}", One),
            post(
                "create",
                "Make one with an organization and a credential of its own; the secret is shown this once",
                "/instances",
                INSTANCE,
                One,
            ),
            delete(
                "delete",
                "Delete one with all its customers",
                "/instances/{instance-id}",
                "The instance is deleted.",
            ),
        ],
    },
    Noun {
        name: "user",
        about: "Users: who may sign in",
        verbs: &[
            get(
                "list",
                "List an organization's",
                "/organizations/{organization}/users",
                List(
                    "users",
                    &["user_id", "email", "first_name", "last_name", "active", "has_password", "roles"],
                ),
            ),
            get("show", "Show one", "/users/{user-id}", One),
            post("create", "Make one", "/organizations/{organization}/users", USER, One),
            put("change", "Change one", "/users/{user-id}", USER_CHANGE),
            put(
                "password",
                "Set the password; sessions and tokens of the user end",
                "/users/{user-id}",
                &[needs("password", Password, "")],
            ),
            post(
                "unlock",
                "Forget failed attempts to sign in",
                "/users/{user-id}/unlock",
                &[],
                Nothing("The user may try to sign in again."),
            ),
            delete(
                "delete",
                "Delete one; sessions and tokens of the user end",
                "/users/{user-id}",
                "The user is deleted.",
            ),
        ],
    },
    Noun {
        name: "role",
        about: "Roles: sets of resources that users and credentials are given",
        verbs: &[
            get(
                "list",
                "List an organization's",
                "/organizations/{organization}/roles",
                List("roles", &["id", "name", "instance_id", "resources"]),
            ),
            get("show", "Show one", "/roles/{role-id}", One),
            post("create", "Make one", "/organizations/{organization}/roles", ROLE, One),
            put(
                "change",
                "Change one; its holders may at once do what it says",
                "/roles/{role-id}",
                ROLE_CHANGE,
            ),
            delete(
                "delete",
                "Delete one and take it from all who have it",
                "/roles/{role-id}",
                "The role is deleted.",
            ),
            get("list-resources", "List all that can be allowed", "/resources", List("resources", &[])),
        ],
    },
    Noun {
        name: "key",
        about: "Keys: what signs tokens",
        verbs: &[
            get("list", "List all", "/keys", List("keys", &["kid", "signs", "created_at", "retires_at"])),
            post(
                "rotate",
                "Make a new one, which signs from now on",
                "/keys",
                &[],
                List("keys", &["kid", "signs", "created_at", "retires_at"]),
            ),
            delete(
                "withdraw",
                "Take an old one away; what it signed is refused at once",
                "/keys/{kid}",
                "The key is withdrawn.",
            ),
        ],
    },
];

const INSTANCE: &[Field] = &[
    takes("name", Text, "Its name"),
    takes("region", Text, "Its region, such as na1"),
    takes("environment", Text, "sandbox or production"),
];
const SCOPES: Field = takes("scopes", Names, "Its scopes");
const RESOURCES: &str = "What it allows: all, or names such as Magento_Customer::manage";
const PATTERNS: Field = takes(
    "redirect-uri-patterns",
    Text,
    "Where its users may be sent back to: expressions, separated by commas",
);
const DEFAULT_URI: Field = takes("default-redirect-uri", Text, "Where its users are sent back to otherwise");
const ROLES: Field = takes("roles", Numbers, "Its roles, by their ids");
const CREDENTIAL: &[Field] = &[
    takes(
        "type",
        Text,
        "oauth_server_to_server (the default), oauthwebapp, oauthsinglepageapp or oauthnativeapp",
    ),
    takes("name", Text, "Its name"),
    takes("project-id", Number, "The project it shall stand in"),
    SCOPES,
    takes("resources", Resources, RESOURCES),
    PATTERNS,
    DEFAULT_URI,
    ROLES,
];
const CREDENTIAL_CHANGE: &[Field] = &[
    takes("name", Text, "Its name"),
    SCOPES,
    takes("resources", Resources, RESOURCES),
    PATTERNS,
    DEFAULT_URI,
    ROLES,
];
const NAMES: [Field; 3] = [
    takes("first-name", Text, "The given name"),
    takes("last-name", Text, "The family name"),
    takes("country", Text, "Two letters, such as US"),
];
const ACTIVE: Field = takes("active", Truth, "Whether the user may sign in");
const USER: &[Field] = &[
    needs("email", Text, "The e-mail address to sign in with"),
    NAMES[0],
    NAMES[1],
    NAMES[2],
    ACTIVE,
    ROLES,
    takes("password", Password, ""),
];
const USER_CHANGE: &[Field] = &[
    takes("email", Text, "The e-mail address to sign in with"),
    NAMES[0],
    NAMES[1],
    NAMES[2],
    ACTIVE,
    ROLES,
];
const ROLE: &[Field] = &[
    needs("name", Text, "Its name"),
    needs("resources", Resources, RESOURCES),
    takes("instance-id", Text, "The one instance in which it counts; without it in all"),
];
const ROLE_CHANGE: &[Field] = &[
    takes("name", Text, "Its name"),
    takes("resources", Resources, RESOURCES),
    takes("instance-id", Text, "The one instance in which it counts"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn words_are_used_once_and_no_field_hides_an_argument_of_the_path() {
        let nouns: BTreeSet<&str> = NOUNS.iter().map(|noun| noun.name).collect();
        assert_eq!(nouns.len(), NOUNS.len());
        for noun in NOUNS {
            let verbs: BTreeSet<&str> = noun.verbs.iter().map(|verb| verb.name).collect();
            assert_eq!(verbs.len(), noun.verbs.len(), "{}", noun.name);
            for verb in noun.verbs {
                for field in verb.fields {
                    let argument = format!("{{{}}}", field.flag);
                    assert!(!verb.path.contains(&argument), "{} {}", noun.name, verb.name);
                }
            }
        }
    }
}
