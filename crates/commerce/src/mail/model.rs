//! A mail, its template and its state.

use serde::Serialize;

use super::Context;

macro_rules! templates {
    ($( $(#[doc = $doc:literal])* $variant:ident = $name:literal; )*) => {
        /// What a mail is about; each has a text and an HTML file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Template { $( $(#[doc = $doc])* $variant, )* }

        impl Template {
            /// Every template.
            pub const ALL: &[Self] = &[ $( Self::$variant ),* ];

            /// The name of its files and of its column.
            pub fn name(self) -> &'static str {
                match self { $( Self::$variant => $name ),* }
            }
        }
    };
}

templates! {
    /// An account was made, with a password.
    Welcome = "welcome";
    /// An account was made without a password; carries a link to set one.
    WelcomeWithoutPassword = "welcome_without_password";
    /// An account waits for its e-mail address to be confirmed; carries the key.
    Confirmation = "confirmation";
    /// An account was confirmed.
    Confirmed = "confirmed";
    /// The customer asked to set a new password; carries a link.
    PasswordReset = "password_reset";
    /// Staff ask the customer to set a new password; carries a link.
    PasswordReminder = "password_reminder";
    /// The account's e-mail address was changed; goes to both.
    EmailChanged = "email_changed";
    /// The account's password was changed.
    PasswordChanged = "password_changed";
    /// Both were changed; goes to both addresses.
    EmailAndPasswordChanged = "email_and_password_changed";
    /// The newsletter was subscribed to.
    Subscribed = "subscribed";
    /// The newsletter was unsubscribed from.
    Unsubscribed = "unsubscribed";
}

impl Template {
    /// The template with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|template| template.name() == name)
    }

    /// Who writes it: the store's general contact, or its support.
    pub fn is_from_support(self) -> bool {
        !matches!(self, Self::Welcome | Self::WelcomeWithoutPassword | Self::Confirmation | Self::Confirmed)
    }
}

/// What has become of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits to be sent, for the first time or again.
    Queued,
    /// A mail server has taken it.
    Sent,
    /// It was refused for good, or too often.
    Failed,
    /// It is never sent: the recipient's domain is `example.com`, or the store sends no mail.
    Suppressed,
}

impl State {
    /// The word stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
        }
    }

    /// The state with this word; an unknown one counts as failed, which sends nothing.
    pub fn of_name(name: &str) -> Self {
        match name {
            "queued" => Self::Queued,
            "sent" => Self::Sent,
            "suppressed" => Self::Suppressed,
            _ => Self::Failed,
        }
    }
}

/// A mail as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// The key that its instance's rows begin with.
    pub tenant: i64,
    /// Its id in the instance, from 1; rises with time.
    pub id: i64,
    /// What it is about.
    pub template: Template,
    /// The address it goes to.
    pub recipient: String,
    /// The name beside the address.
    pub recipient_name: String,
    /// The address it comes from; empty for the one that the service is configured with.
    pub sender: String,
    /// The name beside the address.
    pub sender_name: String,
    /// The values for the template.
    pub context: Context,
    /// The words, once it was sent.
    pub sent_as: Option<Rendered>,
    /// When it was queued, in the wire's form.
    pub created_at: String,
    /// What has become of it.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When it may be tried next, in the wire's form; empty for at once.
    pub next_attempt_at: String,
    /// When a mail server took it, in the wire's form.
    pub sent_at: Option<String>,
    /// What the last attempt failed with. May quote a mail server, and so the address: not for logs.
    pub last_error: Option<String>,
}

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}
