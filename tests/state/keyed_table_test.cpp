#include <leat/state/keyed_table.hpp>

#include <doctest/doctest.h>

#include <leat/core/fields.hpp>
#include <leat/core/hash.hpp>
#include <leat/core/random.hpp>

#include <map>
#include <optional>
#include <string>

namespace {

using leat::keyed_table;
using leat::slot_header;
using leat::snapshot_kind;

leat::state_layout layout_of_two() {
  leat::state_layout l{sizeof(std::string), alignof(std::string), leat::state_operations_of<std::string>(),
                       leat::codec<std::string>::schema_of()};
  l.add({"number", "value", 0, sizeof(std::int64_t), &leat::state_operations_of<std::int64_t>(),
         leat::codec<std::int64_t>::schema_of()},
        8);
  l.add({"text", "value", 0, sizeof(std::string), &leat::state_operations_of<std::string>(),
         leat::codec<std::string>::schema_of()},
        8);
  return l;
}

leat::operator_schema schema_of(const keyed_table& t) {
  leat::operator_schema s{"op", t.layout().key().type, {}};
  for (const auto& c : t.layout().columns()) s.states.push_back({c.name, c.shape, c.type});
  return s;
}

struct chunks final : leat::snapshot_sink {
  void take(leat::chunk_kind, std::string bytes) override { all.push_back(std::move(bytes)); }
  std::vector<std::string> all;
};

struct row {
  std::optional<std::int64_t> number;
  std::optional<std::string> text;
  bool operator==(const row&) const = default;
};
using model = std::map<std::string, row>;

/// What a table holds, as a model.
model contents(keyed_table& t) {
  model m;
  t.for_each([&](slot_header* s) {
    row r;
    const auto* base = reinterpret_cast<const std::byte*>(s);
    const auto& columns = t.layout().columns();
    if (keyed_table::has(s, 0)) r.number = *reinterpret_cast<const std::int64_t*>(base + columns[0].offset);
    if (keyed_table::has(s, 1)) r.text = *reinterpret_cast<const std::string*>(base + columns[1].offset);
    m[keyed_table::key_of<std::string>(s)] = r;
  });
  return m;
}

template <class T>
void put(keyed_table& t, slot_header* s, std::uint32_t column, T value) {
  t.touch(s);
  void* at = keyed_table::has(s, column) ? reinterpret_cast<std::byte*>(s) + t.layout().columns()[column].offset
                                         : t.create(s, column);
  *static_cast<T*>(at) = std::move(value);
}

/// A random change to both table and model.
void change(keyed_table& t, model& m, leat::random& random, std::uint64_t keys) {
  const std::string key = "key-" + std::to_string(random.below(keys));
  slot_header* s = t.find_or_insert(leat::key_hash<std::string>{}(key), key);
  switch (random.below(5)) {
    case 0:
    case 1: {
      const auto n = static_cast<std::int64_t>(random.next());
      put(t, s, 0, n);
      m[key].number = n;
      break;
    }
    case 2: {
      std::string text(random.below(40), 'x');
      put(t, s, 1, text);
      m[key].text = text;
      break;
    }
    default:
      for (std::uint32_t c = 0; c < 2; ++c)
        if (keyed_table::has(s, c)) {
          t.touch(s);
          t.destroy(s, c);
        }
      m.erase(key);
  }
}

void restore(keyed_table& t, const std::vector<std::string>& all, const leat::operator_schema& schema,
             leat::key_group_range groups = {0, 127}) {
  for (const auto& c : all) REQUIRE(t.restore<std::string>(c, schema, groups));
}

TEST_CASE("a chain of snapshots, taken while changes go on, restores each moment exactly") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    leat::random random{seed};
    const std::uint64_t keys = 1 + random.below(3000);
    keyed_table t{layout_of_two(), 128};
    model now;
    std::vector<std::string> chain;
    for (int round = 0; round < 8; ++round) {
      for (std::uint64_t i = random.below(4000); i > 0; --i) change(t, now, random, keys);
      const model at_barrier = now;
      const bool full = round == 0 || random.below(4) == 0;
      if (full) chain.clear();
      chunks out;
      t.begin_capture(full ? snapshot_kind::full : snapshot_kind::changes, out);
      do {
        for (std::uint64_t i = random.below(50); i > 0; --i) change(t, now, random, keys + 500);
      } while (!t.drain(1 + random.below(40)));
      chain.insert(chain.end(), out.all.begin(), out.all.end());
      keyed_table restored{layout_of_two(), 128};
      restore(restored, chain, schema_of(t));
      REQUIRE(contents(restored) == at_barrier);
      REQUIRE(contents(t) == now);
      REQUIRE(t.keys() == now.size());
    }
  }
}

