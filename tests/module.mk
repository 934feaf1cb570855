# SPDX-License-Identifier: Apache-2.0
# Every test speaks TAP: the driver counts single checks, not programs.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/tap-driver.sh --comments
TEST_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = \
	CORDON=$(abs_top_builddir)/cordon; export CORDON; \
	SRCDIR=$(abs_top_srcdir); export SRCDIR; \
	BUILDDIR=$(abs_top_builddir); export BUILDDIR; \
	SHARED=$${SHARED:-$(abs_top_srcdir)/../shared}; export SHARED; \
	LSAN_OPTIONS=suppressions=$(abs_top_srcdir)/tests/lsan.supp:print_suppressions=0; \
	export LSAN_OPTIONS; \
	LC_ALL=C.UTF-8; export LC_ALL; \
	PATH=$$PATH:/usr/sbin:/sbin; export PATH;

UNIT_LIBS = $(ROOMS) $(CHECK_LIBS) $(YAML_LIBS) $(PCAP_LIBS) $(JANSSON_LIBS) \
	$(ZLIB_LIBS) $(ZSTD_LIBS)
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS) $(PCAP_CFLAGS)

# Unit tests: one program a room.
check_PROGRAMS += tests/unit/test-base
TESTS += tests/unit/test-base
tests_unit_test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
tests_unit_test_base_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_base_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test-set
TESTS += tests/unit/test-set
tests_unit_test_set_SOURCES = tests/unit/test_set.c tests/unit/unit.h
tests_unit_test_set_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_set_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test-space
TESTS += tests/unit/test-space
tests_unit_test_space_SOURCES = tests/unit/test_space.c tests/unit/unit.h
tests_unit_test_space_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_space_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/test-policy-space
TESTS += tests/unit/test-policy-space
tests_unit_test_policy_space_SOURCES = tests/unit/test_policy_space.c tests/unit/unit.h
tests_unit_test_policy_space_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_policy_space_LDADD = $(UNIT_LIBS)

# Measurements: built on demand, never part of `make check`.
EXTRA_PROGRAMS += tests/bench/bench-space
tests_bench_bench_space_SOURCES = tests/bench/bench_space.c
tests_bench_bench_space_LDADD = $(UNIT_LIBS)

# Cases: folders of a command and what it must print.
TESTS += tests/cases.test
dist_check_SCRIPTS = tests/cases.test
EXTRA_DIST += tests/cases

check_PROGRAMS += tests/unit/test-activity
TESTS += tests/unit/test-activity
tests_unit_test_activity_SOURCES = tests/unit/test_activity.c tests/unit/unit.h
tests_unit_test_activity_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_activity_LDADD = $(UNIT_LIBS)
TESTS += tests/activity/zoneinfo.test
dist_check_SCRIPTS += tests/activity/zoneinfo.test
# The second opinion on meaning: a naive evaluator, and what must agree with it.
TESTS += tests/naive/naive.test
dist_check_SCRIPTS += tests/naive/naive.test
EXTRA_DIST += tests/naive/python.sh tests/naive/source.py tests/naive/meaning.py
EXTRA_DIST += tests/naive/naive.py tests/naive/plant.py
EXTRA_DIST += tests/naive/plant.cordon tests/naive/plant.flows
# Captures as conversations, beside another analyser's count of them.
check_PROGRAMS += tests/verify/conversations
tests_verify_conversations_SOURCES = tests/verify/conversations.c
tests_verify_conversations_CFLAGS = $(UNIT_CFLAGS)
tests_verify_conversations_LDADD = $(UNIT_LIBS)
TESTS += tests/naive/generated.test tests/naive/query_agrees.test
dist_check_SCRIPTS += tests/naive/generated.test tests/naive/query_agrees.test
EXTRA_DIST += tests/naive/generate.py tests/naive/generated.py
EXTRA_DIST += tests/naive/agree.py tests/naive/query_agrees.py
TESTS += tests/naive/asserts_agree.test
dist_check_SCRIPTS += tests/naive/asserts_agree.test
EXTRA_DIST += tests/naive/universe.py tests/naive/asserts_agree.py
TESTS += tests/verify/tshark.test
dist_check_SCRIPTS += tests/verify/tshark.test
EXTRA_DIST += tests/verify/tshark.py
check_PROGRAMS += tests/unit/test-capture
TESTS += tests/unit/test-capture
tests_unit_test_capture_SOURCES = tests/unit/test_capture.c tests/unit/unit.h
tests_unit_test_capture_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_capture_LDADD = $(UNIT_LIBS)

