//! The call table: one [`Row`] gives an endpoint its route, ACL resource, parameters, OpenAPI entry, async and bulk form.

use std::io;

use patron_webapi::{
    Answer, Arguments, Endpoint, Fault, Method, Object, arguments::Parameter, describe::Definitions,
    fields::Selection,
};
use serde::Serialize;

use crate::{Call, Failure, customers::password::Place};

/// What a row's handler needs of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A few rows by key: runs in place.
    Read,
    /// As many rows as match: runs on its own thread and is written while it is read.
    Stream,
    /// Changes: runs in the writer.
    Write,
}

/// An endpoint of the REST API.
pub struct Row {
    /// Verb, path and resources.
    pub endpoint: Endpoint,
    /// What the handler needs of the database.
    pub access: Access,
    /// The original's service and operation, lower case: the topic of an async call
    /// (`accountmanagementinterface.createaccount`).
    pub service: &'static str,
    /// The schema of the 200 answer, as the ACCS reference names it (`customer-data-customer-interface`, `[x]` for a list).
    pub answers: &'static str,
    /// Where the thing that the path names has versions: its current answer, by the path's last value.
    pub current: Option<Current>,
    bind: Box<Bind>,
    describe: fn(&mut Definitions) -> Vec<Parameter>,
}

type Bind = dyn Fn(&Object) -> Result<Box<dyn Bound>, Fault> + Send + Sync;

/// A call whose arguments were read: it can run, and run again.
pub trait Bound: Send + Sync {
    /// Runs the handler and collects its answer.
    fn run(&self, call: &Call<'_>) -> Result<Answer, Failure>;

    /// Runs the handler of a [`Access::Stream`] row, writing the filtered answer piece by piece; any other row writes its whole answer.
    fn stream(&self, call: &Call<'_>, selection: &Selection, out: &mut dyn io::Write) -> Result<(), Failure>;

    /// The password among the arguments, to be hashed before the unit of work is opened.
    fn password(&mut self) -> Option<Place<'_>>;

    /// Every password among the arguments, where there may be many.
    fn passwords(&mut self) -> Vec<Place<'_>>;
}

/// Finds the current answer of what a path's last value names; None when there is no such thing.
pub type Current = fn(&Call<'_>, &str) -> Result<Option<Answer>, Failure>;
/// Takes the call and its arguments, gives a value of the wire.
pub type Handler<A, O> = fn(&Call<'_>, &A) -> Result<O, Failure>;
/// A handler that has rendered its answer already.
pub type Rendered<A> = fn(&Call<'_>, &A) -> Result<Answer, Failure>;
/// A handler that writes its answer while it reads.
pub type Streamed<A> = fn(&Call<'_>, &A, &Selection, &mut dyn io::Write) -> Result<(), Failure>;

impl Row {
    /// A row that reads a few rows by key.
    pub fn get<A: Arguments, O: Serialize + 'static>(
        path: &'static str,
        resource: &'static [&'static str],
        handler: Handler<A, O>,
    ) -> Self {
        Self::new(Method::Get, path, resource, Access::Read, Work::<A, O>::Typed(handler))
    }

    /// A row that reads as many rows as match.
    pub fn search<A: Arguments>(
        path: &'static str,
        resource: &'static [&'static str],
        handler: Streamed<A>,
    ) -> Self {
        Self::new(Method::Get, path, resource, Access::Stream, Work::<A, ()>::Streamed(handler))
    }

    /// A row that creates or starts something.
    pub fn post<A: Arguments, O: Serialize + 'static>(
        path: &'static str,
        resource: &'static [&'static str],
        handler: Handler<A, O>,
    ) -> Self {
        Self::new(Method::Post, path, resource, Access::Write, Work::<A, O>::Typed(handler))
    }

    /// A row that changes something.
    pub fn put<A: Arguments, O: Serialize + 'static>(
        path: &'static str,
        resource: &'static [&'static str],
        handler: Handler<A, O>,
    ) -> Self {
        Self::new(Method::Put, path, resource, Access::Write, Work::<A, O>::Typed(handler))
    }

    /// A row that deletes something.
    pub fn delete<A: Arguments, O: Serialize + 'static>(
        path: &'static str,
        resource: &'static [&'static str],
        handler: Handler<A, O>,
    ) -> Self {
        Self::new(Method::Delete, path, resource, Access::Write, Work::<A, O>::Typed(handler))
    }

    /// A row whose handler renders its own answer.
    pub fn rendered<A: Arguments>(
        method: Method,
        path: &'static str,
        resource: &'static [&'static str],
        handler: Rendered<A>,
    ) -> Self {
        let access = if method == Method::Get { Access::Read } else { Access::Write };
        Self::new(method, path, resource, access, Work::<A, ()>::Rendered(handler, |_| None))
    }

    /// A [`Row::rendered`] row one of whose arguments is a password.
    pub fn with_password<A: Arguments>(
        method: Method,
        path: &'static str,
        resource: &'static [&'static str],
        handler: Rendered<A>,
        password: fn(&mut A) -> Option<Place<'_>>,
    ) -> Self {
        Self::new(method, path, resource, Access::Write, Work::<A, ()>::Rendered(handler, password))
    }

    /// A [`Row::rendered`] row with any number of passwords among its arguments.
    pub fn with_passwords<A: Arguments>(
        method: Method,
        path: &'static str,
        resource: &'static [&'static str],
        handler: Rendered<A>,
        passwords: fn(&mut A) -> Vec<Place<'_>>,
    ) -> Self {
        Self::new(method, path, resource, Access::Write, Work::<A, ()>::Many(handler, passwords))
    }

    fn new<A: Arguments, O: Serialize + 'static>(
        method: Method,
        path: &'static str,
        resources: &'static [&'static str],
        access: Access,
        work: Work<A, O>,
    ) -> Self {
        Self {
            endpoint: Endpoint { method, path, resources, path_writes: None },
            access,
            service: "",
            answers: "",
            current: None,
            bind: Box::new(move |input| Ok(Box::new(BoundCall { arguments: A::bind(input)?, work }))),
            describe: A::describe,
        }
    }

    /// Names the original's service and operation.
    #[must_use]
    pub fn service(mut self, service: &'static str) -> Self {
        self.service = service;
        self
    }

    /// Names the schema of the answer.
    #[must_use]
    pub fn answers(mut self, schema: &'static str) -> Self {
        self.answers = schema;
        self
    }

    /// Says how the current answer of the thing in the path is found, so that a change can be bound to a version of it.
    #[must_use]
    pub fn versioned(mut self, current: Current) -> Self {
        self.current = Some(current);
        self
    }

    /// Answers a PUT that does not change anything in the database (a check): runs in place.
    #[must_use]
    pub fn reads_only(mut self) -> Self {
        self.access = Access::Read;
        self
    }

    /// The last path value is written into this property of this argument (`spec/magento-rest-conventions.md` 2.4 b).
    #[must_use]
    pub fn path_writes(mut self, argument: &'static str, property: &'static str) -> Self {
        self.endpoint.path_writes = Some((argument, property));
        self
    }

    /// Reads the merged input into a call that can run.
    pub fn bind(&self, input: &Object) -> Result<Box<dyn Bound>, Fault> {
        (self.bind)(input)
    }

    /// The row's parameters.
    pub fn parameters(&self, definitions: &mut Definitions) -> Vec<Parameter> {
        (self.describe)(definitions)
    }
}

