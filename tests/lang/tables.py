# SPDX-License-Identifier: Apache-2.0
"""The prelude beside other people's tables: functions of industrial protocols beside
the values tshark knows (number and meaning), their classes beside a list of classes
kept here, services beside the registered names of their ports."""
import json
import os
import re
import shutil
import subprocess
import sys

CORDON = os.environ['CORDON']
SERVICES = '/usr/share/wireshark/services'  # the registry of IANA, as tshark ships it
LEAST_SERVICES, LEAST_PROTOCOLS = 60, 20

# Where tshark keeps the numbers of a protocol, and what ours are more than its own.
FIELDS = {
    'modbus': [('modbus.func_code', 0)],
    's7comm': [('s7comm.param.func', 0)],
    'cip': [('cip.sc', 0), ('cip.cm.sc', 0x600), ('cip.mb.sc', 0x4400), ('cip.cco.sc', 0xf300),
            ('cipsafety.ssupervisor.sc', 0x3900), ('enip.command', 0xe200),
            ('cip.pccc.fnc.code_06', 0xd600), ('cip.pccc.fnc.code_07', 0xd700),
            ('cip.pccc.fnc.code_0f', 0xdf00)],
    'pccc': [('cip.pccc.fnc.code_06', 0x600), ('cip.pccc.fnc.code_07', 0x700),
             ('cip.pccc.fnc.code_0f', 0xf00)],
    'opcua': [('opcua.servicenodeid.numeric', 0)],
    'dnp3': [('dnp3.al.func', 0)],
    'iec104': [('iec60870_asdu.typeid', 0)],
    'mms': [('mms.confirmedServiceRequest', 0), ('mms.unconfirmedService', 256)],
    'bacnet': [('bacapp.confirmed_service', 0), ('bacapp.unconfirmed_service', 256),
               ('bvlc.function', 512)],
    'profinet-cm': [('pn_io.opnum', 0)],
    'profinet-dcp': [('pn_dcp.service_id', 0)],
    'ethercat': [('ecat.cmd', 0), ('ams.cmdid', 4352), ('ecat_mailbox.eoe.type', 4608),
                 ('ecat_mailbox.coe.type', 4864), ('ecat_mailbox.foe_opmode', 5120),
                 ('ecat_mailbox.soe_opcode', 5376)],
    'fins': [('omron.command', 0)],
    'ads': [('ams.cmdid', 0)],
    'mqtt': [('mqtt.msgtype', 0)],
    'synchrophasor': [('synphasor.frtype', 0)],
}

# Numbers that tshark does not have, and why they are ours.
MORE = {
    'modbus': {
        'functions of Modicon that the open specification left out':
            [9, 13, 18, 40, 41, 91, 125, 126],
        'a transport of function 43': [269]},
    'fins': {'Message Read that clears, Cycle Time Read that initializes': [18720, 17952]},
    'cip': {
        'services of single classes, which tshark keeps with these classes':
            [75, 76, 77, 78, 82, 83, 84, 85, 91],
        'the file object, reading templates, and reading as RSLinx does':
            [*range(0x374b, 0x3752), 0x6c4c, 0x724c, 0xb24c],
        'objects by which controllers are programmed': [
            number for object in (0x64, *range(0x68, 0x6f), 0x70, 0x8e, 0xac)
            for number in range(object << 8, (object + 1) << 8) if number != 0x6c4c],
        'classes beyond 255, I/O, and encapsulation commands that tshark does not name':
            [*range(0xe000, 0xe080), *range(0xe101, 0xe104), 0xe272, 0xe273],
        'basic commands of PCCC, which have no function':
            [0xd000, 0xd100, 0xd200, 0xd500, 0xd800]},
    'pccc': {
        'basic commands, which have no function, and the connection of CSP':
            [0, 0x100, 0x200, 0x500, 0x800, 0xff01]},
    's7comm': {
        'PI services, which have names, and user data, which tshark keeps by group':
            [*range(0x2801, 0x2807), *range(0x1000, 0x2000)]},
    'mms': {
        'PDUs that are no services': [517, 520, 523],
        'reads and writes of objects of IEC 61850': [773, 1028, 1029, 1285, 1541, 1797, 2053]},
    'bacnet': {
        'messages of routers, which tshark keeps in ranges': [*range(768, 778), 786, 787]},
    'ads': {
        'what index groups tell, and datagrams of routers': [
            257, 262, *range(4196, 4236), *range(4296, 4299), 4316, 4496, 4596, 4696, 4697,
            *range(4796, 4800), *range(4897, 4902), *range(8292, 8332), *range(8392, 8398),
            8412, 8997, 8592, 8692, 8792, 8993, 8994, 61443, 61444, 61446, 61447, 61449, *range(61568, 61575)]},
    'synchrophasor': {
        'words of commands, which tshark keeps apart': [257, 258, 259, 260, 261, 262, 264]},
    'profinet-cm': {'operations of the endpoint mapper': [*range(256, 263)]},
    'profinet-dcp': {
        'what a Set sets': [258, 259, 514, *range(768, 1024), 1281, 1282, 1283, 1285, 1286, 1537]},
    'ethercat': {'messages of mailboxes and network variables':
                 [256, 257, 258, 259, 260, 261, 271, 512],
                 'what writes to registers do, and that a mailbox took a message':
                 [*range(768, 775)],
                 'commands of SDO, and what tshark does not know of EoE':
                 [4614, 4616, 4880, 4881, 4882]},
    'iec104': {
        'numbers that the standard leaves free inside our ranges': [17, 18, 19],
        'C_TS_NA_1 of IEC 60870-5-101, which -104 replaces by 107': [104],
        'C_CI_NA_1 that freezes or resets': [357]},
}

