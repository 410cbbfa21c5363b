#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "emulator_runtime.h"
#include "fiber.h"
#include "shared_memory.h"

namespace emulator {
namespace {

constexpr uint32_t WARP = 32, MAX_THREADS = 1024, MAX_SHARED_BYTES = 227 << 10;
constexpr size_t STACK_BYTES = 256 << 10;
constexpr std::align_val_t PARAMS_ALIGNMENT{64};

struct Kernel {
  Body body;
  uint64_t params_size;
  uint32_t threads;
};
std::map<std::string, Kernel>& kernels() {
  static std::map<std::string, Kernel> all;
  return all;
}

std::string text(Place place) {
  const char* slash = std::strrchr(place.file_name(), '/');
  return std::string(slash ? slash + 1 : place.file_name()) + ":" + std::to_string(place.line());
}

// What a thread waits for; all that wait together must agree.
struct Operation {
  const char* name = nullptr;  // null if it runs
  Place place{};
  bool operator==(const Operation& other) const {
    return name == other.name && place.line() == other.place.line() &&
           (place.file_name() == other.place.file_name() || std::strcmp(place.file_name(), other.place.file_name()) == 0);
  }
};
std::string text(const Operation& operation) { return std::string(operation.name) + " (" + text(operation.place) + ")"; }

struct Copy {
  uint32_t offset;
  uint8_t bytes[16];
};

struct Thread {
  Fiber fiber{STACK_BYTES};
  Operation operation;
  void* arguments = nullptr;
  bool ended = false;
  std::vector<Copy> copies;              // not landed yet, oldest first
  std::vector<uint32_t> committed;       // how many copies each group under way has, oldest first
  uint32_t uncommitted = 0;
};

struct Warp {
  uint32_t waiting = 0;
  uint32_t barriers = 0;
};

// Runs one block after another on the host thread that it is used by.
class Block {
 public:
  // Null, or why this block failed.
  const std::string* run(const Kernel& kernel, const std::string& name, uint32_t grid, uint32_t block, uint32_t threads,
                         uint32_t shared_bytes, const void* params);

  void sync_block(Place place);
  // Waits for all lanes of the warp; the last one computes for all: complete(arguments of each lane).
  template <typename Complete>
  void together(const char* name, Place place, void* arguments, const Complete& complete);
  void warp_barrier() { warps_[position.thread / WARP].barriers++; }
  Thread& running() { return *threads_[position.thread]; }
  SharedMemory& shared() { return shared_; }
  SharedMemory::Access access() const { return {position.thread, block_barriers_, warps_[position.thread / WARP].barriers}; }
  void check(const SharedMemory::Problem& problem, Place place) {
    if (problem) fail(*problem, place);
  }
  // Ends the thread and, with it, the block; the others stay as they are.
  [[noreturn]] void fail(const std::string& why, Place place);

 private:
  static void entry();
  // Goes on with any thread that can; with none, back to run().
  void leave();
  std::string stuck() const;
  void wake(uint32_t begin, uint32_t end) {
    for (uint32_t t = begin; t < end; t++) {
      threads_[t]->operation.name = nullptr;
      runnable_[t / 64] |= uint64_t{1} << t % 64;
    }
  }

