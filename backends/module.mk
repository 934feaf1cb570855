# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += backends/libbackends.a
backends_libbackends_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
backends_libbackends_a_SOURCES = \
	backends/backend.h \
	backends/registry.c
backends_libbackends_a_SOURCES += backends/nftables.c backends/nftables.h
backends_libbackends_a_SOURCES += backends/nftables_cut.c
backends_libbackends_a_SOURCES += backends/nftables_group.c
backends_libbackends_a_SOURCES += backends/nftables_set.c backends/nftables_exact.c
backends_libbackends_a_SOURCES += backends/nftables_shared.c
backends_libbackends_a_SOURCES += backends/nftables_name.c backends/nftables_shape.c
backends_libbackends_a_SOURCES += backends/nftables_chain.c backends/nftables_idle.c
backends_libbackends_a_SOURCES += backends/nftables_apply.c backends/nftables_track.c
backends_libbackends_a_SOURCES += backends/nftables_self.c backends/nftables_inspect.c
backends_libbackends_a_SOURCES += backends/nftables_inspect_set.c backends/nftables_inspect.h
backends_libbackends_a_SOURCES += backends/output.c
backends_libbackends_a_SOURCES += backends/prefixes.c backends/prefixes.h
backends_libbackends_a_SOURCES += backends/names.c backends/names.h
backends_libbackends_a_SOURCES += backends/schedule.c backends/schedule.h
backends_libbackends_a_SOURCES += backends/cisco.h backends/cisco_ace.c
backends_libbackends_a_SOURCES += backends/cisco_change.c backends/cisco_previous.c
backends_libbackends_a_SOURCES += backends/cisco_group.c backends/cisco_time.c
backends_libbackends_a_SOURCES += backends/cisco_ios.c backends/cisco_ios.h
backends_libbackends_a_SOURCES += backends/cisco_ios_group.c backends/cisco_ios_list.c
backends_libbackends_a_SOURCES += backends/cisco_ios_print.c backends/cisco_ios_residue.c
backends_libbackends_a_SOURCES += backends/cisco_asa.c backends/cisco_asa.h
backends_libbackends_a_SOURCES += backends/cisco_asa_manage.c backends/cisco_asa_print.c
backends_libbackends_a_SOURCES += backends/cisco_asa_state.c
backends_libbackends_a_SOURCES += backends/fortios.c backends/fortios.h
backends_libbackends_a_SOURCES += backends/fortios_change.c backends/fortios_object.c
backends_libbackends_a_SOURCES += backends/fortios_identity.c backends/fortios_multicast.c
backends_libbackends_a_SOURCES += backends/fortios_policy.c backends/fortios_previous.c
backends_libbackends_a_SOURCES += backends/fortios_service.c backends/fortios_time.c
backends_libbackends_a_SOURCES += backends/iptables.c backends/iptables.h
backends_libbackends_a_SOURCES += backends/iptables_apply.c backends/iptables_entry.c
backends_libbackends_a_SOURCES += backends/iptables_match.c