TEST_CASE("after an abandoned snapshot a full one has everything") {
  leat::random random{7};
  keyed_table t{layout_of_two(), 128};
  model now;
  for (int i = 0; i < 2000; ++i) change(t, now, random, 600);
  chunks lost;
  t.begin_capture(snapshot_kind::full, lost);
  static_cast<void>(t.drain(10));
  for (int i = 0; i < 300; ++i) change(t, now, random, 600);
  t.abandon_capture();
  for (int i = 0; i < 300; ++i) change(t, now, random, 600);
  chunks out;
  t.begin_capture(snapshot_kind::full, out);
  while (!t.drain(100)) {
  }
  keyed_table restored{layout_of_two(), 128};
  restore(restored, out.all, schema_of(t));
  CHECK(contents(restored) == now);
}

TEST_CASE("subtasks of another parallelism share a snapshot's keys without loss or overlap") {
  leat::random random{3};
  keyed_table t{layout_of_two(), 128};
  model now;
  for (int i = 0; i < 5000; ++i) change(t, now, random, 2000);
  chunks out;
  t.begin_capture(snapshot_kind::full, out);
  while (!t.drain(1000)) {
  }
  for (const std::uint32_t parallelism : {1U, 2U, 3U, 7U, 128U}) {
    CAPTURE(parallelism);
    model all;
    for (std::uint32_t i = 0; i < parallelism; ++i) {
      keyed_table part{layout_of_two(), 128};
      restore(part, out.all, schema_of(t), leat::key_groups_of(leat::subtask_index{i}, parallelism, 128));
      for (const auto& [key, r] : contents(part)) CHECK(all.emplace(key, r).second);
    }
    CHECK(all == now);
  }
}

TEST_CASE("a snapshot of nothing changed is empty, and costs no chunk") {
  keyed_table t{layout_of_two(), 128};
  model now;
  leat::random random{5};
  for (int i = 0; i < 100; ++i) change(t, now, random, 50);
  chunks first;
  t.begin_capture(snapshot_kind::full, first);
  while (!t.drain(1000)) {
  }
  chunks second;
  t.begin_capture(snapshot_kind::changes, second);
  while (!t.drain(1000)) {
  }
  CHECK_FALSE(first.all.empty());
  CHECK(second.all.empty());
}

TEST_CASE("damaged chunks are refused, never half believed in silence") {
  keyed_table t{layout_of_two(), 128};
  model now;
  leat::random random{11};
  for (int i = 0; i < 300; ++i) change(t, now, random, 100);
  chunks out;
  t.begin_capture(snapshot_kind::full, out);
  while (!t.drain(1000)) {
  }
  const std::string& whole = out.all.at(0);
  for (std::size_t cut = 1; cut < whole.size(); cut += 7) {
    keyed_table part{layout_of_two(), 128};
    const auto r = part.restore<std::string>(std::string_view{whole}.substr(0, cut), schema_of(t), {0, 127});
    if (!r) CHECK(r.error().code == leat::errc::corrupt);
  }
  for (int i = 0; i < 2000; ++i) {
    std::string flipped = whole;
    flipped[random.below(flipped.size())] ^= static_cast<char>(1U << random.below(8));
    keyed_table part{layout_of_two(), 128};
    static_cast<void>(part.restore<std::string>(flipped, schema_of(t), {0, 127}));  // must not crash
  }
}

