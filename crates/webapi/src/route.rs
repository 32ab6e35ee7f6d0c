//! The table of endpoints and how a path finds its row (`spec/magento-rest-conventions.md` 2.1).

use std::{borrow::Cow, collections::HashMap};

use crate::{Fault, Method, names, query};

/// The HTTP face of one row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// The verb.
    pub method: Method,
    /// The path below the tenant, parameters as `:name`: `/V1/customers/:customerId`.
    pub path: &'static str,
    /// The ACL resources a caller needs, all of them.
    pub resources: &'static [&'static str],
    /// (argument, property): a PUT writes its last path value into this property of this argument.
    pub path_writes: Option<(&'static str, &'static str)>,
}

impl Endpoint {
    /// The names of the path's parameters, in order.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix(':'))
    }

    /// The resources as the 401 names them.
    pub fn resource_names(&self) -> String {
        self.resources.join(", ")
    }
}

/// A compiled table: static segments beat parameters.
#[derive(Debug, Default)]
pub struct Routes {
    by_shape: HashMap<(Method, usize), Vec<Pattern>>,
}

#[derive(Debug)]
struct Pattern {
    segments: Vec<Segment>,
    row: usize,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Static(Cow<'static, str>),
    Parameter(&'static str),
}

/// A row and the decoded values of its path parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct Matched {
    /// The row's index in the table.
    pub row: usize,
    /// Parameter names and values, in path order.
    pub path: Vec<(&'static str, String)>,
}

impl Routes {
    /// Compiles the table; row numbers are the order of `endpoints`.
    pub fn new<'e>(endpoints: impl IntoIterator<Item = &'e Endpoint>) -> Self {
        Self::compile(endpoints.into_iter().enumerate(), Segment::Parameter)
    }

    /// Compiles the table's bulk form: its changes only, with the literal segment `byCustomerId` in place of `:customerId`, whose
    /// value stands in each item of the body (`spec/magento-rest-conventions.md` 2.12).
    pub fn bulk<'e>(endpoints: impl IntoIterator<Item = &'e Endpoint>) -> Self {
        let changes =
            endpoints.into_iter().enumerate().filter(|(_, endpoint)| endpoint.method != Method::Get);
        Self::compile(changes, |name| Segment::Static(Cow::Owned(format!("by{}", names::upper_camel(name)))))
    }

    fn compile<'e>(
        endpoints: impl Iterator<Item = (usize, &'e Endpoint)>,
        parameter: fn(&'static str) -> Segment,
    ) -> Self {
        let mut by_shape: HashMap<_, Vec<Pattern>> = HashMap::new();
        for (row, endpoint) in endpoints {
            let literal = |segment| Segment::Static(Cow::Borrowed(segment));
            let segments: Vec<Segment> = endpoint
                .path
                .split('/')
                .filter(|segment| !segment.is_empty())
                .map(|segment| segment.strip_prefix(':').map_or_else(|| literal(segment), parameter))
                .collect();
            by_shape.entry((endpoint.method, segments.len())).or_default().push(Pattern { segments, row });
        }
        // `Static` sorts before `Parameter`, segment by segment from the left.
        for patterns in by_shape.values_mut() {
            patterns.sort_by(|a, b| a.segments.cmp(&b.segments));
        }
        Self { by_shape }
    }

    /// Finds the row of a path (`/V1/customers/1`, still percent-encoded): 400 when it is no path of the API, 404 when
    /// there is no such route. One trailing slash and doubled leading ones are ignored.
    pub fn find(&self, method: Method, path: &str) -> Result<Matched, Fault> {
        let path = path.trim_start_matches('/');
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<&str> = path.split('/').collect();
        if !is_version(segments[0]) {
            return Err(Fault::unprocessable());
        }
        let patterns = self.by_shape.get(&(method, segments.len())).map_or(&[][..], Vec::as_slice);
        patterns.iter().find_map(|pattern| pattern.matches(&segments)).ok_or_else(Fault::no_route)
    }
}

impl Pattern {
    fn matches(&self, segments: &[&str]) -> Option<Matched> {
        let fits = self.segments.iter().zip(segments).all(|(pattern, segment)| match pattern {
            Segment::Static(text) => text == segment,
            Segment::Parameter(_) => !segment.is_empty(),
        });
        fits.then(|| Matched {
            row: self.row,
            path: self
                .segments
                .iter()
                .zip(segments)
                .filter_map(|(pattern, segment)| match pattern {
                    Segment::Static(_) => None,
                    Segment::Parameter(name) => Some((*name, query::decode(segment).into_owned())),
                })
                .collect(),
        })
    }
}

/// `V1`, `V2` …: anything else is not a path of the API.
fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('V')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let endpoint = |method, path| Endpoint { method, path, resources: &[], path_writes: None };
        Routes::new(&[
            endpoint(Method::Get, "/V1/customers/:customerId"),
            endpoint(Method::Get, "/V1/customers/search"),
            endpoint(Method::Put, "/V1/customers/:email/activate"),
        ])
    }

    #[test]
    fn static_segments_beat_parameters() {
        assert_eq!(routes().find(Method::Get, "/V1/customers/search").unwrap().row, 1);
        let matched = routes().find(Method::Get, "//V1/customers/%201+/").unwrap();
        assert_eq!((matched.row, matched.path), (0, vec![("customerId", " 1 ".to_owned())]));
    }

    #[test]
    fn in_the_bulk_form_a_parameter_is_a_literal_segment_and_reading_has_no_form() {
        let endpoint = |method, path| Endpoint { method, path, resources: &[], path_writes: None };
        let routes = Routes::bulk(&[
            endpoint(Method::Get, "/V1/customers/:customerId"),
            endpoint(Method::Put, "/V1/customers/:customerId"),
        ]);
        let matched = routes.find(Method::Put, "/V1/customers/byCustomerId").unwrap();
        assert_eq!((matched.row, matched.path), (1, vec![]));
        assert_eq!(routes.find(Method::Put, "/V1/customers/1").unwrap_err().status, 404);
        assert_eq!(routes.find(Method::Get, "/V1/customers/byCustomerId").unwrap_err().status, 404);
    }

    #[test]
    fn a_path_outside_the_api_is_refused_and_an_unknown_one_has_no_route() {
        for path in ["/v1/customers/1", "/customers/1", "/", "", "/V/customers/1"] {
            assert_eq!(routes().find(Method::Get, path).unwrap_err().status, 400, "{path}");
        }
        for path in ["/V1/", "/V2/customers/1", "/V1/Customers/1", "/V1/customers//1", "/V1/customers/1/nope"]
        {
            assert_eq!(routes().find(Method::Get, path).unwrap_err().status, 404, "{path}");
        }
        assert_eq!(routes().find(Method::Post, "/V1/customers/1").unwrap_err().status, 404);
    }
}
