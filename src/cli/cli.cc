#include "cli/cli.h"

#include <cstdio>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/sql_command_internal.h"

#include "base/version.h"

namespace emery::cli {

namespace {

constexpr int kWrongUsage = 2;

void DescribeSql(CLI::App* sql, SqlOptions* options) {
  sql->add_option("-e,--execute", options->statements,
                  "Statements to run, separated by ';'. May be given several times.")
      ->type_name("SQL")
      ->allow_extra_args(false);
  sql->add_option("-f,--file", options->files, "A file of statements to run, ended by ';'.")
      ->type_name("FILE")
      ->allow_extra_args(false);
  sql->add_option("--conf", options->settings,
                  "A setting for the session, e.g. spark.sql.ansi.enabled=false or "
                  "spark.sql.catalog.lake.warehouse=/data. May be given several times.")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  sql->add_option("--database", options->database, "The database to start in, as USE does.")
      ->type_name("NAME");
  sql->add_option("--format", options->format_name,
                  "How results print: table, csv, tsv, json or markdown. Default: table.")
      ->check(CLI::IsMember({"table", "csv", "tsv", "json", "markdown"}));
  sql->add_flag("--time", options->time, "Prints rows and seconds of each statement to stderr.");
  sql->add_flag("-S,--silent", options->silent,
                "No progress bar, no greeting, no row counts: results and errors only.");
  sql->add_flag("--protocol", options->protocol,
                "For programs: a JSON document {\"sql\": …} per line in, one per statement out.");
  sql->footer(
      "Without -e and -f, statements come from a pipe, or from you: then this is a shell with "
      "line\n"
      "editing and history (~/.emery_history), statements end with ';', Ctrl-C stops the running\n"
      "statement, Ctrl-D or exit leaves.\n\n"
      "Examples:\n"
      "  emery sql -e \"SELECT count(*) FROM parquet.`/data/sales/*.parquet`\"\n"
      "  emery sql --conf spark.sql.warehouse.dir=/data/warehouse -f report.sql --format csv\n"
      "  echo \"SHOW TABLES\" | emery sql\n\n"
      "Exit code: 0, 1 if a statement failed, 2 for wrong usage.");
}

}  // namespace

int Main(int argc, char** argv) {
  CLI::App app("Spark SQL on Parquet and Iceberg tables from one native program.", "emery");
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "Prints this text.");
  app.set_version_flag("--version", std::string("emery ") + base::kEmeryVersion,
                       "Prints the version.");
  app.failure_message(CLI::FailureMessage::simple);
  app.footer("emery SUBCOMMAND --help says more about each.");
  SqlOptions options;
  CLI::App* sql = app.add_subcommand("sql", "Runs SQL statements, or a shell for them.");
  DescribeSql(sql, &options);
  CLI::App* version = app.add_subcommand("version", "Prints the version.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kWrongUsage;
  }
  if (version->parsed()) {
    std::printf("emery %s\n", base::kEmeryVersion);
    return 0;
  }
  return RunSql(options);
}

}  // namespace emery::cli
