#include "checkpoint_json.hpp"

#include <leat/core/key_group.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>

#include "checkpoint_files.hpp"
#include "digest.hpp"

namespace leat {
namespace {

using json = nlohmann::ordered_json;

/// Deeper schemas are refused, in writing as in reading: a reader that recurses must have a floor.
constexpr int schema_depth_max = 64;

constexpr std::array kind_names{"boolean", "integer", "unsigned_integer", "real", "string", "optional", "list",
                                "map",     "record"};

/// Reads members of objects that nobody promised to be what they should. After the first mistake
/// everything reads as empty and failure() says what was wrong.
class json_reader {
 public:
  explicit json_reader(std::string_view text) : root_(json::parse(text, nullptr, false)) {
    if (!root_.is_object()) fail("not a JSON object");
  }

  [[nodiscard]] const json& root() const { return root_; }
  [[nodiscard]] bool failed() const { return !failure_.empty(); }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  void fail(const std::string& why) {
    if (failure_.empty()) failure_ = why;
  }

  const json& member(const json& object, const char* name) {
    if (object.is_object()) {
      const auto found = object.find(name);
      if (found != object.end()) return *found;
    }
    fail(std::string{"no member \""} + name + '"');
    return nothing_;
  }
  std::uint64_t number(const json& value, const char* name, std::uint64_t highest) {
    if (value.is_number_unsigned() && value.get<std::uint64_t>() <= highest) return value.get<std::uint64_t>();
    fail(std::string{"\""} + name + "\" is not a number from 0 to " + std::to_string(highest));
    return 0;
  }
  std::string text(const json& value, const char* name) {
    if (value.is_string()) return value.get_ref<const std::string&>();
    fail(std::string{"\""} + name + "\" is not a string");
    return {};
  }
  bool flag(const json& value, const char* name) {
    if (!value.is_boolean()) fail(std::string{"\""} + name + "\" is not true or false");
    return value.is_boolean() && value.get<bool>();
  }
  const json& list(const json& value, const char* name) {
    if (value.is_array()) return value;
    fail(std::string{"\""} + name + "\" is not a list");
    return nothing_;
  }

  std::uint64_t number_of(const json& object, const char* name, std::uint64_t highest) {
    return number(member(object, name), name, highest);
  }
  std::uint32_t small_number_of(const json& object, const char* name, std::uint32_t highest) {
    return static_cast<std::uint32_t>(number_of(object, name, highest));
  }
  std::int64_t signed_of(const json& object, const char* name) {
    const json& value = member(object, name);
    if (!value.is_number_unsigned() && value.is_number_integer()) return value.get<std::int64_t>();
    return static_cast<std::int64_t>(number(value, name, std::numeric_limits<std::int64_t>::max()));
  }
  std::string text_of(const json& object, const char* name) { return text(member(object, name), name); }
  bool flag_of(const json& object, const char* name) { return flag(member(object, name), name); }
  const json& list_of(const json& object, const char* name) { return list(member(object, name), name); }