enum Work<A, O> {
    Typed(Handler<A, O>),
    Rendered(Rendered<A>, fn(&mut A) -> Option<Place<'_>>),
    Many(Rendered<A>, fn(&mut A) -> Vec<Place<'_>>),
    Streamed(Streamed<A>),
}

impl<A, O> Clone for Work<A, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, O> Copy for Work<A, O> {}

struct BoundCall<A, O> {
    arguments: A,
    work: Work<A, O>,
}

impl<A: Arguments, O: Serialize> Bound for BoundCall<A, O> {
    fn run(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        match self.work {
            Work::Typed(handler) => Ok(Answer::of(&handler(call, &self.arguments)?)),
            Work::Rendered(handler, _) | Work::Many(handler, _) => handler(call, &self.arguments),
            Work::Streamed(handler) => {
                let mut out = Vec::new();
                handler(call, &self.arguments, &Selection::Everything, &mut out)?;
                Ok(Answer(out))
            }
        }
    }

    fn stream(&self, call: &Call<'_>, selection: &Selection, out: &mut dyn io::Write) -> Result<(), Failure> {
        if let Work::Streamed(handler) = self.work {
            return handler(call, &self.arguments, selection, out);
        }
        let answer = self.run(call)?.render(selection, patron_webapi::accept::Format::Json);
        out.write_all(&answer).map_err(|error| Failure::Internal(error.into()))
    }

    fn password(&mut self) -> Option<Place<'_>> {
        match self.work {
            Work::Rendered(_, password) => password(&mut self.arguments),
            _ => None,
        }
    }

    fn passwords(&mut self) -> Vec<Place<'_>> {
        match self.work {
            Work::Many(_, passwords) => passwords(&mut self.arguments),
            _ => self.password().into_iter().collect(),
        }
    }
}

/// Every row of the REST API. The order of slices is the order of the reference.
pub fn table() -> Vec<Row> {
    [
        crate::customers::api::rows(),
        crate::customers::account::api::rows(),
        crate::customers::search::api::rows(),
        crate::segments::api::rows(),
        crate::groups::api::rows(),
        crate::attributes::api::rows(),
        crate::instances::api::rows(),
        crate::directory::api::rows(),
        crate::tax::api::rows(),
        crate::bulk::api::rows(),
        crate::modules::rows(),
        crate::transfer::import_json::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
