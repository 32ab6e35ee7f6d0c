//! The stories: each starts the real binary and speaks HTTP to it. One module a subject, one program for all of them, since each
//! test program more would be linked with the whole client again.

mod accounts;
mod attributes;
mod bulk;
mod clients;
mod clone;
mod command_line;
mod control;
mod crash;
mod customers;
mod durability;
mod first_start;
mod groups;
mod hostile;
mod idempotency;
mod identity_control;
mod import_json;
mod ims;
mod ims_tokens;
mod isolation;
mod mail;
mod model;
mod nul_characters;
mod oauth2_crate;
mod oauth_codes;
mod oauth_refresh;
mod observability;
mod race;
mod recorded;
mod settings;
mod sqlite_file;
mod transfer;
mod tutorial;
mod users_roles;
mod versions;
