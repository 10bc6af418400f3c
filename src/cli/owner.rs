//! Who a command is when root runs it. What root makes in the data directory the server could not write later; so commands that
//! change the data become the user that it belongs to, as `sudo -u` would.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// User and group of a data directory that is not root's, if root is who asks.
fn other_owner(data: &Path) -> Option<(u32, u32)> {
    let found = data.metadata().ok().filter(|_| rustix::process::geteuid().is_root())?;
    (found.uid() != 0).then(|| (found.uid(), found.gid()))
}

/// Becomes the user that the data directory belongs to, for the rest of this process. Nobody but root can, and needs to.
///
/// # Errors
/// In words for the operator: root may not, as in some containers.
pub(super) fn become_owner(data: &Path) -> Result<(), String> {
    let Some((user, group)) = other_owner(data) else { return Ok(()) };
    become_user(user, group).map_err(|error| {
        let shown = data.display();
        format!("{shown} belongs to user {user}, whom root cannot become here ({error}): run this as that user")
    })
}

/// Refuses to serve the data of somebody else as root: the server would leave files that its own user cannot write.
///
/// # Errors
/// In words for the operator.
pub(super) fn require_owner(data: &Path) -> Result<(), String> {
    let Some((user, group)) = other_owner(data) else { return Ok(()) };
    let shown = data.display();
    Err(format!(
        "{shown} belongs to user {user}, and this is root: what root writes there that user could not write later. Start the server \
         as that user (systemctl start runstead, or setpriv --reuid={user} --regid={group} --init-groups runstead serve), or give \
         the data to root: chown -R 0:0 {shown}"
    ))
}

/// Gives what root has restored to whom the folder was before.
///
/// # Errors
/// In words for the operator: a file cannot be given away.
pub(super) fn give_all(data: &Path, owner: Option<(u32, u32)>) -> Result<(), String> {
    let Some((user, group)) = owner else { return Ok(()) };
    let mut waiting = vec![data.to_owned()];
    while let Some(path) = waiting.pop() {
        let words = |error: io::Error| format!("{} cannot be given to user {user}: {error}", path.display());
        std::os::unix::fs::lchown(&path, Some(user), Some(group)).map_err(words)?;
        if path.symlink_metadata().map_err(words)?.is_dir() {
            for entry in path.read_dir().map_err(words)? {
                waiting.push(entry.map_err(words)?.path());
            }
        }
    }
    Ok(())
}

/// Who a folder belongs to, for [`give_all`] after root has filled it.
pub(super) fn of(data: &Path) -> Option<(u32, u32)> {
    other_owner(data)
}

/// Takes the rights of a user and of their groups; of a user that the machine has no name for, those of one group.
#[expect(unsafe_code, reason = "the standard library cannot say who a process is")]
fn become_user(user: u32, group: u32) -> io::Result<()> {
    // SAFETY: the C library's answer is read before anything asks it again; its calls change all threads at once.
    let done = unsafe {
        let entry = libc::getpwuid(user);
        let (group, grouped) = if entry.is_null() {
            (group, libc::setgroups(1, &raw const group))
        } else {
            let own = (*entry).pw_gid;
            (own, libc::initgroups((*entry).pw_name, own))
        };
        grouped == 0 && libc::setgid(group) == 0 && libc::setuid(user) == 0
    };
    if done { Ok(()) } else { Err(io::Error::last_os_error()) }
}
