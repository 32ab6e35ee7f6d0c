//! The settings that customer behaviour reads, each with its path in the original, default and narrowest scope
//! (`spec/magento-limits-and-attributes.md` 3.8). Some are read by nothing here, only by a storefront or by what the cloud service
//! does not have; they are kept so that a copied configuration has a place.

/// The narrowest scope at which a setting may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrowest {
    /// One value for the instance.
    Default,
    /// One value a website.
    Website,
    /// One value a store view.
    Store,
}

/// What a setting's text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `0` or `1`.
    Flag,
    /// A whole number within these bounds.
    Number(i64, i64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of country codes, comma separated.
    Countries,
    /// Any text.
    Text,
}

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The path in the original.
    pub path: &'static str,
    /// The value of a fresh instance.
    pub default: &'static str,
    /// The narrowest scope.
    pub narrowest: Narrowest,
    /// What its text must look like.
    pub kind: Kind,
    /// What it does.
    pub about: &'static str,
}

macro_rules! settings {
    ($( $name:ident = $path:literal, $default:expr, $narrowest:ident, $kind:expr, $about:literal; )*) => {
        $( #[doc = $about] pub const $name: Setting = Setting {
            path: $path, default: $default, narrowest: Narrowest::$narrowest, kind: $kind, about: $about,
        }; )*
        /// Every setting.
        pub const ALL: &[Setting] = &[ $( $name ),* ];
    };
}

/// The countries that have regions, but for those whose regions are optional in a fresh installation.
const STATE_REQUIRED: &str = "AL,AR,AU,BG,BO,BR,BY,CA,CH,CL,CN,CO,CR,CZ,DK,EC,EE,ES,GR,GY,HR,IN,IS,IT,LT,LV,MX,PE,PL,PT,PY,RO,\
    SE,SR,UA,US,UY,VE";

const SHOW: Kind = Kind::Choice(&["", "opt", "req", "1"]);

