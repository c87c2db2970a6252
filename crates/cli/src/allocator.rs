//! What the C library's allocator keeps.

/// glibc gives every thread an arena and returns little of what was freed in it: after some backups of 10 M rows a server held
/// 500 MiB, with two arenas 250 MiB, at the same speed. To be called before there are threads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn limit_arenas() {
    const ARENAS: i32 = 2;
    #[expect(unsafe_code, reason = "the C library has no safe form of its settings")]
    // SAFETY: takes two numbers; nothing of ours is shared with it.
    let taken = unsafe { libc::mallopt(libc::M_ARENA_MAX, ARENAS) };
    debug_assert_eq!(taken, 1, "glibc knows M_ARENA_MAX since 2.10");
}

/// Other C libraries have no such arenas.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn limit_arenas() {}
