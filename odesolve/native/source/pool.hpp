// Threads that wait for work: as many as the processors this process may use, less the one that asks.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace odesolve {

// Processors that this process may use.
inline int64_t processors() {
#if defined(__linux__)
  cpu_set_t own;
  if (sched_getaffinity(0, sizeof(own), &own) == 0) return CPU_COUNT(&own);
#endif
  const int64_t all = std::thread::hardware_concurrency();
  return all > 0 ? all : 1;
}

class Pool {
 public:
  // The one of this process. It is never taken down: its threads may work until the process ends.
  static Pool& own() {
    static Pool* const pool = new Pool;
    return *pool;
  }

  // Has a thread that is free call it, now or later; or never, where there can be none.
  void schedule(std::function<void()> work) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (idle_ <= int64_t(waiting_.size()) && threads_ < processors() - 1) begin_thread();
      if (threads_ == 0) return;  // nobody waits for the work to be done
      waiting_.push_back(std::move(work));
    }
    is_wanted_.notify_one();
  }

 private:
  void begin_thread() {
    try {
      std::thread([this] { serve(); }).detach();
      ++threads_;
    } catch (const std::system_error&) {
    } catch (const std::bad_alloc&) {
    }
  }

  void serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      ++idle_;
      is_wanted_.wait(lock, [this] { return !waiting_.empty(); });
      --idle_;
      const std::function<void()> work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable is_wanted_;
  std::deque<std::function<void()>> waiting_;
  int64_t threads_ = 0, idle_ = 0;
};

}  // namespace odesolve