# Ours and tshark's name for one thing, where no word is common to both.
SAME = {
    ('s7comm', 40): 'PI-Service',
    ('cip', 23): 'Nop',
    ('ethercat', 0): 'NOP',
    ('ethercat', 255): 'EXT',
    ('ethercat', 4608): 'Fragment', ('ethercat', 4610): 'Init Req',
    ('ethercat', 4612): 'MAC Req',
    ('ethercat', 5121): 'RRQ', ('ethercat', 5122): 'WRQ', ('ethercat', 5124): 'ACK',
    ('dnp3', 33): 'Authentication Error',  # sent by the outstation or not, never answered
    ('fins', 8710): 'Volume Label Create/Delete',
}
ETHERCAT = {'auto-increment': 'A', 'configured': 'F', 'broadcast': 'B', 'logical': 'L'}

# Classes by number, after the protocols' specifications; what is not here is not judged.
CLASSES = {
    'modbus': {
        'read': '1-4 7 11 12 17 20 24 43', 'write': '5 6 15 16 21-23', 'control': '8',
        'program': '9 13 18 40 41 90 91 125 126 269'},
    'umas': {
        'read': '0x1-0xA 0x20 0x22 0x24 0x26-0x28 0x39 0x50-0x53 0x58 0x70 0x72-0x74',
        'write': '0x21 0x23 0x25 0x29 0x71', 'control': '0x40-0x43 0x60-0x65',
        'program': '0x10-0x12 0x6E 0x30-0x37'},
    's7comm': {
        'read': '4 0x1000-0x100F 0x1101-0x1106 0x1110 0x1111 0x1201 0x1204 0x1205 '
                '0x1301-0x1303 0x1401-0x1403 0x1413 0x1701 0x1703',
        'write': '5 0x1600-0x16FF 0x1702 0x1704',
        'control': '0x28 0x29 0x2803 0x1107-0x110F 0x1112 0x1116 0x1407 0x1408 0x140B',
        'program': '0x1A-0x1F 0x2801 0x2802 0x2804-0x2806 0x1501 0x1F01-0x1F04 0x1F06-0x1F08',
        'session': '0xF0'},
    's7comm-plus': {
        'read': '0x4BB 0x54C 0x586 0x524', 'write': '0x542 0x4F2',
        'program': '0x4CA 0x4D4 0x556 0x560', 'control': '0x56B',
        'session': '0x5B3 0x84CA 0x84D4 0x84F2 0x8542'},
    'cip': {
        'read': '1 3 0xE 0x11 0x18 0x4C 0x52 0x55 0xE102 0xE204 0xE263 0xDF68 0xDFA1 0xDFA2',
        'write': '2 4 0x10 0x19 0x1A 0x1B 0x4D 0x53 0x4E 0xE101 0xE103 0xDF67 0xDFA9-0xDFAB',
        'control': '5-7 0x15 0x16 0xDF3A 0xDF80 0xDF41 0xD700 0xD701',
        'program': '8 9 0x4B 0x374B-0x3751 0x6400-0x64FF 0x6800-0x6C4B 0x6C4D-0x6EFF '
                   '0x7000-0x70FF 0x8E00-0x8EFF 0xAC00-0xACFF 0xDF50 0xDF52 0xDF53 0xDF57',
        'session': '10 0x54 0x5B 0x64E 0x652 0xE265 0xE266'},
    'pccc': {
        'read': '0x100 0xF01 0xF68 0xFA1 0xFA2', 'write': '0 0xF00 0xF67 0xFA9-0xFAB',
        'control': '0xF3A 0xF80 0xF41 0x700 0x701', 'program': '0xF50 0xF52 0xF53 0xF57'},
    'opcua': {
        'read': '422 12208 428 527 533 554 615 621 631 664 560 566 '
                '751 763 769 775 781 787 793 799 826 832 841 847',
        'write': '673 700 437 12211', 'control': '712', 'program': '488 494 500 506',
        'session': '446 452 461 467 473'},
    'dnp3': {
        'read': '1 23 28', 'write': '2', 'control': '3-18', 'program': '19-22 25-27 29-31',
        'session': '0 32 33'},
    'iec104': {
        'read': '1-21 30-41 70 100-102', 'control': '45-51 58-64 105 357', 'write': '103',
        'program': '110-113 120-127', 'session': '107'},
    'bacnet': {
        'read': '5 12 14 26 28 256 257 263 264', 'write': '8 9 15 16 262 265 266',
        'control': '17 20 27', 'program': '6 7 10 11'},
    'mms': {
        'read': '1 2 4 6 12 256-258 0x705', 'write': '5 0x605',
        'control': '40-44 0x305 0x404 0x405 0x505',
        'program': '11 13 26-31 46 72-77 0x805', 'session': '0x205 0x208 0x20B'},
    'profinet-cm': {
        'session': '0 1', 'read': '2 5', 'write': '3', 'control': '4'},
    'profinet-dcp': {
        'read': '3 5 6', 'write': '4 0x102 0x103 0x202', 'control': '0x503',
        'program': '0x505 0x506'},
    'profinet': {'read': '0xFEFC 0xFEFE 0xFEFF', 'program': '0xFEFD'},
    'ethercat': {
        'read': '1 4 7 10 770 4865 4868 4872 4881 5377', 'control': '768 769',
        'write': '2 3 5 6 8 9 11-14 4869 4880 5379', 'program': '771 772 5121-5123'},
    'fins': {
        'read': '0x101 0x104 0x201 0x220 0x501 0x502 0x601-0x603 0x620 0x701 0x2102 '
                '0x2201 0x230A',
        'write': '0x102 0x103 0x105 0x702', 'control': '0x2301 0x2302 0x401-0x403 0x4920 0x4620',
        'program': '0x202 0x203 0x221 0x304-0x308 0x2202-0x220C 0x220F-0x2211 '
                   '0xC01-0xC03 0x2601-0x2603'},
    'ge-srtp': {
        'read': '0 3-6 0x25 0x38 0x43', 'write': '7 8', 'program': '9 0x3F 0x40 0x21 0x22',
        'control': '0x23 0x44 0x39 0x24', 'session': '0x20'},
    'melsec': {
        'read': '0x401 0x403 0x406 0x601 0x613 0x101',
        'write': '0x1401 0x1402 0x1406 0x1601 0x1613',
        'control': '0x1001-0x1003 0x1005 0x1006', 'program': '0x1810-0x182A 0x1630 0x1631'},
    'hart-ip': {
        'read': '0-3 7-9 11-16 20 21 33 48 50 54 57 60-63 70 74 76 80 81 84-86',
        'write': '6 17-19 22 34-38 44 47 49 51 53 55 56 58 59 64 65 69 79 87-89',
        'control': '39-43 45 46 52 66-68 71-73 82 83'},
    'synchrophasor': {'read': '0-3 5 259-262', 'control': '4 257 258 264'},
    'mqtt': {'read': '8-11', 'write': '3', 'session': '1 2 4-7 12-15'},
    'opc-classic': {
        'read': '0x102 0x103 0x1003 0x2006 0x2503 0x2505 0x2603 0x2903 0x2A03 0x2E04 0x2F03 '
                '0x3203-0x3207 0x400C 0x4303',
        'write': '0x2504 0x2506 0x2604 0x2A04 0x2A0A 0x2F04 0x3304-0x3308 0x3604-0x3608',
        'control': '0x400D-0x4011 0x4013-0x4016', 'program': '0x100 0x101 0x2404',
        'session': '0x204 0x404 0x503-0x506 0x2003 0x2703 0xFF0B 0xFF0E',
        'other': '0xFE00-0xFEFF'},
    'ads': {'read': '1 2 4 6-8 0xF003', 'write': '3 9 0xF081', 'control': '5', 'program': '262'},
}

