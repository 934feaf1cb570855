# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += doc/language-corners.md
EXTRA_DIST += doc/bottling.svg
dist_man_MANS += doc/cordon.1
EXTRA_DIST += doc/architecture.md
