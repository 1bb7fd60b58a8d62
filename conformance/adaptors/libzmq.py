"""Any libzmq behind the protocol of protocol.md. Needs Python 3.8 and nothing else.

    python3 adaptors/libzmq.py [--library FILE]   a shared library; default: the system's
    python3 adaptors/libzmq.py --npm              the libzmq in npm `zeromq`, as found from the working directory (Linux)

One thread waits for stdin and all sockets at once. Each round enters libzmq for every socket, whether its application
receives or not: a bound SUB sends its subscriptions, and a ROUTER lets go of the dead, only when it is entered. Nothing
waits inside libzmq, and no socket monitor is ever attached, as both change what peers see.
"""

import base64
import collections
import ctypes
import ctypes.util
import errno
import json
import os
import struct
import sys
import threading
import time
from glob import glob

TYPES = {
    "PAIR": 0, "PUB": 1, "SUB": 2, "REQ": 3, "REP": 4, "DEALER": 5, "ROUTER": 6, "PULL": 7, "PUSH": 8, "XPUB": 9, "XSUB": 10,
}  # fmt: skip
DRAFT_TYPES = {
    "SERVER": 12, "CLIENT": 13, "RADIO": 14, "DISH": 15, "GATHER": 16, "SCATTER": 17, "PEER": 19, "CHANNEL": 20,
}  # fmt: skip
NEVER_RECEIVE = {"PUB", "PUSH", "RADIO", "SCATTER"}
WITH_ROUTING_ID = {"SERVER", "PEER"}

# Of zmq.h; METADATA is a draft.
SUBSCRIBE, UNSUBSCRIBE, EVENTS, LINGER, LAST_ENDPOINT = 6, 7, 15, 17, 32
PLAIN_SERVER, CURVE_SERVER, METADATA = 44, 47, 95
INTEGERS = {
    "zapEnforce": 93, "handshakeMs": 66, "heartbeatMs": 75, "heartbeatTimeoutMs": 77, "heartbeatTtlMs": 76,
    "reconnectMs": 18, "reconnectMaxMs": 21, "sendQueue": 23, "recvQueue": 24, "lingerMs": LINGER,
    "routerMandatory": 33, "routerHandover": 56, "reqCorrelate": 52, "reqRelaxed": 53, "ipv6": 42,
}  # fmt: skip
INTEGERS_OF_64_BITS = {"maxMessageSize": 22}
OCTETS = {
    "identity": 5, "plainUsername": 45, "plainPassword": 46,
    "curvePublicKey": 48, "curveSecretKey": 49, "curveServerKey": 50,
}  # fmt: skip
TEXTS = {"zapDomain": 55}
VERBOSITY = {"all": 40, "all-and-cancels": 78}

# Flags of zmq_msg_send, events of zmq_poll.
DONTWAIT, SNDMORE = 1, 2
POLLIN, POLLERR = 1, 4

EFSM = 156384712 + 51  # libzmq's own
WHY = {errno.EAGAIN: "would-block", errno.EHOSTUNREACH: "no-route", EFSM: "state"}

# What zmq_msg_gets is asked for, as it cannot list: its own names, and those that the cases of the tester use.
PROPERTIES = ["Socket-Type", "Identity", "Resource", "Peer-Address", "User-Id", "X-Test", "X-Zap", "X-Other", "Foo"]

ROUND_MS = 5
RETRY_MS = 1
MESSAGES_A_ROUND = 200
ZAP_ENDPOINT = b"inproc://zeromq.zap.01"


class Unsupported(Exception):
    """What this libzmq cannot be asked for."""


class Failure(Exception):
    """A call of libzmq was refused."""

    def __init__(self):
        self.number = zmq.zmq_errno()
        super().__init__(zmq.zmq_strerror(self.number).decode())

    def answer(self):
        return {"event": "refused", "why": WHY.get(self.number, "invalid"), "text": str(self)}


def check(result):
    if result is None or result < 0:
        raise Failure()
    return result