# Registered names of ports that ours are known by otherwise, or that others use.
REGISTERED = {
    'bfd': 'bfd-control bfd-echo', 'dhcp': 'bootps bootpc',
    'dhcpv6': 'dhcpv6-client dhcpv6-server', 'dns': 'domain', 'dns-over-tls': 'domain-s',
    'ike': 'isakmp ipsec-nat-t', 'ptp': 'ptp-event ptp-general', 'radius': 'radius-acct',
    'rip': 'router', 'snmp-trap': 'snmptrap', 'global-catalog': 'msft-gc msft-gc-ssl',
    'msrpc': 'epmap', 'rdp': 'ms-wbt-server', 'smb': 'microsoft-ds', 'winrm': 'wsman',
    'winrm-https': 'wsmans', 'afp': 'afpovertcp', 'iscsi': 'iscsi-target',
    'portmap': 'sunrpc', 'rlogin': 'login', 'rsh': 'shell', 'vnc': 'rfb', 'quic': 'https',
    'jetdirect': 'hp-pdl-datastr', 'lpd': 'printer', 'mariadb': 'mysql',
    'mssql': 'ms-sql-s', 'mssql-browser': 'ms-sql-m', 'modbus': 'mbap', 'umas': 'mbap',
    's7comm': 'iso-tsap', 's7comm-plus': 'iso-tsap', 'mms': 'iso-tsap',
    'iccp': 'iso-tsap', 'cip': 'EtherNet-IP-1 EtherNet-IP-2', 'pccc': 'EtherNet-IP-1',
    'opcua': 'opcua-tcp', 'dnp3': 'dnp', 'iec104': 'iec-104', 'iec104-tls': 'iec-104-sec',
    'foundation-fieldbus': 'ff-annunc ff-fms ff-sm', 'knx': 'efcp', 'opc-classic': 'epmap',
    'dlms': 'dlms-cosem', 'mqtts': 'secure-mqtt', 'opcua-discovery': 'opcua-tls',
}
UNREGISTERED = {  # used by everybody, registered by nobody or for something else
    'netflow', 'wireguard', 'wsus', 'influxdb', 'kafka', 'oracle', 'smtps', 'squid',
    'traceroute', 'melsec', 'fins', 'ads', 'ge-srtp', 'codesys', 'niagara-fox',
    'synchrophasor', 'pi', 'pi-af',
}


