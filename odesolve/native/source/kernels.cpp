// The functions that XLA calls; each does so many steps of a batch in place.
#include "blocks.hpp"
#include "colors.hpp"
#include "memories.hpp"
#include "survey_flow.hpp"

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

// What a function is given, one array after the other, as `Kernel.steps` of odesolve/native/kernel.py
// has it: the number of steps, what is read, the leaves of the state, and scratch.
class Arrays {
 public:
  Arrays(ffi::RemainingArgs args, ffi::RemainingRets rets) : args_(args), rets_(rets) {}
  // The next one that is read.
  ffi::AnyBuffer read() { return *args_.get<ffi::AnyBuffer>(argument_++); }
  float* floats() { return read().typed_data<float>(); }
  int32_t* integers() { return read().typed_data<int32_t>(); }
  // The next one that is written to: a leaf of the state or, after those, scratch.
  ffi::AnyBuffer write() { return **rets_.get<ffi::AnyBuffer>(result_++); }
  float* written() { return write().typed_data<float>(); }

 private:
  ffi::RemainingArgs args_;
  ffi::RemainingRets rets_;
  size_t argument_ = 0, result_ = 0;
};

// Leaves: x, which follows from the fields, fields, memories, messages, trust, time.
ffi::Error SurveyFlow(ffi::ThreadPool pool, ffi::RemainingArgs args, ffi::RemainingRets rets,
                      ffi::Span<const int64_t> widths, ffi::Span<const int64_t> arrays,
                      bool remembers) {
  Arrays next(args, rets);
  SurveyProblem problem;
  const int64_t steps = next.integers()[0];
  const ffi::AnyBuffer parameters = next.read(), known = next.read();
  problem.parameters = parameters.typed_data<float>();
  problem.runs = parameters.dimensions()[1];
  problem.known = known.typed_data<float>();
  problem.cells = known.dimensions()[0];
  problem.is_free = next.floats();
  problem.polarity = next.floats();
  problem.remembers = remembers;
  int64_t work = 0;
  for (const int64_t width : widths) {
    const ffi::AnyBuffer literals = next.read();
    SurveyGroup group;
    group.clauses = literals.dimensions()[0];
    group.width = int(width);
    group.literals = literals.typed_data<int32_t>();
    work += group.clauses * problem.runs;
    problem.groups.push_back(group);
  }
  next.write();
  problem.fields = next.written();
  if (remembers) {
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
  by_blocks(problem.runs, work, pool, Steps<SurveyStep, SurveyProblem>{problem, steps});
  return ffi::Error::Success();
}

// Leaves: x, long memories, short memories, with momentum what is behind and velocities, time.
ffi::Error Memories(ffi::ThreadPool pool, ffi::RemainingArgs args, ffi::RemainingRets rets,
                    ffi::Span<const int64_t> weighted, int64_t turn, bool rectified, float low,
                    float high) {
  Arrays next(args, rets);
  MemoriesProblem problem;
  const int64_t steps = next.integers()[0];
  const ffi::AnyBuffer parameters = next.read(), polarity = next.read();
  problem.parameters = parameters.typed_data<float>();
  problem.runs = parameters.dimensions()[1];
  problem.polarity = polarity.typed_data<float>();
  problem.cells = polarity.dimensions()[0];
  problem.mobility = next.floats();
  problem.is_rectified = rectified;
  problem.turn = MemoryTurn(turn);
  problem.low = low;
  problem.high = high;
  int64_t work = 0;
  for (const int64_t has_weights : weighted) {
    const ffi::AnyBuffer cells = next.read();
    MemoriesGroup group;
    group.width = int(cells.dimensions()[0]);
    group.clauses = cells.dimensions()[1];
    group.cells = cells.typed_data<int32_t>();
    group.signs = next.floats();
    if (has_weights) group.weights = next.floats();
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
  by_blocks(problem.runs, work, pool, Steps<MemoriesStep, MemoriesProblem>{problem, steps});
  return ffi::Error::Success();
}

// Leaves: as of Memories.
ffi::Error Colors(ffi::ThreadPool pool, ffi::RemainingArgs args, ffi::RemainingRets rets,
                  int64_t colors, bool is_rectified, bool is_decoded) {
  Arrays next(args, rets);
  ColorProblem problem;
  problem.colors = int(colors);
  problem.is_rectified = is_rectified;
  problem.is_decoded = is_decoded;
  const int64_t steps = next.integers()[0];
  const ffi::AnyBuffer parameters = next.read(), ends = next.read(), mobility = next.read();
  const ffi::AnyBuffer weight = next.read(), level = next.read();
  problem.parameters = parameters.typed_data<float>();
  problem.runs = parameters.dimensions()[1];
  problem.ends = ends.typed_data<int32_t>();
  problem.edges = ends.dimensions()[0];
  problem.mobility = mobility.typed_data<float>();
  problem.nodes = mobility.dimensions()[0];
  problem.weight = weight.typed_data<float>();
  problem.has_weights = weight.dimensions()[0] == problem.edges;
  problem.level = level.typed_data<float>();
  problem.has_levels = level.dimensions()[0] == problem.edges;
  problem.x = next.written();
  problem.longs = next.written();
  problem.shorts = next.written();
  if (rets.size() > 5) {
    problem.behind = next.written();
    problem.velocity = next.written();
  }
  problem.time = next.written();
  const ffi::AnyBuffer scratch = next.write();
  problem.scratch = scratch.typed_data<float>();
  problem.room = scratch.dimensions()[0];
  problem.find_neighbours();
  const int64_t work = problem.edges * problem.runs;
  by_blocks(problem.runs, work, pool, Steps<ColorSteps, ColorProblem>{problem, steps});
  return ffi::Error::Success();
}

}  // namespace
}  // namespace odesolve

XLA_FFI_DEFINE_HANDLER_SYMBOL(odesolve_survey_flow, odesolve::SurveyFlow,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .RemainingArgs()
                                  .RemainingRets()
                                  .Attr<ffi::Span<const int64_t>>("widths")
                                  .Attr<ffi::Span<const int64_t>>("arrays")
                                  .Attr<bool>("remembers"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(odesolve_memories, odesolve::Memories,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .RemainingArgs()
                                  .RemainingRets()
                                  .Attr<ffi::Span<const int64_t>>("weighted")
                                  .Attr<int64_t>("turn")
                                  .Attr<bool>("rectified")
                                  .Attr<float>("low")
                                  .Attr<float>("high"));

XLA_FFI_DEFINE_HANDLER_SYMBOL(odesolve_colors, odesolve::Colors,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .RemainingArgs()
                                  .RemainingRets()
                                  .Attr<int64_t>("colors")
                                  .Attr<bool>("is_rectified")
                                  .Attr<bool>("is_decoded"));
