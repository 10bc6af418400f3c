//! Arguments in, exit code out.

use std::process::ExitCode;

/// What one thread reads another writes and a third answers, so nearly all that ingest allocates is freed by another thread: the
/// allocator of the C library, which is built in, takes a lock for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    runstead::outbound::pin_name_lookup();
    runstead::cli::main()
}
