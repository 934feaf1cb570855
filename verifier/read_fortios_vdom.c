/* SPDX-License-Identifier: Apache-2.0
 *
 * VDOMs that hold none of the device's interfaces. Each VDOM routes and filters by
 * itself, so what stands in such a one decides nothing of what passes here; links
 * between VDOMs are sections of the whole device, and are never among it. Where the
 * configuration does not list the interfaces, any VDOM may hold them. */
#include "config.h"
#include "verifier/fortios.h"

#include <string.h>

bool fos_vdom_is_asked(struct fos *fortios, const char *name)
{
	struct fos_table *table = fos_table_find(fortios, "", "system interface");
	const struct device *device = fortios->input->device;
	bool some = false;

	for (size_t i = 0; device != NULL && i < device->interface_count; i++) {
		struct fos_entry *entry = fos_entry_find(table, device->interfaces[i].name);
		if (entry == NULL)
			continue;
		some = true;
		if (strcmp(fos_interface_vdom(fortios, entry), name) == 0)
			return true;
	}
	return !some;
}

static bool line_is_of(const struct fos *fortios, const struct fos_block *block, uint32_t line)
{
	return line >= fortios->statements.data[block->first].line &&
	       line <= fortios->statements.data[block->last].last;
}

/* Nothing of the block is unknown any more. */
static void block_leave(struct fos *fortios, const struct fos_block *block)
{
	size_t kept = 0;

	for (size_t i = block->first; i <= block->last; i++)
		for (uint32_t line = fortios->statements.data[i].line;
		     line <= fortios->statements.data[i].last; line++)
			fortios->marks[line - 1] = LINE_IRRELEVANT;
	for (size_t i = 0; i < fortios->unknown.len; i++)
		if (!line_is_of(fortios, block, fortios->unknown.data[i].line))
			fortios->unknown.data[kept++] = fortios->unknown.data[i];
	fortios->unknown.len = kept;
}

void fos_elsewhere(struct fos *fortios)
{
	struct fos_table **at = &fortios->tables;
	bool many = fortios->blocks.len > 0;

	for (size_t i = 0; i < fortios->blocks.len; i++)
		if (!fos_vdom_is_asked(fortios, fortios->blocks.data[i].vdom))
			block_leave(fortios, &fortios->blocks.data[i]);
	while (many && *at != NULL) {
		struct fos_table *table = *at;
		if (table->vdom[0] == '\0' || fos_vdom_is_asked(fortios, table->vdom)) {
			at = &table->next;
			continue;
		}
		*at = table->next;
		table->next = fortios->elsewhere;
		fortios->elsewhere = table;
	}
}
