#include <iostream>
#include <string>
#include <vector>

#include "runner.hpp"

int main(int count, char** arguments) {
  return leat::conformance::run_command(std::vector<std::string>(arguments + 1, arguments + count), std::cout,
                                        std::cerr);
}
