//! The files of a state directory: whose they are, who may read them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a directory that only its owner can look into.
///
/// # Errors
/// When it cannot be made.
pub fn make_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Makes an empty file that only its owner can read, if there is none: SQLite would make one that every user can read, and the
/// files beside it like it. A file that root makes belongs to the owner of the directory, who would be shut out otherwise.
///
/// # Errors
/// When it cannot be made.
pub fn make_private_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(file) => {
            make_private(&file)?;
            give_to_owner_of_directory(&file, path);
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whatever the umask was.
fn make_private(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Takes a file that an earlier version left readable away from others. By its path: to close it would drop SQLite's locks.
pub(super) fn close_to_others(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let is_open = |data: &fs::Metadata| data.permissions().mode() & 0o077 != 0;
        if fs::metadata(path).is_ok_and(|data| is_open(&data)) {
            // Only its owner can; what is said of the directory then holds for the file as well.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Makes a folder in a state directory, if there is none, that belongs to the owner of the directory as its files do.
pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Ok(()) => {
            #[cfg(unix)]
            give_folder(path)?;
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// By the open folder, and only if that is the one at `path`: a user who may rename there could have put a link in its place.
#[cfg(unix)]
fn give_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let folder = File::open(path)?;
    let (opened, there) = (folder.metadata()?, fs::symlink_metadata(path)?);
    if there.is_dir() && (opened.dev(), opened.ino()) == (there.dev(), there.ino()) {
        give_to_owner_of_directory(&folder, path);
    }
    Ok(())
}

/// The open file and never a name: root would give away whatever a link in its place leads to.
fn give_to_owner_of_directory(file: &File, path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        if let Some(Ok(directory)) = path.parent().map(fs::metadata) {
            // Only root can, and only for root it matters.
            let _ = fchown(file, Some(directory.uid()), Some(directory.gid()));
        }
    }
    #[cfg(not(unix))]
    let _ = (file, path);
}

/// Whether others than its owner can look into a state directory.
#[must_use]
pub fn is_open_to_others(directory: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(directory).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = directory;
        false
    }
}

/// Tries whether this user can make files in a state directory, or could make the directory itself. Nothing is left behind.
///
/// # Errors
/// What the system says to it.
pub fn can_be_written(directory: &Path) -> io::Result<()> {
    let there = directory
        .ancestors()
        .find(|path| path.as_os_str().is_empty() || path.exists())
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let probe = there.join(format!(".cardbridge-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)?;
    fs::remove_file(probe)
}

/// The name of the user to whom a file or directory belongs, or the number where it has no name.
#[must_use]
pub fn owner_of(path: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let uid = path
            .ancestors()
            .find_map(|path| fs::metadata(path).ok())?
            .uid();
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
        });
        Some(name.unwrap_or_else(|| format!("user {uid}")))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}
