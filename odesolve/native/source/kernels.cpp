// The functions that XLA calls; each does so many steps of a batch in place.
#include "blocks.hpp"
#include "colors.hpp"
#include "memories.hpp"
#include "survey_flow.hpp"

namespace ffi = xla::ffi;

namespace odesolve {
namespace {

struct SurveySteps {
  const SurveyProblem& problem;
  int64_t steps;
  template <int W, class Each>
  void run(int64_t first, const Each& each) const {
    SurveyStep<W>(problem, first).run(steps, each);
  }
};

// Arguments and results stand in the order of odesolve/native/survey_flow.py.
ffi::Error SurveyFlow(ffi::ThreadPool pool, ffi::RemainingArgs args, ffi::RemainingRets rets,
                      ffi::Span<const int64_t> widths, ffi::Span<const int64_t> arrays,
                      bool remembers) {
  size_t argument = 0, result = 0;
  const auto next = [&] { return *args.get<ffi::AnyBuffer>(argument++); };
  const auto output = [&] { return (*rets.get<ffi::AnyBuffer>(result++))->typed_data<float>(); };
  SurveyProblem problem;
  const int64_t steps = next().typed_data<int32_t>()[0];
  const ffi::AnyBuffer parameters = next();
  problem.parameters = parameters.typed_data<float>();
  problem.runs = parameters.dimensions()[1];
  const ffi::AnyBuffer known = next();
  problem.known = known.typed_data<float>();
  problem.cells = known.dimensions()[0];
  problem.is_free = next().typed_data<float>();
  problem.polarity = next().typed_data<float>();
  problem.remembers = remembers;
  int64_t work = 0;
  for (const int64_t width : widths) {
    const ffi::AnyBuffer literals = next();
    SurveyGroup group;
    group.clauses = literals.dimensions()[0];
    group.width = int(width);
    group.literals = literals.typed_data<int32_t>();
    work += group.clauses * problem.runs;
    problem.groups.push_back(group);
  }
  problem.fields = output();
  problem.trust = output();
  problem.time = output();
  for (size_t i = 0; i < problem.groups.size(); ++i) {
    SurveyGroup& group = problem.groups[i];
    const bool is_whole = arrays[i] == 1;  // one array [clauses, width, runs]
    group.stride = is_whole ? group.width * problem.runs : problem.runs;
    float* own = is_whole ? output() : nullptr;
    for (int k = 0; k < group.width; ++k) {
      group.messages.push_back(is_whole ? own + k * problem.runs : output());
    }
  }
  if (remembers) {
    for (SurveyGroup& group : problem.groups) group.memory = output();
  }
  for (SurveyGroup& group : problem.groups) group.spared = output();
  problem.scratch = output();
  by_blocks(problem.runs, work, pool, SurveySteps{problem, steps});
  return ffi::Error::Success();
}

struct MemoriesSteps {
  const MemoriesProblem& problem;
  int64_t steps;
  template <int W, class Each>
  void run(int64_t first, const Each& each) const {
    MemoriesStep<W>(problem, first).run(steps, each);
  }
};

// Arguments and results stand in the order of odesolve/native/memories.py.
ffi::Error Memories(ffi::ThreadPool pool, ffi::RemainingArgs args, ffi::RemainingRets rets,
                    ffi::Span<const int64_t> weighted, int64_t turn, bool rectified, float low,
                    float high) {
  size_t argument = 0, result = 0;
  const auto next = [&] { return *args.get<ffi::AnyBuffer>(argument++); };
  const auto output = [&] { return (*rets.get<ffi::AnyBuffer>(result++))->typed_data<float>(); };
  MemoriesProblem problem;
  const int64_t steps = next().typed_data<int32_t>()[0];
  const ffi::AnyBuffer parameters = next();
  problem.parameters = parameters.typed_data<float>();
  problem.runs = parameters.dimensions()[1];
  const ffi::AnyBuffer polarity = next();
  problem.polarity = polarity.typed_data<float>();
  problem.cells = polarity.dimensions()[0];
  problem.mobility = next().typed_data<float>();
  problem.is_rectified = rectified;
  problem.turn = MemoryTurn(turn);
  problem.low = low;
  problem.high = high;
  int64_t work = 0;
  for (const int64_t has_weights : weighted) {
    const ffi::AnyBuffer cells = next();
    MemoriesGroup group;
    group.width = int(cells.dimensions()[0]);
    group.clauses = cells.dimensions()[1];
    group.cells = cells.typed_data<int32_t>();
    group.signs = next().typed_data<float>();
    if (has_weights) group.weights = next().typed_data<float>();
    work += group.clauses * problem.runs;
    problem.groups.push_back(group);
  }
  problem.x = output();
  problem.time = output();
  for (MemoriesGroup& group : problem.groups) group.shorts = output();
  for (MemoriesGroup& group : problem.groups) group.longs = output();
  if (problem.turn == MemoryTurn::kNext) {
    problem.velocity = output();
    problem.behind = output();
  }
  problem.scratch = output();
  if (problem.turn == MemoryTurn::kLate) {
    for (MemoriesGroup& group : problem.groups) group.values = output();
  }
  by_blocks(problem.runs, work, pool, MemoriesSteps{problem, steps});
  return ffi::Error::Success();
}

struct ColorSteps {
  const ColorProblem& problem;
  int64_t steps;
  template <int W, class Each>
  void run(int64_t first, const Each& each) const {
    color_steps<W>(problem, first, steps, each);
  }
};

// Arguments and results stand in the order of odesolve/native/colors.py.
ffi::Error Colors(ffi::ThreadPool pool, ffi::RemainingArgs args, ffi::RemainingRets rets,
                  int64_t colors, bool is_rectified, bool is_decoded) {
  size_t argument = 0, result = 0;
  const auto next = [&] { return *args.get<ffi::AnyBuffer>(argument++); };
  const auto output = [&] { return *rets.get<ffi::AnyBuffer>(result++); };
  const auto moving = [&] { return output()->typed_data<float>(); };
  ColorProblem problem;
  problem.colors = int(colors);
  problem.is_rectified = is_rectified;
  problem.is_decoded = is_decoded;
  const int64_t steps = next().typed_data<int32_t>()[0];
  const ffi::AnyBuffer parameters = next(), ends = next(), mobility = next();
  const ffi::AnyBuffer weight = next(), level = next();
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
  problem.x = moving();
  problem.shorts = moving();
  problem.longs = moving();
  problem.time = moving();
  if (rets.size() > 5) {
    problem.velocity = moving();
    problem.behind = moving();
  }
  auto scratch = output();
  problem.scratch = scratch->typed_data<float>();
  problem.room = scratch->dimensions()[0];
  problem.find_neighbours();
  by_blocks(problem.runs, problem.edges * problem.runs, pool, ColorSteps{problem, steps});
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