TEST_CASE("states that changed their shape or type are refused by name") {
  keyed_table t{layout_of_two(), 128};
  model now;
  leat::random random{1};
  for (int i = 0; i < 50; ++i) change(t, now, random, 20);
  chunks out;
  t.begin_capture(snapshot_kind::full, out);
  while (!t.drain(1000)) {
  }
  auto schema = schema_of(t);
  schema.states[1].shape = "list";
  keyed_table other{layout_of_two(), 128};
  const auto r = other.restore<std::string>(out.all[0], schema, {0, 127});
  REQUIRE_FALSE(r);
  CHECK(r.error().code == leat::errc::incompatible);
  CHECK(r.error().detail == "operator 'op': state 'text' was a list and is now a value");
}

/// A key of several fields, with what it may have been before.
struct card_at {
  std::uint64_t card;
  std::string shop;
  LEAT_FIELDS(card, shop);
  bool operator==(const card_at&) const = default;
};
struct other_order {
  std::string shop;
  std::uint64_t card;
  LEAT_FIELDS(shop, card);
};
struct fewer_fields {
  std::uint64_t card;
  LEAT_FIELDS(card);
};
struct more_fields {
  std::uint64_t card;
  std::string shop;
  std::string town;
  LEAT_FIELDS(card, shop, town);
};
struct renamed_field {
  std::uint64_t card;
  std::string store;
  LEAT_FIELDS(card, store);
};
struct narrower_field {
  std::uint32_t card;
  std::string shop;
  LEAT_FIELDS(card, shop);
};

/// Restores nothing of a table whose key was an Old into one whose key is a New.
template <class Old, class New>
leat::result<void> restore_as() {
  keyed_table now{{sizeof(New), alignof(New), leat::state_operations_of<New>(), leat::codec<New>::schema_of()}, 128};
  return now.restore<New>("", {"op", leat::codec<Old>::schema_of(), {}}, {0, 127});
}

std::string refusal(const leat::result<void>& r) {
  if (r) return "none";
  CHECK(r.error().code == leat::errc::incompatible);
  return r.error().detail;
}

TEST_CASE("keys that would hash differently are refused, naming the operator and both types") {
  const std::string wrong =
      " and is now record{card: uint64, shop: string}: the key group depends on the fields of a "
      "key and their order";
  CHECK(refusal(restore_as<other_order, card_at>()) ==
        "operator 'op': its key was record{shop: string, card: uint64}" + wrong);
  CHECK(refusal(restore_as<fewer_fields, card_at>()) == "operator 'op': its key was record{card: uint64}" + wrong);
  CHECK(refusal(restore_as<more_fields, card_at>()) ==
        "operator 'op': its key was record{card: uint64, shop: string, town: string}" + wrong);
  CHECK(refusal(restore_as<renamed_field, card_at>()) ==
        "operator 'op': its key was record{card: uint64, store: string}" + wrong);
  CHECK(refusal(restore_as<std::uint64_t, card_at>()) != "none");
  CHECK(refusal(restore_as<std::uint64_t, std::uint32_t>()) != "none");
  CHECK(refusal(restore_as<std::string, std::uint32_t>()) != "none");

  CHECK(refusal(restore_as<card_at, card_at>()) == "none");
  CHECK(refusal(restore_as<narrower_field, card_at>()) == "none");
  CHECK(refusal(restore_as<std::uint32_t, std::uint64_t>()) == "none");
  CHECK(refusal(restore_as<std::uint32_t, std::int64_t>()) == "none");
}

TEST_CASE("a number of a key that becomes wider keeps its hash") {
  for (const std::int32_t x : {0, 1, -1, 77, -2147483647}) {
    CHECK(leat::key_hash<std::int32_t>{}(x) == leat::key_hash<std::int64_t>{}(x));
    if (x >= 0)
      CHECK(leat::key_hash<std::uint32_t>{}(static_cast<std::uint32_t>(x)) == leat::key_hash<std::int64_t>{}(x));
  }
  CHECK(leat::key_hash<narrower_field>{}({7, "x"}) == leat::key_hash<card_at>{}({7, "x"}));
}

}  // namespace
