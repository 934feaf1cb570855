/* SPDX-License-Identifier: Apache-2.0
 *
 * Growable arrays of any element type, on the heap.
 *
 *     VEC(struct rule) rules = VEC_INIT;
 *     vec_push(&rules, rule);
 *     for (size_t i = 0; i < rules.len; i++) use(&rules.data[i]);
 *     vec_free(&rules);
 *
 * Growth doubles, so pushing n elements costs O(n). Elements move when the
 * array grows: keep indexes, not pointers, while pushing. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdlib.h>

#include "base/memory.h"

#define VEC(type)         \
	struct {          \
		type *data; \
		size_t len; \
		size_t cap; \
	}

/* A named array type: VEC_TYPE(rule_list, struct rule); */
#define VEC_TYPE(name, type) \
	struct name {        \
		type *data;  \
		size_t len;  \
		size_t cap;  \
	}

#define VEC_INIT { NULL, 0, 0 }

#define vec_reserve(v, want)                                                   \
	do {                                                                   \
		if ((v)->cap < (want)) {                                       \
			size_t cap_ = (v)->cap ? (v)->cap * 2 : 8;             \
			if (cap_ < (want))                                     \
				cap_ = (want);                                 \
			(v)->data = memory_resize((v)->data, cap_,             \
						  sizeof(*(v)->data));         \
			(v)->cap = cap_;                                       \
		}                                                              \
	} while (0)

#define vec_push(v, element)                     \
	do {                                     \
		vec_reserve((v), (v)->len + 1);  \
		(v)->data[(v)->len++] = (element); \
	} while (0)

#define vec_free(v)                \
	do {                       \
		free((v)->data);   \
		(v)->data = NULL;  \
		(v)->len = 0;      \
		(v)->cap = 0;      \
	} while (0)

#endif
