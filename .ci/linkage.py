#!/usr/bin/env python3
"""Does every class, method and field that our code refers to exist in that Spark?

    linkage.py ALL_JAR SPARK_HOME [JAR…]

Reads the constant pools of io.varlen classes in ALL_JAR (bundled libraries aside) and resolves each reference that leaves the jar
among the jars of SPARK_HOME, as a JVM would: same descriptor, in the class or above it, interface where an interface was compiled.
So a call that no smoke job reaches is checked too. What is RAPIDS' is left out, and
said to be, unless its jar is among the JARs. Needs a JDK's javap; no Python package.
"""
import functools
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

UTF8, INTEGER, FLOAT, LONG, DOUBLE, CLASS, STRING, FIELD, METHOD, INTERFACE_METHOD, NAME_AND_TYPE = 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
SIZES = {INTEGER: 4, FLOAT: 4, LONG: 8, DOUBLE: 8, CLASS: 2, STRING: 2, FIELD: 4, METHOD: 4, INTERFACE_METHOD: 4, NAME_AND_TYPE: 4,
         15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
INTERFACE = 0x0200

# Loaded where they are there, and only then.
OPTIONAL = ("com/nvidia/spark/", "ai/rapids/cudf/")


class ClassFile:
    """The parts of a class file that linking looks at (Java Virtual Machine Specification, chapter 4)."""

    def __init__(self, data):
        count, = struct.unpack_from(">H", data, 8)
        self.pool, at, index = {}, 10, 1
        while index < count:
            tag = data[at]
            if tag == UTF8:
                length, = struct.unpack_from(">H", data, at + 1)
                self.pool[index] = (tag, data[at + 3:at + 3 + length].decode("utf-8", "replace"))
                at += 3 + length
            else:
                self.pool[index] = (tag, data[at + 1:at + 1 + SIZES[tag]])
                at += 1 + SIZES[tag]
            index += 2 if tag in (LONG, DOUBLE) else 1
        access, this, parent, interfaces = struct.unpack_from(">4H", data, at)
        self.is_interface = bool(access & INTERFACE)
        self.name, self.parent = self.class_name(this), self.class_name(parent) if parent else None
        self.interfaces = [self.class_name(i) for i in struct.unpack_from(f">{interfaces}H", data, at + 8)]
        at += 8 + 2 * interfaces
        self.members = set()
        for _ in range(2):  # fields, then methods
            members, = struct.unpack_from(">H", data, at)
            at += 2
            for _ in range(members):
                _, name, descriptor, attributes = struct.unpack_from(">4H", data, at)
                self.members.add((self.pool[name][1], self.pool[descriptor][1]))
                at += 8
                for _ in range(attributes):
                    at += 6 + struct.unpack_from(">I", data, at + 2)[0]

    def class_name(self, index):
        return self.pool[struct.unpack(">H", self.pool[index][1])[0]][1]

    def classes(self):
        return {self.class_name(i) for i, (tag, _) in self.pool.items() if tag == CLASS}

    def references(self):
        """(kind, owner, name, descriptor) of every field and method this class names."""
        for tag, value in self.pool.values():
            if tag in (FIELD, METHOD, INTERFACE_METHOD):
                owner, name_and_type = struct.unpack(">HH", value)
                name, descriptor = struct.unpack(">HH", self.pool[name_and_type][1])
                yield tag, self.class_name(owner), self.pool[name][1], self.pool[descriptor][1]


class ClassPath:
    def __init__(self, jars):
        self.where, self.loaded = {}, {}
        for jar in jars:
            archive = zipfile.ZipFile(jar)
            for name in archive.namelist():
                if name.endswith(".class") and not name.startswith("META-INF/"):
                    self.where.setdefault(name[:-6], archive)

    def find(self, name):
        if name not in self.loaded:
            archive = self.where.get(name)
            self.loaded[name] = ClassFile(archive.read(name + ".class")) if archive else None
        return self.loaded[name]

    def has_member(self, owner, member):
        if from_jdk(owner):
            return member[0] in jdk_member_names(owner)
        found = self.find(owner)
        if found is None:
            return False
        inherited = [] if member[0] == "<init>" else [above for above in [found.parent, *found.interfaces] if above]
        return member in found.members or any(self.has_member(above, member) for above in inherited)


def from_jdk(name):
    return name.startswith(("java/", "javax/", "jdk/", "sun/", "com/sun/management/"))


@functools.cache
def jdk_member_names(name):
    """The JDK's classes lie in no jar; its own tool prints them (with what they inherit listed at each ancestor)."""
    text = subprocess.run(["javap", "-protected", name.replace("/", ".")], check=True, capture_output=True, text=True).stdout
    head, nested = text.partition("{")[0], 1
    while nested:
        head, nested = re.subn(r"<[^<>]*>", "", head)  # type parameters, innermost first
    above = ["java.lang.Object"] if name != "java/lang/Object" else []
    above += re.findall(r"(?<=[ ,])java\.[\w.$]+", re.sub(r"^.*?(class|interface) \S+", "", head, flags=re.DOTALL))
    names = set(re.findall(r"([\w$]+)[(;]", text))
    return names.union(*(jdk_member_names(a.replace(".", "/")) for a in above))


def main(all_jar, spark_home, *more):
    jars = sorted(Path(spark_home, "jars").glob("*.jar"))
    if not jars:
        sys.exit(f"{spark_home}: no jars/*.jar there; expected a Spark home")
    spark = ClassPath([*jars, *more])
    absent = () if more else OPTIONAL
    ours = zipfile.ZipFile(all_jar)
    own = [n for n in ours.namelist() if n.startswith("io/varlen/") and n.endswith(".class") and not n.startswith("io/varlen/shaded/")]
    bundled = {n[:-6] for n in ours.namelist() if n.endswith(".class")}
    wrong, checked, left_out = set(), set(), set()
    for entry in own:
        code = ClassFile(ours.read(entry))
        for name in code.classes():
            element = name.lstrip("[").removeprefix("L").removesuffix(";") if name.startswith("[") else name
            if element.startswith(absent):
                left_out.add(element)
            elif len(element) > 1 and not from_jdk(element) and element not in bundled and spark.find(element) is None:
                wrong.add(f"{code.name}: no class {element}")
        for kind, owner, name, descriptor in code.references():
            if from_jdk(owner) or owner in bundled or owner.startswith("[") or owner.startswith(absent):
                continue
            checked.add((owner, name, descriptor))
            target = spark.find(owner)
            if target is None:
                continue  # said above
            if not spark.has_member(owner, (name, descriptor)):
                wrong.add(f"{code.name}: no {owner}.{name}{descriptor}")
            elif kind != FIELD and target.is_interface != (kind == INTERFACE_METHOD):
                wrong.add(f"{code.name}: {owner} is {'an interface' if target.is_interface else 'a class'} there")
    for line in sorted(wrong):
        print(line)
    if not own or not checked:
        sys.exit(f"{all_jar}: {len(own)} classes of io.varlen with {len(checked)} references to Spark; nothing was checked")
    print(f"linkage: {len(own)} classes, {len(checked)} references into {spark_home}, {len(wrong)} broken"
          + (f"; not looked at: {len(left_out)} classes of RAPIDS" if left_out else ""))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
