# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += compiler/libcompiler.a
compiler_libcompiler_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
compiler_libcompiler_a_SOURCES = \
	compiler/activity.h \
	compiler/filter.h \
	compiler/model.h \
	compiler/set.c compiler/set.h \
	compiler/space.h
compiler_libcompiler_a_SOURCES += compiler/sweep.c compiler/sweep.h
compiler_libcompiler_a_SOURCES += compiler/space.c
compiler_libcompiler_a_SOURCES += compiler/diagram.c
compiler_libcompiler_a_SOURCES += compiler/activity.c
compiler_libcompiler_a_SOURCES += compiler/instant.c
compiler_libcompiler_a_SOURCES += compiler/timezone.c compiler/timezone.h
compiler_libcompiler_a_SOURCES += compiler/topology.c compiler/topology.h
compiler_libcompiler_a_SOURCES += compiler/policy_space.c compiler/policy_space.h
compiler_libcompiler_a_SOURCES += compiler/needed.c compiler/needed.h
compiler_libcompiler_a_SOURCES += compiler/cells.c
compiler_libcompiler_a_SOURCES += compiler/payload.c compiler/payload.h compiler/payload_table.h
compiler_libcompiler_a_SOURCES += compiler/payload_modbus.c compiler/payload_iec104.c
compiler_libcompiler_a_SOURCES += compiler/place_payload.c
compiler_libcompiler_a_SOURCES += compiler/content.c compiler/content.h
compiler_libcompiler_a_SOURCES += compiler/parameter.c compiler/parameter.h
compiler_libcompiler_a_SOURCES += compiler/resolve_operation.c
compiler_libcompiler_a_SOURCES += compiler/place.c compiler/place.h
compiler_libcompiler_a_SOURCES += compiler/place_device.c
compiler_libcompiler_a_SOURCES += compiler/place_multicast.c
compiler_libcompiler_a_SOURCES += compiler/place_operations.c
compiler_libcompiler_a_SOURCES += compiler/place_unique.c
compiler_libcompiler_a_SOURCES += compiler/policy_cells.c
compiler_libcompiler_a_SOURCES += compiler/assertion.c compiler/assertion.h
compiler_libcompiler_a_SOURCES += compiler/check_assert.c
compiler_libcompiler_a_SOURCES += compiler/enforced.c compiler/enforced.h
compiler_libcompiler_a_SOURCES += compiler/model.c
compiler_libcompiler_a_SOURCES += compiler/resolve.c
compiler_libcompiler_a_SOURCES += compiler/resolve.h
compiler_libcompiler_a_SOURCES += compiler/resolve_parts.h
compiler_libcompiler_a_SOURCES += compiler/resolve_name.c
compiler_libcompiler_a_SOURCES += compiler/resolve_zone.c
compiler_libcompiler_a_SOURCES += compiler/resolve_asset.c
compiler_libcompiler_a_SOURCES += compiler/resolve_endpoint.c
compiler_libcompiler_a_SOURCES += compiler/resolve_service.c
compiler_libcompiler_a_SOURCES += compiler/resolve_rule.c
compiler_libcompiler_a_SOURCES += compiler/resolve_device.c
compiler_libcompiler_a_SOURCES += compiler/sha256.c
compiler_libcompiler_a_SOURCES += compiler/sha256.h
compiler_libcompiler_a_SOURCES += compiler/flow.c compiler/flow_tree.c compiler/flow_tree.h
compiler_libcompiler_a_SOURCES += compiler/reach.c compiler/reach.h
compiler_libcompiler_a_SOURCES += compiler/check.c compiler/check.h
compiler_libcompiler_a_SOURCES += compiler/check_exception.c compiler/check_parts.h
compiler_libcompiler_a_SOURCES += compiler/check_rule.c
compiler_libcompiler_a_SOURCES += compiler/check_service.c
compiler_libcompiler_a_SOURCES += compiler/check_duplicate.c
compiler_libcompiler_a_SOURCES += compiler/check_asset.c compiler/check_inventory.c
compiler_libcompiler_a_SOURCES += compiler/check_topology.c
compiler_libcompiler_a_SOURCES += compiler/check_operations.c
compiler_libcompiler_a_SOURCES += compiler/routing.c compiler/routing.h
compiler_libcompiler_a_SOURCES += compiler/resolve_own.c compiler/place_self.c
compiler_libcompiler_a_SOURCES += compiler/describe.c compiler/describe.h
compiler_libcompiler_a_SOURCES += compiler/describe_content.c compiler/describe_service.c
compiler_libcompiler_a_SOURCES += compiler/crossing.c compiler/crossing.h
compiler_libcompiler_a_SOURCES += compiler/diff.c compiler/diff.h compiler/diff_parts.h
compiler_libcompiler_a_SOURCES += compiler/diff_space.c compiler/diff_space.h compiler/diff_list.c
compiler_libcompiler_a_SOURCES += compiler/diff_fact.c compiler/diff_cause.c compiler/diff_row.c
compiler_libcompiler_a_SOURCES += compiler/diff_tell.c compiler/diff_flow.c compiler/diff_risk.c compiler/diff_when.c
compiler_libcompiler_a_SOURCES += compiler/diff_link.c compiler/diff_flat.c compiler/diff_silent.c
compiler_libcompiler_a_SOURCES += compiler/diff_shared.c compiler/diff_protocol.c
