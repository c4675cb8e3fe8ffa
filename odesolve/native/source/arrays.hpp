// What a function is given by whoever calls it, XLA or Python.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace odesolve {

// An array in memory without gaps; of the same layout as `_Buffer` of odesolve/native/call.py.
struct Buffer {
  void* data;
  const int64_t* shape;

  float* floats() const { return static_cast<float*>(data); }
  const int32_t* integers() const { return static_cast<const int32_t*>(data); }
};

// One array after the other, as `NativeCall` of odesolve/native/call.py has it: what is read, then
// the leaves of the state, and scratch.
class Arrays {
 public:
  Arrays(std::vector<Buffer> read, std::vector<Buffer> written)
      : read_(std::move(read)), written_(std::move(written)) {}

  // The next one that is read.
  Buffer read() { return read_[next_read_++]; }
  // The next one that is written to.
  Buffer write() { return written_[next_written_++]; }
  float* written() { return write().floats(); }

 private:
  std::vector<Buffer> read_, written_;
  std::size_t next_read_ = 0, next_written_ = 0;
};

// The numbers that are part of what is called, one after the other.
class Options {
 public:
  explicit Options(const int64_t* numbers) : next_(numbers) {}
  int64_t number() { return *next_++; }
  // How many there are stands before them.
  std::vector<int64_t> numbers() {
    const int64_t count = number();
    next_ += count;
    return {next_ - count, next_};
  }

 private:
  const int64_t* next_;
};

}  // namespace odesolve
