"""Joins a group and tells the TTL of the first datagram: group, port, interface address. Node does not tell it."""
import socket
import struct
import sys

group, port, interface = sys.argv[1], int(sys.argv[2]), sys.argv[3]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.IPPROTO_IP, 12, 1)  # IP_RECVTTL
s.bind(("0.0.0.0", port))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(interface))
s.settimeout(10)
print("ready", flush=True)
_, ancillary, _, _ = s.recvmsg(65536, 64)
print(struct.unpack("i", ancillary[0][2])[0], flush=True)