 private:
  json root_;
  json nothing_ = json::array();
  std::string failure_;
};

constexpr std::uint64_t any_number = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t any_small_number = std::numeric_limits<std::uint32_t>::max();

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

json to_object(const schema& s) {
  json object{{"type", kind_names.at(static_cast<std::size_t>(s.type))}};
  if (!s.name.empty()) object["name"] = s.name;
  if (s.bits != 0) object["bits"] = s.bits;
  if (!s.parts.empty()) {
    json& parts = object["parts"] = json::array();
    for (const auto& part : s.parts) parts.push_back(to_object(part));
  }
  return object;
}

schema to_schema(json_reader& in, const json& object, int depth) {
  schema s;
  const std::string type = in.text_of(object, "type");
  std::size_t kind = 0;
  while (kind < kind_names.size() && type != kind_names[kind]) ++kind;
  if (kind == kind_names.size()) in.fail("\"type\" is \"" + type + "\"");
  if (depth >= schema_depth_max) in.fail("a schema of more than " + std::to_string(schema_depth_max) + " levels");
  if (in.failed()) return s;
  s.type = static_cast<schema::kind>(kind);
  if (object.contains("name")) s.name = in.text_of(object, "name");
  if (object.contains("bits")) s.bits = in.small_number_of(object, "bits", 64);
  if (object.contains("parts"))
    for (const auto& part : in.list_of(object, "parts")) s.parts.push_back(to_schema(in, part, depth + 1));
  return s;
}

json to_list(const std::vector<stored_operator>& operators) {
  json list = json::array();
  for (const auto& o : operators) {
    json states = json::array();
    for (const auto& s : o.schema.states)
      states.push_back({{"name", s.name}, {"shape", s.shape}, {"type", to_object(s.type)}});
    list.push_back({{"uid", o.schema.uid},
                    {"parallelism", o.parallelism},
                    {"key", o.schema.key ? to_object(*o.schema.key) : json{}},
                    {"states", std::move(states)}});
  }
  return list;
}

std::vector<stored_operator> to_operators(json_reader& in, const json& list) {
  std::vector<stored_operator> operators;
  for (const auto& object : list) {
    stored_operator& o = operators.emplace_back();
    o.schema.uid = in.text_of(object, "uid");
    o.parallelism = in.small_number_of(object, "parallelism", any_small_number);
    if (const json& key = in.member(object, "key"); !key.is_null()) o.schema.key = to_schema(in, key, 0);
    for (const auto& state : in.list_of(object, "states"))
      o.schema.states.push_back(
          {in.text_of(state, "name"), in.text_of(state, "shape"), to_schema(in, in.member(state, "type"), 0)});
  }
  return operators;
}

bool too_deep(const schema& s, int depth = 0) {
  return depth >= schema_depth_max ||
         std::any_of(s.parts.begin(), s.parts.end(), [depth](const schema& part) { return too_deep(part, depth + 1); });
}

result<void> check_writable(const std::vector<stored_operator>& operators) {
  for (const auto& o : operators) {
    bool deep = o.schema.key && too_deep(*o.schema.key);
    for (const auto& s : o.schema.states) deep = deep || too_deep(s.type);
    if (deep)
      return error{errc::invalid_argument, "operator '" + o.schema.uid + "' has a schema of more than " +
                                               std::to_string(schema_depth_max) + " levels"};
  }
  return {};
}

result<std::string> write(const json& object) {
  try {
    return object.dump() + '\n';
  } catch (const json::type_error& e) {  // nlohmann reports bytes that are not UTF-8 by exception
    return error{errc::invalid_argument, std::string{"the names of an application, its operators, states and fields "
                                                     "must be UTF-8: "} +
                                             e.what()};
  }
}

/// The error of a text that matches its checksum and still is not what it should be.
error malformed(const json_reader& in, const std::string& path) {
  return error{errc::corrupt, path + ": malformed: " + in.failure()};
}

result<void> check_format(json_reader& in, const std::string& path) {
  const std::uint64_t format = in.number_of(in.root(), "format", any_number);
  if (in.failed()) return malformed(in, path);
  if (format == 0 || format > checkpoint_format)
    return error{errc::incompatible, path + ": has format " + std::to_string(format) +
                                         "; this version of the application reads formats up to " +
                                         std::to_string(checkpoint_format) + "; run the version that wrote it"};
  return {};
}

table_file to_table(json_reader& in, const json& object) {
  table_file t;
  t.name = in.text_of(object, "file");
  t.checkpoint = checkpoint_id{in.number_of(object, "checkpoint", any_number)};
  t.size_bytes = in.number_of(object, "size_bytes", any_number);
  t.digest = in.text_of(object, "xxh3_128");
  if (t.name != table_name(t.checkpoint)) in.fail("table \"" + t.name + "\" is not named after its checkpoint");
  if (!is_hex(t.digest, 32)) in.fail("\"xxh3_128\" is not 32 hexadecimal digits");
  return t;
}

/// What holds for every manifest that was ever written.
void check_tables(json_reader& in, const checkpoint_manifest& m) {
  if (m.tables.empty() || m.tables.back().checkpoint != m.id) return in.fail("its last table is not its own");
  for (std::size_t i = 1; i < m.tables.size(); ++i)
    if (m.tables[i - 1].checkpoint >= m.tables[i].checkpoint) return in.fail("its tables are out of order");
  if ((m.kind == snapshot_kind::full) != (m.tables.size() == 1))
    return in.fail("the number of its tables does not go with its kind");
}

json to_row(const chunk_entry& c) {
  return {c.operator_index, c.subtask.value(), c.groups.first, c.groups.last, static_cast<std::uint32_t>(c.kind),
          c.size_bytes,     to_hex(c.digest)};
}

chunk_entry to_entry(json_reader& in, const json& row, std::size_t operators) {
  chunk_entry c;
  if (!row.is_array() || row.size() != 7) return in.fail("a chunk does not have 7 columns"), c;
  c.operator_index = in.number(row[0], "chunk operator", any_small_number);
  c.subtask = subtask_index{static_cast<std::uint32_t>(in.number(row[1], "chunk subtask", any_small_number))};
  c.groups.first = static_cast<key_group>(in.number(row[2], "chunk first key group", key_group_limit - 1));
  c.groups.last = static_cast<key_group>(in.number(row[3], "chunk last key group", key_group_limit - 1));
  const std::uint64_t kind = in.number(row[4], "chunk kind", 255);
  c.size_bytes = in.number(row[5], "chunk size", any_number);
  const std::string digest = in.text(row[6], "chunk checksum");
  if (c.operator_index >= operators) in.fail("a chunk belongs to an operator that is not listed");
  if (kind != 1 && kind != 2) in.fail("a chunk has the unknown kind " + std::to_string(kind));
  if (!is_hex(digest, 16)) in.fail("a chunk checksum is not 16 hexadecimal digits");
  if (in.failed()) return c;
  c.kind = static_cast<chunk_kind>(kind);
  c.digest = std::stoull(digest, nullptr, 16);
  return c;
}

std::vector<checkpoint_range> to_ranges(json_reader& in, const json& list) {
  std::vector<checkpoint_range> ranges;
  checkpoint_id before;
  for (const auto& row : list) {
    if (!row.is_array() || row.size() != 2) return in.fail("a range of \"passed_over\" is not two numbers"), ranges;
    const checkpoint_id first{in.number(row[0], "passed_over first", any_number)};
    const checkpoint_id last{in.number(row[1], "passed_over last", any_number)};
    if (first <= before || last < first) in.fail("the ranges of \"passed_over\" are out of order");
    ranges.push_back({first, before = last});
  }
  return ranges;
}

}  // namespace

result<std::string> to_json(const checkpoint_manifest& m) {
  LEAT_CHECK(check_writable(m.operators));
  json tables = json::array();
  for (const auto& t : m.tables)
    tables.push_back(
        {{"file", t.name}, {"checkpoint", t.checkpoint.value()}, {"size_bytes", t.size_bytes}, {"xxh3_128", t.digest}});
  return write({{"format", checkpoint_format},
                {"application", m.application},
                {"checkpoint", m.id.value()},
                {"epoch", m.epoch.value()},
                {"kind", m.kind == snapshot_kind::full ? "full" : "changes"},
                {"created_ms", m.created.ms()},
                {"max_parallelism", m.max_parallelism},
                {"finished", m.finished},
                {"operators", to_list(m.operators)},
                {"tables", std::move(tables)}});
}

result<checkpoint_manifest> manifest_from_json(std::string_view text, const std::string& path) {
  json_reader in{text};
  LEAT_CHECK(check_format(in, path));
  const json& root = in.root();
  checkpoint_manifest m;
  m.application = in.text_of(root, "application");
  m.id = checkpoint_id{in.number_of(root, "checkpoint", any_number)};
  m.epoch = epoch{in.number_of(root, "epoch", any_number)};
  const std::string kind = in.text_of(root, "kind");
  if (kind != "full" && kind != "changes") in.fail("\"kind\" is \"" + kind + "\"");
  m.kind = kind == "full" ? snapshot_kind::full : snapshot_kind::changes;
  m.created = processing_time{in.signed_of(root, "created_ms")};
  m.max_parallelism = in.small_number_of(root, "max_parallelism", key_group_limit);
  m.finished = in.flag_of(root, "finished");
  m.operators = to_operators(in, in.list_of(root, "operators"));
  for (const auto& t : in.list_of(root, "tables")) m.tables.push_back(to_table(in, t));
  check_tables(in, m);
  if (in.failed()) return malformed(in, path);
  return m;
}

result<std::string> to_json(const table_contents& t) {
  LEAT_CHECK(check_writable(t.operators));
  json chunks = json::array();
  for (const auto& c : t.chunks) chunks.push_back(to_row(c));
  return write({{"format", checkpoint_format},
                {"checkpoint", t.checkpoint.value()},
                {"operators", to_list(t.operators)},
                {"chunks", std::move(chunks)}});
}

result<table_contents> contents_from_json(std::string_view text, const std::string& path) {
  json_reader in{text};
  LEAT_CHECK(check_format(in, path));
  table_contents t;
  t.checkpoint = checkpoint_id{in.number_of(in.root(), "checkpoint", any_number)};
  t.operators = to_operators(in, in.list_of(in.root(), "operators"));
  const json& rows = in.list_of(in.root(), "chunks");
  t.chunks.reserve(rows.size());
  for (const auto& row : rows) t.chunks.push_back(to_entry(in, row, t.operators.size()));
  if (in.failed()) return malformed(in, path);
  return t;
}

result<std::string> to_json(const directory_identity& i) {
  json object{{"format", checkpoint_format},
              {"application", i.application},
              {"last_checkpoint", i.last.value()},
              {"completed", i.completed}};
  for (const auto& range : i.passed_over) object["passed_over"].push_back({range.first.value(), range.last.value()});
  return write(object);
}

result<directory_identity> identity_from_json(std::string_view text, const std::string& path) {
  json_reader in{text};
  LEAT_CHECK(check_format(in, path));
  directory_identity i;
  i.application = in.text_of(in.root(), "application");
  i.last = checkpoint_id{in.number_of(in.root(), "last_checkpoint", any_number)};
  i.completed = in.flag_of(in.root(), "completed");
  if (in.root().contains("passed_over")) i.passed_over = to_ranges(in, in.list_of(in.root(), "passed_over"));
  if (in.failed()) return malformed(in, path);
  return i;
}

}  // namespace leat
