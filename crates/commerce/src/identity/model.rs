//! The types of identity.

use std::collections::BTreeSet;
use std::fmt;

use patron_token::Scopes;
use zeroize::Zeroizing;

/// The scopes of the customer tutorial: what a credential gets when its maker names none.
pub const DEFAULT_SCOPES: &str = "openid,AdobeID,email,profile,additional_info.projectedProductContext,\
                                  additional_info.roles,commerce.aco.ingestion,commerce.accs,org.read";

/// What a credential for users gets when its maker names none.
pub const DEFAULT_USER_SCOPES: &str = "openid,AdobeID,email,profile,additional_info.projectedProductContext,\
                                       additional_info.roles,commerce.accs";

/// The scope that buys refresh tokens, for confidential clients only (`spec/ims.md` 1.3).
pub const OFFLINE_SCOPE: &str = "offline_access";

/// The resource that stands for all others.
const EVERYTHING: &str = "Magento_Backend::all";

/// The console's numbers of organisations begin after this one.
const BEFORE_CONSOLE_IDS: i64 = 100_000;

/// The scope without which a token opens no tenant.
pub const COMMERCE_SCOPE: &str = "commerce.accs";

/// Who calls: what a good token was found to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// The credential that got the token.
    pub credential_id: i64,
    /// Its public half: 32 lower-case hex digits.
    pub client_id: String,
    /// `<24 HEX>@techacct.adobe.com` for a server.
    pub user_id: String,
    /// The organisation whose instances it may call.
    pub organisation_id: i64,
    /// What it may do there.
    pub resources: Resources,
}

impl Consumer {
    /// Whether its token is another issuer's: it has no credential and knows its organisation by another name than we do.
    pub fn is_outsider(&self) -> bool {
        self.credential_id < 0
    }

    /// Whether it may use an ACL resource, such as `Magento_Customer::manage`.
    pub fn may(&self, resource: &str) -> bool {
        match &self.resources {
            Resources::All => true,
            Resources::Only(allowed) => allowed.contains(resource),
        }
    }
}

/// The ACL resources that a credential may use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Resources {
    /// System-wide rights: what a server-to-server credential has (`spec/ims-open-questions.md` 26).
    #[default]
    All,
    /// These and no others.
    Only(BTreeSet<String>),
}

impl Resources {
    /// What is stored: comma separated, None for all.
    pub(crate) fn to_column(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Only(allowed) => Some(allowed.iter().map(String::as_str).collect::<Vec<_>>().join(",")),
        }
    }

    /// Those of a role: all when [`EVERYTHING`] is among them.
    pub fn from_names(names: impl IntoIterator<Item = String>) -> Self {
        let names: BTreeSet<String> = names.into_iter().collect();
        if names.contains(EVERYTHING) { Self::All } else { Self::Only(names) }
    }

    /// What either allows.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(mut own), Self::Only(others)) => {
                own.extend(others.iter().cloned());
                Self::Only(own)
            }
            _ => Self::All,
        }
    }

    /// What both allow.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (own, Self::All) => own,
            (Self::All, Self::Only(_)) => other.clone(),
            (Self::Only(own), Self::Only(others)) => Self::Only(own.intersection(others).cloned().collect()),
        }
    }

    /// Reads [`Self::to_column`].
    pub(crate) fn from_column(column: Option<&str>) -> Self {
        match column {
            None => Self::All,
            Some(list) => {
                Self::Only(list.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect())
            }
        }
    }
}

/// An organisation: owns instances and credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its key.
    pub id: i64,
    /// `<24 HEX>@AdobeOrg`.
    pub ims_org_id: String,
    /// Its name.
    pub name: String,
    /// When it was made, epoch milliseconds.
    pub created_at: i64,
}

impl Organisation {
    /// The number that the developer console and its API call it by (`spec/ims.md` 5.1).
    pub fn console_id(&self) -> i64 {
        BEFORE_CONSOLE_IDS + self.id
    }