def catalogue():
    out = subprocess.run([CORDON, 'services', '--format', 'json'], check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)


def numbers(text):
    for part in text.split():
        low, _, high = part.partition('-')
        yield from range(int(low, 0), int(high or low, 0) + 1)


def tshark_values():
    """field -> number -> name"""
    wanted = {field for fields in FIELDS.values() for field, _ in fields} | {OBJECT_TYPES}
    out = subprocess.run(['tshark', '-G', 'values'], check=True, capture_output=True,
                         text=True, errors='replace').stdout
    found = {field: {} for field in wanted}
    for line in out.splitlines():
        parts = line.split('\t')
        if len(parts) > 3 and parts[0] == 'V' and parts[1] in wanted:
            found[parts[1]].setdefault(int(parts[2], 0), parts[3])
    return found


def words(name):
    spaced = re.sub(r'([a-z])([A-Z])', r'\1 \2', name.replace('-', ' ').replace('_', ' '))
    return {word[:5] for word in re.findall(r'[a-z]+', spaced.lower())
            } - {'reque', 'and', 'the', 'of', 'ads'}


def means(protocol, function, number, theirs):
    """Whether tshark's name can be another for ours."""
    name = function['name']
    if SAME.get((protocol, number)) == theirs or words(name) & words(theirs):
        return True
    if protocol == 'ethercat' and number < 256:  # APRD and the like: how it is addressed, read or write
        way = next(letter for text, letter in ETHERCAT.items() if name.startswith(text))
        return theirs[0] == way and theirs[-2:] == (
            'RD' if 'write' not in name else 'WR' if 'read' not in name else
            'MW' if 'multiple' in name else 'RW')
    if protocol == 'mqtt':  # puback is Publish Ack
        return theirs[:3].lower() == name[:3] and ('Ack' in theirs) == ('ack' in name)
    if protocol == 'iec104':  # M_SP_NA_1: monitored, command, parameter, file
        group = {'M': 'read', 'S': 'read', 'P': 'program', 'F': 'program'}
        special = {'C_IC': 'read', 'C_CI': 'read', 'C_RD': 'read', 'C_CS': 'write',
                   'C_TS': 'session'}
        return function['operation'] == group.get(
            theirs[0], special.get(theirs[:4], 'control'))
    return False


