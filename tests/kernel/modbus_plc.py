# SPDX-License-Identifier: Apache-2.0
"""A PLC of libmodbus, and a client of it, by ctypes: real stacks for tests of what
gets through to one. Run as a program it serves an address until it is ended."""
import ctypes
import ctypes.util
import select
import socket
import sys

PORT = 502
REGISTERS = 8192
LONGEST = 260


class Mapping(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in (
        "nb_bits", "start_bits", "nb_input_bits", "start_input_bits", "nb_input_registers",
        "start_input_registers", "nb_registers", "start_registers")]


def library():
    """libmodbus, or None."""
    name = ctypes.util.find_library("modbus") or "libmodbus.so.5"
    try:
        made = ctypes.CDLL(name, use_errno=True)
    except OSError:
        return None
    for function in ("modbus_new_tcp_pi", "modbus_mapping_new"):
        getattr(made, function).restype = ctypes.c_void_p
    return made


def context(modbus, address):
    return ctypes.c_void_p(modbus.modbus_new_tcp_pi(address.encode(), str(PORT).encode()))


def serve(address):
    """Many clients at once: one whose end was cut off keeps its place."""
    modbus = library()
    plc = context(modbus, address)
    mapping = ctypes.c_void_p(modbus.modbus_mapping_new(REGISTERS, REGISTERS, REGISTERS,
                                                        REGISTERS))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, PORT))
    listener.listen(64)
    print("serving", flush=True)
    clients = {}
    while True:
        for ready in select.select([listener, *clients.values()], [], [])[0]:
            if ready is listener:
                client = listener.accept()[0]
                clients[client.fileno()] = client
            elif not answer(modbus, plc, mapping, ready.fileno()):
                clients.pop(ready.fileno()).close()


def answer(modbus, plc, mapping, descriptor):
    request = ctypes.create_string_buffer(LONGEST)
    modbus.modbus_set_socket(plc, descriptor)
    length = modbus.modbus_receive(plc, request)
    if length > 0:
        modbus.modbus_reply(plc, request, length, mapping)
    return length >= 0


def client(action, address, value):
    """Reads register 0, or writes it, as a client of libmodbus: what it is, or None."""
    modbus = library()
    caller = context(modbus, address)
    modbus.modbus_set_response_timeout(caller, 1, 0)
    register = (ctypes.c_uint16 * 1)()
    if modbus.modbus_connect(caller) != 0:
        return None
    if action == "write":
        done = modbus.modbus_write_register(caller, 0, value)
    elif action == "write-many":
        register[0] = value
        done = modbus.modbus_write_registers(caller, 0, 1, register)
    else:
        done = modbus.modbus_read_registers(caller, 0, 1, register)
    modbus.modbus_close(caller)
    return register[0] if done == 1 else None


def python_client(action, address, value):
    """The same as a client of pymodbus."""
    from pymodbus.client import ModbusTcpClient
    caller = ModbusTcpClient(address, port=PORT, timeout=1, retries=0)
    if not caller.connect():
        return None
    try:
        if action == "write":
            done = caller.write_register(0, value, slave=1)
        elif action == "write-many":
            done = caller.write_registers(0, [value], slave=1)
        else:
            done = caller.read_holding_registers(0, 1, slave=1)
    except Exception:  # of several kinds, by version
        return None
    finally:
        caller.close()
    if done.isError():
        return None
    return done.registers[0] if action == "read" else value


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        library_of = {"libmodbus": client, "pymodbus": python_client}[sys.argv[1]]
        print(library_of(sys.argv[2], sys.argv[3], int(sys.argv[4])))
