/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 (FIPS 180-4), for the digests of policies and rules. */
#ifndef COMPILER_SHA256_H
#define COMPILER_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_TEXT = 65 };

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes taken so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t length);
/* Lower-case hexadecimal into SHA256_TEXT bytes. The hash is used up. */
void sha256_final(struct sha256 *hash, char *text);

#endif
