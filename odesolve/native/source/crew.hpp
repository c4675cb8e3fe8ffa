// One task for all numbers from 0 on, done by this thread and by threads of the pool that are free.
//
// The phases of a step are shorter than it takes to wake a thread, so helpers stay until the whole
// call ends and look for the next phase. This thread waits for nobody who has not begun: where the
// pool is busy, or there is one processor, it does everything by itself. Which thread takes
// which number is chance, so tasks must not depend on it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "pool.hpp"

namespace odesolve {

class Crew {
 public:
  // Where there is no memory for more helpers, those that there are are sent away as well.
  explicit Crew(int helpers) : Crew() {
    for (int i = 0; i < helpers; ++i) {
      Pool::own().schedule([desk = desk_] { help(*desk); });
    }
  }
  ~Crew() { desk_->closed.store(true, std::memory_order_release); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // task(0) ... task(count - 1), at most 65,535 of them; returns when all are done.
  template <class Task>
  void each(int count, const Task& task) {
    if (count <= 0) return;
    Desk& desk = *desk_;
    desk.call = [](const void* own, int i) { (*static_cast<const Task*>(own))(i); };
    desk.task = &task;
    desk.done.store(0, std::memory_order_relaxed);
    desk.ticket.store(++turn_ << 32 | uint64_t(count) << 16, std::memory_order_release);
    work(desk);
    for (int waits = 0; desk.done.load(std::memory_order_acquire) < count; ++waits) rest(waits);
  }

 private:
  Crew() : desk_(std::make_shared<Desk>()) {}

  // What lies open to all: the task, and a ticket of turn, count and the next number, in one word,
  // so that whoever takes a number knows that the task is still the one of that turn.
  struct Desk {
    std::atomic<uint64_t> ticket{0};
    std::atomic<int> done{0};
    std::atomic<bool> closed{false};
    void (*call)(const void*, int) = nullptr;
    const void* task = nullptr;
  };

  // Takes numbers until none are left; whether there was one.
  static bool work(Desk& desk) {
    bool any = false;
    uint64_t ticket = desk.ticket.load(std::memory_order_acquire);
    for (;;) {
      const int next = ticket & 0xffff, count = ticket >> 16 & 0xffff;
      if (next >= count) return any;
      if (!desk.ticket.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acquire)) continue;
      desk.call(desk.task, next);
      desk.done.fetch_add(1, std::memory_order_release);
      any = true;
      ticket = desk.ticket.load(std::memory_order_acquire);
    }
  }

  static void help(Desk& desk) {
    for (int waits = 0; !desk.closed.load(std::memory_order_acquire); ++waits) {
      if (work(desk)) waits = 0;
      rest(waits);
    }
  }

  static void rest(int waits) {
#if defined(__x86_64__) || defined(__i386__)
    if (waits < 4096) return __builtin_ia32_pause();
#endif
    (void)waits;
    std::this_thread::yield();
  }

  std::shared_ptr<Desk> desk_;
  uint64_t turn_ = 0;
};

}  // namespace odesolve
