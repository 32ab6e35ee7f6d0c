//! Which format the caller wants (`spec/magento-rest-conventions.md` 2.7).

use crate::Fault;

/// The two formats of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `application/xml`.
    Xml,
}

impl Format {
    /// The answer's content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Xml => "application/xml; charset=utf-8",
        }
    }
}

/// The format that an `Accept` header prefers, 406 when it names none that can be served (the original answers 500:
/// a deviation of the design).
pub fn negotiate(accept: Option<&str>) -> Result<Format, Fault> {
    let Some(accept) = accept.map(str::trim).filter(|accept| !accept.is_empty()) else {
        return Ok(Format::Json);
    };
    if accept == "application/json" || accept == "*/*" {
        return Ok(Format::Json);
    }
    let mut ranges: Vec<(&str, f32)> = accept.split(',').filter_map(range).collect();
    if ranges.is_empty() {
        return Ok(Format::Json);
    }
    // A stable sort: equal qualities keep the caller's order.
    ranges.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranges.iter().find_map(|(media, _)| format_of(media)).ok_or_else(|| {
        Fault::new(
            406,
            "Server cannot match any of the given Accept HTTP header media type(s) from the request: \"%1\" \
             with media types from the config of response renderer.",
        )
        .positional([accept.into()])
    })
}

/// A media range and its quality; what is no media range counts for nothing. For the original a quality of 0 is the lowest, not a
/// refusal.
fn range(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().filter(|media| is_media_range(media))?;
    let quality =
        parts.find_map(|part| part.strip_prefix("q=")).and_then(|q| q.trim().parse().ok()).unwrap_or(1.0);
    Some((media, quality))
}

/// `type/subtype`, or a type alone.
fn is_media_range(text: &str) -> bool {
    let holds = |part: &str, more: &[u8]| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    match text.split_once('/') {
        Some((media, sub)) => holds(media, b"*+-") && holds(sub, b"*+-."),
        None => holds(text, b"*+-"),
    }
}

fn format_of(media: &str) -> Option<Format> {
    match media {
        "*/*" | "application/*" | "application/json" => Some(Format::Json),
        "application/xml" | "text/xml" | "text/*" | "application/xhtml+xml" => Some(Format::Xml),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_decide_and_equal_ones_keep_their_order() {
        for (accept, format) in [
            ("", Format::Json),
            ("application/*", Format::Json),
            ("text/xml", Format::Xml),
            ("text/*", Format::Xml),
            ("application/json;q=0.1, application/xml", Format::Xml),
            ("text/html, application/xml;q=0.9", Format::Xml),
            ("application/json, text/plain, */*", Format::Json),
            ("application/json;q=0", Format::Json),
            ("application/json;q=0, text/xml;q=0.1", Format::Xml),
            ("a b, @", Format::Json),
        ] {
            assert_eq!(negotiate(Some(accept)).unwrap(), format, "{accept}");
        }
        assert_eq!(negotiate(None).unwrap(), Format::Json);
        assert_eq!(negotiate(Some("text/html")).unwrap_err().status, 406);
    }
}