# Fuzz targets: libFuzzer's with --enable-fuzzers, else programs that replay their corpus.
if FUZZERS
FUZZ_MAIN =
else
FUZZ_MAIN = tests/fuzz/replay.c
TESTS += tests/fuzz/fuzz-capture
TESTS += tests/fuzz/fuzz-decode
endif
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/replay.c
check_PROGRAMS += tests/fuzz/fuzz-capture
tests_fuzz_fuzz_capture_SOURCES = tests/fuzz/fuzz_capture.c $(FUZZ_MAIN)
tests_fuzz_fuzz_capture_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_fuzz_capture_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_capture_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/fuzz/fuzz-decode
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c $(FUZZ_MAIN)
tests_fuzz_fuzz_decode_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_fuzz_decode_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_decode_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test-prove
TESTS += tests/unit/test-prove
tests_unit_test_prove_SOURCES = tests/unit/test_prove.c tests/unit/plant_ruleset.h tests/unit/unit.h
tests_unit_test_prove_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_prove_LDADD = $(UNIT_LIBS)
EXTRA_DIST += tests/bench/verify/generate.c tests/bench/verify/run.sh
check_PROGRAMS += tests/unit/test-lang
TESTS += tests/unit/test-lang
tests_unit_test_lang_SOURCES = tests/unit/test_lang.c tests/unit/unit.h
tests_unit_test_lang_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_lang_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/naive/placed
TESTS += tests/naive/placed_agrees.test
dist_check_SCRIPTS += tests/naive/placed_agrees.test
tests_naive_placed_SOURCES = tests/naive/placed.c tests/naive/filter_admits.h
tests_naive_placed_LDADD = $(UNIT_LIBS)
EXTRA_DIST += tests/naive/placed_agrees.py

TESTS += tests/naive/verify_agrees.test
dist_check_SCRIPTS += tests/naive/verify_agrees.test
EXTRA_DIST += tests/naive/verify_agrees.py tests/naive/frames.py
if !FUZZERS
TESTS += tests/fuzz/fuzz-nftables
endif
check_PROGRAMS += tests/fuzz/fuzz-nftables
tests_fuzz_fuzz_nftables_SOURCES = tests/fuzz/fuzz_nftables.c $(FUZZ_MAIN)
tests_fuzz_fuzz_nftables_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_fuzz_nftables_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_nftables_LDADD = $(UNIT_LIBS)
# The rules of the house, and the example plants.
TESTS += tests/house/arrows.test
dist_check_SCRIPTS += tests/house/arrows.test
TESTS += tests/examples/bottling.test
dist_check_SCRIPTS += tests/examples/bottling.test
EXTRA_DIST += tests/examples/bottling.flows
TESTS += tests/examples/chemicals.test tests/examples/generated.test
dist_check_SCRIPTS += tests/examples/chemicals.test tests/examples/generated.test
EXTRA_DIST += tests/examples/chemicals.queries
EXTRA_DIST += examples
# The kernel judges rulesets in network namespaces.
check_PROGRAMS += tests/kernel/ruleset
tests_kernel_ruleset_SOURCES = tests/kernel/ruleset.c
tests_kernel_ruleset_CFLAGS = $(UNIT_CFLAGS)
tests_kernel_ruleset_LDADD = $(UNIT_LIBS)
TESTS += tests/kernel/ruleset.test
dist_check_SCRIPTS += tests/kernel/ruleset.test
EXTRA_DIST += tests/kernel/lab.py tests/kernel/namespaces
EXTRA_DIST += tests/kernel/plant.cordon
TESTS += tests/kernel/apply.test
dist_check_SCRIPTS += tests/kernel/apply.test
TESTS += tests/kernel/reload.test
dist_check_SCRIPTS += tests/kernel/reload.test
TESTS += tests/kernel/stage.test
dist_check_SCRIPTS += tests/kernel/stage.test
TESTS += tests/kernel/track.test tests/kernel/sessions.test
dist_check_SCRIPTS += tests/kernel/track.test tests/kernel/sessions.test
EXTRA_DIST += tests/kernel/sessions.py
TESTS += tests/examples/readme.test
dist_check_SCRIPTS += tests/examples/readme.test
EXTRA_DIST += tests/examples/readme.py