    /// The key of the organisation with this [`Self::console_id`], if it may be one.
    pub fn key_of(console_id: i64) -> Option<i64> {
        console_id.checked_sub(BEFORE_CONSOLE_IDS).filter(|key| *key > 0)
    }
}

/// A project of the developer console, with its one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its key.
    pub id: i64,
    /// The organisation that owns it.
    pub organisation_id: i64,
    /// 1 to 20 letters and digits.
    pub name: String,
    /// 1 to 45 letters, digits and blanks.
    pub title: String,
    /// When it was made, epoch milliseconds.
    pub created_at: i64,
}

/// What a credential is for (`spec/ims.md` 5.1 and 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CredentialKind {
    /// A server calls in its own name.
    #[default]
    ServerToServer,
    /// A server calls in a user's name; it can keep a secret.
    WebApp,
    /// A page in a browser calls in a user's name; it has no secret and must prove its codes (PKCE).
    SinglePageApp,
    /// An installed program calls in a user's name; as a page, and its address may have a scheme of its own.
    NativeApp,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::ServerToServer, Self::WebApp, Self::SinglePageApp, Self::NativeApp];

    /// The name in storage, in the control API and in the console's file (`integration_type`, `spec/ims.md` 5.4).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServerToServer => "oauth_server_to_server",
            Self::WebApp => "oauthwebapp",
            Self::SinglePageApp => "oauthsinglepageapp",
            Self::NativeApp => "oauthnativeapp",
        }
    }

    /// Reads [`Self::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether users log in with it.
    pub fn is_for_users(self) -> bool {
        self != Self::ServerToServer
    }

    /// Whether it cannot keep a secret.
    pub fn is_public(self) -> bool {
        matches!(self, Self::SinglePageApp | Self::NativeApp)
    }
}

/// A credential, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its key.
    pub id: i64,
    /// The organisation that owns it.
    pub organisation_id: i64,
    /// The project it stands in.
    pub project_id: i64,
    /// What it is for.
    pub kind: CredentialKind,
    /// Its name.
    pub name: String,
    /// 32 lower-case hex digits; also the API key.
    pub client_id: String,
    /// `<24 HEX>@techacct.adobe.com`; empty unless it is a server's.
    pub technical_account_id: String,
    /// `<uuid>@techacct.adobe.com`; empty unless it is a server's.
    pub technical_account_email: String,
    /// Where its users may be sent back to; nowhere for a server's.
    pub redirects: Redirects,
    /// What its tokens may be used for.
    pub scopes: Scopes,
    /// What its tokens may do.
    pub resources: Resources,
    /// When it was made, epoch milliseconds.
    pub created_at: i64,
}

/// Where a browser may be sent with an answer (`spec/ims.md` 5.2). [`super::redirects`] knows the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redirects {
    /// Comma separated regular expressions, 512 characters at most.
    pub patterns: String,
    /// The address for everything that matches none of them.
    pub default_uri: String,
}

/// What the maker of a credential decides.
#[derive(Debug, Clone, Default)]
pub struct NewCredential {
    /// What it is for.
    pub kind: CredentialKind,
    /// The project it shall stand in; None for the organisation's first.
    pub project_id: Option<i64>,
    /// Its name; None for `Credential in <project> - Production`.
    pub name: Option<String>,
    /// Its scopes; None for [`DEFAULT_SCOPES`] or [`DEFAULT_USER_SCOPES`].
    pub scopes: Option<Scopes>,
    /// Where its users may be sent back to.
    pub redirects: Redirects,
    /// Its rights.
    pub resources: Resources,
}

/// What may be changed of a credential; None leaves it.
#[derive(Debug, Clone, Default)]
pub struct CredentialChange {
    /// Its name.
    pub name: Option<String>,
    /// Its scopes.
    pub scopes: Option<Scopes>,
    /// Its rights.
    pub resources: Option<Resources>,
    /// The patterns of its addresses.
    pub patterns: Option<String>,
    /// Its default address.
    pub default_uri: Option<String>,
}

