#pragma once

namespace emery::cli {

/// The `emery` program: subcommands `sql` and `version`. Gives the exit code: 0, 1 where a
/// statement failed, 2 for wrong usage.
int Main(int argc, char** argv);

}  // namespace emery::cli