check_PROGRAMS += tests/unit/test-nftables
TESTS += tests/unit/test-nftables
tests_unit_test_nftables_SOURCES = tests/unit/test_nftables.c tests/unit/unit.h
tests_unit_test_nftables_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_nftables_LDADD = $(UNIT_LIBS)
TESTS += tests/examples/capture.test
dist_check_SCRIPTS += tests/examples/capture.test
if !FUZZERS
TESTS += tests/fuzz/fuzz-policy tests/fuzz/fuzz-inventory
endif
check_PROGRAMS += tests/fuzz/fuzz-policy tests/fuzz/fuzz-inventory
tests_fuzz_fuzz_policy_SOURCES = tests/fuzz/fuzz_policy.c tests/fuzz/policy_text.h $(FUZZ_MAIN)
tests_fuzz_fuzz_policy_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_fuzz_policy_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_policy_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_inventory_SOURCES = tests/fuzz/fuzz_inventory.c tests/fuzz/policy_text.h $(FUZZ_MAIN)
tests_fuzz_fuzz_inventory_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_fuzz_inventory_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_inventory_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test-savefile
TESTS += tests/unit/test-savefile
tests_unit_test_savefile_SOURCES = tests/unit/test_savefile.c tests/unit/image.h tests/unit/unit.h
tests_unit_test_savefile_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_savefile_LDADD = $(UNIT_LIBS)
EXTRA_DIST += tests/bench/compile/generate.py tests/bench/compile/run.sh
check_PROGRAMS += tests/unit/test-model
TESTS += tests/unit/test-model
tests_unit_test_model_SOURCES = tests/unit/test_model.c tests/unit/resolved.h tests/unit/unit.h
tests_unit_test_model_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_model_LDADD = $(UNIT_LIBS)
check_PROGRAMS += tests/unit/test-place
TESTS += tests/unit/test-place
tests_unit_test_place_SOURCES = tests/unit/test_place.c tests/unit/resolved.h tests/unit/unit.h
tests_unit_test_place_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_place_LDADD = $(UNIT_LIBS)
# The kernel beside `query`, over random policies.
# The kernel beside `query`: random policies, several devices.
TESTS += tests/kernel/query.test
dist_check_SCRIPTS += tests/kernel/query.test
EXTRA_DIST += tests/kernel/probe.py tests/kernel/random_policy.py
TESTS += tests/verify/faults.test
dist_check_SCRIPTS += tests/verify/faults.test
EXTRA_DIST += tests/verify/faults.py tests/verify/emitted.py
TESTS += tests/verify/edits.test
dist_check_SCRIPTS += tests/verify/edits.test
EXTRA_DIST += tests/verify/edits.py
TESTS += tests/kernel/icmp.test
dist_check_SCRIPTS += tests/kernel/icmp.test
TESTS += tests/kernel/idle.test
dist_check_SCRIPTS += tests/kernel/idle.test
TESTS += tests/kernel/row.test tests/kernel/chain.test
dist_check_SCRIPTS += tests/kernel/row.test tests/kernel/chain.test
TESTS += tests/kernel/sites.test
dist_check_SCRIPTS += tests/kernel/sites.test
TESTS += tests/kernel/time.test tests/kernel/clock.test
dist_check_SCRIPTS += tests/kernel/time.test tests/kernel/clock.test
EXTRA_DIST += tests/lsan.supp
TESTS += tests/house/findings.test
dist_check_SCRIPTS += tests/house/findings.test
TESTS += tests/lang/hostile.test
dist_check_SCRIPTS += tests/lang/hostile.test
EXTRA_DIST += tests/lang/hostile.py
# What `verify` says of traffic, tried on captures that the tests write.
EXTRA_DIST += tests/verify/stand.py
TESTS += tests/verify/reasons.test tests/verify/origins.test
dist_check_SCRIPTS += tests/verify/reasons.test tests/verify/origins.test
EXTRA_DIST += tests/verify/reasons.py tests/verify/origins.py
# Random mutants of compiled rulesets: the proof beside the kernel.
check_PROGRAMS += tests/kernel/proof
tests_kernel_proof_SOURCES = tests/kernel/proof.c tests/naive/filter_admits.h
tests_kernel_proof_CFLAGS = $(UNIT_CFLAGS)
tests_kernel_proof_LDADD = $(UNIT_LIBS)
TESTS += tests/kernel/mutants.test tests/kernel/remainder.test
dist_check_SCRIPTS += tests/kernel/mutants.test tests/kernel/remainder.test
EXTRA_DIST += tests/kernel/mutate.py
TESTS += tests/doc/manual.test
dist_check_SCRIPTS += tests/doc/manual.test
EXTRA_DIST += tests/doc/manual.py
TESTS += tests/doc/completion.test
dist_check_SCRIPTS += tests/doc/completion.test
EXTRA_DIST += tests/doc/complete.zsh
TESTS += tests/lang/tables.test
dist_check_SCRIPTS += tests/lang/tables.test
EXTRA_DIST += tests/lang/tables.py
TESTS += tests/cli/sarif.test
dist_check_SCRIPTS += tests/cli/sarif.test
EXTRA_DIST += tests/cli/sarif.py
TESTS += tests/cli/witnesses.test
dist_check_SCRIPTS += tests/cli/witnesses.test
EXTRA_DIST += tests/cli/witnesses.py
TESTS += tests/lang/format.test
dist_check_SCRIPTS += tests/lang/format.test
EXTRA_DIST += tests/lang/format.py tests/lang/layout.py
EXTRA_DIST += tests/kernel/mutate.py tests/kernel/random_plant.py
EXTRA_DIST += tests/kernel/odd_packets.py tests/kernel/query_odd.py
TESTS += tests/verify/times.test tests/verify/initiators.test tests/verify/silence.test
dist_check_SCRIPTS += tests/verify/times.test tests/verify/initiators.test
dist_check_SCRIPTS += tests/verify/silence.test
EXTRA_DIST += tests/verify/times.py tests/verify/initiators.py tests/verify/silence.py
TESTS += tests/verify/limits.test tests/verify/endings.test
dist_check_SCRIPTS += tests/verify/limits.test tests/verify/endings.test
EXTRA_DIST += tests/verify/limits.py tests/verify/endings.py
TESTS += tests/verify/threads.test tests/verify/live.test
dist_check_SCRIPTS += tests/verify/threads.test tests/verify/live.test
EXTRA_DIST += tests/verify/threads.py tests/verify/live.py
TESTS += tests/verify/account.test
dist_check_SCRIPTS += tests/verify/account.test
EXTRA_DIST += tests/verify/account.py
TESTS += tests/kernel/self.test
dist_check_SCRIPTS += tests/kernel/self.test
TESTS += tests/kernel/foreign.test
dist_check_SCRIPTS += tests/kernel/foreign.test
check_PROGRAMS += tests/unit/test-report
TESTS += tests/unit/test-report
tests_unit_test_report_SOURCES = tests/unit/test_report.c tests/naive/filter_admits.h tests/unit/unit.h
tests_unit_test_report_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_report_LDADD = $(UNIT_LIBS)
if !FUZZERS
TESTS += tests/fuzz/fuzz-nftables-json
endif
check_PROGRAMS += tests/fuzz/fuzz-nftables-json
tests_fuzz_fuzz_nftables_json_SOURCES = tests/fuzz/fuzz_nftables_json.c $(FUZZ_MAIN)
tests_fuzz_fuzz_nftables_json_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_fuzz_nftables_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_nftables_json_LDADD = $(UNIT_LIBS)
TESTS += tests/verify/configs.test
dist_check_SCRIPTS += tests/verify/configs.test
EXTRA_DIST += tests/verify/configs.py
check_PROGRAMS += tests/unit/test-backends
TESTS += tests/unit/test-backends
tests_unit_test_backends_SOURCES = tests/unit/test_backends.c tests/unit/unit.h
tests_unit_test_backends_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_backends_LDADD = $(UNIT_LIBS)
# Access lists beside a naive evaluator of them.
check_PROGRAMS += tests/naive/listed
tests_naive_listed_SOURCES = tests/naive/listed.c
tests_naive_listed_CFLAGS = $(UNIT_CFLAGS)
tests_naive_listed_LDADD = $(UNIT_LIBS)
TESTS += tests/naive/cisco_agrees.test
dist_check_SCRIPTS += tests/naive/cisco_agrees.test
EXTRA_DIST += tests/naive/cisco.py tests/naive/random_cisco.py tests/naive/cisco_agrees.py
TESTS += tests/verify/cisco_mutations.test
dist_check_SCRIPTS += tests/verify/cisco_mutations.test
EXTRA_DIST += tests/verify/cisco_mutations.py
if !FUZZERS
TESTS += tests/fuzz/fuzz-cisco
endif
check_PROGRAMS += tests/fuzz/fuzz-cisco
tests_fuzz_fuzz_cisco_SOURCES = tests/fuzz/fuzz_cisco.c $(FUZZ_MAIN)
tests_fuzz_fuzz_cisco_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_fuzz_cisco_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_cisco_LDADD = $(UNIT_LIBS)
# Configurations of FortiOS beside a naive evaluator of them.
TESTS += tests/naive/fortios_agrees.test
dist_check_SCRIPTS += tests/naive/fortios_agrees.test
EXTRA_DIST += tests/naive/fortios.py tests/naive/random_fortios.py
EXTRA_DIST += tests/naive/fortios_agrees.py
TESTS += tests/verify/fortios_mutations.test
dist_check_SCRIPTS += tests/verify/fortios_mutations.test
EXTRA_DIST += tests/verify/fortios_mutations.py
if !FUZZERS
TESTS += tests/fuzz/fuzz-fortios
endif
check_PROGRAMS += tests/fuzz/fuzz-fortios
tests_fuzz_fuzz_fortios_SOURCES = tests/fuzz/fuzz_fortios.c $(FUZZ_MAIN)
tests_fuzz_fuzz_fortios_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_fuzz_fortios_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_fortios_LDADD = $(UNIT_LIBS)
TESTS += tests/kernel/iptables.test
dist_check_SCRIPTS += tests/kernel/iptables.test
TESTS += tests/verify/iptables_mutations.test
dist_check_SCRIPTS += tests/verify/iptables_mutations.test
EXTRA_DIST += tests/verify/iptables_mutations.py
if !FUZZERS
TESTS += tests/fuzz/fuzz-iptables
endif
check_PROGRAMS += tests/fuzz/fuzz-iptables
tests_fuzz_fuzz_iptables_SOURCES = tests/fuzz/fuzz_iptables.c $(FUZZ_MAIN)
tests_fuzz_fuzz_iptables_CFLAGS = $(UNIT_CFLAGS)
tests_fuzz_fuzz_iptables_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_iptables_LDADD = $(UNIT_LIBS)
TESTS += tests/verify/iptables_policies.test
dist_check_SCRIPTS += tests/verify/iptables_policies.test
EXTRA_DIST += tests/verify/iptables_policies.py
TESTS += tests/kernel/iptables_rules.test
dist_check_SCRIPTS += tests/kernel/iptables_rules.test
EXTRA_DIST += tests/kernel/random_iptables.py
