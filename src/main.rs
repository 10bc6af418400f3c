//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    runstead::outbound::pin_name_lookup();
    runstead::cli::main()
}
