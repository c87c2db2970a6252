//! `cairn backup ls|verify|cat`: a backup looked into without a server, wherever it is kept.

use std::path::Path;
use std::sync::Arc;

use cairn_archive::{Depth, Listing, Manifest, Scratch, chain};
use cairn_blob::{Location, Settings, Store};

use crate::arguments::{Backup, BackupVerb, Places};
use crate::failure::{Failure, Outcome};

pub async fn run(arguments: Backup) -> Outcome {
    match arguments.verb {
        BackupVerb::Ls { url, places } => {
            let store = open_one(&places, url)?;
            let manifest = Manifest::read(store.as_ref()).await.map_err(failed)?;
            print!("{}", Listing(&manifest));
            Ok(())
        }
        BackupVerb::Verify { urls, places } => verify(open(&places, urls)?).await,
        BackupVerb::Cat { what, places } => {
            let mut what = what.into_iter();
            let url = match places.url_file {
                Some(_) => None,
                None => what.next(),
            };
            let store = open_one(&places, url)?;
            let table = what.next();
            match what.next() {
                None => cat(store.as_ref(), table).await,
                Some(more) => Err(Failure::usage(format!("ERROR:  what is {more:?}?"))),
            }
        }
    }
}

/// Reads every layer, and says of several whether they join.
async fn verify(stores: Vec<Arc<dyn Store>>) -> Outcome {
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

async fn cat(store: &dyn Store, table: Option<String>) -> Outcome {
    let table = match table {
        Some(table) => table,
        None => only_table(store).await?,
    };
    let directory = tempfile::tempdir()?;
    let scratch = Scratch::new(directory.path());
    let mut out = std::io::BufWriter::new(std::io::stdout());
    cairn_archive::cat(store, &table, &scratch, &mut out)
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

fn open_one(places: &Places, url: Option<String>) -> Outcome<Arc<dyn Store>> {
    let stores = open(places, url.into_iter().collect())?;
    match <[_; 1]>::try_from(stores) {
        Ok([store]) => Ok(store),
        Err(_) => Err(usage("one URL is wanted")),
    }
}

/// What the arguments name, or the file in their place.
fn open(places: &Places, mut urls: Vec<String>) -> Outcome<Vec<Arc<dyn Store>>> {
    if let Some(file) = &places.url_file {
        if !urls.is_empty() {
            return Err(usage(
                "URLs are taken from --url-file or from the arguments, not from both",
            ));
        }
        let lines = read(file)?;
        let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        urls.extend(lines.map(ToOwned::to_owned));
    }
    if urls.is_empty() {
        return Err(usage("which backup? give its URL, or --url-file"));
    }
    let mut settings = Settings::new(Some(places.external_io_dir.clone()));
    if let Some(file) = &places.custom_ca {
        settings = settings.with_custom_ca(read(file)?);
    }
    let open = |url: &String| Location::parse(url)?.open(&settings);
    let stores: Result<_, cairn_blob::Error> = urls.iter().map(open).collect();
    stores.map_err(usage)
}

/// A file's text, or that of standard input.
fn read(file: &Path) -> Outcome<String> {
    let text = match file.as_os_str() == "-" {
        true => std::io::read_to_string(std::io::stdin()),
        false => std::fs::read_to_string(file),
    };
    text.map_err(|error| usage(format!("{}: {error}", file.display())))
}

fn usage(problem: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("ERROR:  {problem}"))
}

fn failed(error: cairn_archive::Error) -> Failure {
    Failure::failed(format!("ERROR:  {error}"))
}
