# SPDX-License-Identifier: Apache-2.0
# Where each shell looks for completions by itself.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = cli/completion/_cordon
EXTRA_DIST += cli/completion/cordon.bash
install-data-local: install-bash-completion
install-bash-completion:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)'
	$(INSTALL_DATA) $(srcdir)/cli/completion/cordon.bash '$(DESTDIR)$(bashcompletiondir)/cordon'
uninstall-local:
	rm -f '$(DESTDIR)$(bashcompletiondir)/cordon'
.PHONY: install-bash-completion