# ---- each check gives what is wrong, as lines; None: it cannot be made here ----

def functions_of(protocol):
    for function in protocol['functions']:
        for number in range(function['first'], function['last'] + 1):
            yield number, function


def known_to_tshark(services):
    if not shutil.which('tshark'):
        return None
    values, problems, count = tshark_values(), [], 0
    for protocol in services['protocols']:
        name = protocol['name']
        theirs = {number + more: text for field, more in FIELDS.get(name, [])
                  for number, text in values[field].items()}
        free = {number for each in MORE.get(name, {}).values() for number in each}
        for number, function in functions_of(protocol) if theirs else ():
            count += 1
            if number not in theirs:
                if number not in free:
                    problems.append('%s: tshark has no %d (%s)' % (
                        name, number, function['name']))
            elif number in free:
                problems.append('%s: tshark has %d by now' % (name, number))
            elif not means(name, function, number, theirs[number]):
                problems.append('%s: %d is %s here and %s there' % (
                    name, number, function['name'], theirs[number]))
    return problems if count > 300 else problems + ['only %d were compared' % count]


OBJECT_TYPES = 'bacapp.objectType'


def objects_are_types(services):
    """The place of an object's name in the table is the number of its type."""
    if not shutil.which('tshark'):
        return None
    theirs = tshark_values()[OBJECT_TYPES]
    ours = next(each['parameters'] for each in services['protocols']
                if each['name'] == 'bacnet')
    problems = ['%d is %s here and %s there' % (number, each['name'], theirs.get(number))
                for number, each in enumerate(ours)
                if each['name'] != theirs.get(number) or each['last'] != (1 << 22) - 1]
    return problems if len(ours) > 60 else problems + ['only %d types' % len(ours)]


def classes_agree(services):
    problems = []
    ours = {protocol['name']: {number: function['operation'] for number, function in
                               functions_of(protocol)} for protocol in services['protocols']}
    for name, classes in CLASSES.items():
        for operation, text in classes.items():
            problems += ['%s: %d (%#x) is %s, not %s' % (
                name, number, number, ours[name].get(number, 'other'), operation)
                for number in numbers(text) if ours[name].get(number) != operation]
    return problems


def registry():
    """(transport, port) -> names"""
    found = {}
    with open(SERVICES, encoding='utf-8', errors='replace') as file:
        for line in file:
            match = re.match(r'(\S+)\s+(\d+)(?:-(\d+))?/(\S+)', line)
            for transport in match[4].split('/') if match else ():
                for port in range(int(match[2]), int(match[3] or match[2]) + 1):
                    found.setdefault((transport, port), set()).add(match[1])
    return found


def names_are_registered(services):
    if not os.path.exists(SERVICES):
        return None
    known, problems = registry(), []
    for entry in services['services'] + services['protocols']:
        names = {entry['name'], *REGISTERED.get(entry['name'], '').split()}
        ports = [({6: 'tcp', 17: 'udp'}.get(on.get('protocol')), on['first'])
                 for on in entry['on'] if 'first' in on]
        if entry['name'] in UNREGISTERED:
            continue
        problems += ['%s: %s %d is %s' % (entry['name'], transport, port, ' '.join(
            known.get((transport, port), ['nobody'])))
            for transport, port in ports if not names & known.get((transport, port), set())]
    return problems


def enough(services):
    counts = len(services['services']), len(services['protocols'])
    return [] if counts[0] >= LEAST_SERVICES and counts[1] >= LEAST_PROTOCOLS else [
        '%d services, %d protocols' % counts]


CHECKS = [
    ('functions are those of tshark', known_to_tshark),
    ('classes are those of the specifications', classes_agree),
    ('objects of BACnet are its types, in their order', objects_are_types),
    ('services have the registered names of their ports', names_are_registered),
    ('there are enough of both', enough),
]


def main():
    services, failed = catalogue(), 0
    print('1..%d' % len(CHECKS))
    for number, (title, check) in enumerate(CHECKS, 1):
        problems = check(services)
        if problems is None:
            print('ok %d - %s # SKIP tshark is not here' % (number, title))
            continue
        failed += bool(problems)
        print('%sok %d - %s' % ('not ' if problems else '', number, title))
        for line in problems[:60]:
            print('# ' + line)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
