/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the EtherCAT reader share: commands and registers (ethercat.c),
 * messages of mailboxes (ethercat_mailbox.c). */
#ifndef VERIFIER_PROTO_ETHERCAT_PARTS_H
#define VERIFIER_PROTO_ETHERCAT_PARTS_H

#include "verifier/proto/proto.h"

/* Functions beyond the commands; those of messages are 0x1000, the type of the mailbox
 * (256 each), and what the message is. */
enum {
	ETHERCAT_MAILBOX = 256, /* and the type: what of a message is there tells no more */
	ETHERCAT_VARIABLES = 512,
	ETHERCAT_AL_CONTROL = 768,
	ETHERCAT_ESC_RESET,
	ETHERCAT_EEPROM_READ,
	ETHERCAT_EEPROM_WRITE,
	ETHERCAT_EEPROM_RELOAD,
	ETHERCAT_EEPROM_ACCESS,
	ETHERCAT_DELIVERY,      /* a message that its mailbox has taken */
	ETHERCAT_MESSAGE = 0x1000,
};

/* What was asked last of the mailbox of a station: answers often do not repeat it. */
enum { ETHERCAT_STATIONS = 64 };
struct ethercat_asked {
	uint32_t key;
	uint16_t function, index;
	bool has_index;
};

struct ethercat_mail {
	const uint8_t *bytes; /* from the mailbox header */
	size_t length;        /* that are there */
	size_t size;          /* of the mailbox; at least `length` */
	uint16_t station;     /* its address, or its position */
	bool has_station;     /* it is an address */
	bool asks;            /* it goes to the device */
};

/* A message of the mailbox protocols? */
bool ethercat_is_mail(const struct ethercat_mail *mail);
void ethercat_read_mail(const struct proto_frame *frame, const struct ethercat_mail *mail);
/* The message was told where it was asked, or should have been: keeps what it asks. */
void ethercat_keep_mail(const struct proto_frame *frame, const struct ethercat_mail *mail);

#endif