settings! {
    ACCOUNT_SHARING = "customer/account_share/scope", "1", Default, Kind::Number(0, 1),
        "1: an e-mail address is unique per website; 0: over all websites, and any store goes with any website.";
    CONFIRM = "customer/create_account/confirm", "0", Website, Kind::Flag,
        "New accounts must confirm their e-mail address before they can sign in.";
    CONFIRM_EMAIL_CHANGE = "customer/account_information/confirm", "0", Website, Kind::Flag,
        "A changed e-mail address must be confirmed again.";
    DEFAULT_GROUP = "customer/create_account/default_group", "1", Store, Kind::Number(0, i64::MAX),
        "The group of a customer created without one.";
    AUTO_GROUP_ASSIGN = "customer/create_account/auto_group_assign", "0", Store, Kind::Flag,
        "Assign the group by VAT number when an address is saved.";
    DISABLE_AUTO_GROUP_DEFAULT = "customer/create_account/viv_disable_auto_group_assign_default", "0", Default, Kind::Flag,
        "The value of disable_auto_group_change of a customer created without one.";
    PASSWORD_MINIMUM_LENGTH = "customer/password/minimum_password_length", "8", Website, Kind::Number(1, 256),
        "Characters a password needs.";
    PASSWORD_CLASSES = "customer/password/required_character_classes_number", "3", Website, Kind::Number(1, 4),
        "Classes of characters a password needs: lower case, upper case, digits, others.";
    PASSWORD_AUTOCOMPLETE = "customer/password/autocomplete_on_storefront", "1", Website, Kind::Flag,
        "For a storefront's own pages: browsers may fill in passwords.";
    LOCKOUT_FAILURES = "customer/password/lockout_failures", "10", Website, Kind::Number(0, 1_000_000),
        "Failed sign-ins in a row before an account is locked; 0 never locks.";
    LOCKOUT_MINUTES = "customer/password/lockout_threshold", "10", Website, Kind::Number(1, 1_000_000),
        "Minutes an account stays locked.";
    RESET_LINK_HOURS = "customer/password/reset_link_expiration_period", "2", Default, Kind::Number(1, 1_000_000),
        "Hours a password reset link is good for.";
    RESET_PROTECTION = "customer/password/password_reset_protection_type", "1", Website, Kind::Number(0, 3),
        "What password reset requests are limited by: 1 IP and e-mail, 2 IP, 3 e-mail, 0 nothing.";
    RESET_REQUESTS_PER_HOUR = "customer/password/max_number_password_reset_requests", "5", Website, Kind::Number(0, 1_000_000),
        "Password reset requests an hour; 0 is no limit.";
    RESET_MINUTES_BETWEEN = "customer/password/min_time_between_password_reset_requests", "10", Website, Kind::Number(0, 1_000_000),
        "Minutes between two password reset requests; 0 is no limit.";
    STREET_LINES = "customer/address/street_lines", "2", Website, Kind::Number(1, 4),
        "Lines a street may have.";
    TELEPHONE_SHOW = "customer/address/telephone_show", "req", Website, SHOW,
        "Telephone of an address: hidden, optional or required.";
    COMPANY_SHOW = "customer/address/company_show", "opt", Website, SHOW,
        "Company of an address: hidden, optional or required.";
    FAX_SHOW = "customer/address/fax_show", "", Website, SHOW,
        "Fax of an address: hidden, optional or required.";
    PREFIX_SHOW = "customer/address/prefix_show", "", Website, SHOW,
        "Name prefix: hidden, optional or required.";
    MIDDLENAME_SHOW = "customer/address/middlename_show", "", Website, Kind::Choice(&["", "0", "1", "opt"]),
        "Middle name: hidden or optional.";
    SUFFIX_SHOW = "customer/address/suffix_show", "", Website, SHOW,
        "Name suffix: hidden, optional or required.";
    DOB_SHOW = "customer/address/dob_show", "", Website, SHOW,
        "Date of birth: hidden, optional or required.";
    TAXVAT_SHOW = "customer/address/taxvat_show", "", Website, SHOW,
        "Tax number of a customer: hidden, optional or required.";
    GENDER_SHOW = "customer/address/gender_show", "", Website, SHOW,
        "Gender: hidden, optional or required.";
    SHOW_ASSISTANCE = "patron/customer/show_assistance_allowed", "0", Default, Kind::Flag,
        "Customers show assistance_allowed (1 denied, 2 allowed), as the cloud service does since June 2026.";
    ADDRESS_VALIDATORS = "patron/customer/address_validators", "2.4.8", Website, Kind::Choice(&["2.4.8", "current"]),
        "Which release's rules for city, telephone and street apply: those of the recorded exchanges or the relaxed, anchored ones.";
    ALLOWED_COUNTRIES = "general/country/allow", "", Store, Kind::Countries,
        "Countries an address may have; empty means all.";
    OPTIONAL_POSTCODE_COUNTRIES = "general/country/optional_zip_countries", "HK,IE,MO,PA,GB", Default, Kind::Countries,
        "Countries whose addresses need no postcode.";
    STATE_REQUIRED_COUNTRIES = "general/region/state_required", STATE_REQUIRED, Default, Kind::Countries,
        "For a storefront: countries whose addresses must have a region. The REST API never asks for one.";
    LOCALE = "general/locale/code", "en_US", Store, Kind::Text,
        "Language and country of a store view.";
    TIMEZONE = "general/locale/timezone", "UTC", Website, Kind::Text,
        "Time zone of a website; the API speaks UTC whatever it is.";
    WEIGHT_UNIT = "general/locale/weight_unit", "lbs", Store, Kind::Choice(&["lbs", "kgs"]),
        "Unit of weights.";
    BASE_CURRENCY = "currency/options/base", "USD", Website, Kind::Text,
        "Currency of a website's books.";
    DISPLAY_CURRENCY = "currency/options/default", "USD", Store, Kind::Text,
        "Currency that prices are shown in.";
    BASE_URL = "web/unsecure/base_url", "http://localhost/", Store, Kind::Text,
        "Where the storefront is.";
    SECURE_BASE_URL = "web/secure/base_url", "http://localhost/", Store, Kind::Text,
        "Where the storefront is by HTTPS.";
    SUBSCRIPTION_CONFIRM = "newsletter/subscription/confirm", "0", Store, Kind::Flag,
        "Newsletter subscriptions must be confirmed first.";
    GUEST_SUBSCRIBE = "newsletter/subscription/allow_guest_subscribe", "1", Store, Kind::Flag,
        "Guests may subscribe to the newsletter.";
    GUEST_CHECKOUT_LOGIN = "checkout/options/enable_guest_checkout_login", "0", Store, Kind::Flag,
        "isEmailAvailable tells the truth.";
    CUSTOMER_TOKEN_HOURS = "oauth/access_token_lifetime/customer", "1", Default, Kind::Number(1, 1_000_000),
        "Hours a customer's token is good for.";
    ADMIN_TOKEN_HOURS = "oauth/access_token_lifetime/admin", "4", Default, Kind::Number(1, 1_000_000),
        "Hours an administrator's own token would be good for; the cloud service has none.";
    TOKEN_LOCK_FAILURES = "oauth/authentication_lock/max_failures_count", "6", Default, Kind::Number(0, 1_000_000),
        "Failures before the token endpoints of the REST API would be locked; the cloud service has none.";
    TOKEN_LOCK_SECONDS = "oauth/authentication_lock/timeout", "1800", Default, Kind::Number(1, 1_000_000),
        "Seconds such a lock would last.";
    JWT_CUSTOMER_MINUTES = "webapi/jwtauth/customer_expiration", "60", Default, Kind::Number(1, 1_000_000),
        "Minutes a customer's token would be good for if it were a JWT; here it is opaque.";
    JWT_ADMIN_MINUTES = "webapi/jwtauth/admin_expiration", "60", Default, Kind::Number(1, 1_000_000),
        "The same for an administrator's; the cloud service has none.";
    ONLINE_MINUTES = "customer/online_customers/online_minutes_interval", "15", Default, Kind::Number(1, 1_000_000),
        "For a storefront: minutes without a request after which a visitor is not online any more.";
    LOGIN_AS_CUSTOMER = "login_as_customer/general/enabled", "1", Default, Kind::Flag,
        "Staff may act as a customer.";
    OTP_SECONDS = "patron/login_as_customer/otp_lifetime", "30", Default, Kind::Number(1, 86_400),
        "Seconds a one-time login code is good for.";
    GENERAL_NAME = "trans_email/ident_general/name", "", Store, Kind::Text,
        "The name that mails about accounts come from; empty means the store's.";
    GENERAL_EMAIL = "trans_email/ident_general/email", "", Store, Kind::Text,
        "The address that mails about accounts come from; empty means the one that the service is configured with.";
    SUPPORT_NAME = "trans_email/ident_support/name", "", Store, Kind::Text,
        "The name that mails about passwords and the newsletter come from; empty means the store's.";
    SUPPORT_EMAIL = "trans_email/ident_support/email", "", Store, Kind::Text,
        "The address that mails about passwords and the newsletter come from; empty means the one that the service is configured with.";
    MAIL_DISABLED = "system/smtp/disable", "0", Store, Kind::Flag,
        "No mail is sent; it is only kept in the inbox.";
    DEFAULT_CUSTOMER_TAX_CLASS = "tax/classes/default_customer_tax_class", "3", Default, Kind::Number(0, i64::MAX),
        "Tax class of a group created without one.";
    STORES_LIMIT = "patron/stores/limit", "50", Default, Kind::Number(1, 100_000),
        "How many websites, how many stores and how many store views there may be; the cloud service allows 50 of each.";
    INPUT_LIMIT = "webapi/validation/input_limit_enabled", "0", Default, Kind::Flag,
        "Refuse pages and lists above their maximum, and cut searches without a page size into pages.";
    MAXIMUM_PAGE_SIZE = "webapi/validation/maximum_page_size", "300", Default, Kind::Number(1, 1_000_000),
        "The largest page size when input is limited.";
    DEFAULT_PAGE_SIZE = "webapi/validation/default_page_size", "20", Default, Kind::Number(1, 1_000_000),
        "The page size of searches that ask for none, when input is limited.";
    LIST_LIMIT = "webapi/validation/complex_array_limit", "20", Default, Kind::Number(1, 1_000_000),
        "The most addresses, filters and the like in one list of a call, when input is limited.";
    LATER_LIST_LIMIT = "webapi/async/default_input_array_size_limit", "5000", Default, Kind::Number(1, 1_000_000),
        "The same for calls that run later; how many calls a bulk has is not counted.";
}

