# SPDX-License-Identifier: Apache-2.0
bin_PROGRAMS += cordon
cordon_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(GRAPHVIZ_CFLAGS) $(PCAP_CFLAGS)
cordon_SOURCES = \
	cli/cli.h \
	cli/explain.c \
	cli/main.c
cordon_SOURCES += cli/policy.c cli/policy.h
cordon_SOURCES += cli/check.c cli/sarif.c cli/sarif.h
cordon_SOURCES += cli/query.c
cordon_SOURCES += cli/way.c cli/way.h
cordon_LDADD = $(ROOMS) $(YAML_LIBS) $(PCAP_LIBS) $(GRAPHVIZ_LIBS) \
	$(JANSSON_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS)
cordon_SOURCES += cli/fmt.c
cordon_SOURCES += cli/services.c
cordon_SOURCES += cli/verify.c
cordon_SOURCES += cli/graph.c cli/graph.h cli/graph_draw.c cli/graph_link.c \
	cli/graph_overlay.c cli/graph_parts.h
cordon_SOURCES += cli/compile.c cli/compile.h cli/manifest.c
cordon_SOURCES += cli/audit.c cli/audit.h cli/audit_report.c cli/audit_alone.c
cordon_SOURCES += cli/diff.c cli/diff.h cli/diff_text.c cli/diff_json.c cli/diff_finding.c \
	cli/diff_device.c cli/diff_lines.c
cordon_SOURCES += cli/diff_guard.c cli/diff_markdown.c cli/diff_sarif.c cli/diff_traffic.c cli/diff_cut.c
cordon_SOURCES += cli/git.c cli/git.h cli/git_parts.h cli/git_tree.c
