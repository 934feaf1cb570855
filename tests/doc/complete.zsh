# SPDX-License-Identifier: Apache-2.0
#
# complete.zsh FOLDER TEXT: prints what zsh offers for TEXT with the completion
# functions of FOLDER, a candidate a line. A shell of its own is asked through a
# pseudo-terminal; it writes each candidate that is added to its list into a file.
zmodload zsh/zpty || exit 1
record=$(mktemp) || exit 1
wait_for() { # WORD: until it is the last line of the record
	until [[ $(tail -n 1 $record) == $1 ]]; do
		sleep .05
		(( SECONDS > 20 )) && return 1
	done
}
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($1 \$fpath); autoload -Uz compinit; compinit -D -u"
zpty -w shell "compadd () {
	local -a given; builtin compadd -O given \"\$@\"; print -rl -- \$given >>$record
	builtin compadd \"\$@\"
}"
zpty -w shell "finish () { zle complete-word; zle kill-whole-line; echo ,finished >>$record }"
zpty -w shell "zle -N finish; bindkey '^X' finish; echo ,ready >>$record"
wait_for ,ready
zpty -w -n shell "$2"$'\C-X'
wait_for ,finished
zpty -d shell
grep -v -e '^,' -e '^$' $record
rm -f $record
