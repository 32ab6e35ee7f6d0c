//! Accepting calls that shall run later: a request is read item by item, and queued whole or not at all.

use patron_sql::Session;
use patron_token::secret;
use patron_webapi::{Fault, Object, Value, body, names, request};
use serde::Serialize;

use super::{
    model::scope_to_column,
    secrets::Secrets,
    services,
    store::{self, NewBulk},
};
use crate::{
    Moment, Row,
    customers::password::Password,
    failure::Result,
    identity::Consumer,
    instances::{
        Catalogue, Scope,
        counters::{self, Counter},
        limits::{self, Runs},
    },
    row::Bound,
};

/// A call that could run, as it is written down.
pub struct Item {
    /// Its place in the request, from 0.
    pub number: i64,
    /// The arguments as JSON, without secrets.
    pub arguments: String,
    /// The password that has to be hashed before the item can be written.
    pub password: Option<Password>,
    secrets: Secrets,
}

/// What the caller is told: nothing has run, all will.
#[derive(Debug, Serialize)]
pub struct Receipt {
    /// The name to ask for the bulk by.
    pub bulk_uuid: String,
    /// One for each item.
    pub request_items: Vec<ItemReceipt>,
    /// Always false: a request is queued whole or refused.
    pub errors: bool,
}

/// What the caller is told of an item.
#[derive(Debug, Serialize)]
pub struct ItemReceipt {
    /// Its place in the request.
    pub id: i64,
    /// SHA-256 of the item as it is stored, in hex.
    pub data_hash: String,
    /// Always `accepted`.
    pub status: &'static str,
}

/// Who asks for what, where.
pub struct Request<'r> {
    /// The row that is called.
    pub row: &'r Row,
    /// The instance.
    pub catalogue: &'r Catalogue,
    /// What the `Store` header selected.
    pub scope: Scope,
    /// Who calls.
    pub consumer: &'r Consumer,
}

impl Item {
    /// Gives the item the hash of its password.
    pub fn set_hash(&mut self, hash: String) {
        self.password = None;
        self.secrets.keep_password(Ok(hash));
    }

    /// What the arguments lack, as it is stored.
    pub fn secrets(&self) -> Option<String> {
        self.secrets.to_column()
    }
}

/// The one call of `/V1/async/…`: its input is merged as for a call that runs now.
pub fn one(row: &Row, catalogue: &Catalogue, input: Object) -> Result<Vec<Item>, Fault> {
    Ok(vec![item(row, catalogue, 0, input)?])
}

/// The calls of `/V1/async/bulk/…`, whatever the verb. Each value of an object is an item too, and what is neither object nor list is
/// passed over, as in the original. The first item that cannot be read refuses all.
pub fn many(
    row: &Row,
    catalogue: &Catalogue,
    content_type: Option<&str>,
    bytes: &[u8],
) -> Result<Vec<Item>, Fault> {
    let values: Vec<Value> = match body::decode(content_type, bytes)? {
        Value::Array(items) => items,
        Value::Object(members) => members.into_iter().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    };
    let mut items = Vec::with_capacity(values.len());
    for (number, mut value) in (0..).zip(values) {
        if row.endpoint.method == patron_webapi::Method::Put {
            body::drop_loose_duplicates(&mut value);
        }
        let mut input = match value {
            Value::Object(members) => members,
            Value::Array(_) => Object::new(),
            _ => continue,
        };
        limits::apply(catalogue, Runs::Later, &mut input)?;
        let lacks = require_path_values(row, &input);
        items.push(item(row, catalogue, number, input)?);
        lacks?;
    }
    Ok(items)
}

fn item(row: &Row, catalogue: &Catalogue, number: i64, mut input: Object) -> Result<Item, Fault> {
    let mut bound = bind(row, input.clone())?;
    let mut secrets = Secrets::take_from(&mut input);
    let mut password = None;
    if let Some(place) = bound.password() {
        match place.check(catalogue) {
            Ok(()) => password = Some(place.password.clone()),
            Err(refusal) => secrets.keep_password(Err(refusal)),
        }
    }
    Ok(Item { number, arguments: Value::Object(input).to_string(), password, secrets })
}

/// The path's values stand in the item, in either spelling (the original knows camel case only); without them the call would go on as
/// if its path named nobody.
fn require_path_values(row: &Row, input: &Object) -> Result<(), Fault> {
    let missing = row.endpoint.path_parameters().filter(|name| path_value(input, name).is_none());
    Fault::aggregate(missing.map(Fault::required).collect()).map_or(Ok(()), Err)
}

fn path_value<'i>(input: &'i Object, name: &str) -> Option<&'i Value> {
    let given = |key: &str| input.get(key).filter(|value| !value.is_null());
    given(name).or_else(|| given(&names::snake(name)))
}

/// Binds an item, whose path values stand among its members, to the row's parameters.
pub fn bind(row: &Row, mut input: Object) -> Result<Box<dyn Bound>, Fault> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        // Anything else is left where it is, and refused with its type.
        _ => None,
    };
    let path: Vec<(&'static str, String)> = row
        .endpoint
        .path_parameters()
        .filter_map(|name| Some((name, text(path_value(&input, name)?)?)))
        .collect();
    request::add_path(&mut input, &path, &row.endpoint);
    row.bind(&input)
}

/// Binds a stored operation again. What cannot be bound any more (the row has changed since) is a fault.
pub fn bind_again(row: &Row, arguments: &str, secrets: Option<&str>) -> Result<Box<dyn Bound>, Fault> {
    let unreadable = |_| Fault::bad_request("The stored call cannot be read.");
    let mut input: Object = serde_json::from_str(arguments).map_err(unreadable)?;
    let mut secrets = Secrets::from_column(secrets).map_err(unreadable)?;
    secrets.lay_over(&mut input);
    let mut bound = bind(row, input)?;
    secrets.give_password(bound.as_mut());
    Ok(bound)
}

/// Writes the bulk without its operations; nobody sees it before [`store::seal`].
pub fn open(
    sql: Session<'_>,
    moment: Moment<'_>,
    request: &Request<'_>,
    count: usize,
) -> Result<(i64, String)> {
    let Request { row, catalogue, scope, consumer } = request;
    let (tenant, uuid) = (catalogue.instance.tenant.0, moment.uuid().to_string());
    let id = counters::next(sql, tenant, Counter::Bulk)?;
    let new = NewBulk {
        tenant,
        id,
        uuid: &uuid,
        method: row.endpoint.method.verb(),
        path: row.endpoint.path,
        topic: &services::topic(row),
        success: &services::success_message(row),
        scope: &scope_to_column(*scope),
        consumer,
        user_id: store::number_of_credential(sql, consumer)?,
        start_time: &moment.text(),
        count: i64::try_from(count).expect("memory holds fewer"),
    };
    store::add(sql, &new)?;
    Ok((id, uuid))
}

/// The receipt of a bulk.
pub fn receipt(uuid: &str, items: &[Item]) -> Receipt {
    let receipt = |item: &Item| ItemReceipt {
        id: item.number,
        data_hash: secret::hash(&item.arguments),
        status: "accepted",
    };
    Receipt { bulk_uuid: uuid.to_owned(), request_items: items.iter().map(receipt).collect(), errors: false }
}
