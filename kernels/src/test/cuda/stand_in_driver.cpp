// As much of libcuda.so.1 as io.varlen.internal.cuda.JCudaDriver calls, with kernels run by the emulator: so the way through JCuda and its native
// library is walked without a device. Everything is done at once; memory of the device is that of the host. Errors are the driver's codes, and
// a call without a current context is one, as there.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "emulator_runtime.h"

namespace {
enum Code {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kInvalidContext = 201,
  kNoBinaryForGpu = 209,
  kInvalidHandle = 400,
  kNotFound = 500,
  kLaunchFailed = 719
};
constexpr size_t kMemory = size_t{1} << 30;


char context_object;
thread_local void* current = nullptr;
std::mutex mutex;
int retained = 0;
size_t taken = 0;
std::map<uintptr_t, size_t> allocations;
std::set<void*> handles;  // of streams, events and modules
std::set<std::string> names;

Code add(void** handle) {
  std::lock_guard lock(mutex);
  *handle = std::malloc(1);
  handles.insert(*handle);
  return kSuccess;
}
Code drop(void* handle) {
  std::lock_guard lock(mutex);
  if (handles.erase(handle) == 0) return kInvalidHandle;
  std::free(handle);
  return kSuccess;
}
bool known(void* handle) {
  std::lock_guard lock(mutex);
  return handles.count(handle) != 0;
}
bool inside(uintptr_t address, size_t bytes) {
  std::lock_guard lock(mutex);
  auto next = allocations.upper_bound(address);
  if (next == allocations.begin()) return false;
  --next;
  return address + bytes <= next->first + next->second;
}
}  // namespace

#define DRIVER extern "C" __attribute__((visibility("default"))) int
#define NEEDS_CONTEXT \
  if (current != &context_object || retained == 0) return kInvalidContext

