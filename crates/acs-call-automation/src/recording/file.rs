//! A file of a recording to a path: beside it until it is whole, and then there.

use std::ffi::OsString;
use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::fs;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::DownloadRecordingOptions;
use super::body::{Body, Entity};
use crate::{CallAutomationClient, Error};

/// What is known of the bytes that are there: enough to go on, and to see that they are of the same file.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Notes {
    location: String,
    offset: u64,
    length: Option<u64>,
    etag: Option<String>,
    total: Option<u64>,
}

impl Notes {
    fn of(options: &DownloadRecordingOptions, entity: &Entity) -> Self {
        Self {
            location: options.location.as_str().to_owned(),
            offset: options.offset,
            length: options.length,
            etag: entity.etag.clone(),
            total: entity.total,
        }
    }

    /// The version of the bytes, if they are of this download.
    fn entity_for(self, options: &DownloadRecordingOptions) -> Option<Entity> {
        let same = self.location == options.location.as_str()
            && (self.offset, self.length) == (options.offset, options.length);
        let entity = Entity {
            etag: self.etag,
            total: self.total,
        };
        (same && entity.can_be_recognised()).then_some(entity)
    }
}

/// The bytes so far, locked against another download of the same path.
struct Partial {
    path: PathBuf,
    notes: PathBuf,
    file: fs::File,
}

impl Partial {
    async fn open(path: &Path) -> Result<Self, Error> {
        let Some(name) = path.file_name() else {
            return Err(Error::invalid_input("path", "expected the path of a file"));
        };
        let beside = |end: &str| {
            let mut name = OsString::from(name);
            name.push(end);
            path.with_file_name(name)
        };
        let (partial, notes) = (beside(".partial"), beside(".partial.json"));
        let place = partial.clone();
        let opened = tokio::task::spawn_blocking(move || open_locked(&place));
        let file = opened
            .await
            .map_err(io::Error::other)
            .and_then(|file| file)
            .map_err(|error| failed(&partial, error))?;
        Ok(Self {
            path: partial,
            notes,
            file: fs::File::from_std(file),
        })
    }

    /// How many bytes are there of this download, and of which version; otherwise none.
    async fn begin(&mut self, options: &DownloadRecordingOptions) -> Result<(u64, Entity), Error> {
        let length = self
            .file
            .metadata()
            .await
            .map_err(|error| failed(&self.path, error))?
            .len();
        let notes: Option<Notes> = match fs::read(&self.notes).await {
            Ok(text) => serde_json::from_slice(&text).ok(),
            Err(_) => None,
        };
        let Some(entity) = notes
            .and_then(|notes| notes.entity_for(options))
            .filter(|_| length > 0)
        else {
            self.clear().await?;
            return Ok((0, Entity::default()));
        };
        let too_long = options.length.is_some_and(|wanted| length > wanted)
            || entity
                .total
                .is_some_and(|total| options.offset.saturating_add(length) > total);
        if too_long {
            self.clear().await?;
            return Ok((0, Entity::default()));
        }
        self.seek(length).await?;
        Ok((length, entity))
    }

    async fn clear(&mut self) -> Result<(), Error> {
        self.file
            .set_len(0)
            .await
            .map_err(|error| failed(&self.path, error))?;
        self.seek(0).await
    }

    async fn seek(&mut self, place: u64) -> Result<(), Error> {
        self.file
            .seek(io::SeekFrom::Start(place))
            .await
            .map(drop)
            .map_err(|error| failed(&self.path, error))
    }

    async fn note(&self, notes: &Notes) -> Result<(), Error> {
        let text = serde_json::to_vec(notes).map_err(|error| failed(&self.notes, error.into()))?;
        fs::write(&self.notes, text)
            .await
            .map_err(|error| failed(&self.notes, error))
    }

