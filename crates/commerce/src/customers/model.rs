//! A customer and an address as they are stored.

use crate::attributes::values::AttributeValue;

/// A customer with all that a write or an answer needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its id, from 1.
    pub id: i64,
    /// The website it belongs to.
    pub website_id: i64,
    /// The store view it was made in.
    pub store_id: i64,
    /// The group it pays by.
    pub group_id: i64,
    /// Its e-mail address as typed.
    pub email: String,
    /// Given name.
    pub firstname: String,
    /// Family name.
    pub lastname: String,
    /// Name or initial between the two.
    pub middlename: Option<String>,
    /// Title before the name.
    pub prefix: Option<String>,
    /// Title after the name.
    pub suffix: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    pub dob: Option<String>,
    /// 1 male, 2 female, 3 not specified; 0 is kept too.
    pub gender: Option<i64>,
    /// Tax number.
    pub taxvat: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
    /// The name that its store view had when it was made.
    pub created_in: String,
    /// The key that confirms the e-mail address; present while it is not confirmed.
    pub confirmation: Option<String>,
    /// The id of the default billing address.
    pub default_billing: Option<i64>,
    /// The id of the default shipping address.
    pub default_shipping: Option<i64>,
    /// 1 when the VAT number never changes the group.
    pub disable_auto_group_change: i64,
    /// The newsletter.
    pub subscription: Subscription,
    /// Staff may act as this customer.
    pub assistance_allowed: bool,
    /// The last sign-in.
    pub last_login_at: Option<String>,
    /// Addresses by id.
    pub addresses: Vec<Address>,
    /// Values of added attributes, by attribute id.
    pub attributes: Vec<AttributeValue>,
}

impl Customer {
    /// Prefix, first, middle, last name and suffix, as far as there are, joined by blanks.
    pub fn name(&self) -> String {
        let parts = [
            self.prefix.as_deref(),
            Some(self.firstname.as_str()),
            self.middlename.as_deref(),
            Some(self.lastname.as_str()),
            self.suffix.as_deref(),
        ];
        let parts: Vec<&str> = parts
            .into_iter()
            .flatten()
            .map(|part| part.trim_matches(' '))
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(" ")
    }
}

/// Where a customer stands with the newsletter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subscription {
    /// Was never subscribed.
    #[default]
    Never,
    /// Gets it.
    Subscribed,
    /// Asked for it and has to confirm.
    Unconfirmed,
    /// Does not want it any more.
    Unsubscribed,
}

impl Subscription {
    /// The number stored.
    pub fn code(self) -> i64 {
        match self {
            Self::Never => 0,
            Self::Subscribed => 1,
            Self::Unconfirmed => 2,
            Self::Unsubscribed => 3,
        }
    }

    /// The state with this number.
    pub fn of_code(code: i64) -> Self {
        match code {
            1 => Self::Subscribed,
            2 => Self::Unconfirmed,
            3 => Self::Unsubscribed,
            _ => Self::Never,
        }
    }
}

/// An address of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Its id, from 1; 0 before it is stored.
    pub id: i64,
    /// ISO 3166-1 alpha-2.
    pub country_id: String,
    /// The region's name, or what was typed instead.
    pub region: Option<String>,
    /// The region's id in the directory; 0 when region information was sent without one, None when none was ever sent.
    pub region_id: Option<i64>,
    /// Street lines.
    pub street: Vec<String>,
    /// Company.
    pub company: Option<String>,
    /// Telephone number.
    pub telephone: Option<String>,
    /// Fax number.
    pub fax: Option<String>,
    /// Postal code.
    pub postcode: Option<String>,
    /// City.
    pub city: String,
    /// Given name.
    pub firstname: String,
    /// Family name.
    pub lastname: String,
    /// Name or initial between the two.
    pub middlename: Option<String>,
    /// Title before the name.
    pub prefix: Option<String>,
    /// Title after the name.
    pub suffix: Option<String>,
    /// VAT number.
    pub vat_id: Option<String>,
    /// Values of added attributes, by attribute id.
    pub attributes: Vec<AttributeValue>,
}

/// Cuts texts to what the original's columns keep, silently, after the rules have seen them whole
/// (`spec/magento-limits-and-attributes.md` 3.9).
fn cut<'t>(texts: impl IntoIterator<Item = (Option<&'t mut String>, usize)>) {
    for (text, limit) in texts {
        if let Some(text) = text
            && let Some((end, _)) = text.char_indices().nth(limit)
        {
            text.truncate(end);
        }
    }
}

impl Customer {
    /// Cuts texts to their columns.
    pub fn cut(&mut self) {
        cut([
            (Some(&mut self.email), 255),
            (Some(&mut self.firstname), 255),
            (Some(&mut self.lastname), 255),
            (self.middlename.as_mut(), 255),
            (Some(&mut self.created_in), 255),
            (self.prefix.as_mut(), 40),
            (self.suffix.as_mut(), 40),
            (self.taxvat.as_mut(), 50),
            (self.confirmation.as_mut(), 64),
        ]);
    }
}

impl Address {
    /// Cuts texts to their columns; the street has no limit.
    pub fn cut(&mut self) {
        cut([
            (Some(&mut self.city), 255),
            (Some(&mut self.firstname), 255),
            (Some(&mut self.lastname), 255),
            (self.middlename.as_mut(), 255),
            (self.prefix.as_mut(), 40),
            (self.suffix.as_mut(), 40),
            (self.company.as_mut(), 255),
            (self.telephone.as_mut(), 255),
            (self.fax.as_mut(), 255),
            (self.postcode.as_mut(), 255),
            (self.region.as_mut(), 255),
            (self.vat_id.as_mut(), 255),
        ]);
    }
}
