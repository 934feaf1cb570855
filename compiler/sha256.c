/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256, section numbers from FIPS 180-4. */
#include "config.h"
#include "compiler/sha256.h"

#include <string.h>

static const uint32_t constants[64] = { /* 4.2.2 */
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void sha256_schedule(uint32_t w[64], const uint8_t *block) /* 6.2.2 step 1 */
{
	for (int i = 0; i < 16; i++, block += 4)
		w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
		       (uint32_t)block[2] << 8 | block[3];
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];
		w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
		       (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

static void sha256_block(struct sha256 *hash, const uint8_t *block) /* 6.2.2 */
{
	uint32_t w[64], *state = hash->state;
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

	sha256_schedule(w, block);
	for (int i = 0; i < 64; i++) {
		uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + constants[i] + w[i];
		uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
		h = g, g = f, f = e, e = d + t1;
		d = c, c = b, b = a, a = t1 + t2;
	}
	state[0] += a, state[1] += b, state[2] += c, state[3] += d;
	state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256_init(struct sha256 *hash)
{
	static const uint32_t initial[8] = { /* 5.3.3 */
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	memcpy(hash->state, initial, sizeof(initial));
	hash->length = 0;
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	while (length > 0) {
		size_t used = hash->length % 64, room = 64 - used;
		size_t take = length < room ? length : room;
		memcpy(hash->block + used, next, take);
		hash->length += take;
		next += take;
		length -= take;
		if (used + take == 64)
			sha256_block(hash, hash->block);
	}
}

void sha256_final(struct sha256 *hash, char *text) /* 5.1.1 */
{
	static const uint8_t zeros[64];
	uint64_t bits = hash->length * 8;
	static const char digits[] = "0123456789abcdef";
	uint8_t mark = 0x80, tail[8];

	sha256_add(hash, &mark, 1);
	sha256_add(hash, zeros, (size_t)((120 - hash->length % 64) % 64));
	for (int i = 0; i < 8; i++)
		tail[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha256_add(hash, tail, 8);
	for (int i = 0; i < 64; i++)
		text[i] = digits[hash->state[i / 8] >> (28 - i % 8 * 4) & 15];
	text[64] = '\0';
}