DRIVER cuInit(unsigned flags) { return flags == 0 ? kSuccess : kInvalidValue; }
DRIVER cuDriverGetVersion(int* version) {
  const char* asked = std::getenv("VARLEN_STAND_IN_VERSION");
  *version = asked == nullptr ? 12000 : std::atoi(asked);
  return kSuccess;
}
// so many devices, which share one context; their order is the reverse of that of the bus
static int devices() {
  const char* asked = std::getenv("VARLEN_STAND_IN_DEVICES");
  return asked == nullptr ? 1 : std::atoi(asked);
}
DRIVER cuDeviceGetCount(int* count) {
  *count = devices();
  return kSuccess;
}
DRIVER cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return ordinal < devices() ? kSuccess : kInvalidDevice;
}
DRIVER cuDeviceGetPCIBusId(char* id, int length, int device) {
  std::snprintf(id, static_cast<size_t>(length), "0000:%02X:00.0", 0x20 - device);
  return kSuccess;
}
DRIVER cuDeviceGetUuid_v2(unsigned char* uuid, int device) {
  for (int i = 0; i < 16; i++) uuid[i] = static_cast<unsigned char>(0xa0 + i);
  uuid[15] = static_cast<unsigned char>(device);
  return kSuccess;
}
DRIVER cuDeviceGetName(char* name, int length, int) {
  std::strncpy(name, "stand-in device", static_cast<size_t>(length));
  return kSuccess;
}
DRIVER cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = kMemory;
  return kSuccess;
}
DRIVER cuDeviceGetAttribute(int* value, int attribute, int) {
  switch (attribute) {
    case 75:
      *value = 8;
      return kSuccess;
    case 76:
      *value = 0;
      return kSuccess;
    case 16:  // multiprocessors
      *value = 4;
      return kSuccess;
    case 97:  // shared memory of one block at most
      *value = 163 << 10;
      return kSuccess;
    default:
      return kInvalidValue;
  }
}
DRIVER cuDevicePrimaryCtxRetain(void** context, int) {
  retained++;
  *context = &context_object;
  return kSuccess;
}
DRIVER cuDevicePrimaryCtxRelease_v2(int) { return --retained < 0 ? kInvalidContext : kSuccess; }
DRIVER cuCtxSetCurrent(void* context) {
  current = context;
  return kSuccess;
}
DRIVER cuCtxSynchronize() {
  NEEDS_CONTEXT;
  return kSuccess;
}
DRIVER cuMemGetInfo_v2(size_t* free, size_t* total) {
  NEEDS_CONTEXT;
  *free = kMemory - taken;
  *total = kMemory;
  return kSuccess;
}
DRIVER cuMemAlloc_v2(uintptr_t* address, size_t bytes) {
  NEEDS_CONTEXT;
  std::lock_guard lock(mutex);
  if (bytes == 0) return kInvalidValue;
  if (taken + bytes > kMemory) return kOutOfMemory;
  void* memory = std::aligned_alloc(512, (bytes + 511) / 512 * 512);
  std::memset(memory, 0xff, bytes);
  *address = reinterpret_cast<uintptr_t>(memory);
  allocations[*address] = bytes;
  taken += bytes;
  return kSuccess;
}
DRIVER cuMemFree_v2(uintptr_t address) {
  NEEDS_CONTEXT;
  std::lock_guard lock(mutex);
  const auto found = allocations.find(address);
  if (found == allocations.end()) return kInvalidValue;
  taken -= found->second;
  allocations.erase(found);
  std::free(reinterpret_cast<void*>(address));
  return kSuccess;
}
DRIVER cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
  NEEDS_CONTEXT;
  *memory = std::malloc(bytes);
  return kSuccess;
}
DRIVER cuMemFreeHost(void* memory) {
  NEEDS_CONTEXT;
  std::free(memory);
  return kSuccess;
}
DRIVER cuStreamCreate(void** stream, unsigned flags) {
  NEEDS_CONTEXT;
  return flags == 1 ? add(stream) : kInvalidValue;  // non-blocking
}
DRIVER cuStreamDestroy_v2(void* stream) {
  NEEDS_CONTEXT;
  return drop(stream);
}
DRIVER cuStreamSynchronize(void* stream) {
  NEEDS_CONTEXT;
  return known(stream) ? kSuccess : kInvalidHandle;
}
DRIVER cuStreamWaitEvent(void* stream, void* event, unsigned) {
  NEEDS_CONTEXT;
  return known(stream) && known(event) ? kSuccess : kInvalidHandle;
}
DRIVER cuEventCreate(void** event, unsigned) {
  NEEDS_CONTEXT;
  return add(event);
}
DRIVER cuEventDestroy_v2(void* event) {
  NEEDS_CONTEXT;
  return drop(event);
}
DRIVER cuEventRecord(void* event, void* stream) {
  NEEDS_CONTEXT;
  return known(stream) && known(event) ? kSuccess : kInvalidHandle;
}
DRIVER cuEventSynchronize(void* event) {
  NEEDS_CONTEXT;
  return known(event) ? kSuccess : kInvalidHandle;
}
DRIVER cuMemcpyHtoDAsync_v2(uintptr_t to, const void* from, size_t bytes, void* stream) {
  NEEDS_CONTEXT;
  if (!known(stream)) return kInvalidHandle;
  if (!inside(to, bytes)) return kInvalidValue;
  std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return kSuccess;
}
DRIVER cuMemcpyDtoHAsync_v2(void* to, uintptr_t from, size_t bytes, void* stream) {
  NEEDS_CONTEXT;
  if (!known(stream)) return kInvalidHandle;
  if (!inside(from, bytes)) return kInvalidValue;
  std::memcpy(to, reinterpret_cast<void*>(from), bytes);
  return kSuccess;
}
DRIVER cuMemcpyDtoDAsync_v2(uintptr_t to, uintptr_t from, size_t bytes, void* stream) {
  NEEDS_CONTEXT;
  if (!known(stream)) return kInvalidHandle;
  if (!inside(to, bytes) || !inside(from, bytes)) return kInvalidValue;
  std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes);
  return kSuccess;
}
DRIVER cuMemsetD8Async(uintptr_t to, unsigned char value, size_t bytes, void* stream) {
  NEEDS_CONTEXT;
  if (!known(stream)) return kInvalidHandle;
  if (!inside(to, bytes)) return kInvalidValue;
  std::memset(reinterpret_cast<void*>(to), value, bytes);
  return kSuccess;
}
// A cubin, or PTX as a string.
DRIVER cuModuleLoadData(void** module, const char* image) {
  NEEDS_CONTEXT;
  const bool cubin = std::memcmp(image, "\x7f" "ELF", 4) == 0;
  if (cubin && std::getenv("VARLEN_STAND_IN_REFUSES_CUBINS") != nullptr) return kNoBinaryForGpu;
  return cubin || std::strstr(image, ".version ") != nullptr ? add(module) : kInvalidImage;
}
DRIVER cuModuleGetFunction(void** function, void* module, const char* name) {
  NEEDS_CONTEXT;
  if (!known(module)) return kInvalidHandle;
  if (emulate_params_size(name) == 0) return kNotFound;
  std::lock_guard lock(mutex);
  *function = const_cast<char*>(names.insert(name).first->c_str());
  return kSuccess;
}
DRIVER cuFuncSetAttribute(void*, int attribute, int) {
  NEEDS_CONTEXT;
  return attribute == 8 ? kSuccess : kInvalidValue;  // dynamic shared memory at most
}
DRIVER cuLaunchKernel(void* function, unsigned grid, unsigned grid_y, unsigned grid_z, unsigned threads, unsigned threads_y, unsigned threads_z,
                      unsigned shared_bytes, void* stream, void** params, void** extra) {
  NEEDS_CONTEXT;
  if (!known(stream)) return kInvalidHandle;
  if (grid_y != 1 || grid_z != 1 || threads_y != 1 || threads_z != 1 || extra != nullptr) return kInvalidValue;
  const char* name = static_cast<const char*>(function);
  return emulate(name, grid, threads, shared_bytes, params[0], emulate_params_size(name)) == 0 ? kSuccess : kLaunchFailed;
}
