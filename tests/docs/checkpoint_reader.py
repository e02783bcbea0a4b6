"""A second reader of checkpoints, written from docs/reference/checkpoint-format.md with Python's standard library only.

It checks structure, lengths and numbers. Checksums it leaves to xxhsum, where that is installed.
"""
import json
import pathlib
import re
import shutil
import struct
import subprocess


class damaged(Exception):
    pass


def require(holds, what):
    if not holds:
        raise damaged(what)


def digest(data, kind):
    """XXH3 in hexadecimal, kind "-H2" for 128 bits and "-H3" for 64; None without xxhsum."""
    if shutil.which("xxhsum") is None:
        return None
    printed = subprocess.run(["xxhsum", kind], input=data, stdout=subprocess.PIPE, check=True).stdout
    return re.search(rb"[0-9a-f]{16,32}", printed.replace(b"XXH3_", b""))[0].decode()


# --- sealed text ---


def sealed_text(data, kind):
    first, _, content = data.partition(b"\n")
    fields = first.decode("ascii", "replace").split(" ")
    require(len(fields) == 4 and fields[:2] == [kind, "1"], "the first line")
    require(fields[3] == str(len(content)), "the length")
    require(digest(content, "-H2") in (None, fields[2]), "the checksum")
    value = json.loads(content)
    require(value["format"] == 1, "the format")
    return value


# --- table: RocksDB block-based, format version 5, no compression ---


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def entries_end(block):
    """Behind the entries stand the restart points, 4 bytes each, and their number."""
    return len(block) - 4 - 4 * struct.unpack("<I", block[-4:])[0]


def handle(data, at):
    offset, at = varint(data, at)
    size, at = varint(data, at)
    return offset, size, at


def data_blocks(file, index):
    """The index has a block handle for each data block; entries have no length of the value (format version 4 on)."""
    at, end = 0, entries_end(index)
    while at < end:
        shared, at = varint(index, at)
        unshared, at = varint(index, at)
        require(shared == 0, "every index entry is a restart point")
        offset, size, at = handle(index, at + unshared)
        yield file[offset:offset + size]


def block_entries(block):
    at, end, key = 0, entries_end(block), b""
    while at < end:
        shared, at = varint(block, at)
        unshared, at = varint(block, at)
        length, at = varint(block, at)
        key = key[:shared] + block[at:at + unshared]
        at += unshared
        require(key[-8:] == b"\1" + 7 * b"\0", "a put with sequence number 0")
        yield key[:-8], block[at:at + length]
        at += length


def table_entries(file):
    footer = file[-53:]
    require(footer[-8:] == bytes.fromhex("f7cff485b741e288"), "the magic number")
    require(struct.unpack("<I", footer[-12:-8])[0] == 5, "the format version of the table")
    _, _, at = handle(footer, 1)  # behind the kind of checksum: the metaindex, then the index
    offset, size, _ = handle(footer, at)
    for block in data_blocks(file, file[offset:offset + size]):
        yield from block_entries(block)


# --- msgpack ---


def unpack(data, at=0):
    """The value at a place, and the place behind it."""
    head, at = data[at], at + 1
    if head < 0x80:
        return head, at
    if head >= 0xE0:
        return head - 0x100, at
    if head in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[head], at
    numbers = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
               0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
    if head in numbers:
        size = struct.calcsize(numbers[head])
        return struct.unpack(numbers[head], data[at:at + size])[0], at + size
    sizes = {0xD9: ("str", 1), 0xDA: ("str", 2), 0xDB: ("str", 4), 0xDC: ("list", 2), 0xDD: ("list", 4),
             0xDE: ("map", 2), 0xDF: ("map", 4)}
    if head in sizes:
        kind, width = sizes[head]
        count, at = int.from_bytes(data[at:at + width], "big"), at + width
    elif head >= 0xA0:
        kind, count = "str", head & 31
    else:
        kind, count = ("list" if head >= 0x90 else "map"), head & 15
    if kind == "str":
        return data[at:at + count], at + count
    values = []
    for _ in range(count if kind == "list" else 2 * count):
        value, at = unpack(data, at)
        values.append(value)
    return (values if kind == "list" else list(zip(values[::2], values[1::2]))), at


