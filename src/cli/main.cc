#include <cstdio>

#include "base/version.h"

int main() {
  std::printf("emery %s\n", emery::base::kEmeryVersion);
  return 0;
}