class Message(ctypes.Structure):
    """zmq_msg_t: 64 octets, aligned as a pointer."""

    _fields_ = [("opaque", ctypes.c_void_p * (64 // ctypes.sizeof(ctypes.c_void_p)))]


class PollItem(ctypes.Structure):
    _fields_ = [
        ("socket", ctypes.c_void_p),
        ("fd", ctypes.c_int),
        ("events", ctypes.c_short),
        ("revents", ctypes.c_short),
    ]


def declare(library):
    """Tells ctypes the functions. Those of drafts may be missing."""
    pointer, text, integer, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_size_t
    message, number = ctypes.POINTER(Message), ctypes.c_uint32
    for name, result, *arguments in [
        ("zmq_errno", integer),
        ("zmq_strerror", text, integer),
        ("zmq_version", None, ctypes.POINTER(integer), ctypes.POINTER(integer), ctypes.POINTER(integer)),
        ("zmq_has", integer, text),
        ("zmq_ctx_new", pointer),
        ("zmq_ctx_term", integer, pointer),
        ("zmq_socket", pointer, pointer, integer),
        ("zmq_close", integer, pointer),
        ("zmq_setsockopt", integer, pointer, integer, pointer, size),
        ("zmq_getsockopt", integer, pointer, integer, pointer, ctypes.POINTER(size)),
        ("zmq_bind", integer, pointer, text),
        ("zmq_unbind", integer, pointer, text),
        ("zmq_connect", integer, pointer, text),
        ("zmq_disconnect", integer, pointer, text),
        ("zmq_connect_peer", number, pointer, text),
        ("zmq_poll", integer, ctypes.POINTER(PollItem), integer, ctypes.c_long),
        ("zmq_msg_init", integer, message),
        ("zmq_msg_init_size", integer, message, size),
        ("zmq_msg_close", integer, message),
        ("zmq_msg_data", pointer, message),
        ("zmq_msg_size", size, message),
        ("zmq_msg_more", integer, message),
        ("zmq_msg_send", integer, message, pointer, integer),
        ("zmq_msg_recv", integer, message, pointer, integer),
        ("zmq_msg_gets", text, message, text),
        ("zmq_msg_set_routing_id", integer, message, number),
        ("zmq_msg_routing_id", number, message),
        ("zmq_msg_set_group", integer, message, text),
        ("zmq_msg_group", text, message),
        ("zmq_join", integer, pointer, text),
        ("zmq_leave", integer, pointer, text),
        ("zmq_z85_encode", pointer, text, text, size),
        ("zmq_z85_decode", pointer, text, text),
    ]:
        function = getattr(library, name, None)
        if function is not None:
            function.restype, function.argtypes = result, arguments
    return library


def load(arguments):
    if arguments[:1] == ["--npm"]:
        return declare(load_from_npm())
    file = arguments[1] if arguments[:1] == ["--library"] else ctypes.util.find_library("zmq")
    if file is None:
        raise SystemExit("this system has no libzmq: name one by --library FILE, or take npm's by --npm")
    return declare(ctypes.CDLL(file))


def load_from_npm():
    """The add-on of npm `zeromq` has libzmq inside, whose functions anybody may call."""
    directory, addons = os.getcwd(), []
    while not addons:
        addons = sorted(glob(os.path.join(directory, "node_modules/zeromq/build/linux/*/node/*/addon.node")))
        directory, below = os.path.dirname(directory), directory
        if directory == below:
            break
    failures = []
    for path in addons:
        with open(path, "rb") as file:
            octets = bytearray(file.read())
        if b"\0zmq_join\0" not in octets:
            continue  # without drafts, or hidden
        try:
            return ctypes.CDLL(without_node(octets), os.RTLD_LAZY)
        except OSError as error:
            failures.append(str(error))
    raise SystemExit("\n".join(["npm zeromq has no libzmq that can be loaded here", *failures]))


def without_node(octets):
    """Where to load a copy from in which the functions of Node, which are missing here, are weak and so no error."""
    headers, symbols = struct.Struct("<IIQQQQIIQQ"), struct.Struct("<IBBHQQ")  # ELF, 64 bits, little-endian
    dynamic_symbols, undefined, weak = 11, 0, 2
    (at,) = struct.unpack_from("<Q", octets, 40)
    size, count = struct.unpack_from("<HH", octets, 58)
    sections = [headers.unpack_from(octets, at + i * size) for i in range(count)]
    for _, kind, _, _, start, length, names, *_ in sections:
        if kind != dynamic_symbols:
            continue
        for entry in range(start, start + length, symbols.size):
            name, info, _, section, *_ = symbols.unpack_from(octets, entry)
            if section == undefined and octets.startswith((b"napi_", b"node_api_", b"uv_"), sections[names][4] + name):
                octets[entry + 4] = weak << 4 | info & 15
    copy = os.memfd_create("libzmq")
    os.write(copy, octets)
    return f"/proc/self/fd/{copy}"


class Socket:
    """What all sockets of libzmq need here: messages in and out, none of which waits."""

    def __init__(self, context, kind):
        self.type = kind
        self.partial = []
        self.handle = check(zmq.zmq_socket(context, {**TYPES, **DRAFT_TYPES}[kind]))

    def set(self, option, value):
        check(zmq.zmq_setsockopt(self.handle, option, value, len(value)))

    def set_integer(self, option, value):
        self.set(option, struct.pack("=i", value))

    def get(self, option, room):
        value, size = ctypes.create_string_buffer(room), ctypes.c_size_t(room)
        check(zmq.zmq_getsockopt(self.handle, option, value, ctypes.byref(size)))
        return value.raw[: size.value]

    def readable(self):
        """Enters libzmq, which takes note of what has become of its peers."""
        return struct.unpack("=i", self.get(EVENTS, 4))[0] & POLLIN != 0

    def send_part(self, part, more, routing_id=None, group=None):
        message = Message()
        check(zmq.zmq_msg_init_size(message, len(part)))
        try:
            ctypes.memmove(zmq.zmq_msg_data(message), part, len(part))
            if routing_id is not None:
                check(zmq.zmq_msg_set_routing_id(message, routing_id))
            if group is not None:
                check(zmq.zmq_msg_set_group(message, group))
            check(zmq.zmq_msg_send(message, self.handle, DONTWAIT | (SNDMORE if more else 0)))
        except Failure:
            zmq.zmq_msg_close(message)
            raise

    def receive(self):
        """One message, whole: its parts and what libzmq tells beside them. None when there is none."""
        message = Message()
        while True:
            zmq.zmq_msg_init(message)
            try:
                if zmq.zmq_msg_recv(message, self.handle, DONTWAIT) < 0:
                    failure = Failure()
                    if failure.number in (errno.EAGAIN, EFSM):
                        return None
                    raise failure
                self.partial.append(ctypes.string_at(zmq.zmq_msg_data(message), zmq.zmq_msg_size(message)))
                if not zmq.zmq_msg_more(message):
                    parts, self.partial = self.partial, []
                    return parts, self.beside(message)
            finally:
                zmq.zmq_msg_close(message)

    def beside(self, message):
        told = {}
        if self.type in WITH_ROUTING_ID:
            told["routingId"] = zmq.zmq_msg_routing_id(message)
        if self.type == "DISH":
            told["group"] = to_text(zmq.zmq_msg_group(message))
        properties = {name: zmq.zmq_msg_gets(message, name.encode()) for name in PROPERTIES}
        told["properties"] = {
            name: value.decode("latin-1" if name == "Identity" else "utf-8", "replace")
            for name, value in properties.items()
            if value is not None
        }
        return told

    def close(self):
        check(zmq.zmq_close(self.handle))


class Sending:
    """A message on its way out, or one part of it. It is tried again until its time is over."""

    def __init__(self, command):
        self.ref = command["ref"]
        self.parts = [from_text(part) for part in command["parts"]]
        self.unfinished = command["do"] == "send-part"
        self.beside = {"routing_id": command.get("routingId"), "group": None}
        if "group" in command:
            self.beside["group"] = c_string(from_text(command["group"]))
        self.deadline = time.monotonic() + command.get("timeoutMs", 0) / 1000
        self.sent = 0

    def attempt(self, socket):
        while self.sent < len(self.parts):
            more = self.unfinished or self.sent + 1 < len(self.parts)
            socket.send_part(self.parts[self.sent], more, **self.beside)
            self.sent += 1


class Application(Socket):
    """One socket of the target's application."""

    def __init__(self, command):
        super().__init__(context_named(command["context"]), command["type"])
        self.sid = command["sid"]
        self.context = command["context"]
        self.role = command["role"]
        self.endpoint = command["endpoint"].encode()
        self.paused = False
        self.sendings = collections.deque()
        options = command.get("options", {})
        self.set_integer(LINGER, 0)
        for name, value in options.items():
            self.set_named(name, value, options)

    def set_named(self, name, value, options):
        if name in INTEGERS:
            self.set_integer(INTEGERS[name], int(value))
        elif name in INTEGERS_OF_64_BITS:
            self.set(INTEGERS_OF_64_BITS[name], struct.pack("=q", value))
        elif name in OCTETS:
            self.set(OCTETS[name], from_text(value))
        elif name in TEXTS:
            self.set(TEXTS[name], value.encode())
        elif name == "mechanism":
            if value == "CURVE" and not has("curve"):
                raise Unsupported("mech:CURVE")  # which of them follows from the other options
        elif name == "securityServer":
            if value:
                self.set_integer(PLAIN_SERVER if options.get("mechanism") == "PLAIN" else CURVE_SERVER, 1)
        elif name == "xpubVerbose":
            self.set_integer(VERBOSITY[value], 1)
        elif name == "metadata":
            if not has("draft"):
                raise Unsupported("option metadata")
            for key, text in value.items():
                self.set(METADATA, f"{key}:{text}".encode())
        else:
            raise Unsupported(f"option {name}")

    def open(self):
        if self.role == "bind":
            check(zmq.zmq_bind(self.handle, self.endpoint))
            self.endpoint = self.get(LAST_ENDPOINT, 1024).rstrip(b"\0")
        elif self.type == "PEER":
            routing_id = zmq.zmq_connect_peer(self.handle, self.endpoint)
            if routing_id == 0:
                raise Failure()
            return {"event": "opened", "endpoint": self.endpoint.decode(), "routingId": routing_id}
        else:
            check(zmq.zmq_connect(self.handle, self.endpoint))
        return {"event": "opened", "endpoint": self.endpoint.decode()}

    def disconnect(self):
        leave = zmq.zmq_unbind if self.role == "bind" else zmq.zmq_disconnect
        check(leave(self.handle, self.endpoint))

    def interest(self):
        return POLLERR if self.paused or self.type in NEVER_RECEIVE else POLLIN

    def round(self):
        readable = self.readable()
        self.send_waiting()
        if not readable or self.interest() != POLLIN:
            return
        for _ in range(MESSAGES_A_ROUND):
            received = self.receive()
            if received is None:
                return
            parts, beside = received
            tell({"event": "message", "sid": self.sid, "parts": [to_text(part) for part in parts], **beside})

    def send_waiting(self):
        waiting, self.sendings = self.sendings, collections.deque()
        for sending in waiting:
            try:
                if self.sendings:  # keeps the order
                    if time.monotonic() < sending.deadline:
                        self.sendings.append(sending)
                    else:
                        tell({"ref": sending.ref, "event": "refused", "why": "would-block", "text": "others wait"})
                    continue
                sending.attempt(self)
                tell({"ref": sending.ref, "event": "sent"})
            except Failure as failure:
                if failure.number == errno.EAGAIN and time.monotonic() < sending.deadline:
                    self.sendings.append(sending)
                else:
                    tell({"ref": sending.ref, **failure.answer()})

    def close(self):
        for sending in self.sendings:
            tell({"ref": sending.ref, "event": "refused", "why": "invalid", "text": "closed"})
        super().close()


class Handler(Socket):
    """A ZAP handler. A REP answers one after the other, a ROUTER each request in its own time."""

    def __init__(self, name, plan):
        super().__init__(context_named(name), plan.get("as", "REP"))
        self.context = name
        self.plan = plan
        self.set_integer(LINGER, 0)
        self.answers = []
        check(zmq.zmq_bind(self.handle, ZAP_ENDPOINT))

    def interest(self):
        return POLLIN

    def round(self):
        while self.readable():
            received = self.receive()
            if received is None:
                break
            frames, _ = received
            envelope = []
            if self.type == "ROUTER":
                cut = frames.index(b"") + 1
                envelope, frames = frames[:cut], frames[cut:]
            tell({"event": "zap-request", "context": self.context, "frames": [to_text(frame) for frame in frames]})
            self.answers.append((time.monotonic() + self.plan.get("delayMs", 0) / 1000, envelope + self.reply(frames)))
        now = time.monotonic()
        due = [frames for when, frames in self.answers if when <= now]
        self.answers = [(when, frames) for when, frames in self.answers if when > now]
        for frames in due:
            try:
                for i, frame in enumerate(frames):
                    self.send_part(frame, i + 1 < len(frames))
            except Failure:
                pass  # who asked has gone

    def reply(self, request):
        version, request_id = request[:2]
        plan = self.plan
        if "frames" in plan:
            return [from_text(frame) if isinstance(frame, str) else request_id for frame in plan["frames"]]
        texts = [plan.get("code", "200"), plan.get("text", ""), plan.get("userId", "")]
        return [version, request_id, *(text.encode() for text in texts), from_text(plan.get("metadata", ""))]

    def close(self):
        zmq.zmq_unbind(self.handle, ZAP_ENDPOINT)  # at once, where a close takes its time
        super().close()


contexts, sockets, handlers = {}, {}, {}


def context_named(name):
    if name not in contexts:
        contexts[name] = check(zmq.zmq_ctx_new())
    return contexts[name]


def has(feature):
    return zmq.zmq_has(feature.encode()) == 1


def binds(endpoint):
    """Not all that it has is told by zmq_has."""
    context = check(zmq.zmq_ctx_new())
    socket = Socket(context, "PULL")
    bound = zmq.zmq_bind(socket.handle, endpoint) == 0
    socket.close()
    zmq.zmq_ctx_term(context)
    return bound


def hello(_):
    numbers = [ctypes.c_int() for _ in range(3)]
    zmq.zmq_version(*numbers)
    version = ".".join(str(number.value) for number in numbers)
    types = {**TYPES, **(DRAFT_TYPES if has("draft") else {})}
    capabilities = [
        *(f"type:{kind}" for kind in types),
        *("role:bind", "role:connect", "mech:NULL", "mech:PLAIN", *(["mech:CURVE"] if has("curve") else [])),
        *("transport:tcp", *(["transport:ipc"] if has("ipc") else []), *(["transport:ws"] if binds(b"ws://127.0.0.1:*") else [])),
        *("zap-host", "handshake-limit", "heartbeat", "properties", "fallback:1.0", "fallback:2.0", "z85"),
    ]
    return {"event": "hello", "name": "libzmq", "version": version, "library": f"libzmq {version}", "capabilities": capabilities}


def open_socket(command):
    if command["type"] not in TYPES and not (command["type"] in DRAFT_TYPES and has("draft")):
        raise Unsupported(f"type:{command['type']}")
    socket = Application.__new__(Application)
    try:
        socket.__init__(command)
        opened = socket.open()
    except Exception as error:
        if getattr(socket, "handle", None) is not None:
            Socket.close(socket)
        if isinstance(error, Failure) and error.number == errno.EPROTONOSUPPORT:
            raise Unsupported(f"transport:{command['endpoint'].split(':')[0]}") from None
        raise
    sockets[command["sid"]] = socket
    return opened


def send(command):
    socket = sockets[command["sid"]]
    socket.sendings.append(Sending(command))
    socket.send_waiting()


def subscription(command):
    option = SUBSCRIBE if command["do"] == "subscribe" else UNSUBSCRIBE
    sockets[command["sid"]].set(option, from_text(command["data"]))
    return {"event": "sent"}


def membership(command):
    change = getattr(zmq, f"zmq_{command['do']}", None)
    if change is None:
        raise Unsupported(command["do"])
    check(change(sockets[command["sid"]].handle, c_string(from_text(command["data"]))))
    return {"event": "sent"}


def pause(command):
    sockets[command["sid"]].paused = command["do"] == "pause"
    return {"event": "done"}


def disconnect(command):
    sockets[command["sid"]].disconnect()
    return {"event": "done"}


def close(command):
    if command["sid"] in sockets:  # unless it has ended with its context
        sockets.pop(command["sid"]).close()
    return {"event": "closed"}


def zap(command):
    name, plan = command["context"], command["plan"]
    if name in handlers:
        handlers.pop(name).close()
    if plan is not None:
        handlers[name] = Handler(name, plan)
    return {"event": "done"}


def end_context(command):
    name = command["context"]
    for sid in [sid for sid, socket in sockets.items() if socket.context == name]:
        sockets[sid].set_integer(LINGER, 0)
        sockets.pop(sid).close()
    if name in handlers:
        handlers.pop(name).close()
    context = contexts.pop(name, None)

    def end():
        if context is not None:
            zmq.zmq_ctx_term(context)
        tell({"ref": command["ref"], "event": "done"})

    threading.Thread(target=end, daemon=True).start()  # waits for what closed sockets still have to send


def z85(command):
    data = from_text(command["data"])
    if command["action"] == "encode":
        text = ctypes.create_string_buffer(len(data) * 5 // 4 + 6)
        check(zmq.zmq_z85_encode(text, data, len(data)))
        return {"event": "z85", "text": text.value.decode("latin-1")}
    size = len(data) * 4 // 5
    octets = ctypes.create_string_buffer(size + 8)
    check(zmq.zmq_z85_decode(octets, c_string(data)))
    return {"event": "z85", "data": to_text(octets.raw[:size])}


def leave(_):
    sys.stdout.flush()
    os._exit(0)


COMMANDS = {
    "hello": hello, "open": open_socket, "send": send, "send-part": send,
    "subscribe": subscription, "unsubscribe": subscription, "join": membership, "leave": membership,
    "pause": pause, "resume": pause, "disconnect": disconnect, "close": close,
    "zap": zap, "end-context": end_context, "z85": z85, "exit": leave,
}  # fmt: skip


def handle(command):
    try:
        if command["do"] not in COMMANDS:
            raise Unsupported(command["do"])
        answer = COMMANDS[command["do"]](command)
    except Unsupported as what:
        answer = {"event": "unsupported", "what": str(what)}
    except Failure as failure:
        answer = failure.answer()
    except Exception as error:  # the adaptor's own fault, or the tester's
        answer = {"event": "failed", "why": repr(error)}
    if answer is not None:  # some come later
        tell({"ref": command["ref"], **answer})


def c_string(octets):
    """libzmq takes a NUL for the end."""
    if b"\0" in octets:
        raise Unsupported("NUL in a C string")
    return octets


def from_text(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def to_text(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


telling = threading.Lock()


def tell(line):
    with telling:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def wait():
    """Until there is something to read, on stdin or a socket, or a while has gone. Says whether stdin has something."""
    everyone = [*sockets.values(), *handlers.values()]
    items = (PollItem * (1 + len(everyone)))()
    items[0] = PollItem(None, sys.stdin.fileno(), POLLIN | POLLERR, 0)  # its end may be an error
    for i, socket in enumerate(everyone):
        items[i + 1] = PollItem(socket.handle, 0, socket.interest(), 0)
    soon = any(socket.sendings for socket in sockets.values()) or any(handler.answers for handler in handlers.values())
    zmq.zmq_poll(items, len(items), RETRY_MS if soon else ROUND_MS if everyone else -1)
    return items[0].revents != 0


def main():
    unread = b""
    while True:
        if wait():
            octets = os.read(sys.stdin.fileno(), 1 << 20)
            if octets == b"":
                return
            *lines, unread = (unread + octets).split(b"\n")
            for line in lines:
                handle(json.loads(line))
        for socket in [*sockets.values(), *handlers.values()]:
            socket.round()


zmq = load(sys.argv[1:])
main()
os._exit(0)  # what lingers is lost