  std::unique_ptr<Fiber> host_;
  std::vector<std::unique_ptr<Thread>> threads_;
  Warp warps_[MAX_THREADS / WARP];
  uint64_t runnable_[MAX_THREADS / 64];
  uint32_t waiting_ = 0, block_barriers_ = 0;
  SharedMemory shared_;
  const Kernel* kernel_ = nullptr;
  const void* params_ = nullptr;
  std::string name_, failure_;
};

thread_local Block* block = nullptr;

Block& running_block() {
  if (block == nullptr) {
    std::fputs("emulator: device code that needs a thread block runs outside of a kernel\n", stderr);
    std::abort();
  }
  return *block;
}

const std::string* Block::run(const Kernel& kernel, const std::string& name, uint32_t grid, uint32_t index, uint32_t threads,
                              uint32_t shared_bytes, const void* params) {
  host_ = std::make_unique<Fiber>();
  kernel_ = &kernel;
  name_ = name;
  params_ = params;
  failure_.clear();
  while (threads_.size() < threads) threads_.push_back(std::make_unique<Thread>());
  for (uint32_t t = 0; t < threads; t++) {
    Thread& thread = *threads_[t];
    thread.fiber.restart(entry);
    thread.ended = false;
    thread.copies.clear();
    thread.committed.clear();
    thread.uncommitted = 0;
  }
  std::fill(std::begin(warps_), std::end(warps_), Warp{});
  std::fill(std::begin(runnable_), std::end(runnable_), 0);
  wake(0, threads);
  waiting_ = 0;
  block_barriers_ = shared_.begin_block(shared_bytes);
  position = {0, threads, index, grid};
  block = this;
  host_->switch_to(threads_[0]->fiber);
  block = nullptr;
  shared_.end_block(block_barriers_);
  const bool all_ended = std::all_of(threads_.begin(), threads_.begin() + threads, [](auto& thread) { return thread->ended; });
  if (failure_.empty() && !all_ended) failure_ = name_ + ", block " + std::to_string(index) + ": " + stuck();
  return failure_.empty() ? nullptr : &failure_;
}

void Block::entry() {
  Fiber::entered();
  Block& self = *block;
  try {
    self.kernel_->body(self.params_);
    self.running().ended = true;
  } catch (const std::runtime_error& e) {
    self.failure_ = e.what();
  }
  if (self.running().ended) {
    self.leave();
  } else {
    self.running().fiber.switch_to(*self.host_);
  }
  std::abort();  // nobody goes on with a thread that has ended
}

void Block::leave() {
  const uint32_t from = position.thread, words = (position.thread_count + 63) / 64;
  runnable_[from / 64] &= ~(uint64_t{1} << from % 64);
  Fiber& own = threads_[from]->fiber;
  const uint64_t later = runnable_[from / 64] & -(uint64_t{1} << from % 64);
  for (uint32_t i = 0, word = from / 64; i <= words; i++, word = word + 1 == words ? 0 : word + 1) {
    if (const uint64_t candidates = i == 0 ? later : runnable_[word]) {
      position.thread = word * 64 + __builtin_ctzll(candidates);
      own.switch_to(threads_[position.thread]->fiber);
      return;
    }
  }
  own.switch_to(*host_);
}

void Block::fail(const std::string& why, Place place) {
  throw std::runtime_error(name_ + ", block " + std::to_string(position.block) + ", thread " + std::to_string(position.thread) + ", " +
                           text(place) + ": " + why);
}

std::string Block::stuck() const {
  const uint32_t count = position.thread_count;
  const auto waits_for_warp = [](const Operation& operation) { return std::strcmp(operation.name, "sync_block") != 0; };
  for (uint32_t i = 0; i < 2 * count; i++) {  // warps first: they are why a block waits
    const uint32_t t = i % count;
    const Operation& waits = threads_[t]->operation;
    if (waits.name == nullptr || waits_for_warp(waits) != (i < count)) continue;
    const bool for_warp = i < count;
    const uint32_t begin = for_warp ? t / WARP * WARP : 0, end = for_warp ? begin + WARP : count;
    for (uint32_t other = begin; other < end; other++) {
      const Thread& late = *threads_[other];
      if (late.operation.name != nullptr && late.operation == waits) continue;
      return "divergence: thread " + std::to_string(t) + " waits in " + text(waits) + ", thread " + std::to_string(other) +
             (late.ended ? " has ended" : " waits in " + text(late.operation));
    }
  }
  return "no thread can go on";
}

void Block::sync_block(Place place) {
  running().operation = {"sync_block", place};
  if (++waiting_ < position.thread_count) {
    leave();
    return;
  }
  for (uint32_t t = 0; t < position.thread_count; t++) {
    if (!(threads_[t]->operation == running().operation)) fail(stuck(), place);
  }
  waiting_ = 0;
  block_barriers_++;
  for (Warp& warp : warps_) warp.barriers = 0;
  wake(0, position.thread_count);
}

template <typename Complete>
void Block::together(const char* name, Place place, void* arguments, const Complete& complete) {
  Warp& warp = warps_[position.thread / WARP];
  const uint32_t begin = position.thread / WARP * WARP;
  running().operation = {name, place};
  running().arguments = arguments;
  if (++warp.waiting < WARP) {
    leave();
    return;
  }
  void* all[WARP];
  for (uint32_t lane = 0; lane < WARP; lane++) {
    const Thread& thread = *threads_[begin + lane];
    if (!(thread.operation == running().operation)) fail(stuck(), place);
    all[lane] = thread.arguments;
  }
  warp.waiting = 0;
  complete(all);
  wake(begin, begin + WARP);
}

}  // namespace

thread_local Position position;

Registration::Registration(const char* name, Body body, uint64_t params_size, uint32_t threads) {
  if (!kernels().emplace(name, Kernel{body, params_size, threads}).second) {
    std::fprintf(stderr, "emulator: two kernels are named %s\n", name);
    std::abort();
  }
}

void sync_block(Place place) { running_block().sync_block(place); }

void sync_warp(Place place) {
  Block& block = running_block();
  block.together("sync_warp", place, nullptr, [&](auto) { block.warp_barrier(); });
}

namespace {

struct Exchange {
  uint32_t value, lane, result;
};
uint32_t exchange(const char* name, Exchange mine, Place place) {
  running_block().together(name, place, &mine, [](void* const* all) {
    for (uint32_t lane = 0; lane < WARP; lane++) {
      auto* to = static_cast<Exchange*>(all[lane]);
      to->result = static_cast<Exchange*>(all[to->lane & (WARP - 1)])->value;
    }
  });
  return mine.result;
}

}  // namespace

uint32_t shuffle(uint32_t value, uint32_t lane, Place place) {
  if (lane >= WARP) running_block().fail("shuffle with lane " + std::to_string(static_cast<int32_t>(lane)) + " of 32", place);
  return exchange("shuffle", {value, lane, 0}, place);
}

uint32_t shuffle_xor(uint32_t value, uint32_t mask, Place place) {
  if (mask >= WARP) running_block().fail("shuffle_xor with mask " + std::to_string(static_cast<int32_t>(mask)) + " of 32 lanes", place);
  return exchange("shuffle_xor", {value, position.thread % WARP ^ mask, 0}, place);
}

bool any_lane(bool value, Place place) {
  bool mine = value;
  running_block().together("any_lane", place, &mine, [](void* const* all) {
    const bool any = std::any_of(all, all + WARP, [](void* lane) { return *static_cast<bool*>(lane); });
    for (uint32_t lane = 0; lane < WARP; lane++) *static_cast<bool*>(all[lane]) = any;
  });
  return mine;
}

void load_shared(void* to, uint32_t offset, uint32_t size, Place place) {
  Block& block = running_block();
  block.check(block.shared().load(block.access(), offset, size, to), place);
}

void store_shared(uint32_t offset, const void* from, uint32_t size, Place place) {
  Block& block = running_block();
  block.check(block.shared().store(block.access(), offset, size, from), place);
}

void copy_async16(uint32_t offset, const void* global, bool valid, Place place) {
  Block& block = running_block();
  Copy copy{offset, {}};
  if (valid) {
    if (reinterpret_cast<uintptr_t>(global) % 16 != 0) block.fail("copy_async16 from an address that is no multiple of 16", place);
    std::memcpy(copy.bytes, global, sizeof(copy.bytes));
  }
  block.check(block.shared().copy_begins(block.access(), offset), place);
  block.running().copies.push_back(copy);
  block.running().uncommitted++;
}

void copy_async_commit() {
  Thread& thread = running_block().running();
  thread.committed.push_back(thread.uncommitted);
  thread.uncommitted = 0;
}

void copy_async_wait(uint32_t pending) {
  Block& block = running_block();
  Thread& thread = block.running();
  if (thread.committed.size() <= pending) return;
  const auto groups = thread.committed.begin();
  const size_t landing = thread.committed.size() - pending;
  size_t copies = 0;
  for (size_t group = 0; group < landing; group++) copies += groups[group];
  for (size_t i = 0; i < copies; i++) block.shared().copy_lands(block.access(), thread.copies[i].offset, thread.copies[i].bytes);
  thread.copies.erase(thread.copies.begin(), thread.copies.begin() + copies);
  thread.committed.erase(groups, groups + landing);
}

namespace {

std::atomic<uint64_t> bank_conflicts{0};

// The passes more than one that 8 rows of 16 bytes take; 8 rows fill all banks if no two lie a multiple of 128 bytes apart.
uint32_t conflicts(const uint32_t* offsets) {
  uint32_t passes = 1;
  for (uint32_t i = 0; i < 8; i++) {
    uint32_t same = 0;
    for (uint32_t j = 0; j <= i; j++) {
      const bool repeated = std::find(offsets, offsets + j, offsets[j]) != offsets + j;
      same += offsets[j] / 16 % 8 == offsets[i] / 16 % 8 && !repeated;
    }
    passes = std::max(passes, same);
  }
  return passes - 1;
}

struct Matrices {
  uint32_t* m;
  uint32_t offset;
};
struct Product {
  float* d;
  const uint32_t* a;
  uint32_t b0, b1;
};

float element(uint32_t pair, uint32_t half, Element type) {
  const auto bits = static_cast<uint16_t>(pair >> 16 * half);
  return type == Element::BF16 ? from_bf16(bits) : from_fp16(bits);
}

}  // namespace

void load_matrices(uint32_t* m, uint32_t offset, bool transposed, Place place) {
  Block& block = running_block();
  Matrices mine{m, offset};
  block.together(transposed ? "load_matrices_transposed" : "load_matrices", place, &mine, [&](void* const* all) {
    uint16_t rows[WARP][8];
    uint32_t offsets[WARP];
    for (uint32_t lane = 0; lane < WARP; lane++) {
      offsets[lane] = static_cast<Matrices*>(all[lane])->offset;
      block.check(block.shared().load_by_warp(block.access(), offsets[lane], rows[lane]), place);
    }
    uint32_t extra = 0;
    for (uint32_t j = 0; j < 4; j++) extra += conflicts(offsets + 8 * j);
    if (extra > 0) bank_conflicts.fetch_add(extra, std::memory_order_relaxed);
    for (uint32_t lane = 0; lane < WARP; lane++) {
      const uint32_t row = lane / 4, column = 2 * (lane % 4);
      for (uint32_t j = 0; j < 4; j++) {
        const auto* matrix = rows + 8 * j;
        const uint32_t low = transposed ? matrix[column][row] : matrix[row][column];
        const uint32_t high = transposed ? matrix[column + 1][row] : matrix[row][column + 1];
        static_cast<Matrices*>(all[lane])->m[j] = low | high << 16;
      }
    }
  });
}

void multiply_add(float* d, const uint32_t* a, uint32_t b0, uint32_t b1, Element type, Place place) {
  Product mine{d, a, b0, b1};
  running_block().together("multiply_add", place, &mine, [&](void* const* all) {
    float left[16][16], right[16][8], sum[16][8];
    for (uint32_t lane = 0; lane < WARP; lane++) {
      const auto* from = static_cast<Product*>(all[lane]);
      const uint32_t g = lane / 4, t = 2 * (lane % 4);
      for (uint32_t i = 0; i < 2; i++) {
        left[g][t + i] = element(from->a[0], i, type);
        left[g + 8][t + i] = element(from->a[1], i, type);
        left[g][t + 8 + i] = element(from->a[2], i, type);
        left[g + 8][t + 8 + i] = element(from->a[3], i, type);
        right[t + i][g] = element(from->b0, i, type);
        right[t + 8 + i][g] = element(from->b1, i, type);
        sum[g][t + i] = from->d[i];
        sum[g + 8][t + i] = from->d[2 + i];
      }
    }
    for (uint32_t row = 0; row < 16; row++) {
      for (uint32_t k = 0; k < 16; k++) {
        for (uint32_t column = 0; column < 8; column++) sum[row][column] += left[row][k] * right[k][column];
      }
    }
    for (uint32_t lane = 0; lane < WARP; lane++) {
      auto* to = static_cast<Product*>(all[lane])->d;
      const uint32_t g = lane / 4, t = 2 * (lane % 4);
      for (uint32_t i = 0; i < 2; i++) {
        to[i] = sum[g][t + i];
        to[2 + i] = sum[g + 8][t + i];
      }
    }
  });
}

float from_fp16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16, magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f;  // exponents differ by 112; exact, subnormal or not
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(scaled));
}

