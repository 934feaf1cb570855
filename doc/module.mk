# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += doc/language-corners.md
EXTRA_DIST += doc/bottling.svg
EXTRA_DIST += doc/architecture.md
dist_man_MANS += doc/cordon.1 doc/cordon-audit.1 doc/cordon-check.1 doc/cordon-compile.1 doc/cordon-diff.1
dist_man_MANS += doc/cordon-explain.1
dist_man_MANS += doc/cordon-fmt.1 doc/cordon-graph.1 doc/cordon-query.1
dist_man_MANS += doc/cordon-services.1 doc/cordon-verify.1 doc/cordon-policy.5 doc/cordon-platforms.7
nodist_man_MANS += doc/cordon-findings.7
EXTRA_DIST += doc/findings.awk
CLEANFILES += doc/cordon-findings.7
doc/cordon-findings.7: base/findings.def doc/findings.awk
	$(AM_V_GEN)$(MKDIR_P) doc && $(AWK) -f $(srcdir)/doc/findings.awk \
		$(srcdir)/base/findings.def >$@.tmp && mv $@.tmp $@
nodist_man_MANS += doc/cordon-protocols.7
EXTRA_DIST += doc/protocols.awk
CLEANFILES += doc/cordon-protocols.7
doc/cordon-protocols.7: lang/prelude.cordon doc/protocols.awk
	$(AM_V_GEN)$(MKDIR_P) doc && $(AWK) -f $(srcdir)/doc/protocols.awk \
		$(srcdir)/lang/prelude.cordon >$@.tmp && mv $@.tmp $@
