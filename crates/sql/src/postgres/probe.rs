//! Asks a silent server whether it is there: the difference between a statement that takes long and a network that is cut.
//!
//! TCP's own keepalive says only that some machine acknowledges, perhaps a proxy on the way. The question here is one that
//! PostgreSQL answers before it knows who asks: whether it would encrypt. It costs no password and no place among its connections.

use std::io::{self, Read, Write};
use std::time::Duration;

use super::socket::{Link, Stream};

/// How long the answer may take, and the connection before it.
const PATIENCE: Duration = Duration::from_secs(3);

/// `SSLRequest` of PostgreSQL's protocol: its length and its code.
const QUESTION: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Succeeds if the server at the other end of `link` answers a new connection.
pub(super) fn ask(link: &Link) -> io::Result<()> {
    let answered = match link.another(PATIENCE)? {
        Stream::Tcp(stream) => {
            stream.set_read_timeout(Some(PATIENCE))?;
            answer(&stream)
        }
        Stream::Unix(stream) => {
            stream.set_read_timeout(Some(PATIENCE))?;
            answer(&stream)
        }
    };
    answered.map_err(|error| {
        io::Error::new(error.kind(), format!("the database server is silent, also when asked anew: {error}"))
    })
}

/// Any byte will do: a server that refuses has answered, too.
fn answer<S>(stream: &S) -> io::Result<()>
where
    for<'s> &'s S: Read + Write,
{
    (&mut &*stream).write_all(&QUESTION)?;
    (&mut &*stream).read_exact(&mut [0])
}
