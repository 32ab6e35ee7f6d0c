//! The two spellings of a name on the wire: `snake_case` and `camelCase` (`spec/magento-rest-conventions.md` 2.4, 2.5).

/// `is_active` → `IsActive`, `foo` → `Foo`, `EMAIL` → `EMAIL`: the form in which an unknown key is reported.
pub fn upper_camel(name: &str) -> String {
    upper_camel_chars(name).collect()
}

/// `website_id` → `websiteId`.
pub fn camel(name: &str) -> String {
    let mut chars = upper_camel_chars(name);
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// `websiteId` → `website_id`.
pub fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for (i, c) in name.char_indices() {
        if c.is_ascii_uppercase() && i > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Is `sent` a spelling of the property `property` (written in snake case)? Both name the same setter when their
/// UpperCamelCase forms are equal; case matters otherwise (`taxVat` is not `taxvat`).
pub fn same_property(property: &str, sent: &str) -> bool {
    upper_camel_chars(property).eq(upper_camel_chars(sent))
}

/// The form under which a PUT's duplicate keys are the same key: lower case without underscores.
pub fn loose(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

fn upper_camel_chars(name: &str) -> impl Iterator<Item = char> + '_ {
    let mut up = true;
    name.chars().filter_map(move |c| {
        if c == '_' {
            up = true;
            return None;
        }
        let out = if up { c.to_ascii_uppercase() } else { c };
        up = false;
        Some(out)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_reported_in_upper_camel_case() {
        assert_eq!(upper_camel("foo"), "Foo");
        assert_eq!(upper_camel("is_active"), "IsActive");
        assert_eq!(upper_camel("EMAIL"), "EMAIL");
        assert_eq!(upper_camel("0"), "0");
    }

    #[test]
    fn both_spellings_name_a_property_and_case_matters() {
        assert!(same_property("website_id", "websiteId"));
        assert!(same_property("website_id", "website_id"));
        assert!(!same_property("taxvat", "taxVat"));
        assert!(!same_property("firstname", "first_name"));
        assert!(!same_property("email", "EMAIL"));
    }

    #[test]
    fn camel_and_snake_are_each_others_inverse() {
        assert_eq!(camel("redirect_url"), "redirectUrl");
        assert_eq!(snake("redirectUrl"), "redirect_url");
    }
}
