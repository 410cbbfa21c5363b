// What every attention kernel promises, whatever its form: its own test says how it is launched and what it can do, and
// ATTENTION_SUITE(name, kernel) makes the tests. Every failure names the seed that its call comes from.
#pragma once
#include <cstdarg>
#include <cstdio>
#include <functional>

#include "attention_call.h"
#include "suite.h"

namespace attention {

// How a form of attention is called, and with what.
template <typename T>
struct Kernel {
  std::function<void(const Call<T>&)> launch;  // makes the tiles and runs the kernel, or does nothing without a tile
  std::vector<int> dims;                       // head sizes to try
  std::vector<int> edges;                      // lengths at which its tiles, slots or key steps end: tried with one less and one more
  int max_length = 1 << 20;                    // of queries and of keys
  bool bias = true, dense = true;
  bool self_only = false;  // as many queries as keys, always
  // Not finite numbers in a key or value spoil no query of the same sequence that does not see it.
  bool hides_within_sequences = true;
  int tries = 20;  // random calls per test
};

// Of max |v| among what a query sees.
template <typename T>
constexpr double kTolerance = 1e-5;
template <>
constexpr double kTolerance<bf16> = 0x1p-7;
template <>
constexpr double kTolerance<fp16> = 0x1p-10;
constexpr double kLseTolerance = 1e-5;

// As printf has it.
[[gnu::format(printf, 1, 2)]] inline std::string text(const char* format, ...) {
  char buffer[500];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

template <typename T>
Form random_form(Dice& dice, const Kernel<T>& kernel) {
  const std::vector<float> softcaps = {0, 0, 0, 0.05f, 0.5f, 5, 50};  // 0.05 cuts nearly all scores to its size
  const std::vector<int> groups = {1, 1, 2, 3, 4, 7, 8};
  Form form = Form::plain(dice.of(kernel.dims));
  form.key_heads = 1 + dice.below(form.dim > 128 ? 1 : 3);
  form.group = form.dim > 64 ? 1 + dice.below(3) : dice.of(groups);
  const std::vector<float> scales = {form.scale, form.scale, form.scale, 0.3f / std::sqrt(form.dim / 16.0f), 0, -0.7f * form.scale};
  form.scale = dice.of(scales);
  form.softcap = dice.of(softcaps);
  form.bias = kernel.bias ? std::max(0, dice.below(5) - 2) : 0;
  if (dice.one_in(3)) {
    for (int h = 0; h < form.heads(); h++) {
      const std::vector<float> special = {static_cast<float>(-kInfinity), -100, 0, 100};
      form.sinks.push_back(dice.one_in(3) ? dice.of(special) : 2 * dice.normal());
    }
  }
  if (dice.one_in(2)) {
    form.left = dice.one_in(2) ? kUnlimited : dice.below(30);
    form.right = dice.one_in(2) ? dice.below(2) - 1 : dice.below(30);
  }
  form.chunk = dice.one_in(4) ? 1 + dice.below(40) : kNone;
  form.prefix = dice.one_in(4);
  form.document = dice.one_in(4);
  form.dense = kernel.dense && dice.one_in(4);
  return form;
}

// One in four of no tokens at all; many at an edge of a tile.
template <typename T>
int random_length(Dice& dice, const Kernel<T>& kernel, int max) {
  int length = dice.one_in(4) ? 0 : dice.one_in(3) ? dice.of(kernel.edges) - 1 + dice.below(3) : dice.below(max + 1);
  return std::min({length, kernel.max_length, 2 * max});
}

template <typename T>
Sequence random_sequence(Dice& dice, const Kernel<T>& kernel, const Form& form, int max) {
  int queries = random_length(dice, kernel, max);
  int keys = kernel.self_only || dice.one_in(2) ? queries : random_length(dice, kernel, max);
  return Sequence::of<T>(dice, form, queries, keys, 1.5f);
}

template <typename T>
void require_close(const Call<T>& call, u64 seed) {
  for (size_t s = 0; s < call.sequences().size(); s++) {
    for (int i = 0; i < call.sequences()[s].queries; i++) {
      for (int h = 0; h < call.form().heads(); h++) {
        Reference expected(call.form(), call.sequences()[s], i, h);
        const T* actual = call.output(static_cast<int>(s), i, h);
        for (int d = 0; d < call.form().dim; d++) {
          double wanted = expected.output[static_cast<size_t>(d)];
          double error = std::abs(to_float(actual[d]) - wanted);
          CHECK(error <= kTolerance<T> * expected.max_value,
                text("seed %llu: O of sequence %zu, query %d, head %d, element %d is %g, not %g", seed, s, i, h, d, to_float(actual[d]),
                     wanted));
        }
        float lse = call.lse(static_cast<int>(s), i, h);
        CHECK(lse == expected.lse || std::abs(lse - expected.lse) <= kLseTolerance * std::max(1.0, std::abs(expected.lse)),
              text("seed %llu: LSE of sequence %zu, query %d, head %d is %.9g, not %.9g", seed, s, i, h, lse, expected.lse));
      }
    }
  }
  CHECK(call.guards_hold(), text("seed %llu: something was written outside of the outputs", seed));
}

// Bit for bit, of all that was written for a sequence.
template <typename T>
void require_same(const Call<T>& actual, int sequence, const Call<T>& expected, int expected_sequence, u64 seed) {
  for (int i = 0; i < actual.sequences()[static_cast<size_t>(sequence)].queries; i++) {
    for (int h = 0; h < actual.form().heads(); h++) {
      const T* o = actual.output(sequence, i, h);
      CHECK(std::memcmp(o, expected.output(expected_sequence, i, h), sizeof(T) * static_cast<size_t>(actual.form().dim)) == 0,
            text("seed %llu: O of query %d, head %d depends on its company", seed, i, h));
      CHECK(float_bits(actual.lse(sequence, i, h)) == float_bits(expected.lse(expected_sequence, i, h)),
            text("seed %llu: LSE of query %d, head %d depends on its company", seed, i, h));
    }
  }
}

template <typename T>
void agrees_with_the_definition(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  Form form = random_form(dice, kernel);
  std::vector<Sequence> sequences;
  for (int i = dice.below(5); i > 0; i--) {
    sequences.push_back(random_sequence(dice, kernel, form, form.dim > 64 ? 40 : 90));
  }
  Call<T> call(form, sequences, dice);
  kernel.launch(call);
  require_close(call, seed);
}

// Every combination of lengths around the ends of tiles and key steps, under masks that cut tiles in all ways.
template <typename T>
void straddles_tiles(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  std::vector<Form> forms(4, Form::causal(kernel.dims[0], 1, 2));
  forms[0].left = kNone;
  forms[2].left = 20;
  forms[3].chunk = 48;
  for (const Form& form : forms) {
    std::vector<Sequence> sequences;
    for (int edge : kernel.edges) {
      for (int queries = edge - 1; queries <= edge + 1; queries++) {
        int keys = kernel.self_only ? queries : dice.of(kernel.edges) - 1 + dice.below(3);
        sequences.push_back(
            Sequence::of<T>(dice, form, std::min(queries, kernel.max_length), std::min(keys, kernel.max_length), 1.5f));
      }
    }
    Call<T> call(form, sequences, dice);
    kernel.launch(call);
    require_close(call, seed);
  }
}

// Scores of almost 0 everywhere, and scores so far apart that few keys have it all.
template <typename T>
void scores_may_be_small_or_large(const Kernel<T>& kernel, u64 seed) {
  for (float spread : {1e-4f, 1.0f, 3.0f}) {
    Dice dice(seed);
    Form form = Form::plain(dice.of(kernel.dims));
    int length = std::min(70, kernel.max_length);
    Call<T> call(form, {Sequence::of<T>(dice, form, length, length, spread)}, dice);
    kernel.launch(call);
    require_close(call, seed);
  }
}

// Windows that see nothing, sequences without keys, and a bias of -inf everywhere: O = 0, LSE = -inf or the sink.
template <typename T>
void queries_may_see_nothing(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  for (int kind = 0; kind < 6; kind++) {
    Form form = Form::causal(kernel.dims[0], 1, 2);
    form.sinks = kind % 2 == 0 ? std::vector<float>() : std::vector<float>{0.5f, -3.0f};
    form.dense = kernel.dense && kind / 2 == 1;
    form.bias = kernel.bias && kind / 2 == 2 ? 1 : 0;
    form.document = kernel.self_only;
    int longest = std::min(140, kernel.max_length);
    std::vector<Sequence> sequences = {
        Sequence::of<T>(dice, form, kernel.self_only ? 0 : 3, 0, 1), Sequence::of<T>(dice, form, 0, kernel.self_only ? 0 : 5, 1),
        Sequence::of<T>(dice, form, longest, kernel.self_only ? longest : longest / 2, 1), Sequence::of<T>(dice, form, 2, 2, 1)};
    Sequence& blinded = sequences[2];
    if (form.document) {
      std::fill(blinded.query_ids.begin(), blinded.query_ids.end(), 1 << 20);
    }
    if (form.dense) {
      std::fill(blinded.visible.begin(), blinded.visible.begin() + longest * blinded.keys * 3 / 4, u8{0});
    }
    std::fill(blinded.bias.begin(), blinded.bias.end(), static_cast<float>(-kInfinity));
    Call<T> call(form, sequences, dice);
    kernel.launch(call);
    require_close(call, seed);
    float lse = call.lse(2, 0, 1);
    CHECK(form.sinks.empty() ? lse == -kInfinity : std::abs(lse + 3) <= 1e-6, text("seed %llu: query 0 sees something", seed));
  }
}

template <typename T>
void nothing_to_do_is_legal(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  Form form = Form::plain(kernel.dims[0]);
  for (int count : {0, 2}) {
    Call<T> call(form, std::vector<Sequence>(static_cast<size_t>(count), Sequence::of<T>(dice, form, 0, 0, 1)), dice);
    kernel.launch(call);
    require_close(call, seed);
  }
}

// A sequence has the same bits alone and among others that hold nothing but NaN and infinities.
template <typename T>
void company_changes_no_bit(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  Form form = random_form(dice, kernel);
  Sequence own = random_sequence(dice, kernel, form, form.dim > 64 ? 60 : 150);
  Call<T> alone(form, {own}, dice);
  kernel.launch(alone);
  std::vector<Sequence> all;
  for (int i = 2 + dice.below(4); i > 0; i--) {
    all.push_back(random_sequence(dice, kernel, form, 60).template poisoned<T>(dice));
  }
  int mine = dice.below(static_cast<int>(all.size()) + 1);
  all.insert(all.begin() + mine, own);
  Call<T> together(form, all, dice);
  kernel.launch(together);
  require_same(together, mine, alone, 0, seed);
  CHECK(together.guards_hold(), text("seed %llu: something was written outside of the outputs", seed));
}

// What keys and values are that a query does not see is nothing to it.
template <typename T>
void hidden_keys_spoil_nothing(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  Form form = random_form(dice, kernel);
  int length = 1 + dice.below(std::min(100, kernel.max_length));
  Sequence clean = Sequence::of<T>(dice, form, length, length, 1.5f);
  Sequence spoilt = clean;
  int query = dice.below(length);
  int columns = form.key_heads * form.dim;
  for (int j = 0; j < length; j++) {
    if (!clean.sees(form, query, j)) {
      std::fill_n(spoilt.k.begin() + j * columns, columns, kNan);
      std::fill_n(spoilt.v.begin() + j * columns, columns, dice.one_in(2) ? kNan : static_cast<float>(kInfinity));
    }
  }
  Call<T> expected(form, {clean}, dice);
  Call<T> actual(form, {spoilt}, dice);
  kernel.launch(expected);
  kernel.launch(actual);
  for (int h = 0; h < form.heads(); h++) {
    CHECK(float_bits(actual.lse(0, query, h)) == float_bits(expected.lse(0, query, h)),
          text("seed %llu: LSE of query %d, head %d is spoilt by a key that it does not see", seed, query, h));
    for (int d = 0; d < form.dim; d++) {
      float o = to_float(actual.output(0, query, h)[d]);
      CHECK(o == to_float(expected.output(0, query, h)[d]),
            text("seed %llu: O of query %d, head %d is %g, spoilt by a key that it does not see", seed, query, h, o));
    }
  }
}

template <typename T>
void queries_spoil_themselves_alone(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  Form form = random_form(dice, kernel);
  int length = 2 + dice.below(std::min(100, kernel.max_length) - 1);
  Sequence clean = Sequence::of<T>(dice, form, length, length, 1.5f);
  Sequence spoilt = clean;
  int query = dice.below(length);
  int columns = form.heads() * form.dim;
  std::fill_n(spoilt.q.begin() + query * columns, columns, dice.one_in(2) ? kNan : static_cast<float>(kInfinity));
  Call<T> expected(form, {clean}, dice);
  Call<T> actual(form, {spoilt}, dice);
  kernel.launch(expected);
  kernel.launch(actual);
  for (int i = 0; i < length; i++) {
    for (int h = 0; h < form.heads() && i != query; h++) {
      CHECK(std::memcmp(actual.output(0, i, h), expected.output(0, i, h), sizeof(T) * static_cast<size_t>(form.dim)) == 0,
            text("seed %llu: O of query %d is spoilt by query %d", seed, i, query));
    }
  }
}

// The same bits again, over what is already there, and without LSE.
template <typename T>
void the_same_call_gives_the_same_bits(const Kernel<T>& kernel, u64 seed) {
  Dice dice(seed);
  Form form = random_form(dice, kernel);
  Sequence own = random_sequence(dice, kernel, form, 60);
  Call<T> once(form, {own}, dice, false);
  kernel.launch(once);
  Call<T> again(form, {own}, dice, false);
  kernel.launch(again);
  kernel.launch(again);
  require_same(again, 0, once, 0, seed);
  again.clear();
  again.params.lse = nullptr;
  kernel.launch(again);
  for (int i = 0; i < own.queries; i++) {
    for (int h = 0; h < form.heads(); h++) {
      CHECK(std::memcmp(again.output(0, i, h), once.output(0, i, h), sizeof(T) * static_cast<size_t>(form.dim)) == 0,
            text("seed %llu: O of query %d depends on whether LSE is wanted", seed, i));
      CHECK(std::isnan(again.lse(0, i, h)), text("seed %llu: LSE is written that nobody wanted", seed));
    }
  }
}

}  // namespace attention

#define ATTENTION_TRIES(name, kernel, property, count)                                                          \
  TEST(name##_##property) {                                                                                     \
    const auto tested = kernel;                                                                                 \
    for (int i = 0; i < (count); i++) {                                                                         \
      attention::property(tested, suite::random()());                                                           \
    }                                                                                                           \
  }

// `kernel` is an expression that makes a Kernel<T>.
#define ATTENTION_SUITE(name, kernel)                                                                           \
  ATTENTION_TRIES(name, kernel, agrees_with_the_definition, tested.tries)                                       \
  ATTENTION_TRIES(name, kernel, straddles_tiles, 1)                                                             \
  ATTENTION_TRIES(name, kernel, scores_may_be_small_or_large, 2)                                                \
  ATTENTION_TRIES(name, kernel, queries_may_see_nothing, 1)                                                     \
  ATTENTION_TRIES(name, kernel, nothing_to_do_is_legal, 1)                                                      \
  ATTENTION_TRIES(name, kernel, company_changes_no_bit, tested.tries)                                           \
  ATTENTION_TRIES(name, kernel, hidden_keys_spoil_nothing, tested.hides_within_sequences ? tested.tries : 0)    \
  ATTENTION_TRIES(name, kernel, queries_spoil_themselves_alone, tested.tries / 4 + 1)                           \
  ATTENTION_TRIES(name, kernel, the_same_call_gives_the_same_bits, tested.tries / 4 + 1)
