"""The libzmq of npm `zeromq` under pyzmq, for the draft types, which Debian's libzmq lacks, and what pyzmq cannot do there.

That libzmq is part of a Node add-on, whose functions of libzmq anybody may call. Its functions of Node are missing here,
so they are made optional in a copy. Loaded before pyzmq, and for all to see, it is the libzmq that pyzmq finds.
"""

import ctypes
import os
import struct
from glob import glob

HERE = os.path.dirname(os.path.abspath(__file__))
ADDONS = os.path.join(HERE, "../../../node_modules/zeromq/build/linux/*/node/*/addon.node")
NODE = (b"napi_", b"node_api_", b"uv_")

# ELF of 64 bits, little-endian.
SECTION_HEADER, SYMBOL = struct.Struct("<IIQQQQIIQQ"), struct.Struct("<IBBHQQ")
DYNAMIC_SYMBOLS, UNDEFINED, WEAK = 11, 0, 2

MESSAGE_SIZE = 64
NOBLOCK, MORE = 1, 2


def load():
    """Loads the add-on that fits this machine."""
    failures = []
    for path in sorted(glob(ADDONS)):
        with open(path, "rb") as file:
            octets = bytearray(file.read())
        if b"\0zmq_join\0" not in octets:
            continue  # what is loaded once stays
        try:
            return declare(ctypes.CDLL(without_node(octets), os.RTLD_LAZY | os.RTLD_GLOBAL))
        except OSError as error:
            failures.append(str(error))
    raise SystemExit("\n".join(["no libzmq with draft types can be loaded from npm zeromq", *failures]))


def without_node(octets):
    """Where to load a copy from, in which what Node would bring is weak: undefined, and no error."""
    (sections_at,) = struct.unpack_from("<Q", octets, 40)
    size, count = struct.unpack_from("<HH", octets, 58)
    sections = [SECTION_HEADER.unpack_from(octets, sections_at + i * size) for i in range(count)]
    for _, kind, _, _, start, length, names, *_ in sections:
        if kind != DYNAMIC_SYMBOLS:
            continue
        names_at = sections[names][4]
        for at in range(start, start + length, SYMBOL.size):
            name, info, _, section, *_ = SYMBOL.unpack_from(octets, at)
            if section == UNDEFINED and octets.startswith(NODE, names_at + name):
                octets[at + 4] = WEAK << 4 | info & 15
    copy = os.memfd_create("libzmq")
    os.write(copy, octets)
    return f"/proc/self/fd/{copy}"


def declare(library):
    socket, octets, message = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p
    library.zmq_join.argtypes = library.zmq_leave.argtypes = [socket, octets]
    library.zmq_connect_peer.argtypes = [socket, octets]
    library.zmq_connect_peer.restype = ctypes.c_uint32
    library.zmq_msg_init_size.argtypes = [message, ctypes.c_size_t]
    library.zmq_msg_init.argtypes = library.zmq_msg_close.argtypes = [message]
    library.zmq_msg_data.argtypes = library.zmq_msg_size.argtypes = [message]
    library.zmq_msg_data.restype = ctypes.c_void_p
    library.zmq_msg_size.restype = ctypes.c_size_t
    library.zmq_msg_send.argtypes = library.zmq_msg_recv.argtypes = [message, socket, ctypes.c_int]
    library.zmq_msg_set_routing_id.argtypes = [message, ctypes.c_uint32]
    library.zmq_msg_routing_id.argtypes = [message]
    library.zmq_msg_routing_id.restype = ctypes.c_uint32
    library.zmq_msg_set_group.argtypes = [message, octets]
    library.zmq_msg_group.argtypes = [message]
    library.zmq_msg_group.restype = octets
    return library


class RoutingId:
    """Beside the messages of SERVER and PEER: a number, in digits here; none at all when there are none."""

    def put(self, message, digits):
        return libzmq.zmq_msg_set_routing_id(message, int(digits)) if digits else 0

    def get(self, message):
        return str(libzmq.zmq_msg_routing_id(message)).encode()


class Group:
    """Beside the messages of RADIO and DISH."""

    def put(self, message, group):
        return libzmq.zmq_msg_set_group(message, group)

    def get(self, message):
        return libzmq.zmq_msg_group(message)


class Messages:
    """The messages of one socket, with what libzmq keeps beside them as their first part."""

    def __init__(self, socket, beside, fail):
        self.socket = socket.underlying
        self.beside = beside
        self.fail = fail

    def send(self, parts):
        first, *others = parts
        for i, part in enumerate(others):
            message = ctypes.create_string_buffer(MESSAGE_SIZE)
            libzmq.zmq_msg_init_size(message, len(part))
            ctypes.memmove(libzmq.zmq_msg_data(message), part, len(part))
            more = MORE if i + 1 < len(others) else 0
            if self.beside.put(message, first) < 0 or libzmq.zmq_msg_send(message, self.socket, NOBLOCK | more) < 0:
                errno = libzmq.zmq_errno()
                libzmq.zmq_msg_close(message)
                self.fail(errno)

    def receive(self):
        message = ctypes.create_string_buffer(MESSAGE_SIZE)
        libzmq.zmq_msg_init(message)
        try:
            if libzmq.zmq_msg_recv(message, self.socket, NOBLOCK) < 0:
                self.fail(libzmq.zmq_errno())
            body = ctypes.string_at(libzmq.zmq_msg_data(message), libzmq.zmq_msg_size(message))
            return [self.beside.get(message), body]
        finally:
            libzmq.zmq_msg_close(message)


BESIDE = {"SERVER": RoutingId(), "PEER": RoutingId(), "RADIO": Group(), "DISH": Group()}

libzmq = load()