/// A new credential with its first secret, which nobody can read again.
pub struct CreatedCredential {
    /// The credential.
    pub credential: Credential,
    /// 32 lower-case hex digits.
    pub client_id: String,
    /// `p8e-` and 43 url-safe characters; empty for a public client. Wiped when dropped.
    pub client_secret: Zeroizing<String>,
    /// `<24 HEX>@techacct.adobe.com`.
    pub technical_account_id: String,
    /// `<uuid>@techacct.adobe.com`.
    pub technical_account_email: String,
}

/// All but the secret.
impl fmt::Debug for CreatedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedCredential").field("credential", &self.credential).finish_non_exhaustive()
    }
}

/// What may be shown of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretInfo {
    /// 32 lower-case hex digits.
    pub uuid: String,
    /// When it was made, epoch milliseconds.
    pub created_at: i64,
    /// When a token was last got with it, epoch milliseconds; exact to a minute.
    pub last_used_at: Option<i64>,
}

/// A secret that a client sent. Wiped when dropped, and not shown by `{:?}`.
#[derive(Clone)]
pub struct GivenSecret(Zeroizing<String>);

impl GivenSecret {
    /// Its text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for GivenSecret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for GivenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenSecret")
    }
}

/// A user of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The key.
    pub id: i64,
    /// The organisation.
    pub organisation_id: i64,
    /// `<24 HEX>@<24 hex>`: who a token speaks for.
    pub user_id: String,
    /// The e-mail address, as it was typed.
    pub email: String,
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
    /// Two capital letters.
    pub country: String,
    /// Whether the user may sign in.
    pub is_active: bool,
    /// Whether a password was set.
    pub has_password: bool,
    /// When the user was made, epoch milliseconds.
    pub created_at: i64,
}

impl User {
    /// Both names.
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

/// A set of ACL resources that users and credentials can be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The key.
    pub id: i64,
    /// The organisation.
    pub organisation_id: i64,
    /// The name, once in an organisation.
    pub name: String,
    /// The instance in which it counts; None for all of the organisation's.
    pub instance_code: Option<String>,
    /// What it allows.
    pub resources: Resources,
    /// When it was made, epoch milliseconds.
    pub created_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_add_up_and_narrow_each_other() {
        let only = |names: &[&str]| Resources::from_names(names.iter().map(|name| (*name).to_owned()));
        assert_eq!(only(&["a"]).or(&only(&["b"])), only(&["a", "b"]));
        assert_eq!(only(&["a"]).or(&Resources::All), Resources::All);
        assert_eq!(only(&["a", "b"]).and(&only(&["b", "c"])), only(&["b"]));
        assert_eq!(only(&["a"]).and(&Resources::All), only(&["a"]));
        assert_eq!(Resources::All.and(&only(&["a"])), only(&["a"]));
        assert_eq!(only(&["a", EVERYTHING]), Resources::All);
    }

    #[test]
    fn a_kind_survives_being_stored() {
        for kind in CredentialKind::ALL {
            assert_eq!(CredentialKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn a_narrowed_credential_may_use_what_was_named_and_nothing_else() {
        let only = Resources::Only(["Magento_Customer::customer".to_owned()].into());
        for resources in [Resources::All, only, Resources::Only(BTreeSet::new())] {
            assert_eq!(Resources::from_column(resources.to_column().as_deref()), resources);
        }
        let consumer = Consumer {
            credential_id: 1,
            client_id: String::new(),
            user_id: String::new(),
            organisation_id: 1,
            resources: Resources::from_column(Some("Magento_Customer::customer")),
        };
        assert!(consumer.may("Magento_Customer::customer"));
        assert!(!consumer.may("Magento_Customer::manage"));
    }
}
