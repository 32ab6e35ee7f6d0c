//! Running the service: open, prepare, listen, say so, and end when told to.

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use patron_commerce::{
    identity::{Authority, outside::Issuers},
    instances::Catalogues,
    schema, table,
};
use patron_sql::{Database, Location, Postgres};
use patron_token::{HashPool, key::X5u};
use patron_webapi::Routes;
use tokio::{net::TcpListener, task::JoinHandle, time};
use tokio_rustls::TlsAcceptor;

use crate::{
    banner, bulk,
    config::{Config, Mode},
    first_start,
    http::{self, tls::Certificates},
    issuers::{self, KeyFetcher},
    limits::{self, Limits},
    mail::{self, Mailer},
    maintenance, readiness, search_index,
    state::{App, State},
    telemetry,
    workers::Workers,
};

/// The name of the database file in the folder of the embedded database.
pub const DATABASE_FILE: &str = "patron.sqlite";

/// How long the end waits for workers.
const GRACE: Duration = Duration::from_secs(5);

/// Runs until SIGTERM or SIGINT.
pub fn run(config: Config) -> Result<()> {
    let started = Instant::now();
    let telemetry = telemetry::start(&config)?;
    allow_open_files(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("patron")
        .build()
        .context("cannot start the runtime")?;
    let ended = runtime.block_on(serve(config, started));
    telemetry.end();
    ended
}

async fn serve(config: Config, started: Instant) -> Result<()> {
    let end = http::told_to_end().context("signals cannot be received")?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr().context("the listening address is not known")?;
    let base_url = match config.public_url.trim_end_matches('/') {
        "" => format!("{}://{address}", config.scheme()),
        url => url.to_owned(),
    };
    let tls = Tls::start(&config)?;
    let database = open(&config)?;
    let mailer = Mailer::open(mail::Settings::of(&config))?;
    let app = state(config, database, mailer, base_url)?;
    if app.config.mode == Mode::Production {
        let app = Arc::clone(&app);
        let prepared = move || readiness::prepare(&app.config, &app.database, &app.hasher, app.moment());
        tokio::task::spawn_blocking(prepared).await.context("the first user could not be made")??;
    }
    let making_key = ensure_signing_key(&app);
    let greeting = match app.config.mode {
        Mode::Development => {
            let greeting = first_start::greet(&app).context("cannot make the first instance")?;
            let user = first_start::console_user(&app, &greeting).context("cannot make the first user")?;
            Some((greeting, user))
        }
        Mode::Production => {
            app.first_user_is_known();
            None
        }
    };
    if let Some((greeting, user)) = greeting {
        let text = banner::text(&app.base_url, &greeting, user.as_ref(), started.elapsed().as_millis());
        // Standard output may be closed; the service runs all the same.
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
    // After the banner: whoever waits for the file may read what was printed.
    announce_ready(&app.config, &format!("{}://{address}", app.config.scheme()))?;
    tracing::info!(address = %address, mode = ?app.config.mode, "Patron listens.");
    let sending = mail::start(app.clone());
    let running = bulk::start(app.clone(), app.workers.begins("kept calls"));
    let mut others = vec![
        making_key,
        tokio::spawn(search_index::keep_up(app.clone(), app.workers.begins("search index"))),
        tokio::spawn(bulk::housekeeping::keep_clean(app.clone(), app.workers.begins("housekeeping"))),
        tokio::spawn(maintenance::keep_tidy(app.clone(), app.workers.begins("tidying of logins"))),
    ];
    if !app.config.issuers.is_empty() {
        let working = app.workers.begins("keys of other issuers");
        others.push(tokio::spawn(issuers::keep_fresh(app.clone(), working)));
    }
    http::listen(&app, listener, tls.acceptor.clone(), end).await;
    tls.stop();
    running.stop().await;
    sending.stop();
    stop(others).await;
    let database = app.database.clone();
    drop(app);
    // Waits for queued writes and the last checkpoint.
    tokio::task::spawn_blocking(move || database.close()).await.context("the database did not close")?;
    tracing::info!("Patron has ended.");
    Ok(())
}

/// Ends workers wherever they wait, and lets each finish what it is doing in the database at this moment: it would find that closed, and
/// after it no runtime to go on in.
async fn stop(workers: Vec<JoinHandle<()>>) {
    workers.iter().for_each(JoinHandle::abort);
    let all = async {
        for worker in workers {
            // That it was ended here, or had ended by a panic, which was told then.
            let _ = worker.await;
        }
    };
    if time::timeout(GRACE, all).await.is_err() {
        tracing::warn!("A worker did not end in time.");
    }
}

/// TLS, where it is configured, and what keeps its certificate fresh.
#[derive(Default)]
struct Tls {
    acceptor: Option<TlsAcceptor>,
    keeping_fresh: Option<JoinHandle<()>>,
}

impl Tls {
    fn start(config: &Config) -> Result<Self> {
        if !config.has_tls() {
            return Ok(Self::default());
        }
        let certificates = Certificates::open(config.tls_cert.clone(), config.tls_key.clone())?;
        let acceptor = Some(certificates.acceptor()?);
        let hangups = http::tls::hangups().context("signals cannot be received")?;
        Ok(Self { acceptor, keeping_fresh: Some(tokio::spawn(certificates.keep_fresh(hangups))) })
    }

    fn stop(self) {
        if let Some(task) = self.keeping_fresh {
            task.abort();
        }
    }
}

/// Raises the limit of open files, and warns where it stays below that of connections: the latter would never be reached, and the
/// database could not open files of its own.
fn allow_open_files(config: &Config) {
    /// What the process opens besides: the database, its pool, logs.
    const OTHERS: u64 = 256;
    let files = limits::raise_open_files();
    let wanted = config.max_connections as u64 + OTHERS;
    if files < wanted {
        tracing::warn!(
            files,
            wanted,
            "The system allows fewer open files than connections: raise `ulimit -n` or lower --max-connections."
        );
    }
}

/// Opens the configured database.
pub fn open(config: &Config) -> Result<Database> {
    let location = location(config)?;
    schema::open(&location).with_context(|| match &location {
        Location::File(file) => format!("cannot open the database {}", file.display()),
        Location::Postgres(server) => format!("cannot open the database {server}"),
        _ => "cannot open the database".to_owned(),
    })
}

/// Where the configured database is.
pub fn location(config: &Config) -> Result<Location> {
    if config.ephemeral {
        return Ok(Location::Memory);
    }
    if config.database.reveal().is_empty() {
        return Ok(Location::File(config.data.join(DATABASE_FILE)));
    }
    let server = Postgres::at(config.database.reveal()).context("cannot use the database")?;
    let server = server.statement_timeout(config.database_timeout());
    let file = &config.database_password_file;
    let password = if file.as_os_str().is_empty() {
        config.database_password.reveal().to_owned()
    } else {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    let password = password.trim_end_matches(['\r', '\n']);
    Ok(Location::Postgres(if password.is_empty() { server } else { server.password(password) }))
}

fn state(config: Config, database: Database, mail: Mailer, base_url: String) -> Result<App> {
    let table = table();
    let routes = Routes::new(table.iter().map(|row| &row.endpoint));
    let bulk_routes = Routes::bulk(table.iter().map(|row| &row.endpoint));
    let hasher = match config.hash_threads {
        0 => HashPool::default(),
        threads => HashPool::of(threads),
    };
    Ok(Arc::new(State {
        database,
        catalogues: Catalogues::default(),
        authority: Authority::trusting(Issuers::new(config.issuers.clone()))
            .naming_certificates(if config.omit_x5u { X5u::Omitted } else { X5u::FileName }),
        issuers: KeyFetcher::new(config.issuers.len()).context("keys of other issuers cannot be fetched")?,
        hasher,
        mail,
        metrics: http::observe::recorder().context("the metrics cannot be collected")?,
        limits: Limits::of(&config),
        workers: Workers::new(config.worker_patience()),
        readiness: http::Readiness::default(),
        token_rates: http::TokenRates::of(&config),
        table,
        routes,
        bulk_routes,
        queued: tokio::sync::Notify::new(),
        first_user: tokio::sync::SetOnce::new(),
        base_url,
        config,
    }))
}

/// Making the first key takes 100 ms and more: it does not delay the start, only the first token.
fn ensure_signing_key(app: &App) -> JoinHandle<()> {
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = app.authority.ensure_key(&app.database, app.moment()) {
            tracing::error!(%error, "No signing key could be made; token requests will try again.");
        }
    })
}

fn announce_ready(config: &Config, base_url: &str) -> Result<()> {
    if config.ready_file.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::write(&config.ready_file, format!("{}\n", serde_json::json!({ "listening": base_url })))
        .with_context(|| format!("cannot write {}", config.ready_file.display()))
}
