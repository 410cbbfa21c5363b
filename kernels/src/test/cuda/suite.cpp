#include "suite.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <thread>

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

namespace suite {
namespace {

constexpr unsigned LONGEST_SECONDS = 600;

// A test in a process of its own: what a sanitizer kills is one test, and processors share the tests.
struct Child {
  std::string name;
  std::FILE* output;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

[[noreturn]] void run_here(const std::string& name, void (*body)(), uint64_t seed) {
  setenv("VARLEN_EMULATOR_THREADS", "1", 0);
  alarm(LONGEST_SECONDS);
  generator.seed(seed ^ std::hash<std::string>{}(name));
  try {
    body();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    std::exit(1);
  }
  std::exit(0);
}

// Prints the outcome, and what the test wrote indented by two spaces.
bool report(const Child& child, int status) {
  const bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - child.began).count();
  std::printf("%s %s (%.2f s)\n", passed ? "passed" : "FAILED", child.name.c_str(), seconds);
  std::rewind(child.output);
  char* line = nullptr;
  size_t capacity = 0;
  while (getline(&line, &capacity, child.output) >= 0) std::printf("  %.*s\n", static_cast<int>(std::strcspn(line, "\n")), line);
  std::free(line);
  if (WIFSIGNALED(status)) std::printf("  ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
  std::fclose(child.output);
  std::fflush(stdout);
  return passed;
}

}  // namespace
}  // namespace suite

// Leaks are not looked for: device code cannot allocate, and where a process may not trace itself the search is an error.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

// emulated_tests [PART OF A NAME]: the seed; one line per test, in the order in which they end; `N passed, M failed`.
int main(int count, char** arguments) {
  using namespace suite;
  const std::string part = count > 1 ? arguments[1] : "";
  const unsigned at_once = std::max(1u, std::thread::hardware_concurrency());
  const uint64_t seed = suite::seed();
  std::printf("VARLEN_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  int passed = 0, failed = 0;
  std::map<pid_t, Child> running;
  const auto wait_for_one = [&] {
    int status;
    const auto ended = running.find(wait(&status));
    ++(report(ended->second, status) ? passed : failed);
    running.erase(ended);
  };
  for (const auto& [name, body] : tests()) {
    if (name.find(part) == std::string::npos) continue;
    if (running.size() == at_once) wait_for_one();
    std::FILE* output = std::tmpfile();
    const pid_t child = fork();
    if (output == nullptr || child < 0) {
      std::perror(name.c_str());
      return 1;
    }
    if (child == 0) {
      dup2(fileno(output), STDOUT_FILENO);
      dup2(fileno(output), STDERR_FILENO);
      run_here(name, body, seed);
    }
    running.emplace(child, Child{name, output});
  }
  while (!running.empty()) wait_for_one();
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
