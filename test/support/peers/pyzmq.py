"""libzmq behind pyzmq, driven by peer.ts, where the protocol is written down.

One thread does everything: it polls stdin and all sockets, then tries whatever is waiting. The short timeout is there
because libzmq takes note of new peers only inside calls. With `drafts` as its argument it is npm's libzmq that pyzmq uses.
"""

import json
import os
import signal
import sys
from base64 import b64decode, b64encode
from collections import deque
from errno import errorcode

drafts = None
if sys.argv[1:] == ["drafts"]:
    import drafts  # before pyzmq, which takes the libzmq that is there

import zmq
from zmq.utils.monitor import parse_monitor_message

NUDGE_MS = 5
METADATA = 95  # ZMQ_METADATA, which this pyzmq has no name for

OPTIONS = {
    "conflate": zmq.CONFLATE,
    "connectTimeout": zmq.CONNECT_TIMEOUT,
    "correlate": zmq.REQ_CORRELATE,
    "curvePublicKey": zmq.CURVE_PUBLICKEY,
    "curveSecretKey": zmq.CURVE_SECRETKEY,
    "curveServer": zmq.CURVE_SERVER,
    "curveServerKey": zmq.CURVE_SERVERKEY,
    "handover": zmq.ROUTER_HANDOVER,
    "handshakeInterval": zmq.HANDSHAKE_IVL,
    "heartbeatInterval": zmq.HEARTBEAT_IVL,
    "heartbeatTimeToLive": zmq.HEARTBEAT_TTL,
    "heartbeatTimeout": zmq.HEARTBEAT_TIMEOUT,
    "immediate": zmq.IMMEDIATE,
    "invertMatching": zmq.INVERT_MATCHING,
    "ipv6": zmq.IPV6,
    "linger": zmq.LINGER,
    "mandatory": zmq.ROUTER_MANDATORY,
    "manual": zmq.XPUB_MANUAL,
    "manualLastValue": zmq.XPUB_MANUAL_LAST_VALUE,
    "maxMessageSize": zmq.MAXMSGSIZE,
    "noDrop": zmq.XPUB_NODROP,
    "notify": zmq.STREAM_NOTIFY,
    "onlyFirstSubscribe": zmq.ONLY_FIRST_SUBSCRIBE,
    "plainPassword": zmq.PLAIN_PASSWORD,
    "plainServer": zmq.PLAIN_SERVER,
    "plainUsername": zmq.PLAIN_USERNAME,
    "probeRouter": zmq.PROBE_ROUTER,
    "receiveHighWaterMark": zmq.RCVHWM,
    "reconnectInterval": zmq.RECONNECT_IVL,
    "reconnectMaxInterval": zmq.RECONNECT_IVL_MAX,
    "relaxed": zmq.REQ_RELAXED,
    "routingId": zmq.ROUTING_ID,
    "sendHighWaterMark": zmq.SNDHWM,
    "sendTimeout": zmq.SNDTIMEO,
    "welcomeMessage": zmq.XPUB_WELCOME_MSG,
    "zapDomain": zmq.ZAP_DOMAIN,
    "zapEnforceDomain": zmq.ZAP_ENFORCE_DOMAIN,
}

EVENTS = {
    zmq.EVENT_ACCEPTED: "accept",
    zmq.EVENT_LISTENING: "bind",
    zmq.EVENT_CLOSED: "close",
    zmq.EVENT_CONNECTED: "connect",
    zmq.EVENT_CONNECT_DELAYED: "connect:delay",
    zmq.EVENT_CONNECT_RETRIED: "connect:retry",
    zmq.EVENT_DISCONNECTED: "disconnect",
    zmq.EVENT_HANDSHAKE_SUCCEEDED: "handshake",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "handshake:error:auth",
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "handshake:error:other",
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "handshake:error:protocol",
}

# What is wrong, under zeromq.js's names.
PROTOCOL_ERRORS = {
    int(getattr(zmq, name)): name.replace("PROTOCOL_ERROR", "ERR") for name in dir(zmq) if name.startswith("PROTOCOL_ERROR")
}

# What zeromq.js has made one option of.
VERBOSITY = {None: (zmq.XPUB_VERBOSE, 0), "allSubs": (zmq.XPUB_VERBOSE, 1), "allSubsUnsubs": (zmq.XPUB_VERBOSER, 1)}