/// The setting with this path.
pub fn find(path: &str) -> Option<&'static Setting> {
    ALL.iter().find(|setting| setting.path == path)
}

impl Setting {
    /// Why `value` cannot be this setting's, as a sentence for people.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let fits = match self.kind {
            Kind::Flag => matches!(value, "0" | "1"),
            Kind::Number(least, most) => value.parse::<i64>().is_ok_and(|n| (least..=most).contains(&n)),
            Kind::Choice(words) => words.contains(&value),
            Kind::Countries => {
                value.is_empty()
                    || value
                        .split(',')
                        .all(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()))
            }
            Kind::Text => value.chars().count() <= 255,
        };
        if fits { Ok(()) } else { Err(format!("{} must be {}.", self.path, self.kind.about())) }
    }
}

impl Kind {
    fn about(self) -> String {
        match self {
            Self::Flag => "0 or 1".to_owned(),
            Self::Number(least, i64::MAX) => format!("a whole number from {least}"),
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::Choice(words) => format!("one of {words:?}"),
            Self::Countries => "two-letter country codes separated by commas".to_owned(),
            Self::Text => "a text of at most 255 characters".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_fits_its_own_rule_and_paths_are_unique() {
        for (i, setting) in ALL.iter().enumerate() {
            setting.check(setting.default).unwrap();
            assert!(ALL[i + 1..].iter().all(|other| other.path != setting.path), "{} twice", setting.path);
        }
        assert!(find("customer/password/minimum_password_length").unwrap().check("0").is_err());
    }

    #[test]
    fn every_setting_of_the_specification_has_its_default() {
        for (path, default) in [
            ("customer/password/minimum_password_length", "8"),
            ("customer/password/required_character_classes_number", "3"),
            ("customer/password/autocomplete_on_storefront", "1"),
            ("customer/password/lockout_failures", "10"),
            ("customer/password/lockout_threshold", "10"),
            ("customer/password/reset_link_expiration_period", "2"),
            ("customer/password/password_reset_protection_type", "1"),
            ("customer/password/max_number_password_reset_requests", "5"),
            ("customer/password/min_time_between_password_reset_requests", "10"),
            ("customer/create_account/confirm", "0"),
            ("customer/account_information/confirm", "0"),
            ("customer/create_account/default_group", "1"),
            ("customer/create_account/auto_group_assign", "0"),
            ("customer/create_account/viv_disable_auto_group_assign_default", "0"),
            ("customer/account_share/scope", "1"),
            ("customer/address/street_lines", "2"),
            ("customer/address/telephone_show", "req"),
            ("customer/address/company_show", "opt"),
            ("customer/address/fax_show", ""),
            ("customer/address/prefix_show", ""),
            ("customer/address/middlename_show", ""),
            ("customer/address/suffix_show", ""),
            ("customer/address/dob_show", ""),
            ("customer/address/taxvat_show", ""),
            ("customer/address/gender_show", ""),
            ("customer/online_customers/online_minutes_interval", "15"),
            ("newsletter/subscription/confirm", "0"),
            ("newsletter/subscription/allow_guest_subscribe", "1"),
            ("checkout/options/enable_guest_checkout_login", "0"),
            ("oauth/access_token_lifetime/customer", "1"),
            ("oauth/access_token_lifetime/admin", "4"),
            ("webapi/jwtauth/customer_expiration", "60"),
            ("webapi/jwtauth/admin_expiration", "60"),
            ("oauth/authentication_lock/max_failures_count", "6"),
            ("oauth/authentication_lock/timeout", "1800"),
            ("webapi/validation/input_limit_enabled", "0"),
            ("webapi/validation/maximum_page_size", "300"),
            ("webapi/validation/default_page_size", "20"),
            ("webapi/validation/complex_array_limit", "20"),
            ("webapi/async/default_input_array_size_limit", "5000"),
            ("login_as_customer/general/enabled", "1"),
            ("general/locale/code", "en_US"),
            ("general/locale/weight_unit", "lbs"),
            ("general/country/optional_zip_countries", "HK,IE,MO,PA,GB"),
        ] {
            assert_eq!(find(path).map(|setting| setting.default), Some(default), "{path}");
        }
        let with_regions = |id: &&str| crate::directory::regions::has_any(id);
        assert!(STATE_REQUIRED_COUNTRIES.default.split(',').all(|id| with_regions(&id)));
    }
}
