//! `cairn backup ls|verify|cat`: a backup looked into without a server.

use std::sync::Arc;

use cairn_archive::{Depth, Listing, Manifest, Scratch, chain};
use cairn_blob::{Location, Settings, Store};

use crate::arguments::{Backup, BackupVerb, Place};
use crate::failure::{Failure, Outcome};

pub async fn run(arguments: Backup) -> Outcome {
    match arguments.verb {
        BackupVerb::Ls(place) => {
            let store = open(&place)?;
            let manifest = Manifest::read(store.as_ref()).await.map_err(failed)?;
            print!("{}", Listing(&manifest));
            Ok(())
        }
        BackupVerb::Verify { place, more } => verify(&place, &more).await,
        BackupVerb::Cat { place, table } => cat(&place, table).await,
    }
}

/// Reads every layer, and says of several whether they join.
async fn verify(place: &Place, more: &[String]) -> Outcome {
    let mut stores = vec![open(place)?];
    for url in more {
        let url = url.clone();
        stores.push(open(&Place {
            url,
            ..place.clone()
        })?);
    }
    let directory = tempfile::tempdir()?;
    let scratch = Scratch::new(directory.path());
    let mut damaged = Vec::new();
    for store in &stores {
        let report = cairn_archive::verify(store.as_ref(), Depth::Content, &scratch)
            .await
            .map_err(failed)?;
        print!("{report}");
        if !report.is_sound() {
            damaged.push(report.location);
        }
    }
    if !damaged.is_empty() {
        let (which, verb) = (
            damaged.join(", "),
            if damaged.len() == 1 { "is" } else { "are" },
        );
        return Err(Failure::failed(format!("ERROR:  {which} {verb} damaged")));
    }
    if stores.len() > 1 {
        let layers = chain::read(stores)
            .await
            .map_err(|error| failed(error.source))?;
        chain::check(&layers).map_err(|error| Failure::failed(format!("ERROR:  {error}")))?;
        println!("the {} backups are one chain", layers.len());
    }
    Ok(())
}

async fn cat(place: &Place, table: Option<String>) -> Outcome {
    let store = open(place)?;
    let table = match table {
        Some(table) => table,
        None => only_table(store.as_ref()).await?,
    };
    let directory = tempfile::tempdir()?;
    let scratch = Scratch::new(directory.path());
    let mut out = std::io::BufWriter::new(std::io::stdout());
    cairn_archive::cat(store.as_ref(), &table, &scratch, &mut out)
        .await
        .map_err(failed)?;
    std::io::Write::flush(&mut out)?;
    Ok(())
}

/// The table of a backup that has only one, beside those of the system.
async fn only_table(store: &dyn Store) -> Outcome<String> {
    let manifest = Manifest::read(store).await.map_err(failed)?;
    let names = manifest
        .tables
        .iter()
        .map(|table| (manifest.database_name(table.database), &table.name));
    let names = names.filter(|(database, _)| *database != "system");
    let names: Vec<String> = names
        .map(|(database, table)| format!("{database}.{table}"))
        .collect();
    match names.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(Failure::usage(format!(
            "ERROR:  which table? the backup has: {}",
            names.join(", ")
        ))),
    }
}

fn open(place: &Place) -> Outcome<Arc<dyn Store>> {
    let settings = Settings::new(Some(place.external_io_dir.clone()));
    let location =
        Location::parse(&place.url).map_err(|error| Failure::usage(format!("ERROR:  {error}")))?;
    location
        .open(&settings)
        .map_err(|error| Failure::usage(format!("ERROR:  {error}")))
}

fn failed(error: cairn_archive::Error) -> Failure {
    Failure::failed(format!("ERROR:  {error}"))
}
