//! The table of the control API: every route stands in it once, with its handler and with what the OpenAPI document says of it, so that
//! neither can have what the other has not.
//!
//! What a handler reads and answers is described by the same types that it reads and answers with, as far as there are types.

use axum::{Router, handler::Handler, routing::MethodRouter};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::state::App;

/// Describes a type; `schemars` collects what it refers to.
type Describe = fn(&mut SchemaGenerator) -> Schema;

/// Routes with their descriptions.
#[derive(Default)]
pub struct Table {
    /// What is served.
    pub router: Router<App>,
    /// What is said of it, in the order of the document.
    pub rows: Vec<Row>,
}

/// An operation at its path.
pub struct Row {
    /// `/instances/{instance_id}`, below `/_`.
    pub path: String,
    /// What the document groups it under.
    pub subject: &'static str,
    /// The rest.
    pub operation: Operation,
}

/// A method of a path: its handler and what is said of it.
pub struct Operation {
    method: &'static str,
    handler: MethodRouter<App>,
    about: &'static str,
    query: Option<Describe>,
    body: Option<Describe>,
    status: u16,
    answer: Option<Describe>,
}

/// `GET`, answered with 200; what it answers is to be said.
pub fn get<H: Handler<T, App>, T: 'static>(handler: H, about: &'static str) -> Operation {
    Operation::new("get", axum::routing::get(handler), about)
}

/// `POST`.
pub fn post<H: Handler<T, App>, T: 'static>(handler: H, about: &'static str) -> Operation {
    Operation::new("post", axum::routing::post(handler), about)
}

/// `PUT`.
pub fn put<H: Handler<T, App>, T: 'static>(handler: H, about: &'static str) -> Operation {
    Operation::new("put", axum::routing::put(handler), about)
}

/// `DELETE`.
pub fn delete<H: Handler<T, App>, T: 'static>(handler: H, about: &'static str) -> Operation {
    Operation::new("delete", axum::routing::delete(handler), about)
}

impl Operation {
    /// Answered with 204 and no body, unless another answer is named.
    fn new(method: &'static str, handler: MethodRouter<App>, about: &'static str) -> Self {
        Self { method, handler, about, query: None, body: None, status: 204, answer: None }
    }

    /// Reads its query string as this object.
    pub fn asks<T: JsonSchema>(self) -> Self {
        Self { query: Some(|generator| T::json_schema(generator)), ..self }
    }

    /// Reads a JSON body like this.
    pub fn takes<T: JsonSchema>(self) -> Self {
        Self { body: Some(|generator| generator.subschema_for::<T>()), ..self }
    }

    /// Answers 200 with this.
    pub fn gives<T: JsonSchema>(self) -> Self {
        Self { status: 200, answer: Some(|generator| generator.subschema_for::<T>()), ..self }
    }

    /// Answers 201 with this.
    pub fn makes<T: JsonSchema>(self) -> Self {
        Self { status: 201, ..self.gives::<T>() }
    }

    /// The method in lower case, as the document has it.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// A sentence.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// The status of success.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The schema of the query string's object.
    pub fn query(&self, generator: &mut SchemaGenerator) -> Option<Schema> {
        self.query.map(|describe| describe(generator))
    }

    /// The schema of the body.
    pub fn body(&self, generator: &mut SchemaGenerator) -> Option<Schema> {
        self.body.map(|describe| describe(generator))
    }

    /// The schema of the answer.
    pub fn answer(&self, generator: &mut SchemaGenerator) -> Option<Schema> {
        self.answer.map(|describe| describe(generator))
    }
}

impl Table {
    /// Adds a path with its operations.
    pub fn at<const N: usize>(
        mut self,
        subject: &'static str,
        path: &str,
        operations: [Operation; N],
    ) -> Self {
        let mut methods = MethodRouter::new();
        for operation in operations {
            methods = methods.merge(operation.handler.clone());
            self.rows.push(Row { path: path.to_owned(), subject, operation });
        }
        self.router = self.router.route(path, methods);
        self
    }

    /// Adds another table.
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.rows.extend(other.rows);
        self
    }
}