# Not now, but perhaps later: no room, not this socket's turn, or a mandatory ROUTER's peer is still on its way.
LATER = (zmq.EAGAIN, zmq.EFSM, zmq.EHOSTUNREACH)


def octets(text):
    return b64decode(text)


def base64(part):
    return b64encode(part).decode()


def tell(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def error_code(error):
    return ERROR_NAMES.get(error.errno) or errorcode.get(error.errno, "none")


def fail(request, error):
    tell({"id": request, "error": {"code": error_code(error), "message": str(error)}})


ERROR_NAMES = {int(number): number.name for number in zmq.Errno}


class Receive:
    """A request for some messages; an echo sends each of them back instead of handing it over.

    With names, it is for what libzmq knows of each message under these names, instead of for the messages.
    """

    def __init__(self, request, count, echo, names):
        self.request = request
        self.left = count
        self.echo = echo
        self.names = names
        self.messages = []


class Socket:
    """One libzmq socket with what waits to be sent and to be received."""

    def __init__(self, number, type_name, options):
        self.number = number
        self.socket = context_named(options.pop("context", "")).socket(getattr(zmq, type_name))
        monitored = options.pop("monitored", True)
        for name, value in options.pop("metadata", {}).items():
            self.socket.setsockopt(METADATA, f"{name}:{value}".encode())
        for name, value in options.items():
            if name == "verbosity":
                self.socket.setsockopt(*VERBOSITY[value])
            else:
                self.socket.setsockopt(OPTIONS[name], option_value(value))
        self.beside = drafts and beside(type_name, self.socket)
        self.monitor = self.watch() if monitored else None
        self.sends = deque()  # of (request to answer afterwards or None, message or None)
        self.receives = deque()

    def watch(self):
        """As pyzmq would do it, if every socket had a descriptor for it to make a name of."""
        name = f"inproc://monitor of {self.number}"
        self.socket.monitor(name, zmq.EVENT_ALL)
        monitor = self.socket.context.socket(zmq.PAIR)
        monitor.connect(name)
        return monitor

    def bind(self, endpoint):
        self.socket.bind(endpoint)
        return self.socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()

    def unbind(self, endpoint):
        self.socket.unbind(endpoint)

    def connect(self, endpoint, routingId=None):
        if routingId is not None:
            self.socket.setsockopt(zmq.CONNECT_ROUTING_ID, octets(routingId))
        self.socket.connect(endpoint)

    def disconnect(self, endpoint):
        self.socket.disconnect(endpoint)

    def subscribe(self, topics):
        for topic in topics:
            self.socket.setsockopt(zmq.SUBSCRIBE, octets(topic))

    def unsubscribe(self, topics):
        for topic in topics:
            self.socket.setsockopt(zmq.UNSUBSCRIBE, octets(topic))

    def join(self, groups):
        for group in groups:
            check(drafts.libzmq.zmq_join(self.socket.underlying, octets(group)) == 0)

    def leave(self, groups):
        for group in groups:
            check(drafts.libzmq.zmq_leave(self.socket.underlying, octets(group)) == 0)

    def connect_peer(self, endpoint):
        number = drafts.libzmq.zmq_connect_peer(self.socket.underlying, endpoint.encode())
        check(number != 0)
        return str(number)

    def attempt(self, message):
        try:
            self.give([octets(part) for part in message])
            return "ok"
        except zmq.ZMQError as error:
            return error_code(error)

    def attempt_receive(self):
        try:
            self.take()
            return "ok"
        except zmq.ZMQError as error:
            return error_code(error)

    def writable(self):
        return bool(self.socket.getsockopt(zmq.EVENTS) & zmq.POLLOUT)

    def give(self, message):
        if self.beside:
            self.beside.send(message)
        else:
            self.socket.send_multipart(message, zmq.NOBLOCK)

    def take(self, copy=True):
        return self.beside.receive() if self.beside else self.socket.recv_multipart(zmq.NOBLOCK, copy=copy)

    def close(self):
        for request in [receive.request for receive in self.receives] + [request for request, _ in self.sends]:
            if request is not None:
                tell({"id": request, "error": {"code": "EAGAIN", "message": "the socket was closed"}})
        if self.monitor is not None:
            self.socket.monitor(None, 0)
            self.monitor.close(linger=0)
        self.socket.close(linger=0)

    def send(self, request, messages):
        for message in messages:
            self.sends.append((None, [octets(part) for part in message]))
        self.sends.append((request, None))

    def receive(self, request, count, echo=False, names=None):
        self.receives.append(Receive(request, count, echo, names))

    def pump(self):
        """Does all that can be done now, and calls into libzmq at least once."""
        self.socket.getsockopt(zmq.EVENTS)
        while self.pump_sends() or self.pump_receives():
            pass

    def pump_sends(self):
        moved = False
        while self.sends:
            request, message = self.sends[0]
            try:
                if message is not None:
                    self.give(message)
                else:
                    tell({"id": request, "value": None})
            except zmq.ZMQError as error:
                if error.errno in LATER:
                    break
                self.abandon_sends(error)
                break
            self.sends.popleft()
            moved = True
        return moved

    def abandon_sends(self, error):
        for request, _ in self.sends:
            if request is not None:
                fail(request, error)
        self.sends.clear()

    def pump_receives(self):
        if not self.receives:
            return False
        first = self.receives[0]
        if first.left == 0:
            self.receives.popleft()
            if first.echo:
                self.sends.append((first.request, None))
            else:
                tell({"id": first.request, "value": first.messages})
            return True
        try:
            message = self.take(copy=first.names is None)
        except zmq.ZMQError as error:
            if error.errno not in LATER:
                self.receives.popleft()
                fail(first.request, error)
            return False
        first.left -= 1
        if first.echo:
            self.sends.append((None, message))
        elif first.names is not None:
            first.messages.append([property_of(message[-1], name) for name in first.names])
        else:
            first.messages.append([base64(part) for part in message])
        return True

    def tell_events(self):
        while self.monitor is not None and self.monitor.poll(0):
            message = parse_monitor_message(self.monitor.recv_multipart())
            event = EVENTS.get(message["event"])
            if event is not None:
                tell({"socket": self.number, "event": event, "detail": detail_of(event, message["value"])})


def detail_of(event, value):
    if event == "handshake:error:auth":
        return str(value)
    if event == "handshake:error:protocol":
        return PROTOCOL_ERRORS.get(value, hex(value))
    if event == "handshake:error:other":
        return errorcode.get(value, str(value))
    return None


def beside(type_name, socket):
    kind = drafts.BESIDE.get(type_name)
    return kind and drafts.Messages(socket, kind, fail_with)


def check(done):
    if not done:
        fail_with(drafts.libzmq.zmq_errno())


def fail_with(errno):
    raise zmq.ZMQError(errno)


def context_named(name):
    if name not in contexts:
        contexts[name] = zmq.Context()
    return contexts[name]


def property_of(frame, name):
    try:
        return frame.get(name)
    except zmq.ZMQError:
        return None  # EINVAL: there is no such property


def option_value(value):
    if isinstance(value, dict):
        return octets(value["octets"])
    if isinstance(value, str):
        return value.encode()
    return int(value)


def handle(line):
    fields = json.loads(line)
    request, operation, number = fields.pop("id"), fields.pop("op"), fields.pop("socket")
    try:
        if operation == "open":
            sockets[number] = Socket(number, fields["type"], fields["options"])
            value = None
        elif operation == "send":
            return sockets[number].send(request, fields["messages"])
        elif operation in ("receive", "echo"):
            return sockets[number].receive(request, fields["count"], operation == "echo", fields.get("names"))
        elif operation == "close":
            value = sockets.pop(number).close()
        else:
            value = getattr(sockets[number], operation)(**fields)
        tell({"id": request, "value": value})
    except zmq.ZMQError as error:
        fail(request, error)
    except Exception as error:
        tell({"id": request, "error": {"code": "none", "message": repr(error)}})


def run():
    waiting = b""
    while True:
        poller = zmq.Poller()
        poller.register(0, zmq.POLLIN)
        for socket in sockets.values():
            if socket.monitor is not None:
                poller.register(socket.monitor, zmq.POLLIN)
            if socket.receives:
                poller.register(socket.socket, zmq.POLLIN)
        ready = dict(poller.poll(NUDGE_MS if sockets else None))
        if 0 in ready:
            chunk = os.read(0, 1 << 20)
            if chunk == b"":
                return
            *lines, waiting = (waiting + chunk).split(b"\n")
            for line in lines:
                handle(line)
        for socket in sockets.values():
            socket.pump()
            socket.tell_events()


signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's end is ours, in its own time
contexts = {}
sockets = {}
tell({"id": 0, "value": zmq.zmq_version()})
run()
for context in contexts.values():
    context.destroy(linger=0)