uint16_t fp16_of(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x), magnitude = bits & 0x7fffffff;
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  if (magnitude > 0x7f800000) return 0x7fff;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;  // from 65520 on
  if (magnitude < 0x38800000) {                       // below 2^-14: a multiple of 2^-24, rounded by an addition
    return sign | static_cast<uint16_t>(std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000);
  }
  return sign | static_cast<uint16_t>((magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000) >> 13);
}

uint16_t bf16_of(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  if (x != x) return 0x7fff;
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

namespace {

float flushed(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x; }

}  // namespace

float exp2_approx(float x) { return flushed(std::exp2(flushed(x))); }
float log2_approx(float x) { return std::log2(flushed(x)); }

// As inexact as it may be on a device: 11 significant bits.
float tanh_approx(float x) {
  const float y = std::tanh(x);
  return std::isnan(y) ? y : std::bit_cast<float>((std::bit_cast<uint32_t>(y) + 0xfff + (std::bit_cast<uint32_t>(y) >> 13 & 1)) & ~0x1fffu);
}

float max_number(float x, float y) {
  if (x != x) return y;
  if (y != y) return x;
  return x == y ? (std::signbit(x) ? y : x) : x > y ? x : y;
}

namespace {

thread_local std::string message;

// Blocks that no launch uses: their stacks and shared memory are kept.
class Idle {
 public:
  std::unique_ptr<Block> take() {
    const std::lock_guard lock(mutex_);
    if (blocks_.empty()) return std::make_unique<Block>();
    auto block = std::move(blocks_.back());
    blocks_.pop_back();
    return block;
  }
  void give_back(std::unique_ptr<Block> block) {
    const std::lock_guard lock(mutex_);
    blocks_.push_back(std::move(block));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Block>> blocks_;
};
Idle& idle() {
  static Idle blocks;
  return blocks;
}

uint32_t host_threads() {
  const char* wanted = std::getenv("VARLEN_EMULATOR_THREADS");
  return std::max(1u, wanted ? static_cast<uint32_t>(std::atoi(wanted)) : std::thread::hardware_concurrency());
}

int refuse(const std::string& why) {
  message = why;
  return 1;
}

}  // namespace
}  // namespace emulator

using namespace emulator;

int emulate(const char* name, uint32_t grid, uint32_t threads, uint32_t shared_bytes, const void* params, uint64_t params_size) {
  const auto found = kernels().find(name);
  const std::string prefix = std::string(name) + ": ";
  if (found == kernels().end()) return refuse(prefix + "no such kernel");
  const Kernel& kernel = found->second;
  if (params_size != kernel.params_size) {
    return refuse(prefix + "params of " + std::to_string(params_size) + " bytes, but it takes " + std::to_string(kernel.params_size));
  }
  if (grid == 0 || threads == 0 || threads > kernel.threads || threads % WARP != 0) {
    return refuse(prefix + "a grid of " + std::to_string(grid) + " blocks of " + std::to_string(threads) + " threads; it takes a multiple of 32 threads up to " +
                  std::to_string(kernel.threads));
  }
  if (shared_bytes > MAX_SHARED_BYTES) return refuse(prefix + std::to_string(shared_bytes) + " bytes of shared memory; no device has more than " + std::to_string(MAX_SHARED_BYTES));

  void* own = operator new(params_size, PARAMS_ALIGNMENT);
  std::memcpy(own, params, params_size);
  std::atomic<uint32_t> next{0};
  std::mutex mutex;
  uint32_t failed = grid;  // the first block that failed
  std::string why;
  const auto work = [&] {
    auto block = idle().take();
    for (uint32_t index; (index = next++) < grid;) {
      if (const std::string* problem = block->run(kernel, name, grid, index, threads, shared_bytes, own)) {
        const std::lock_guard lock(mutex);
        if (index < failed) {
          failed = index;
          why = *problem;
        }
        next = grid;
      }
    }
    idle().give_back(std::move(block));
  };
  std::vector<std::thread> helpers;
  for (uint32_t i = 0; i < std::min(grid, host_threads()); i++) helpers.emplace_back(work);
  for (std::thread& helper : helpers) helper.join();
  operator delete(own, PARAMS_ALIGNMENT);
  return failed == grid ? 0 : refuse(why);
}

uint64_t emulate_bank_conflicts() { return bank_conflicts; }

const char* emulate_message() { return message.c_str(); }

uint64_t emulate_params_size(const char* kernel) {
  const auto found = kernels().find(kernel);
  return found == kernels().end() ? 0 : found->second.params_size;
}

uint32_t emulate_kernels() { return kernels().size(); }

const char* emulate_kernel(uint32_t index) { return std::next(kernels().begin(), index)->first.c_str(); }
