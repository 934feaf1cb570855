/* SPDX-License-Identifier: Apache-2.0
 *
 * Canonical, immutable sets of numbers. */
#include "config.h"
#include "compiler/set.h"

const struct set *set_empty(void)
{
	static const struct set empty = { 0 };
	return &empty;
}
