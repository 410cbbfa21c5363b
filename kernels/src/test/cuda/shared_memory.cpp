#include "shared_memory.h"

#include <algorithm>
#include <cstring>

namespace emulator {
namespace {

constexpr uint32_t UNIT = 2;
constexpr uint32_t BARRIERS = 1u << 28;
constexpr uint32_t BARRIERS_PER_BLOCK = 1u << 24;

std::string at(uint32_t offset) { return "shared byte " + std::to_string(offset); }

}  // namespace

uint32_t SharedMemory::begin_block(uint32_t bytes) {
  const size_t units = (bytes + 15) / 16 * (16 / UNIT);
  if (units > written_.size() || last_barrier_ + BARRIERS_PER_BLOCK >= BARRIERS) {
    written_.assign(std::max(units, written_.size()), 0);
    read_.assign(written_.size(), 0);
    bytes_.assign(written_.size() * UNIT, 0xff);
    last_barrier_ = 0;
  }
  size_ = bytes;
  first_barrier_ = last_barrier_ + 1;
  return first_barrier_;
}

bool SharedMemory::unordered(Stamp earlier, const Access& now) {
  if (block_barriers(earlier) != now.block_barriers || thread(earlier) == now.thread) return false;
  return thread(earlier) / 32 != now.thread / 32 || warp_barriers(earlier) == now.warp_barriers;
}

bool SharedMemory::read_unordered(Stamp read, const Access& write) {
  if (block_barriers(read) != write.block_barriers) return false;
  if (read & SEVERAL_WARPS || thread(read) / 32 != write.thread / 32) return true;
  return warp_barriers(read) == write.warp_barriers && (read & SEVERAL_LANES || thread(read) != write.thread);
}

SharedMemory::Problem SharedMemory::place(uint32_t offset, uint32_t size) const {
  if (offset % size != 0) return at(offset) + " is accessed in " + std::to_string(size) + " bytes but is no multiple of that";
  if (offset > size_ || size > size_ - offset) {
    return at(offset) + " (" + std::to_string(size) + " bytes) lies beyond the " + std::to_string(size_) + " of the launch";
  }
  return {};
}

SharedMemory::Problem SharedMemory::unreadable(Stamp written, const Access& access, uint32_t offset) const {
  if (block_barriers(written) < first_barrier_) return at(offset) + " is read but nobody wrote it";
  if (written & UNDER_WAY) {
    return at(offset) + " is read while the copy_async16 of thread " + std::to_string(thread(written)) +
           " is under way; copy_async_wait comes first";
  }
  if (unordered(written, access)) {
    return at(offset) + " is read after thread " + std::to_string(thread(written)) + " wrote it, without a barrier between";
  }
  return {};
}

SharedMemory::Problem SharedMemory::unwritable(const Access& access, uint32_t offset, uint32_t size) const {
  if (Problem problem = place(offset, size)) return problem;
  for (uint32_t unit = offset / UNIT; unit < (offset + size) / UNIT; unit++) {
    const Stamp written = written_[unit], read = read_[unit];
    const bool known = block_barriers(written) >= first_barrier_;
    if (known && written & UNDER_WAY) {
      return at(unit * UNIT) + " is written while the copy_async16 of thread " + std::to_string(thread(written)) + " is under way";
    }
    if (known && unordered(written, access)) {
      return at(unit * UNIT) + " is written after thread " + std::to_string(thread(written)) + " wrote it, without a barrier between";
    }
    if (read_unordered(read, access)) {
      return at(unit * UNIT) + " is written after " +
             (read & SEVERAL_WARPS   ? "other warps"
              : read & SEVERAL_LANES ? "other lanes of the warp"
                                     : "thread " + std::to_string(thread(read))) +
             " read it, without a barrier between";
    }
  }
  return {};
}

SharedMemory::Problem SharedMemory::load(const Access& access, uint32_t offset, uint32_t size, void* to) {
  if (Problem problem = place(offset, size)) return problem;
  const Stamp mine = stamp(access);
  for (uint32_t unit = offset / UNIT; unit < (offset + size) / UNIT; unit++) {
    const Stamp written = written_[unit], read = read_[unit];
    if (block_barriers(written) < first_barrier_ || written & UNDER_WAY || unordered(written, access)) {
      return unreadable(written, access, unit * UNIT);
    }
    if (block_barriers(read) != access.block_barriers) {
      read_[unit] = mine;
    } else if (thread(read) / 32 != access.thread / 32) {
      read_[unit] |= SEVERAL_WARPS;
    } else if (warp_barriers(read) != access.warp_barriers) {
      read_[unit] = mine | (read & SEVERAL_WARPS);
    } else if (thread(read) != access.thread) {
      read_[unit] |= SEVERAL_LANES;
    }
  }
  std::memcpy(to, bytes_.data() + offset, size);
  return {};
}

SharedMemory::Problem SharedMemory::load_by_warp(const Access& access, uint32_t offset, void* to) {
  if (Problem problem = place(offset, 16)) return problem;
  const Stamp mine = stamp(access);
  for (uint32_t unit = offset / UNIT; unit < (offset + 16) / UNIT; unit++) {
    const Stamp written = written_[unit], read = read_[unit];
    // One lane may have written what it loads itself, but the others load it too.
    const bool by_lane = block_barriers(written) == access.block_barriers && thread(written) / 32 == access.thread / 32 &&
                         warp_barriers(written) == access.warp_barriers;
    if (by_lane && !(written & UNDER_WAY)) {
      return at(unit * UNIT) + " is read by the warp after thread " + std::to_string(thread(written)) + " wrote it, without a barrier between";
    }
    if (Problem problem = unreadable(written, access, unit * UNIT)) return problem;
    if (block_barriers(read) != access.block_barriers) {
      read_[unit] = mine | SEVERAL_LANES;
    } else if (thread(read) / 32 != access.thread / 32) {
      read_[unit] |= SEVERAL_WARPS;
    } else {
      read_[unit] = mine | SEVERAL_LANES | (read & SEVERAL_WARPS);
    }
  }
  std::memcpy(to, bytes_.data() + offset, 16);
  return {};
}

SharedMemory::Problem SharedMemory::store(const Access& access, uint32_t offset, uint32_t size, const void* from) {
  if (Problem problem = unwritable(access, offset, size)) return problem;
  std::fill_n(written_.begin() + offset / UNIT, size / UNIT, stamp(access));
  std::memcpy(bytes_.data() + offset, from, size);
  return {};
}

SharedMemory::Problem SharedMemory::copy_begins(const Access& access, uint32_t offset) {
  if (Problem problem = unwritable(access, offset, 16)) return problem;
  std::fill_n(written_.begin() + offset / UNIT, 16 / UNIT, stamp(access) | UNDER_WAY);
  return {};
}

void SharedMemory::copy_lands(const Access& access, uint32_t offset, const void* from) {
  std::fill_n(written_.begin() + offset / UNIT, 16 / UNIT, stamp(access));
  std::memcpy(bytes_.data() + offset, from, 16);
}

}  // namespace emulator
