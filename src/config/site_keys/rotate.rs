//! The next version of the site key, added to its file in one step that cannot lose an earlier one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use cardbridge_drivers::keys::{KeyVersion, SecretKey, SiteKey};
use jiff::civil::Date;
use zeroize::Zeroizing;

use super::{RotateFault, SiteKeyFile, SiteKeySource, entry};
use crate::config::{ConfigError, Located, secret};

/// What a rotation has made.
#[derive(Debug)]
pub struct Rotated {
    /// The file, wherever a link had pointed.
    pub path: PathBuf,
    /// All versions, the new one among them.
    pub file: SiteKeyFile,
}

impl SiteKeySource {
    /// Adds `key` as the next version. Everything else in the file, its mode and its owner stay; a reader meanwhile
    /// sees it as it was or as it will be; two at once make two versions.
    ///
    /// # Errors
    /// When the file cannot be read or replaced, or has no next version. It is then as it was.
    pub fn rotate(&self, key: SecretKey, created: Date) -> Result<Rotated, ConfigError> {
        // A link stays one: what it points to is replaced.
        let path =
            fs::canonicalize(&self.file.value).map_err(|source| ConfigError::Unreadable {
                path: self.file.value.clone(),
                source,
            })?;
        let unwritable = |source| ConfigError::Unwritable {
            path: path.clone(),
            source,
        };
        let fault = |source| ConfigError::Rotate {
            path: path.clone(),
            source,
        };
        // The directory is locked, not the file, which another rotation is about to replace.
        let directory = File::open(directory_of(&path)).map_err(unwritable)?;
        directory.lock().map_err(unwritable)?;

        let target = Self {
            file: Located {
                value: path.clone(),
                origin: self.file.origin.clone(),
            },
        };
        let before = target.read()?;
        let text = secret::read_file(&path)?;
        let version = before
            .keys
            .current()
            .version
            .get()
            .checked_add(1)
            .and_then(KeyVersion::new)
            .ok_or_else(|| fault(RotateFault::LastVersion))?;
        let added = entry(&SiteKey { version, key }, created);
        // In one piece: a buffer that grows leaves parts of itself behind.
        let text = Zeroizing::new([text.as_slice(), b"\n", added.as_bytes()].concat());
        let after = SiteKeyFile::parse(&text).map_err(|_| fault(RotateFault::Form))?;
        if after.keys.iter().skip(1).ne(before.keys.iter()) || after.picc_key != before.picc_key {
            return Err(fault(RotateFault::Form));
        }
        replace(&path, &text)
            .and_then(|()| directory.sync_all())
            .map_err(unwritable)?;
        Ok(Rotated { path, file: after })
    }
}

/// Puts new content in the place of a file, whole or not at all. The caller holds the directory's lock.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    let new = directory_of(path).join(name);
    // Left behind by a rotation that was cut short; no other one is under way, since the directory is locked.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_like(path, &new, content).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // Nothing better can be done about a file that cannot be removed; the next rotation tries again.
        let _ = fs::remove_file(&new);
    }
    written
}

/// Writes a file that belongs to the same owner with the same mode, down to the disk.
fn write_like(model: &Path, new: &Path, content: &[u8]) -> io::Result<()> {
    // Closed to all others until it is the owner's.
    let mut file = secret::create_private(new)?;
    file.write_all(content)?;
    let wanted = fs::metadata(model)?;
    keep_owner(&file, &wanted)?;
    file.set_permissions(wanted.permissions())?;
    file.sync_all()
}

#[cfg(unix)]
fn keep_owner(file: &File, wanted: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let is = file.metadata()?;
    let uid = (is.uid() != wanted.uid()).then(|| wanted.uid());
    let gid = (is.gid() != wanted.gid()).then(|| wanted.gid());
    if uid.is_some() || gid.is_some() {
        fchown(file, uid, gid)?;
    }
    Ok(())
}

/// Other systems have no owner to keep.
#[cfg(not(unix))]
fn keep_owner(_file: &File, _wanted: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::Origin;

    fn source(path: &Path) -> SiteKeySource {
        SiteKeySource {
            file: Located {
                value: path.to_owned(),
                origin: Origin::Default,
            },
        }
    }

    fn key(byte: u8) -> SecretKey {
        SecretKey::new([byte; 16])
    }

    fn day() -> Date {
        "2026-11-22".parse().unwrap()
    }

    fn made(directory: &Path, version: u8, before: &str) -> PathBuf {
        let path = directory.join("site-keys.toml");
        let version = KeyVersion::new(version).unwrap();
        let key = SiteKey {
            version,
            key: key(0xEE),
        };
        fs::write(&path, format!("{before}{}", *entry(&key, day()))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        path
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_next_version_is_added_and_nothing_else_changes() {
        let directory = tempfile::tempdir().unwrap();
        let own = "# a note of the owner\npicc_key = \"00112233445566778899aabbccddeeff\"\n";
        let path = made(directory.path(), 7, own);
        fs::write(directory.path().join(".site-keys.toml.new"), "left behind").unwrap();
        let before = fs::read_to_string(&path).unwrap();
        let rotated = source(&path).rotate(key(1), day()).unwrap();
        assert_eq!(rotated.file.keys.current().version.get(), 8);
        assert_eq!(rotated.file.keys.current().key, key(1));
        let read = source(&path).read().unwrap();
        assert_eq!(read.keys, rotated.file.keys);
        assert!(read.picc_key.is_some());
        assert!(fs::read_to_string(&path).unwrap().starts_with(&before));
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, 0o640);
        assert_eq!(names(directory.path()), ["site-keys.toml"]);
    }

    #[test]
    fn many_at_once_lose_no_version() {
        let directory = tempfile::tempdir().unwrap();
        let path = made(directory.path(), 1, "");
        std::thread::scope(|scope| {
            for byte in 0..16 {
                let path = &path;
                scope.spawn(move || source(path).rotate(key(byte), day()).unwrap());
            }
        });
        let read = source(&path).read().unwrap();
        let versions: Vec<_> = read.keys.iter().map(|key| key.version.get()).collect();
        assert_eq!(versions, (1..=17).rev().collect::<Vec<_>>());
        let mut keys: Vec<_> = read.keys.iter().map(|key| key.key.expose()[0]).collect();
        keys.sort_unstable();
        assert_eq!(keys, (0..16).chain([0xEE]).collect::<Vec<_>>());
    }

    #[test]
    fn a_link_stays_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let path = made(directory.path(), 1, "");
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let rotated = source(&link).rotate(key(1), day()).unwrap();
        assert_eq!(rotated.path, fs::canonicalize(&path).unwrap());
        assert!(link.is_symlink());
        assert_eq!(
            source(&path).read().unwrap().keys.current().version.get(),
            2
        );
    }

    #[test]
    fn what_cannot_be_rotated_stays_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = made(directory.path(), 255, "");
        let before = fs::read(&path).unwrap();
        let error = source(&path).rotate(key(1), day()).unwrap_err();
        assert!(error.to_string().contains("version 255"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);

        let inline = "site_key = [{version = 1, key = \"00112233445566778899aabbccddeeff\", created = \"2026-01-01\"}]";
        fs::write(&path, inline).unwrap();
        let error = source(&path).rotate(key(1), day()).unwrap_err();
        assert!(
            error.to_string().contains("[[site_key]] sections"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), inline);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = source(&path).rotate(key(1), day()).unwrap_err();
        assert!(matches!(error, ConfigError::Exposed { .. }), "{error}");
        assert_eq!(names(directory.path()), ["site-keys.toml"]);
    }
}
