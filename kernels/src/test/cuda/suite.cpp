#include "suite.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>

namespace suite {
namespace {

std::map<std::string, void (*)()>& tests() {
  static std::map<std::string, void (*)()> all;
  return all;
}

std::mt19937_64 generator;

uint64_t seed() {
  const char* wanted = std::getenv("VARLEN_TEST_SEED");
  return wanted ? std::strtoull(wanted, nullptr, 10) : std::random_device{}();
}

}  // namespace

Test::Test(const char* name, void (*body)()) {
  if (!tests().emplace(name, body).second) {
    std::fprintf(stderr, "two tests are named %s\n", name);
    std::abort();
  }
}

void fail(const char* file, int line, const std::string& what) {
  throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

std::mt19937_64& random() { return generator; }

std::string death_of(void (*body)()) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDERR_FILENO);
    body();
    _exit(0);
  }
  close(pipe_ends[1]);
  std::string output;
  char buffer[4096];
  for (ssize_t n; (n = read(pipe_ends[0], buffer, sizeof(buffer))) > 0;) output.append(buffer, n);
  close(pipe_ends[0]);
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "" : output + " ";
}

}  // namespace suite

// emulated_tests [PART OF A NAME]: one line per test, `N passed, M failed` last.
int main(int count, char** arguments) {
  const std::string part = count > 1 ? arguments[1] : "";
  int passed = 0, failed = 0;
  const uint64_t seed = suite::seed();
  std::printf("VARLEN_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  for (const auto& [name, body] : suite::tests()) {
    if (name.find(part) == std::string::npos) continue;
    suite::generator.seed(seed ^ std::hash<std::string>{}(name));
    const auto began = std::chrono::steady_clock::now();
    std::string problem;
    try {
      body();
    } catch (const std::exception& e) {
      problem = e.what();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%s %s (%.2f s)\n", problem.empty() ? "passed" : "FAILED", name.c_str(), seconds);
    if (!problem.empty()) std::printf("  %s\n", problem.c_str());
    std::fflush(stdout);
    ++(problem.empty() ? passed : failed);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
