// The functions that XLA and Python call; each does so many steps of a batch in place.
#include <new>

#include "arrays.hpp"
#include "blocks.hpp"
#include "colors.hpp"
#include "memories.hpp"
#include "survey_flow.hpp"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace odesolve {
namespace {

// The steps of a problem, for runs that are taken W at a time by a Step<W>.
template <template <int> class Step, class Problem>
struct Steps {
  const Problem& problem;
  int64_t steps;
  template <int W, class Each>
  void run(int64_t first, const Each& each) const {
    Step<W>(problem, first).run(steps, each);
  }
};

// Options: whether clauses have memories; widths; arrays of messages. Leaves: x, fields, memories,
// messages, trust, time.
void survey_flow(Arrays& next, Options options) {
  SurveyProblem problem;
  problem.remembers = options.number();
  const std::vector<int64_t> widths = options.numbers(), arrays = options.numbers();
  const int64_t steps = next.read().integers()[0];
  const Buffer parameters = next.read(), known = next.read();
  problem.parameters = parameters.floats();
  problem.runs = parameters.shape[1];
  problem.known = known.floats();
  problem.cells = known.shape[0];
  problem.is_free = next.read().floats();
  problem.polarity = next.read().floats();
  problem.bounds = next.read().floats();
  int64_t work = 0;
  for (const int64_t width : widths) {
    const Buffer literals = next.read();
    SurveyGroup group;
    group.clauses = literals.shape[0];
    group.width = int(width);
    group.literals = literals.integers();
    work += group.clauses * problem.runs;
    problem.groups.push_back(group);
  }
  problem.x = next.written();
  problem.fields = next.written();
  if (problem.remembers) {
    for (SurveyGroup& group : problem.groups) group.memory = next.written();
  }
  for (size_t i = 0; i < problem.groups.size(); ++i) {
    SurveyGroup& group = problem.groups[i];
    const bool is_whole = arrays[i] == 1;  // one array [clauses, width, runs]
    group.stride = is_whole ? group.width * problem.runs : problem.runs;
    float* own = is_whole ? next.written() : nullptr;
    for (int k = 0; k < group.width; ++k) {
      group.messages.push_back(is_whole ? own + k * problem.runs : next.written());
    }
  }
  problem.trust = next.written();
  problem.time = next.written();
  for (SurveyGroup& group : problem.groups) group.spared = next.written();
  problem.scratch = next.written();
  by_blocks(problem.runs, work, Steps<SurveyStep, SurveyProblem>{problem, steps});
}

// Options: when the memories move; whether they are rectified; of each group, whether it has
// weights. Leaves: x, long memories, short memories, with momentum what is behind and velocities,
// time.
void memories(Arrays& next, Options options) {
  MemoriesProblem problem;
  problem.turn = MemoryTurn(options.number());
  problem.is_rectified = options.number();
  const int64_t steps = next.read().integers()[0];
  const Buffer parameters = next.read(), polarity = next.read();
  problem.parameters = parameters.floats();
  problem.runs = parameters.shape[1];
  problem.polarity = polarity.floats();
  problem.cells = polarity.shape[0];
  problem.mobility = next.read().floats();
  const float* bounds = next.read().floats();
  problem.low = bounds[0];
  problem.high = bounds[1];
  int64_t work = 0;
  for (const int64_t has_weights : options.numbers()) {
    const Buffer cells = next.read();
    MemoriesGroup group;
    group.width = int(cells.shape[0]);
    group.clauses = cells.shape[1];
    group.cells = cells.integers();
    group.signs = next.read().floats();
    if (has_weights) group.weights = next.read().floats();
    work += group.clauses * problem.runs;
    problem.groups.push_back(group);
  }
  problem.x = next.written();
  for (MemoriesGroup& group : problem.groups) group.longs = next.written();
  for (MemoriesGroup& group : problem.groups) group.shorts = next.written();
  if (problem.turn == MemoryTurn::kNext) {
    problem.behind = next.written();
    problem.velocity = next.written();
  }
  problem.time = next.written();
  problem.scratch = next.written();
  if (problem.turn == MemoryTurn::kLate) {
    for (MemoriesGroup& group : problem.groups) group.values = next.written();
  }
  by_blocks(problem.runs, work, Steps<MemoriesStep, MemoriesProblem>{problem, steps});
}

// Options: colours; whether memories are rectified, and heed decoded values; whether there is
// momentum. Leaves: as of memories.
void colors(Arrays& next, Options options) {
  ColorProblem problem;
  problem.colors = int(options.number());
  problem.is_rectified = options.number();
  problem.is_decoded = options.number();
  const bool has_momentum = options.number();
  const int64_t steps = next.read().integers()[0];
  const Buffer parameters = next.read(), ends = next.read(), mobility = next.read();
  const Buffer weight = next.read(), level = next.read();
  problem.parameters = parameters.floats();
  problem.runs = parameters.shape[1];
  problem.ends = ends.integers();
  problem.edges = ends.shape[0];
  problem.mobility = mobility.floats();
  problem.nodes = mobility.shape[0];
  problem.weight = weight.floats();
  problem.has_weights = weight.shape[0] == problem.edges;
  problem.level = level.floats();
  problem.has_levels = level.shape[0] == problem.edges;
  problem.x = next.written();
  problem.longs = next.written();
  problem.shorts = next.written();
  if (has_momentum) {
    problem.behind = next.written();
    problem.velocity = next.written();
  }
  problem.time = next.written();
  const Buffer scratch = next.write();
  problem.scratch = scratch.floats();
  problem.room = scratch.shape[0];
  problem.find_neighbours();
  const int64_t work = problem.edges * problem.runs;
  by_blocks(problem.runs, work, Steps<ColorSteps, ColorProblem>{problem, steps});
}

// What XLA calls.
template <void (*function)(Arrays&, Options)>
ffi::Error by_xla(ffi::RemainingArgs args, ffi::RemainingRets rets,
                  ffi::Span<const int64_t> options) {
  try {
    std::vector<Buffer> read, written;
    for (size_t i = 0; i < args.size(); ++i) {
      const ffi::AnyBuffer own = *args.get<ffi::AnyBuffer>(i);
      read.push_back({own.untyped_data(), own.dimensions().begin()});
    }
    for (size_t i = 0; i < rets.size(); ++i) {
      const ffi::AnyBuffer own = **rets.get<ffi::AnyBuffer>(i);
      written.push_back({own.untyped_data(), own.dimensions().begin()});
    }
    Arrays next(std::move(read), std::move(written));
    function(next, Options(options.begin()));
  } catch (const std::bad_alloc&) {
    return ffi::Error(ffi::ErrorCode::kResourceExhausted, "no memory for native steps");
  }
  return ffi::Error::Success();
}

}  // namespace
}  // namespace odesolve

// A function for XLA, and the same for Python, which calls it with ctypes: whether it was done, and
// not out of memory.
#define ODESOLVE_FUNCTION(name, function)                                                   \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(                                                            \
      name, odesolve::by_xla<odesolve::function>,                                           \
      ffi::Ffi::Bind().RemainingArgs().RemainingRets().Attr<ffi::Span<const int64_t>>(      \
          "options"));                                                                      \
  extern "C" bool name##_on_host(const odesolve::Buffer* read, int64_t reads,               \
                                 const odesolve::Buffer* written, int64_t writes,           \
                                 const int64_t* options) {                                  \
    try {                                                                                   \
      odesolve::Arrays next({read, read + reads}, {written, written + writes});             \
      odesolve::function(next, odesolve::Options(options));                                 \
    } catch (const std::bad_alloc&) {                                                       \
      return false;                                                                         \
    }                                                                                       \
    return true;                                                                            \
  }

ODESOLVE_FUNCTION(odesolve_survey_flow, survey_flow)
ODESOLVE_FUNCTION(odesolve_memories, memories)
ODESOLVE_FUNCTION(odesolve_colors, colors)
