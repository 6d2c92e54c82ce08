"""Checks the model in C# for what can be checked without .NET.

    check.py PROTOS FOLDER

PROTOS is the folder proto/ of the repository, FOLDER the one of the model. Every file must parse; every message, field,
enum, service and RPC of the contract that it names must exist, by the name that the generator for C# gives it; the project
must be well-formed and find the protos; and requests that fail must be repeated as docs/service-config.json says. Each line
"ok …" is something that holds; it ends with exit 1 where something does not.
"""

import json
import re
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import tree_sitter_c_sharp
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc
from tree_sitter import Language, Parser, Query, QueryCursor

CSHARP = Language(tree_sitter_c_sharp.language())

DECLARATIONS = ("(property_declaration name: (identifier) @name)", "(method_declaration name: (identifier) @name)")

# What the model uses of .NET and the gRPC libraries. A name behind a dot that is neither here nor in the contract is a
# mistake.
LIBRARY = set(
    """
    Add BackoffMultiplier Ceiling CertificateChainPolicy ClientCertificates Combine Count CreateFromPemFile
    CustomRootTrust CustomTrustStore DeadlineExceeded Default Description Detail Details Dispose DisposeHttpClient
    EnableMultipleHttp2Connections Error Export First ForAddress FromSeconds GetValueBytes HttpHandler ImportFromPemFile
    InitialBackoff Length Links LoadPkcs12 LoadPkcs12FromFile MaxAttempts MaxBackoff Message Metadata MethodConfigs
    Names NewGuid NoCheck ParseFrom Parser Pkcs12 ReadLine ReadLines Reason RetryDelay RetryPolicy RetryableStatusCodes
    RevocationMode Rpc ServiceConfig SslOptions Status StatusCode ToString ToTimeSpan TotalSeconds
    Trailers Trim TrustMode TryGetValue TryUnpack Unavailable UtcNow Write WriteLine
    """.split()
)


def main(protos, folder):
    sources = {path: path.read_bytes() for path in sorted(Path(folder).glob("*.cs"))}
    trees = {path: Parser(CSHARP).parse(source) for path, source in sources.items()}
    check("the model in C# parses", (f"{path}: {fault}" for path, tree in trees.items() for fault in faults(tree)))
    contract = Contract(Path(protos))
    check("it names nothing that the contract does not have", unknown_names(contract, list(trees.values())))
    check("its project finds the contract", project_faults(Path(folder) / "HelpDesk.csproj", protos))
    check("it repeats what docs/service-config.json says", retry_faults(Path(protos).parent, sources.values()))


def check(what, faults):
    faults = list(faults)
    if faults:
        sys.exit(f"not ok: {what}: " + "; ".join(faults))
    print(f"ok {what}")


def faults(tree):
    """Where a file can't be parsed."""
    nodes = [tree.root_node]
    while nodes:
        node = nodes.pop()
        if node.is_error or node.is_missing:
            row, column = node.start_point
            yield f"line {row + 1}, column {column + 1}"
        nodes += node.children


class Contract:
    """The contract by its names in C#: what stands behind a dot, by what stands before it."""

    def __init__(self, protos):
        self.messages, self.enums, self.clients = {}, {}, {}
        for file in descriptors(protos).file:
            for service in file.service:
                self.clients[f"{service.name}Client"] = {f"{method.name}Async" for method in service.method}
            self.add(file.message_type, file.enum_type)

    def add(self, messages, enums):
        for message in messages:
            self.messages[message.name] = {pascal(field.name) for field in message.field}
            self.add(message.nested_type, message.enum_type)
        for enum in enums:
            prefix = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
            self.enums[enum.name] = {pascal(value.name.removeprefix(prefix).lower()) for value in enum.value}

    def members(self):
        """Every name that may stand behind a dot."""
        kinds = (self.messages, self.enums, self.clients)
        return {name for kind in kinds for names in kind.values() for name in names} | set(self.clients)


def descriptors(protos):
    with tempfile.NamedTemporaryFile() as out:
        files = [str(path) for path in sorted(protos.glob("tokenfleet/v1/*.proto"))]
        included = str(Path(protoc.__file__).parent / "_proto")
        status = protoc.main(["protoc", f"-I{protos}", f"-I{included}", f"--descriptor_set_out={out.name}", *files])
        assert status == 0, "the contract can't be read"
        return FileDescriptorSet.FromString(Path(out.name).read_bytes())


def pascal(name):
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def unknown_names(contract, trees):
    """What the model names, and neither the contract, nor a library, nor the model itself has."""
    own = {text(node) for tree in trees for kind in DECLARATIONS for node in found(tree, kind, "name")}
    elsewhere = contract.members() | LIBRARY | own
    for tree in trees:
        for creation in found(tree, "(object_creation_expression type: (identifier)) @it"):
            yield from unknown_fields(contract, creation)
        for before, name in pairs(tree):
            known = contract.enums.get(before) or contract.clients.get(before) or elsewhere
            if name not in known:
                yield f"{before}.{name}"


def unknown_fields(contract, creation):
    """Fields that are set where a message is made, and that it does not have."""
    message = text(creation.child_by_field_name("type"))
    fields = contract.messages.get(message)
    body = creation.child_by_field_name("initializer")
    if fields is None or body is None:
        return
    for child in body.named_children:
        name = child.child_by_field_name("left")
        if name is not None and text(name) not in fields:
            yield f"{message}.{text(name)}"


def pairs(tree):
    """What stands before a dot and behind it, each as its last name."""
    for node in found(tree, "(member_access_expression) @it"):
        yield text(node.child_by_field_name("expression")).split(".")[-1], text(node.child_by_field_name("name"))
    for node in found(tree, "(member_binding_expression) @it"):
        yield "?", text(node.child_by_field_name("name"))


def found(tree, pattern, capture="it"):
    return QueryCursor(Query(CSHARP, pattern)).captures(tree.root_node).get(capture, [])


def text(node):
    return re.sub("<.*", "", node.text.decode())


def project_faults(project, protos):
    root = ElementTree.parse(project).getroot()
    for item in root.iter("PackageReference"):
        if not re.fullmatch(r"[\d.]+", item.get("Version", "")):
            yield f"{item.get('Include')} has no version"
    for item in root.iter("Protobuf"):
        found = {path.resolve() for path in project.parent.glob(item.get("Include"))}
        if found != {path.resolve() for path in Path(protos).glob("**/*.proto")}:
            yield f"{item.get('Include')} are not the protos"
        if (project.parent / item.get("ProtoRoot")).resolve() != Path(protos).resolve():
            yield f"{item.get('ProtoRoot')} is not their folder"


def retry_faults(repository, sources):
    policy = json.loads((repository / "docs/service-config.json").read_text())["methodConfig"][0]["retryPolicy"]
    code = b"".join(sources).decode()
    for name, value in {
        "MaxAttempts": policy["maxAttempts"],
        "InitialBackoff": f"TimeSpan.FromSeconds({policy['initialBackoff'].removesuffix('s')})",
        "MaxBackoff": f"TimeSpan.FromSeconds({policy['maxBackoff'].removesuffix('s')})",
        "BackoffMultiplier": policy["backoffMultiplier"],
    }.items():
        if f"{name} = {value}," not in code:
            yield f"{name} is not {value}"


if __name__ == "__main__":
    main(*sys.argv[1:])
