//! A bundle that is given out while it is made. Nothing of it is stored but the list of its entries, in a file without a name.

use bytes::Bytes;
use futures_util::stream::{self as streams, BoxStream, StreamExt as _};
use tokio::sync::mpsc;

use super::place::Place;
use super::tar::{List, Outlet, Tar};
use super::write::{Cursor, Keeper, Writer};
use super::{Asker, Export, Wanted, draft, plan, record, scope};
use crate::clock::Clock;
use crate::domain::Call;
use crate::domain::bundle::Sources;
use crate::error::{Error, Result};

/// Pieces that wait for who downloads.
const WAITING: usize = 4;

/// What is asked for, as a bundle that begins at once; with the export that it would be. An end that comes too early leaves it
/// without its list.
///
/// # Errors
/// As [`super::start`].
pub async fn stream(
    sources: &Sources,
    place: &Place,
    clock: &Clock,
    call: &Call,
    wanted: Wanted,
) -> Result<(Export, BoxStream<'static, Result<Bytes>>)> {
    let (asking, name) = (call.clone(), place.server_name.clone());
    let planned = sources.db.read(move |db| {
        let (scope, title) = scope(db, &asking, &wanted)?;
        let export = draft(&asking, scope, title);
        let plan = plan::make(db, &asking, &export, &name)?;
        Ok((export, plan))
    });
    let (export, plan) = planned.await?;
    let (noted, asking) = (export.clone(), call.clone());
    sources.db.write(move |tx| record(tx, &asking, "export.download", &noted)).await?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let list = List::open(place.scratch()?, 0)?;
    let (sources, place, clock, asker, moment) = (sources.clone(), place.clone(), clock.clone(), Asker::of(call), call.now);
    tokio::spawn(async move {
        let tar = Tar { out: Pipe(sender.clone()), list, at: 0, moment };
        let (sources, place, clock, plan) = (&sources, &place, &clock, &plan);
        let written = Writer { sources, place, clock, asker, plan, cursor: Cursor::default(), tar }.write().await;
        if let Err(error) = written {
            // Who downloads may have gone away.
            let _ = sender.send(Err(error)).await;
        }
    });
    let pieces = streams::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|piece| (piece, receiver)) });
    Ok((export, pieces.boxed()))
}

struct Pipe(mpsc::Sender<Result<Bytes>>);

impl Outlet for Pipe {
    async fn put(&mut self, bytes: Bytes) -> Result<()> {
        self.0.send(Ok(bytes)).await.map_err(|_| Error::conflict("nobody downloads any more"))
    }
}

impl Keeper for Pipe {
    async fn reached(&mut self, _: &mut Cursor, _: &mut List) -> Result<()> {
        Ok(())
    }
}