    async fn append(&mut self, body: &mut Body, options: &DownloadRecordingOptions) -> Result<(), Error> {
        options.tell(body);
        loop {
            let next = Box::pin(body.next()).await;
            let written = match next {
                Ok(Some(bytes)) => self.file.write_all(&bytes).await,
                Ok(None) => break,
                Err(error) => {
                    // What came is kept, for the download to go on with; the error that counts is the first.
                    let _ = self.file.flush().await;
                    return Err(error);
                }
            };
            written.map_err(|error| failed(&self.path, error))?;
            options.tell(body);
        }
        self.file.flush().await.map_err(|error| failed(&self.path, error))
    }

    /// Makes it the file that was asked for. Still locked, so that nobody writes to it under its new name.
    async fn finish(self, path: &Path) -> Result<(), Error> {
        self.file
            .sync_all()
            .await
            .map_err(|error| failed(&self.path, error))?;
        fs::rename(&self.path, path)
            .await
            .map_err(|error| failed(path, error))?;
        // Notes that stay do no harm: without the bytes they are passed over.
        let _ = fs::remove_file(&self.notes).await;
        Ok(())
    }
}

/// How often the file is opened that somebody else has just renamed.
const OPENINGS: usize = 3;

/// Opens the file, makes it where it is not, and locks it.
fn open_locked(place: &Path) -> io::Result<std::fs::File> {
    let busy = || io::Error::new(io::ErrorKind::WouldBlock, "another download writes to it");
    for _ in 0..OPENINGS {
        let file = std::fs::File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(place)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy()),
            // A file system without locks is no reason not to download.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Between opening and locking, another download may have finished and renamed it: then this is the file
        // that somebody asked for, and not to be written to.
        if is_at(&file, place)? {
            return Ok(file);
        }
    }
    Err(busy())
}

/// Whether this open file is the one at that path.
#[cfg(unix)]
fn is_at(file: &std::fs::File, place: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let own = file.metadata()?;
    match std::fs::metadata(place) {
        Ok(there) => Ok((own.dev(), own.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether there is a file at that path, which is as much as can be told here.
#[cfg(not(unix))]
fn is_at(_file: &std::fs::File, place: &Path) -> io::Result<bool> {
    place.try_exists()
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::output(format_args!("{}", path.display()), error)
}

pub(super) async fn download(
    client: &CallAutomationClient,
    options: &DownloadRecordingOptions,
    path: &Path,
) -> Result<u64, Error> {
    let wanted = options.wanted()?;
    let url = options.location.checked(client)?;
    let mut partial = Partial::open(path).await?;
    let (have, known) = partial.begin(options).await?;
    let at = wanted.from.saturating_add(have);
    let open = |at, known| Body::open(client, url.clone(), wanted, at, known, options.max_resumes);
    let end = known
        .total
        .map(|total| wanted.until.map_or(total, |until| until.min(total)));
    let mut body = if have > 0 && end.or(wanted.until) == Some(at) {
        // Everything came, but it was not put in its place.
        partial.finish(path).await?;
        return Ok(have);
    } else {
        match open(at, known).await {
            Err(error) if error.is_changed() && have > 0 => {
                partial.clear().await?;
                open(wanted.from, Entity::default()).await?
            }
            opened => opened?,
        }
    };
    partial.note(&Notes::of(options, body.entity())).await?;
    partial.append(&mut body, options).await?;
    partial.finish(path).await?;
    Ok(body.at().saturating_sub(wanted.from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_renamed_meanwhile_is_not_the_one_at_the_path() {
        let folder = tempfile::TempDir::new().unwrap();
        let (partial, path) = (folder.path().join("a.partial"), folder.path().join("a"));
        let file = open_locked(&partial).unwrap();
        assert!(is_at(&file, &partial).unwrap());
        assert!(open_locked(&partial).is_err());
        std::fs::rename(&partial, &path).unwrap();
        assert!(!is_at(&file, &partial).unwrap());
        std::fs::write(&partial, "of another download").unwrap();
        assert!(!is_at(&file, &partial).unwrap());
        assert!(is_at(&file, &path).unwrap());
    }
}