def unpack_all(data):
    at = 0
    while at < len(data):
        value, at = unpack(data, at)
        yield value


def named(value, schema):
    """A value as the schema describes it: records become dictionaries, strings text."""
    kind, parts = schema["type"], schema.get("parts", [])
    if kind == "string":
        return value.decode()
    if kind == "optional":
        return None if value is None else named(value, parts[0])
    if kind == "list":
        return [named(v, parts[0]) for v in value]
    if kind == "map":
        return [(named(k, parts[0]), named(v, parts[1])) for k, v in value]
    if kind == "record":
        require(len(value) == len(parts), "as many values as fields")
        return {p["name"]: named(v, p) for p, v in zip(parts, value)}
    return value


# --- checkpoint ---


class checkpoint:
    """`keyed`: (uid, key as text) → {state: value}; `operators`: uid → list of values; `groups`: (uid, key) → group."""

    def __init__(self, manifest):
        path = pathlib.Path(manifest)
        self.manifest = sealed_text(path.read_bytes(), "leat-manifest")
        require(path.name == f"chk-{self.manifest['checkpoint']:010}.manifest", "the number")
        self.keyed, self.operators, self.groups = {}, {}, {}
        tables = [self._table(path.parent, t) for t in self.manifest["tables"]]
        lists = [{o["uid"] for o in contents["operators"]} for contents, _ in tables]
        lists.append({o["uid"] for o in self.manifest["operators"]})
        for place, (contents, chunks) in enumerate(tables):
            for row, data in zip(contents["chunks"], chunks):
                operator = contents["operators"][row[0]]
                if not all(operator["uid"] in later for later in lists[place:]):
                    continue
                if row[4] == 1:
                    self._take_keyed(operator, data)
                elif place == len(tables) - 1:
                    self.operators.setdefault(operator["uid"], []).extend(unpack_all(data))

    @staticmethod
    def _table(directory, row):
        file = (directory / row["file"]).read_bytes()
        require(len(file) == row["size_bytes"], "the size of " + row["file"])
        require(digest(file, "-H2") in (None, row["xxh3_128"]), "the checksum of " + row["file"])
        *chunks, (last, contents) = table_entries(file)
        require(last == b"\xff" * 8, "the contents")
        contents = json.loads(contents)
        require(contents["checkpoint"] == row["checkpoint"], "the number in the contents")
        require([k for k, _ in chunks] == [i.to_bytes(8, "big") for i in range(len(contents["chunks"]))], "the keys")
        for described, (_, data) in zip(contents["chunks"], chunks):
            require(described[5] == len(data), "the length of a chunk")
        if chunks:
            require(digest(chunks[0][1], "-H3") in (None, contents["chunks"][0][6]), "the checksum of a chunk")
        return contents, [data for _, data in chunks]

    def _take_keyed(self, operator, data):
        for group, key, states in unpack_all(data):
            place = (operator["uid"], json.dumps(named(key, operator["key"])))
            self.keyed.pop(place, None)
            if states is None:
                continue
            bits, *values = states
            present = [s for i, s in enumerate(operator["states"]) if bits >> i & 1]
            require(len(present) == len(values), "a value for each bit")
            self.keyed[place] = {s["name"]: named(v, s["type"]) for s, v in zip(present, values)}
            self.groups[place] = group


def key_group(number, max_parallelism):
    """The key group of an integer key."""
    product = ((number & (1 << 64) - 1) ^ 0xA0761D6478BD642F) * 0xE7037ED1A0B428DB
    folded = product >> 64 ^ product & (1 << 64) - 1
    code = folded >> 32 ^ folded & 0xFFFFFFFF
    code = code * 0xCC9E2D51 & 0xFFFFFFFF
    code = (code << 15 | code >> 17) & 0xFFFFFFFF
    code = code * 0x1B873593 & 0xFFFFFFFF
    code = (code << 13 | code >> 19) & 0xFFFFFFFF
    code = (code * 5 + 0xE6546B64) & 0xFFFFFFFF ^ 4
    code = (code ^ code >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    code = (code ^ code >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    code ^= code >> 16
    return (code if code < 1 << 31 else (1 << 32) - code) % (1 << 31) % max_parallelism
