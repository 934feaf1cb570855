# SPDX-License-Identifier: Apache-2.0
#
# Completion of cordon(1) for bash. Verbs, options and their choices are read off
# `cordon --help` and `cordon VERB --help`, so they are those of the program.

# The first column of the verbs, or one line an option: its forms, then its value.
_cordon_verbs() {
	"$1" --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

_cordon_options() {
	"$1" "$2" --help 2>/dev/null |
		sed -nE 's/^  ((-[a-z], )?--[a-z-]+)( ([A-Z]+|[a-z]+(\|[a-z]+)+))? .*/\1 \4/p' |
		tr -d ,
}

# The value that the option before the cursor takes: as --help writes it.
_cordon_value() {
	local options=$1 option=$2 words
	while read -r -a words; do
		case " ${words[*]:0:${#words[@]}-1} " in
		*" $option "*) [[ ${words[-1]} == -* ]] || echo "${words[-1]}"; return ;;
		esac
	done <<<"$options"
}

_cordon_files() { # PATTERN: names that match it, and folders
	local name
	compopt -o filenames 2>/dev/null
	COMPREPLY=()
	while IFS= read -r name; do
		[[ -d $name || $name == $1 ]] && COMPREPLY+=("$name")
	done < <(compgen -f -- "$cur")
}

_cordon_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_cordon_of_value() { # KIND
	case $1 in
	*'|'*) _cordon_words "${1//|/ }" ;;
	FILE | DIR | CONFIG) _cordon_files '*' ;;
	NAME)
		case $prev in
		-i | --interface) _cordon_words "$(ls /sys/class/net 2>/dev/null)" ;;
		--mode | --device) _cordon_declared "${prev#--}" ;;
		esac ;;
	esac
}

# What the policy on the command line declares with `mode` or `device`.
_cordon_declared() { # KEYWORD
	local word
	for word in "${COMP_WORDS[@]:2}"; do
		[[ -f $word && $word == *.cordon ]] &&
			_cordon_words "$(sed -nE "s/^[ \t]*$1[ \t]+([A-Za-z_][A-Za-z0-9_.-]*).*/\1/p" "$word")"
	done
}

_cordon_argument() { # VERB
	case $1 in
	explain) _cordon_words "$("${COMP_WORDS[0]}" explain 2>/dev/null | cut -d' ' -f1)" ;;
	services) ;;
	audit) _cordon_files '*' ;;
	verify) _cordon_files '*@(.cordon|.pcap|.pcapng|.cap|.gz|.zst)' ;;
	*) _cordon_files '*.cordon' ;;
	esac
}

_cordon() {
	local cur prev verb options value restore
	cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
	COMPREPLY=()
	if [[ $COMP_CWORD -eq 1 ]]; then
		_cordon_words "$(_cordon_verbs "${COMP_WORDS[0]}") --help --version"
		return
	fi
	restore=$(shopt -p extglob)
	shopt -s extglob
	options=$(_cordon_options "${COMP_WORDS[0]}" "$verb")
	value=$(_cordon_value "$options" "$prev")
	if [[ -n $value ]]; then
		_cordon_of_value "$value"
	elif [[ $cur == -* ]]; then
		_cordon_words "$(sed -E 's/ [^-]*$//' <<<"$options")"
	else
		_cordon_argument "$verb"
	fi
	$restore
}
complete -F _cordon cordon
