#include "cli/cli.h"

int main(int argc, char** argv) {
  return emery::cli::Main(argc, argv);
}
